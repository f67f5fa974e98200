"""Marks on the map: pins of examples, numbered places, dots of matches. Markers are reused, not made anew."""

import html
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ipyleaflet

from embexplore.ui.view.inputs import Marker
from embexplore.ui.view.tree import close


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
    Of one number or letter as many wait for that as were shown at once; older ones, with titles of other places, are
    closed.
    """

    def __init__(self) -> None:
        self.layer = ipyleaflet.LayerGroup(layers=())
        self._pool: dict[Family, list[_Pin]] = {}
        self._most: Counter[Family] = Counter()
        self._shown: tuple[Mark, ...] = ()

    def show(self, marks: Sequence[Mark]) -> None:
        """These marks and no others."""
        if tuple(marks) == self._shown:
            return
        self._shown = tuple(marks)
        free = {family: list(pins) for family, pins in self._pool.items()}
        pins = [self._pin(mark, free) for mark in marks]
        layers = tuple(pin.marker for pin in pins)
        if layers != tuple(self.layer.layers):
            self.layer.layers = layers
        self._most |= Counter(_family(mark) for mark in marks)
        self._drop(free)

    @property
    def widgets(self) -> list[ipyleaflet.Layer]:
        """The group, and every marker, shown or waiting."""
        return [self.layer, *(pin.marker for pins in self._pool.values() for pin in pins)]

    def _pin(self, mark: Mark, free: "dict[Family, list[_Pin]]") -> "_Pin":
        waiting = free.get(_family(mark), [])
        pin = next((pin for pin in waiting if pin.title == mark.title), None)
        if pin is None:
            pin = _Pin(mark)
            self._pool.setdefault(_family(mark), []).append(pin)
        else:
            waiting.remove(pin)
        pin.move(mark)
        return pin

    def _drop(self, free: "dict[Family, list[_Pin]]") -> None:
        """Close what waits beyond the number that may, the oldest first."""
        for family, waiting in free.items():
            pins = self._pool[family]
            for pin in waiting[: max(len(pins) - self._most[family], 0)]:
                pins.remove(pin)
                close(pin.marker)


class _Pin:
    """A marker with one look, which can be anywhere."""

    def __init__(self, mark: Mark) -> None:
        color = f' style="background:{html.escape(mark.color, quote=True)}"' if mark.color else ""
        content = f'<div class="emx-mark emx-mark-{mark.kind}"{color}>{html.escape(mark.label)}</div>'
        self.title = mark.title
        self.marker = Marker(
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


Family = tuple[str, str, str, bool]
"""What marks of one look share, but for the title."""


def _family(mark: Mark) -> Family:
    return mark.kind, mark.label, mark.color, mark.on_move is not None
