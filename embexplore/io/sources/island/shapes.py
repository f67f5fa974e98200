"""Shapes drawn into windows by arithmetic on each pixel's position, so windows agree exactly."""

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.frame import turn
from embexplore.io.sources.island.hashing import draw

Map = NDArray[np.float64]
Axis = NDArray[np.float64]


def blob(y: float, x: float, radius: float, key: int, *, rough: float = 0.22) -> NDArray[np.float64]:
    """An organic closed outline that reaches `radius` from a center: `(72, 2)` positions (y, x)."""
    waves = [(k, rough * (0.4 + draw(key, k)) / k, 6.2832 * draw(key, 10 + k)) for k in (2, 3, 4, 5)]
    angles = [2 * np.pi * step / 72 for step in range(72)]
    reach = [1 + sum(size * turn(k * angle + phase)[0] for k, size, phase in waves) for angle in angles]
    rays = [(turn(angle), radius * part / max(reach)) for angle, part in zip(angles, reach, strict=True)]
    return np.round([(y + far * sin, x + far * cos) for (cos, sin), far in rays], 3)


def _box(points: NDArray[np.float64], margin: float, y: Axis, x: Axis) -> tuple[slice, slice] | None:
    """Rows and columns of a window that lie within `margin` of some points."""
    (low_y, low_x), (high_y, high_x) = points.min(axis=0) - margin, points.max(axis=0) + margin
    rows = slice(*np.searchsorted(y, [low_y, high_y]))
    columns = slice(*np.searchsorted(x, [low_x, high_x]))
    return (rows, columns) if rows.start < rows.stop and columns.start < columns.stop else None


def inside(outline: NDArray[np.float64], y: Axis, x: Axis) -> NDArray[np.bool_]:
    """Which positions `y (rows,)` by `x (columns,)` lie inside a closed outline (even-odd rule)."""
    found = np.zeros((len(y), len(x)), bool)
    box = _box(outline, 0.0, y, x)
    if box is None:
        return found
    rows, columns = y[box[0]][:, None], x[box[1]][None, :]
    odd = np.zeros((rows.shape[0], columns.shape[1]), bool)
    for (y0, x0), (y1, x1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        if y0 != y1:
            crosses = (y0 > rows) != (y1 > rows)
            odd ^= crosses & (columns < (x1 - x0) * (rows - y0) / (y1 - y0) + x0)
    found[box] = odd
    return found


def along_line(
    course: NDArray[np.float64], width: NDArray[np.float64], y: Axis, x: Axis, values: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.bool_], Map]:
    """Which positions lie on a line of a width, and the least of `values (n,)` of the points nearby."""
    hit = np.zeros((len(y), len(x)), bool)
    least = np.full(hit.shape, np.inf)
    if _box(course, float(width.max()), y, x) is None:
        return hit, least
    for number in range(len(course) - 1):
        half = float(width[number + 1]) / 2
        box = _box(course[number : number + 2], half + 1e-9, y, x)
        if box is None:
            continue
        near = _distance_2(course[number], course[number + 1], y[box[0]][:, None], x[box[1]][None, :]) <= half * half
        hit[box] |= near
        if values is not None:
            least[box] = np.where(near, np.minimum(least[box], values[number + 1]), least[box])
    return hit, least


def _distance_2(start: NDArray[np.float64], end: NDArray[np.float64], y: Map, x: Map) -> Map:
    """Squared distance to a segment."""
    (y0, x0), (dy, dx) = start, end - start
    long = dy * dy + dx * dx
    t = np.clip(((y - y0) * dy + (x - x0) * dx) / long, 0, 1) if long > 0 else 0.0
    off_y, off_x = y - y0 - t * dy, x - x0 - t * dx
    return off_y * off_y + off_x * off_x


def rectangle(y: float, x: float, half: tuple[float, float], angle: float) -> NDArray[np.float64]:
    """Corners `(4, 2)` (y, x) of a turned rectangle; `half` is half its length along and across."""
    cos, sin = turn(angle)
    corners = [(-half[0], -half[1]), (half[0], -half[1]), (half[0], half[1]), (-half[0], half[1])]
    return np.round([(y + a * sin + b * cos, x + a * cos - b * sin) for a, b in corners], 3)
