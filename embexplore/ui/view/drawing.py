"""Areas by hand: rectangle and polygon by the map's own tools, freehand with the pointer, and their outline."""

from functools import partial
from typing import TYPE_CHECKING, Any

import ipyleaflet
import ipywidgets as ipw

from embexplore.analysis.dateline import TURN, unwrapped
from embexplore.ui.view import parts
from embexplore.ui.view.inputs import DrawControl

if TYPE_CHECKING:
    from embexplore.ui.view.app import App

NOTHING: dict[str, Any] = {"type": "FeatureCollection", "features": []}


class Drawing:
    """The drawing tools of a map; what is drawn becomes the Explorer's area."""

    def __init__(self, app: "App", leaflet: ipyleaflet.Map) -> None:
        self._app, self._map = app, leaflet
        self._points: list[tuple[float, float]] = []
        self._is_freehand = False
        look = {"color": "#0b61a4", "weight": 2, "fillOpacity": 0.0}
        self.outline = ipyleaflet.GeoJSON(data=NOTHING, style=look)
        self._tool = DrawControl(
            position="topleft",
            rectangle={"pathOptions": look},
            polygon={"pathOptions": look},
            circlemarker={},
            polyline={},
            circle={},
            marker={},
            text={},
            edit=False,
            drag=False,
            remove=False,
            cut=False,
            rotate=False,
            hide_controls=True,  # its own buttons do not tell the kernel that they were pressed
        )
        self._tool.on_draw(self._drawn)
        shapes = [
            parts.icon(
                shape.lower(), shape, partial(self._shape, shape), "emx-icon-only", tooltip=f"Draw a {shape.lower()}"
            )
            for shape in ("Rectangle", "Polygon")
        ]
        freehand = parts.icon("freehand", "Freehand", self._freehand, "emx-icon-only", tooltip="Draw an area by hand")
        self._clear = parts.icon("close", "Whole map", self._whole, "emx-icon-only", tooltip="The whole map again")
        parts.show(self._clear, shown=False)
        self._buttons = parts.styled(ipw.VBox([*shapes, freehand, self._clear]), "emx-card", "emx-draw")
        told = "OpenStreetMap below (uses the internet)"
        streets = parts.icon("layers", "OpenStreetMap", app.does(self._streets), "emx-icon-only", tooltip=told)
        full = parts.icon(
            "full", "Full screen", _nothing, "emx-icon-only", tooltip="The map on the whole screen, and back"
        )
        self._below = parts.styled(ipw.VBox([streets, full]), "emx-card", "emx-draw")

    def controls(self) -> list[ipyleaflet.Control]:
        """What is laid on the map."""
        cards = [ipyleaflet.WidgetControl(widget=card, position="topleft") for card in (self._buttons, self._below)]
        return [self._tool, *cards]

    def show_area(self) -> None:
        """The outline of the Explorer's area, and the button that drops it."""
        area = self._app.explorer.area
        self._outline(area)
        parts.show(self._clear, shown=area is not None)

    def takes(self, kind: str, lon: float, lat: float) -> bool:
        """Whether a tool of drawing used this event: the corner of a rectangle is no search."""
        if not self._is_freehand:
            return kind == "click" and bool(self._tool.current_mode)
        if kind == "mousedown":
            self._points = [(lon, lat)]
        elif kind == "mousemove" and self._points:
            self._points.append((lon, lat))
            self._outline({"type": "LineString", "coordinates": self._points})
        elif kind == "mouseup" and self._points:
            points, self._points = self._points, []
            self.stop()
            if len(points) > 3:
                self._app.view.take_area({"type": "Polygon", "coordinates": [[*points, points[0]]]})
        return True

    def stop(self) -> None:
        """Leave drawing; the area stays."""
        self._is_freehand, self._points = False, []
        self._map.dragging = True
        self._tool.current_mode = None
        self.show_area()

    def _outline(self, geometry: dict[str, Any] | None) -> None:
        drawn = None if geometry is None else on_screen(geometry, self._map.center[1])
        self.outline.data = NOTHING if drawn is None else {"type": "Feature", "properties": {}, "geometry": drawn}

    def _shape(self, shape: str) -> None:
        """Let the map's own tool draw a shape; clicks are its corners until it is done."""
        self.stop()
        self._tool.current_mode = f"draw:{shape}"
        corners = "two opposite corners." if shape == "Rectangle" else "the corners, and the first one again to finish."
        self._app.status.say(f"Click {corners}")

    def _freehand(self) -> None:
        self._is_freehand, self._map.dragging = True, False
        self._app.status.say("Press, draw around the area, and let go.")

    def _drawn(self, _: Any, action: str, geo_json: Any) -> None:
        """One shape or a list of them, by the control's version; the last is the area."""
        if action not in ("create", "created"):
            return
        features = geo_json if isinstance(geo_json, list) else [geo_json]
        self.stop()
        self._tool.clear()
        self._app.view.take_area(features[-1]["geometry"])

    def _streets(self) -> None:
        self._app.explorer.basemap = not self._app.explorer.basemap

    def _whole(self) -> None:
        self._app.view.take_area(None)


def on_screen(geometry: dict[str, Any], lon: float) -> dict[str, Any]:
    """A GeoJSON geometry in degrees for Leaflet, which draws every edge where its numbers say.

    It crosses the date line the short way, as areas are read, in the copy of the world whose middle is nearest to `lon`.
    """
    import numpy as np
    import shapely
    from shapely.affinity import translate

    found = shapely.geometry.shape(geometry)
    if found.geom_type == "LineString":
        x, y = shapely.get_coordinates(found).T
        drawn = shapely.LineString(np.column_stack([np.unwrap(x, period=TURN), y]))
    else:
        parts = [unwrapped(part) for part in shapely.get_parts(found)]
        drawn = parts[0] if len(parts) == 1 else shapely.GeometryCollection(parts)
    west, _, east, _ = drawn.bounds
    away = TURN * round((lon - (west + east) / 2) / TURN)
    return dict(shapely.geometry.mapping(translate(drawn, away)))


def _nothing() -> None:
    """Only the page may ask for the whole screen, while it hears the click: `keys.js` does."""
