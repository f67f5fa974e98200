"""Unit vectors of single pixels: of many places at once, and of a seeded sample of the ground.

Both read every chunk that holds one of the pixels once, and no other.
"""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from embexplore.analysis.views import part_of, units_of
from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.chunks import iterate_chunks
from embexplore.cube.pieces import dimension_of, prepared

OUTSIDE = -1
"""Row and column of a place that lies outside a grid."""
SAMPLED_CHUNKS = 64
"""Chunks that a sample is read from, whatever the cube's size."""


def pixels_at(cube: xr.Dataset, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows and columns `(n,)` of the pixels that contain places in degrees; −1 in both outside the cube."""
    grid = grid_of(cube)
    x, y = grid.xy(np.asarray(lon, float), np.asarray(lat, float))
    a, _, c, _, e, f = grid.transform
    with np.errstate(invalid="ignore"):
        columns, rows = np.floor((x - c) / a), np.floor((y - f) / e)
        is_inside = (rows >= 0) & (rows < grid.shape[0]) & (columns >= 0) & (columns < grid.shape[1])
    rows, columns = (np.where(is_inside, index, OUTSIDE).astype(np.int64) for index in (rows, columns))
    return rows, columns


def vectors_at(cube: xr.Dataset, rows: NDArray[np.int64], columns: NDArray[np.int64], year: int) -> NDArray[np.float32]:
    """Unit vectors `(n, d)` of pixels; NaN where there is no data, outside the cube or outside a clipped area."""
    wanted = np.zeros((cube.sizes[schema.Y], cube.sizes[schema.X]), bool)
    is_inside = rows != OUTSIDE
    wanted[rows[is_inside], columns[is_inside]] = True
    if schema.INSIDE in cube.coords:
        wanted &= cube.coords[schema.INSIDE].values
    marked = prepared(cube).assign_coords({schema.INSIDE: ((schema.Y, schema.X), wanted)})
    found = np.full((len(rows), dimension_of(cube)), np.nan, np.float32)
    if not wanted.any():
        return found
    for view in iterate_chunks(marked, year):
        here = is_inside & (rows >= view.rows.start) & (rows < view.rows.stop)
        here &= (columns >= view.columns.start) & (columns < view.columns.stop)
        here[here] = wanted[rows[here], columns[here]]
        found[here] = units_of(part_of(view, rows[here] - view.rows.start, columns[here] - view.columns.start))
    return found


def scattered(
    cube: xr.Dataset, size: int, *, year: int, random_state: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Rows, columns and unit vectors of up to `size` random pixels with data, of at most 64 random chunks.

    Pixels without data count among the tries, of which there are twice as many as `size`.
    """
    rng = np.random.default_rng(random_state or 0)
    allowed = _in_some_chunks(cube, rng)
    if schema.INSIDE in cube.coords:
        allowed &= cube.coords[schema.INSIDE].values
    places = np.flatnonzero(allowed)
    tried = np.sort(rng.choice(places, min(2 * size, len(places)), replace=False))
    rows, columns = np.divmod(tried, allowed.shape[1])
    vectors = vectors_at(cube, rows, columns, year)
    kept = np.flatnonzero(~np.isnan(vectors[:, 0]))
    kept = np.sort(rng.choice(kept, min(size, len(kept)), replace=False))
    return rows[kept], columns[kept], vectors[kept]


def _in_some_chunks(cube: xr.Dataset, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Pixels `(rows, columns)` of at most 64 chunks that lie in the area, if there is one."""
    down, across = (
        np.asarray(cube.coords[name].values if name in cube.coords else np.arange(cube.sizes[dim]) // schema.CHUNK)
        for name, dim in ((schema.CHUNK_ROW, schema.Y), (schema.CHUNK_COLUMN, schema.X))
    )
    number = down[:, None].astype(np.int64) * (int(across.max()) + 1) + across
    there = np.unique(number[cube.coords[schema.INSIDE].values] if schema.INSIDE in cube.coords else number)
    if len(there) <= SAMPLED_CHUNKS:
        return np.ones(number.shape, bool)
    return np.isin(number, rng.choice(there, SAMPLED_CHUNKS, replace=False))
