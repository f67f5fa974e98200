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
    """The marks of one map, in one layer group."""

    def __init__(self) -> None:
        self.layer = ipyleaflet.LayerGroup(layers=())
        self._pool: list[_Pin] = []
        self._shown: tuple[Mark, ...] = ()

    def show(self, marks: Sequence[Mark]) -> None:
        """These marks and no others."""
        if tuple(marks) == self._shown:
            return
        self._shown = tuple(marks)
        while len(self._pool) < len(marks):
            self._pool.append(_Pin())
        for pin, mark in zip(self._pool, marks, strict=False):
            pin.show(mark)
        layers = tuple(pin.marker for pin in self._pool[: len(marks)])
        if layers != tuple(self.layer.layers):
            self.layer.layers = layers


class _Pin:
    """A marker that can show any mark."""

    def __init__(self) -> None:
        self.icon = ipyleaflet.DivIcon(html="", icon_size=[0, 0], icon_anchor=[0, 0])
        self.marker = ipyleaflet.Marker(location=(0, 0), icon=self.icon, draggable=False, keyboard=True)
        self._mark: Mark | None = None
        self.marker.on_move(self._moved)
        self.marker.on_click(self._clicked)

    def show(self, mark: Mark) -> None:
        if mark == self._mark:
            return
        self._mark = mark
        color = f' style="background:{html.escape(mark.color, quote=True)}"' if mark.color else ""
        self.icon.html = f'<div class="emx-mark emx-mark-{mark.kind}"{color}>{html.escape(mark.label)}</div>'
        self.marker.location = (mark.lat, mark.lon)
        self.marker.title = mark.title
        self.marker.alt = mark.title or mark.label
        self.marker.draggable = mark.on_move is not None

    def _moved(self, **event: object) -> None:
        if self._mark is not None and self._mark.on_move is not None:
            lat, lon = event["location"]
            self._mark.on_move(lon, lat)

    def _clicked(self, **_: object) -> None:
        if self._mark is not None and self._mark.on_click is not None:
            self._mark.on_click()
