"""Draw a grid of any CRS on a web map: the nearest source pixel of every screen pixel.

Asking PROJ for every screen pixel would take half a second. It is asked on a coarse lattice, and the
positions between are interpolated; the lattice is refined until they are right to `TOLERANCE` of a
pixel. Which source pixel each screen pixel shows is kept for the last few viewports, so that new values on
the same screen cost one gather.
"""

from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from embexplore.core.jit import kernel
from embexplore.cube.grid import Grid
from embexplore.ui.render.viewport import Viewport, bounds_of

TOLERANCE = 1 / 16
"""What an interpolated position may be off, in source pixels, or in screen pixels where those are larger.

An eighth of what a nearest pixel is off anyway.
"""

COARSEST = 64
"""Screen pixels between the nodes of the first lattice."""

FOOTPRINT_NODES = 17
"""Places along each side of the screen that tell what part of a grid it shows."""

T = TypeVar("T", bound=np.generic)
Lattice = NDArray[np.float64]
OUTSIDE = -1
Window = tuple[int, int, int, int]
"""Top, left, bottom and right, in screen pixels."""


def warp(values: NDArray[T], grid: Grid, viewport: Viewport, *, fill: float) -> NDArray[T]:
    """Values as a web map shows them.

    Parameters
    ----------
    values : ndarray of shape (rows, columns) or (rows, columns, c)
        On `grid`.
    grid : Grid
    viewport : Viewport
    fill : scalar
        What screen pixels outside the grid hold.

    Returns
    -------
    ndarray of shape (height, width) or (height, width, c)
        The value of the source pixel that contains each screen pixel's center, whose position is right to
        `TOLERANCE`.
    """
    index = index_of(grid, viewport)
    flat = np.ascontiguousarray(values).reshape(-1, *values.shape[2:])
    shown = flat.take(index, axis=0, mode="clip")
    shown[index == OUTSIDE] = fill
    return shown


@lru_cache(maxsize=8)
def index_of(grid: Grid, viewport: Viewport) -> NDArray[np.int32]:
    """The flat index on `grid` of the source pixel of every screen pixel, `(height, width)`; −1 outside."""
    index = np.full((viewport.height, viewport.width), OUTSIDE, np.int32)
    top, left, bottom, right = _window(grid, viewport)
    if top < bottom and left < right:
        window = top, left, bottom, right
        lattice = _lattice(grid, viewport, window)
        part = index[top:bottom, left:right]
        if lattice is None:
            part[...] = _exact(grid, viewport, window)
        else:
            _fill(*lattice, *grid.shape, part)
    index.flags.writeable = False  # shared by all who ask for this viewport
    return index


