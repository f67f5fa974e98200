"""Areas in degrees that cross the date line, read the short way round."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

TURN = 360.0
HALF = 180.0
"""Degrees: an edge longer than this was drawn the other way, across the date line."""


def unwrapped(part: "BaseGeometry") -> "BaseGeometry":
    """A polygon with every edge at most half a turn long: from 179° to 181°, where it said 179° to -179°.

    Longitudes may lie beyond 180° then. What closes only after a whole turn, an area around a pole or the
    whole world from -180° to 180°, is left as it is, and so is what is no polygon.
    """
    import shapely

    rings = [part.exterior, *part.interiors] if isinstance(part, shapely.Polygon) else []
    lonlat = [shapely.get_coordinates(ring) for ring in rings]
    if all(np.abs(np.diff(ring[:, 0])).max() <= HALF for ring in lonlat):
        return part
    outer, *holes = (_unwrapped(ring) for ring in lonlat)
    middle = _middle(outer)
    turns = [round((middle - _middle(hole)) / TURN) for hole in holes]
    beside = [hole + np.array([TURN * turn, 0]) for hole, turn in zip(holes, turns, strict=True)]
    return shapely.Polygon(outer, beside)


def _unwrapped(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.diff(ring[:, 0])
    turns = np.where(np.abs(steps) < TURN, np.rint(steps / TURN), 0)
    moved = ring[:, 0] - TURN * np.concatenate([[0], np.cumsum(turns)])
    return np.column_stack([moved, ring[:, 1]]) if moved[-1] == moved[0] else ring


def _middle(ring: NDArray[np.float64]) -> float:
    return float(ring[:, 0].min() + ring[:, 0].max()) / 2
