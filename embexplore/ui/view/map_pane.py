"""The map: ground and answer drawn for the part on screen, marks above them, cards at its edges.

The answer is painted for the viewport only and drawn again when the map is moved; under it lies one coarse
gray picture of the whole, so that nothing flickers.
"""

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import ipyleaflet
import ipywidgets as ipw

from embexplore.errors import EmbexploreError
from embexplore.ui.ground import colors_layer, ground_layer
from embexplore.ui.modes.base import Layer
from embexplore.ui.render.viewport import Corners, Viewport, bounds_of, mercator
from embexplore.ui.view import parts
from embexplore.ui.view.beside import Beside
from embexplore.ui.view.card import CardBox
from embexplore.ui.view.drawing import Drawing
from embexplore.ui.view.inputs import Map, ToggleButtons
from embexplore.ui.view.marks import Marks
from embexplore.ui.view.pictures import Pictures, overlay, sharpen
from embexplore.ui.view.work import Work

if TYPE_CHECKING:
    from embexplore.ui.view.app import App
    from embexplore.ui.view.modes.base import ModeView

SIZE = (952, 476)
"""Pixels of the map before the browser has said its own."""

AT_ONCE = 1 << 21
"""Pixels that are answered before the next event is looked at: 1448², about 50 ms; larger maps get a progress bar."""

OUTLINED = {"color": "#18222a", "weight": 2, "dashArray": "5 4", "fill": False}
"""How outlines that a mode adds are drawn."""

DIGITS = 6
"""Of places in degrees: a tenth of a meter, and code that people can read."""

REST = 0.06
"""Seconds between two readouts of the pointer."""