def positions(
    grid: Grid, viewport: Viewport, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[Lattice, Lattice]:
    """Exact positions on `grid` of places on the picture: rows and columns, in pixels from the grid's corner."""
    lon, lat = viewport.lonlat(x, y)
    at_x, at_y = grid.xy(lon - _turns(grid, viewport), lat)
    a, _, c, _, e, f = grid.transform
    return (np.asarray(at_y) - f) / e, (np.asarray(at_x) - c) / a


def footprint(grid: Grid, viewport: Viewport) -> tuple[slice, slice] | None:
    """Rows and columns of the part of a grid that the screen shows, a pixel to spare; None where it shows none."""
    top, left, bottom, right = _window(grid, viewport)
    if top >= bottom or left >= right:
        return None
    y, x = np.linspace(top, bottom, FOOTPRINT_NODES), np.linspace(left, right, FOOTPRINT_NODES)
    parts = []
    for at, size in zip(positions(grid, viewport, *np.meshgrid(x, y)), grid.shape, strict=True):
        found = at[np.isfinite(at)]
        if not found.size or found.max() < 0 or found.min() >= size:
            return None
        parts.append(slice(max(0, int(found.min()) - 1), min(size, int(found.max()) + 2)))
    return parts[0], parts[1]


def _turns(grid: Grid, viewport: Viewport) -> float:
    """Degrees that the map was panned around the world, away from the grid's own longitudes."""
    (_, west), (_, east) = bounds_of(grid)
    return 360.0 * round((viewport.center[0] - (west + east) / 2) / 360)


def _window(grid: Grid, viewport: Viewport) -> Window:
    """Top, left, bottom and right of the screen pixels that may show the grid, with two to spare.

    Far away from a grid its projection is wild; nothing is asked there.
    """
    (south, west), (north, east) = bounds_of(grid)
    turns = _turns(grid, viewport)
    (left, right), (bottom, top) = viewport.place(np.array([west, east]) + turns, np.array([south, north]))
    return (
        max(0, int(top) - 2),
        max(0, int(left) - 2),
        min(viewport.height, int(bottom) + 3),
        min(viewport.width, int(right) + 3),
    )


def _lattice(grid: Grid, viewport: Viewport, window: Window) -> tuple[Lattice, Lattice, int] | None:
    """Rows and columns at the nodes of a lattice over a part of the screen, and the pixels between its nodes.

    None where even the finest would err: beside a pole, where a screen pixel may span many degrees.
    """
    top, left, bottom, right = window
    step = COARSEST
    while step > 1:
        down, across = (2 * -(-length // step) + 1 for length in (bottom - top, right - left))
        y, x = top + np.arange(down) * (step / 2), left + np.arange(across) * (step / 2)
        rows, columns = positions(grid, viewport, *np.meshgrid(x, y))
        if _worst(rows, columns, step) <= TOLERANCE:
            return rows, columns, step // 2
        step //= 2
    return None


def _exact(grid: Grid, viewport: Viewport, window: Window) -> NDArray[np.intp]:
    """The flat index of the source pixel of every screen pixel of a part, by asking PROJ for each; −1 outside."""
    top, left, bottom, right = window
    height, width = grid.shape
    row, column = positions(grid, viewport, *np.meshgrid(np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5))
    is_inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    at = np.where(is_inside, np.floor(row) * width + np.floor(column), OUTSIDE)
    return at.astype(np.intp)


def _worst(rows: Lattice, columns: Lattice, step: int) -> float:
    """The largest error of interpolating every second node, in source pixels or in screen pixels if those are larger.

    Bilinear interpolation errs by the second derivatives of both axes, h²/8 each. They are measured apart,
    because at the middle of a cell they cancel for every conformal projection (UTM, Web Mercator). The
    lattice that is then used has half the spacing of the one that is measured: a quarter of its error.
    """
    with np.errstate(invalid="ignore"):
        one_pixel = np.hypot(*((nodes[::2, 2::2] - nodes[::2, :-2:2]) / step for nodes in (rows, columns)))
        unit = np.maximum(1, np.fmin(one_pixel[:-1], one_pixel[1:]))  # of each cell
        errors = [_bend(nodes[::2]) + _bend(nodes[:, ::2].T).T for nodes in (rows, columns)]
        relative = np.array(errors) / unit
    return float(np.max(relative, where=np.isfinite(relative), initial=0.0))


def _bend(nodes: Lattice) -> Lattice:
    """How far the middle of each cell's two edges along axis 1 lies from the straight line, the larger of both."""
    bend = np.abs(nodes[:, 1::2] - (nodes[:, :-1:2] + nodes[:, 2::2]) / 2)
    return np.fmax(bend[:-1], bend[1:])


def _fill_twin(rows: Lattice, columns: Lattice, step: int, height: int, width: int, index: NDArray[np.int32]) -> None:
    """Into `index (h, w)`: the source pixel at each screen pixel's center, by bilinear interpolation."""
    (k, down), (m, across) = (_between(size, step) for size in index.shape)
    down = down[:, None]
    with np.errstate(invalid="ignore"):
        row, column = (
            np.floor(
                (nodes[k][:, m] * (1 - down) + nodes[k + 1][:, m] * down) * (1 - across)
                + (nodes[k][:, m + 1] * (1 - down) + nodes[k + 1][:, m + 1] * down) * across
            )
            for nodes in (rows, columns)
        )
        is_inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        index[...] = np.where(is_inside, row * width + column, OUTSIDE)


def _between(size: int, step: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Of each pixel center: the node before it, and how far it has gone to the next."""
    centers = (np.arange(size) + 0.5) / step
    return centers.astype(np.intp), centers % 1


@kernel(twin=_fill_twin)
def _fill(rows: Lattice, columns: Lattice, step: int, height: int, width: int, index: NDArray[np.int32]) -> None:
    for i in range(index.shape[0]):
        k = i // step
        t = (i + 0.5) / step - k
        for m in range(rows.shape[1] - 1):
            row = rows[k, m] * (1 - t) + rows[k + 1, m] * t
            column = columns[k, m] * (1 - t) + columns[k + 1, m] * t
            row_step = (rows[k, m + 1] * (1 - t) + rows[k + 1, m + 1] * t - row) / step
            column_step = (columns[k, m + 1] * (1 - t) + columns[k + 1, m + 1] * t - column) / step
            for j in range(m * step, min((m + 1) * step, index.shape[1])):
                at = j - m * step + 0.5
                r, c = row + row_step * at, column + column_step * at
                if r >= 0 and r < height and c >= 0 and c < width:
                    index[i, j] = int(r) * width + int(c)
                else:
                    index[i, j] = -1
