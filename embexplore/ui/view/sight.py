"""The part of the world that a map shows: what it opens with, and what is on the screen."""

import math
from typing import Any

from embexplore.ui.render.viewport import Corners, Viewport, mercator
from embexplore.ui.view.inputs import Map

SIZE = (952, 476)
"""Pixels of a map before the browser has said its own."""


class Sight:
    """A map that opens with the part of `whole` that is wanted, or with all of it; nothing lies on it yet."""

    def __init__(self, whole: Corners, wanted: Corners | None = None) -> None:
        self._whole = whole
        self._wanted: Corners | None = wanted or whole
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

    def fit(self) -> None:
        """Once the browser has said how large the map is: all that it was to open with, as large as it goes."""
        if self._wanted is not None and min(self._size) >= 1:
            self._start_zoom, self._wanted = _fitted(self._wanted, self._size)["zoom"], None
            self.map.zoom = self._start_zoom


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
