"""The part of the world that a web map shows, and where its pixels lie: pure arithmetic of Web Mercator."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput

Corners = tuple[tuple[float, float], tuple[float, float]]
"""((south, west), (north, east)) in degrees, as Leaflet writes bounds."""

WIDEST, TALLEST = 1400, 1000
"""Pixels of the largest picture: more takes longer to draw and to send than it shows."""

POLE = 85.051128779806604
"""Latitude where Web Mercator ends: atan(sinh(pi)), the top of the square map."""


@dataclass(frozen=True)
class Viewport:
    """What a web map shows: its corners, and the pixels of the picture drawn over it.

    Attributes
    ----------
    bounds : ((south, west), (north, east))
        Degrees. Longitudes may pass ±180, as Leaflet's do when it is panned around the world.
    width, height : int
        Pixels, at most 1400 × 1000.
    """

    bounds: Corners
    width: int
    height: int

    def __post_init__(self) -> None:
        (south, west), (north, east) = self.bounds
        is_finite = all(map(math.isfinite, (south, west, north, east)))
        if not (is_finite and west < east and max(south, -POLE) < min(north, POLE)):
            raise InvalidInput(f"bounds={self.bounds}: expected ((south, west), (north, east)) in degrees.")
        if not (1 <= self.width <= WIDEST and 1 <= self.height <= TALLEST):
            raise InvalidInput(
                f"{self.width} × {self.height} pixels: a picture has 1 × 1 to {WIDEST} × {TALLEST}. "
                "Use `Viewport.fitted` to shrink one that is larger."
            )

    @classmethod
    def fitted(cls, bounds: Corners, width: float, height: float) -> "Viewport":
        """The viewport of a map of any size on screen: its picture is shrunk to the largest that is drawn."""
        shrink = max(1.0, width / WIDEST, height / TALLEST)
        return cls(bounds, max(1, int(width / shrink)), max(1, int(height / shrink)))

    @property
    def center(self) -> tuple[float, float]:
        """Longitude and latitude in the middle of the picture."""
        lon, lat = self.lonlat(self.width / 2, self.height / 2)
        return float(lon), float(lat)

    def lonlat(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Degrees of places on the picture, in pixels from its upper left corner."""
        (_, west), (_, east) = self.bounds
        bottom, top = self._heights
        lon = west + (east - west) / self.width * np.asarray(x, np.float64)
        lat = np.degrees(np.arctan(np.sinh(top + (bottom - top) / self.height * np.asarray(y, np.float64))))
        return lon, lat

    def place(self, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where degrees lie on the picture, in pixels from its upper left corner; also outside it."""
        (_, west), (_, east) = self.bounds
        bottom, top = self._heights
        x = (np.asarray(lon, np.float64) - west) * (self.width / (east - west))
        y = (mercator(lat) - top) * (self.height / (bottom - top))
        return x, y

    @property
    def _heights(self) -> tuple[float, float]:
        (south, _), (north, _) = self.bounds
        return float(mercator(south)), float(mercator(north))


def mercator(lat: ArrayLike) -> NDArray[np.float64]:
    """Height on the map of a latitude in degrees, in radians of the equator; cut at the map's top and bottom."""
    return np.arcsinh(np.tan(np.radians(np.clip(np.asarray(lat, np.float64), -POLE, POLE))))


def bounds_of(grid: Grid) -> Corners:
    """Corners in degrees that contain a grid, as Leaflet wants them: `east > west` also across the date line."""
    west, south, east, north = grid.bbox
    return (max(south, -POLE), west), (min(north, POLE), east if east > west else east + 360)
