"""The map: ground and answer, marks above them, cards at its edges."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipyleaflet
import ipywidgets as ipw

from embexplore.ui.render.viewport import Viewport, bounds_of
from embexplore.ui.view import parts
from embexplore.ui.view.beside import Beside
from embexplore.ui.view.card import CardBox
from embexplore.ui.view.drawing import Drawing
from embexplore.ui.view.inputs import ToggleButtons
from embexplore.ui.view.marks import Marks
from embexplore.ui.view.painter import Painter
from embexplore.ui.view.pictures import Pictures, overlay
from embexplore.ui.view.sight import Sight

if TYPE_CHECKING:
    from embexplore.ui.view.app import App
    from embexplore.ui.view.modes.base import ModeView

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
        whole = bounds_of(self.explorer.grid)
        self._sight = Sight(whole, self.explorer.bounds)
        self.map = self._sight.map
        answers = {side: overlay(side, whole) for side in ("left", "right")}
        self._beside = Beside(self.map, answers, self._interacted)
        pictures = Pictures(self.explorer, whole)
        self.painter = Painter(app, pictures, self._beside, self._sight, self.restyle)
        self.marks = Marks()
        self._outlines = ipyleaflet.GeoJSON(data=_collection(()), style=OUTLINED)
        self._street: ipyleaflet.TileLayer | None = None
        self._said = 0.0
        self._pointer: tuple[float, float] | None = None
        self.tools = ToggleButtons(options=[("Inspect", "inspect")])
        parts.styled(self.tools, "emx-segmented")
        self._legend = parts.text("", "emx-card", "emx-legend")
        self._years = parts.styled(ipw.VBox(), "emx-card", "emx-years")
        self._card = CardBox()
        self.drawing = Drawing(app, self.map)
        self.map.layers = (
            pictures.coarse,
            pictures.ground,
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

    def restyle(self) -> None:
        """Opacity, hidden answer and basemap: nothing is painted again."""
        explorer = self.explorer
        for picture, _ in self._beside.pictures(()):
            picture.opacity = 0.0 if explorer.hidden else explorer.opacity
        if explorer.basemap != (self._street in self.map.layers):
            self._lay_streets(on=explorer.basemap)

    @property
    def viewport(self) -> Viewport | None:
        """The part on screen; None where nothing is visible."""
        return self._sight.viewport

    def zoom_to(self, lon: float, lat: float) -> None:
        """Center the map on a place, close enough to see its pixels."""
        self._sight.zoom_to(lon, lat)

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
        if self._pointer is not None and not self.painter.is_asked:
            self._app.status.readout(self._app.view.readout(*self._pointer))

    def arrange(self, arrangement: str, left: str = "", right: str = "") -> None:
        """`single`: the last layer. `swipe`, `side`: of each side the last, under names, on one map or two."""
        if self._beside.arrange(arrangement, left, right):
            (self.root.add_class if arrangement == "side" else self.root.remove_class)("emx-two")
            self.painter.paint()

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
        self.painter.paint()
        self._sight.fit()

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
        self.painter.close()


def _collection(shapes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    features = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in shapes]
    return {"type": "FeatureCollection", "features": features}
