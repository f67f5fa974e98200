"""Marks on the map: pins of examples, numbered places, dots of matches. Markers are reused, not made anew."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ipyleaflet


@dataclass(frozen=True)
class Mark:
    """One mark at a place in degrees.

    Attributes
    ----------
    kind : str
        Its look, a class `emx-mark-<kind>`: like, unlike, hit, lost, tag, class, suggest, pinned.
    label : str
        The number or letter on it; color alone never says what it is.
    title : str
        Shown when the pointer rests on it, as text.
    color : str
        Its fill, where the kind does not say.
    on_move : callable, optional
        `on_move(lon, lat)` makes it draggable.
    on_click : callable, optional
        `on_click()`
    """

    kind: str
    lon: float
    lat: float
    label: str = ""
    title: str = ""
    color: str = ""
    on_move: Callable[[float, float], object] | None = None
    on_click: Callable[[], object] | None = None


class Marks:
    """The marks of one map, in one layer group.

    Leaflet draws a marker's icon and title once: a marker is used again only for marks that look the same elsewhere.
    """

    def __init__(self) -> None:
        self.layer = ipyleaflet.LayerGroup(layers=())
        self._pool: dict[Look, list[_Pin]] = {}
        self._shown: tuple[Mark, ...] = ()

    def show(self, marks: Sequence[Mark]) -> None:
        """These marks and no others."""
        if tuple(marks) == self._shown:
            return
        self._shown = tuple(marks)
        free = {look: list(pins) for look, pins in self._pool.items()}
        layers = tuple(self._pin(mark, free).marker for mark in marks)
        if layers != tuple(self.layer.layers):
            self.layer.layers = layers

    def _pin(self, mark: Mark, free: "dict[Look, list[_Pin]]") -> "_Pin":
        waiting = free.get(_look(mark))
        pin = waiting.pop(0) if waiting else None
        if pin is None:
            pin = _Pin(mark)
            self._pool.setdefault(_look(mark), []).append(pin)
        pin.move(mark)
        return pin


class _Pin:
    """A marker with one look, which can be anywhere."""

    def __init__(self, mark: Mark) -> None:
        color = f' style="background:{html.escape(mark.color, quote=True)}"' if mark.color else ""
        content = f'<div class="emx-mark emx-mark-{mark.kind}"{color}>{html.escape(mark.label)}</div>'
        self.marker = ipyleaflet.Marker(
            location=(mark.lat, mark.lon),
            icon=ipyleaflet.DivIcon(html=content, icon_size=[0, 0], icon_anchor=[0, 0]),
            title=mark.title,
            alt=mark.title or mark.label,
            draggable=mark.on_move is not None,
        )
        self._mark = mark
        self.marker.on_move(self._moved)
        self.marker.on_click(self._clicked)

    def move(self, mark: Mark) -> None:
        """Stand for another mark of the same look."""
        self._mark = mark
        self.marker.location = (mark.lat, mark.lon)

    def _moved(self, **event: object) -> None:
        if self._mark.on_move is not None:
            lat, lon = event["location"]
            self._mark.on_move(lon, lat)

    def _clicked(self, **_: object) -> None:
        if self._mark.on_click is not None:
            self._mark.on_click()


Look = tuple[str, str, str, str, bool]


def _look(mark: Mark) -> Look:
    return mark.kind, mark.label, mark.color, mark.title, mark.on_move is not None
