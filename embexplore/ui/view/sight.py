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
        """Pixels of the map on screen. Leaflet says them when it is moved; before, its corners and zoom tell."""
        if self.map.pixel_bounds:
            (left, top), (right, bottom) = self.map.pixel_bounds
            return right - left, bottom - top
        if self.map.bounds:
            across, down = _extent(self.map.bounds)
            return across * 2**self.map.zoom, down * 2**self.map.zoom
        return SIZE

    def zoom_to(self, lon: float, lat: float) -> None:
        """Center the map on a place, close enough to see its pixels."""
        self.map.center = (lat, lon)
        self.map.zoom = max(self.map.zoom, min(16.0, self._start_zoom + 2))

    def fit(self) -> None:
        """Once the browser has said how large the map is: all that it was to open with, as large as it goes."""
        if self._wanted is not None and min(self._size) >= 1:
            size = round(self._size[0]), round(self._size[1])  # corners tell them to a millionth
            self._start_zoom, self._wanted = _fitted(self._wanted, size)["zoom"], None
            self.map.zoom = self._start_zoom


def _fitted(bounds: Corners, size: tuple[float, float]) -> dict[str, Any]:
    """Center and zoom that show the bounds on a map of so many pixels."""
    lon, lat = Viewport(bounds, 1, 1).center
    across, down = _extent(bounds)
    zoom = math.floor(4 * math.log2(min(size[0] / across, size[1] / down))) / 4
    return {"center": (lat, lon), "zoom": min(max(zoom, 1), 20)}


def _extent(bounds: Corners) -> tuple[float, float]:
    """Pixels that the corners are apart at zoom 0, where the world is 256 wide."""
    (south, west), (north, east) = bounds
    return 256 * (east - west) / 360, 256 * float(mercator(north) - mercator(south)) / (2 * math.pi)