class MapPane:
    """The map of one view and everything that lies on it."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self.explorer = app.explorer
        self._whole = bounds_of(self.explorer.grid)
        self._wanted: Corners | None = self.explorer.bounds or self._whole
        opening = _fitted(self._wanted, SIZE)
        self._start_zoom = opening["zoom"]
        self.map = Map(
            layers=[],
            **opening,
            zoom_control=False,
            attribution_control=False,
            scroll_wheel_zoom=True,
            max_zoom=21,
            zoom_snap=0.25,
            panes={"ground": {"zIndex": 440}, "left": {"zIndex": 450}, "right": {"zIndex": 451}},
        )
        self.pictures = Pictures(self.explorer, self._whole)
        self._detail = Work(app.status)
        answers = {side: overlay(side, self._whole) for side in ("left", "right")}
        self._beside = Beside(self.map, answers, self._interacted)
        self.marks = Marks()
        self._outlines = ipyleaflet.GeoJSON(data=_collection(()), style=OUTLINED)
        self._street: ipyleaflet.TileLayer | None = None
        self._layers: list[Layer] = []
        self.is_asked = False
        self._said = 0.0
        self._pointer: tuple[float, float] | None = None
        self.tools = ToggleButtons(options=[("Inspect", "inspect")])
        parts.styled(self.tools, "emx-segmented")
        self._legend = parts.text("", "emx-card", "emx-legend")
        self._years = parts.styled(ipw.VBox(), "emx-card", "emx-years")
        self._card = CardBox()
        self.drawing = Drawing(app, self.map)
        self.map.layers = (
            self.pictures.coarse,
            self.pictures.ground,
            *answers.values(),
            self._outlines,
            self.drawing.outline,
            self.marks.layer,
        )
        for control in self._controls():
            self.map.add(control)
        self.map.on_interaction(self._interacted)
        self.map.observe(self._moved, "bounds")
        self.root = parts.styled(
            ipw.Box([self.map, self._beside.second, self._beside.tags, self._card.root]), "emx-map"
        )

    # Pictures

    def draw(
        self, *, done: Callable[[], None], failed: Callable[[EmbexploreError], None], stopped: Callable[[], None]
    ) -> None:
        """Compute what the active mode shows, then paint it; `done()` after the picture is on its way."""
        explorer = self.explorer
        try:
            layers = [*explorer.active.layers()] or [colors_layer(explorer)]
            wanted = [ground_layer(explorer), *layers]
            pixels = math.prod(explorer.part[name].size for name in ("y", "x"))
        except EmbexploreError as error:
            self._app.work.drop()
            self.is_asked = False
            failed(error)
            return
        missing = [layer for layer in wanted if explorer.key_of(layer) not in explorer.answers]

        def job(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> None:
            for layer in missing:
                explorer.values(layer, progress=progress, cancelled=cancelled)

        def show(_: Any) -> None:
            self.is_asked = False
            self._layers = layers
            self.pictures.forget()
            self.paint()
            done()

        def end(action: Callable[..., None]) -> Callable[..., None]:
            def ended(*arguments: Any) -> None:
                self.is_asked = False
                action(*arguments)
                if self._layers:
                    self.paint()

            return ended

        self._detail.cancel()
        self.is_asked = True
        self._app.work.on_beat = lambda: self._fill_in(wanted)
        self._app.work.start(
            job,
            what=explorer.active.verb,
            done=show,
            failed=end(failed),
            stopped=end(stopped),
            at_once=not missing or (explorer.active.is_quick and pixels <= AT_ONCE),
        )

    def paint(self) -> None:
        """Paint the layers for the part on screen, and look closer where a large cube has more detail.

        While an answer is computed the last one stays: its layers would be painted with settings of the next.
        """
        viewport = self.viewport
        if viewport is None or self.is_asked:
            return
        self.restyle()
        try:
            self._show(self._layers, viewport)
        except EmbexploreError as error:  # not even the ground can be read: the cube is gone
            self._app.status.problem(str(error))
            return
        self._sharpen(viewport)

    def _sharpen(self, viewport: Viewport) -> None:
        """Compute the window on the screen beside the page; a map that was moved or asked again forgets it."""
        explorer, layers = self.explorer, self._layers
        window, missing = self.pictures.unsharp(layers, viewport)
        if window is None or not missing:
            self._detail.cancel()
            return
        self._detail.start(
            lambda progress, cancelled: sharpen(explorer, missing, window, progress, cancelled),
            what="Looking closer at",
            done=lambda _: self._sharpened(layers, viewport),
            failed=lambda error: self._app.status.problem(str(error)),
            stopped=lambda: None,
        )

    def _sharpened(self, layers: list[Layer], viewport: Viewport) -> None:
        if layers is self._layers and viewport == self.viewport:
            self._show(layers, viewport)

    def _fill_in(self, wanted: list[Layer]) -> None:
        """Paint what there is of a long scan."""
        viewport, begun = self.viewport, self.explorer.answers.begun
        if viewport is not None and all(begun(self.explorer.key_of(layer)) for layer in wanted):
            self.pictures.forget()
            self._show(wanted[1:], viewport)

    def _show(self, layers: list[Layer], viewport: Viewport) -> None:
        self.pictures.paint(self._beside.pictures(layers), self._beside.grounds(), viewport)

    def restyle(self) -> None:
        """Opacity, hidden answer and basemap: nothing is painted again."""
        explorer = self.explorer
        for picture, _ in self._beside.pictures(()):
            picture.opacity = 0.0 if explorer.hidden else explorer.opacity
        if explorer.basemap != (self._street in self.map.layers):
            self._lay_streets(on=explorer.basemap)

    @property
    def viewport(self) -> Viewport | None:
        """The part on screen; before the browser has said it, the whole cube. None where nothing is visible."""
        corners: Corners = self.map.bounds or self._whole
        width, height = self._size
        return Viewport.fitted(corners, width, height) if min(width, height) >= 1 else None

    @property
    def _size(self) -> tuple[float, float]:
        """Pixels of the map on screen."""
        (left, top), (right, bottom) = self.map.pixel_bounds or ((0, 0), SIZE)
        return right - left, bottom - top

    def zoom_to(self, lon: float, lat: float) -> None:
        """Center the map on a place, close enough to see its pixels."""
        self.map.center = (lat, lon)
        self.map.zoom = max(self.map.zoom, min(16.0, self._start_zoom + 2))

    # What lies on it

    def offer(self, view: "ModeView") -> None:
        """The click tools, years and card of a mode; one picture until it arranges two."""
        self.arrange("single")
        self.tools.options = list(view.tools)
        self.tools.value = view.tools[0][1]
        parts.show(self._tool_card, shown=len(view.tools) > 1)
        self._years.children = [view.years] if view.years is not None else []
        parts.show(self._years, shown=view.years is not None)

    def describe(self, view: "ModeView") -> None:
        """Legend, marks and card of what is shown."""
        legend = view.legend()
        self._legend.value = parts.legend_html(legend) if legend else ""
        parts.show(self._legend, shown=legend is not None)
        marks = view.marks()
        self.marks.show(marks)
        self._beside.mark(marks)
        outlined = _collection(view.outlines())
        if outlined != self._outlines.data:
            self._outlines.data = outlined
        self._card.show(self._app.tour.card() or view.card())
        self.drawing.show_area()

    def retell(self) -> None:
        """Say what lies under the pointer now: it moved, or what is asked did."""
        if self._pointer is not None and not self.is_asked:
            self._app.status.readout(self._app.view.readout(*self._pointer))

    def arrange(self, arrangement: str, left: str = "", right: str = "") -> None:
        """`single`: the last layer. `swipe`, `side`: of each side the last, under names, on one map or two."""
        if self._beside.arrange(arrangement, left, right):
            (self.root.add_class if arrangement == "side" else self.root.remove_class)("emx-two")
            self.paint()

    def step_year(self, by: int) -> None:
        """The next or previous year of the cube."""
        years = sorted(self.explorer.cube.emb.years)
        place = years.index(self.explorer.year) + by
        if 0 <= place < len(years):
            self.explorer.year = years[place]

    def leave_tool(self) -> None:
        """Back to the first tool; nothing is deleted."""
        self.drawing.stop()
        if self.tools.options:
            self.tools.value = self.tools.options[0][1]

    def ask_coordinates(self) -> None:
        """Let the reader type coordinates."""
        self._app.view.ask_coordinates()

    def _controls(self) -> list[ipyleaflet.Control]:
        zoom = ipyleaflet.ZoomControl(position="topleft", zoom_out_text="−")
        self._tool_card = parts.styled(ipw.HBox([self.tools]), "emx-card", "emx-tools")
        cards = {"topright": self._tool_card, "bottomleft": self._legend, "bottomright": self._years}
        widgets = [ipyleaflet.WidgetControl(widget=card, position=place) for place, card in cards.items()]
        return [zoom, *self.drawing.controls(), *widgets]

    def _lay_streets(self, *, on: bool) -> None:
        if self._street is None:
            self._street = ipyleaflet.basemap_to_tiles(ipyleaflet.basemaps.OpenStreetMap.Mapnik)
        if on:
            self.map.layers = (self._street, *self.map.layers)
        else:
            self.map.layers = tuple(layer for layer in self.map.layers if layer is not self._street)

    def _moved(self, _: Any) -> None:
        self.explorer.bounds = self.map.bounds
        self.paint()
        self._fit()

    def _fit(self) -> None:
        """Once the browser has said how large the map is: all that it was to open with, as large as it goes."""
        if self._wanted is not None and min(self._size) >= 1:
            self._start_zoom, self._wanted = _fitted(self._wanted, self._size)["zoom"], None
            self.map.zoom = self._start_zoom

    def _interacted(self, **event: Any) -> None:
        kind = event.get("type")
        if kind not in ("click", "mousemove", "mousedown", "mouseup") or not event.get("coordinates"):
            return
        lat, lon = event["coordinates"]
        lat, lon = round(lat, DIGITS), round((lon + 180) % 360 - 180, DIGITS)
        if self.drawing.takes(kind, lon, lat):
            return
        if kind == "click":
            self._app.does(self._app.view.click)(self.tools.value, lon, lat)
        elif kind == "mousemove" and time.monotonic() - self._said > REST:
            self._said = time.monotonic()
            self._pointer = lon, lat
            self.retell()

    @property
    def widgets(self) -> list[ipw.Widget]:
        """All that lies on the map, or may again, for whoever closes it."""
        street = [] if self._street is None else [self._street]
        return [self.root, *self.marks.widgets, *self._beside.widgets, *street]

    def close(self) -> None:
        """Look closer no more."""
        self._detail.close()


def _fitted(bounds: Corners, size: tuple[float, float]) -> dict[str, Any]:
    """Center and zoom that show the bounds on a map of so many pixels."""
    (south, west), (north, east) = bounds
    unit = Viewport(bounds, 1, 1)
    lon, lat = unit.center
    top, bottom = (float(mercator(lat)) for lat in (north, south))
    across = size[0] / (256 * (east - west) / 360)
    down = size[1] / (256 * (top - bottom) / (2 * math.pi))
    zoom = math.floor(4 * math.log2(min(across, down))) / 4
    return {"center": (lat, lon), "zoom": min(max(zoom, 1), 20)}


def _collection(shapes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes]
    return {"type": "FeatureCollection", "features": features}
