"""The best pixels of a map as a table of places, a distance in meters apart."""

import math
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.core.topk import top_k
from embexplore.cube import schema
from embexplore.cube.build import crs_of
from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

FAN_IN = 8
"""Candidate lists merged by one dask task: peak memory is this many lists, whatever the cube's size."""

IN_MEMORY = 1 << 24
"""Pixels of a lazy map that are held at once, 64 MB; larger maps are read in blocks, of which the best are kept."""

Hits = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.floating]]
"""Rows, columns and scores of pixels, best first."""


def top(cube: xr.Dataset, score: xr.DataArray, *, k: int = 20, min_distance: float = 0.0) -> "GeoDataFrame":
    """The `k` highest pixels of a map, at least a distance apart.

    Parameters
    ----------
    cube : Dataset
        The cube that `score` was computed from: it knows the CRS.
    score : DataArray of dims (y, x)
        What `search` or `change` returned, or any map made of them. Computed once if lazy; of more
        than 16 million pixels, chunk by chunk. NaN is never a hit.
    k : int
        Fewer are returned where fewer pixels have data, or fit.
    min_distance : float
        Meters between pixel centers: of the CRS where it is projected, on the ellipsoid where it is in
        degrees. The best hit stays; hits nearer to it than this are passed over.

    Returns
    -------
    GeoDataFrame in EPSG:4326
        Columns `rank` from 1, the map's name (`similarity`), `x`, `y` in the cube's CRS, and `geometry`:
        pixel centers. Equal scores are ranked by position, row by row. `attrs` are the map's.

    Raises
    ------
    InvalidInput
        `k` or `min_distance` is not a count or a distance; `score` has other dims than (y, x).

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> score = cube.emb.search(cube.emb.at(lon=0.12, lat=0.11, year=2024), year=2024)
    >>> hits = cube.emb.top(score, k=3, min_distance=200)
    >>> list(hits["rank"]), hits.crs.to_epsg()
    ([1, 2, 3], 4326)
    """
    if set(score.dims) != {schema.Y, schema.X}:
        raise InvalidInput(f"score has dims {score.dims}: expected a map of dims (y, x); choose one with `isel`.")
    if not isinstance(k, Real) or not 1 <= k < math.inf or k != int(k):
        raise InvalidInput(f"k={k!r}: expected a whole number of at least 1.")
    if not isinstance(min_distance, Real) or not 0 <= min_distance < math.inf:
        raise InvalidInput(f"min_distance={min_distance!r}: expected meters, 0 or more.")
    score = score.transpose(schema.Y, schema.X)
    grid = Grid.from_centers(score[schema.X].values, score[schema.Y].values, crs_of(cube))
    return table_of(score, grid, _apart(score.data, grid, int(k), float(min_distance)))


def table_of(score: xr.DataArray, grid: Grid, hits: Hits) -> "GeoDataFrame":
    """Hits as a table of places in EPSG:4326."""
    import geopandas as gpd

    rows, columns, values = hits
    x, y = score[schema.X].values[columns], score[schema.Y].values[rows]  # exact, so that `sel` finds them
    name = str(score.name or "similarity")
    data = {"rank": np.arange(1, len(rows) + 1), name: values, "x": x, "y": y}
    table = gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(*grid.lonlat(x, y)), crs="EPSG:4326")
    table.attrs = dict(score.attrs)
    return table


def best_pixels(values: Any, n: int) -> Hits:
    """The `n` highest pixels of an array `(rows, columns)`, best first; a dask array is read once, block by block."""
    if not hasattr(values, "dask"):
        return _best_of_block(np.asarray(values), 0, 0, n)
    import dask

    starts = [np.cumsum((0, *sizes[:-1])) for sizes in values.chunks]
    best, merge = dask.delayed(_best_of_block, pure=False), dask.delayed(_merge, pure=False)
    parts = [
        best(block, int(starts[0][i]), int(starts[1][j]), n) for (i, j), block in np.ndenumerate(values.to_delayed())
    ]
    while len(parts) > 1:
        parts = [merge(parts[first : first + FAN_IN], n) for first in range(0, len(parts), FAN_IN)]
    hits: Hits = parts[0].compute()
    return hits


def _best_of_block(block: NDArray[np.floating], row: int, column: int, n: int) -> Hits:
    rows, columns = top_k(block, min(n, block.size))
    return rows + row, columns + column, block[rows, columns]


def _merge(parts: list[Hits], n: int) -> Hits:
    rows, columns, values = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = np.lexsort((columns, rows, -values))[:n]
    return rows[order], columns[order], values[order]


def _apart(values: Any, grid: Grid, k: int, meters: float) -> Hits:
    """The hits of `top`; lazy and degree maps by way of a list of candidates that must contain them."""
    apart = pixels_apart(grid, meters)
    if hasattr(values, "dask") and math.prod(grid.shape) <= IN_MEMORY:
        values = values.compute()
    if not hasattr(values, "dask") and not grid.is_geographic:
        rows, columns = top_k(np.asarray(values), k, min_distance_pixels=apart)
        return rows, columns, np.asarray(values)[rows, columns]
    # A hit passes over at most the pixels of its neighborhood, so the hits are among this many best.
    neighborhood = math.prod(2 * math.ceil(distance) + 1 for distance in apart) if meters else 1
    rows, columns, scores = best_pixels(values, min(k * neighborhood, math.prod(grid.shape)))
    kept = _greedy(rows, columns, grid, k, meters, apart)
    return rows[kept], columns[kept], scores[kept]


def pixels_apart(grid: Grid, meters: float) -> tuple[float, float]:
    """The distance in rows and columns; in degrees, where on this grid it spans the most of them."""
    width, height = grid.resolution
    if not grid.is_geographic:
        from pyproj import CRS

        unit = CRS.from_user_input(grid.crs).axis_info[0].unit_conversion_factor
        return meters / (height * unit), meters / (width * unit)
    # A degree of latitude is never less than 110 574 m, one of longitude 111 319 m × cos(latitude).
    narrowest = max(math.cos(math.radians(float(np.abs(grid.y).max()))), 1e-6)
    columns = min(meters / (111_319 * narrowest * width), 360 / width)
    return meters / (110_574 * height), columns


def _greedy(
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    grid: Grid,
    k: int,
    meters: float,
    apart: tuple[float, float],
) -> NDArray[np.int64]:
    """Positions of the candidates that are far enough from all kept before them; candidates come best first."""
    left = np.arange(len(rows))
    kept: list[int] = []
    while len(left) and len(kept) < k:
        first, left = left[0], left[1:]
        kept.append(int(first))
        if meters:
            down, across = rows[left] - rows[first], columns[left] - columns[first]
            near = (np.abs(down) <= apart[0]) & (np.abs(across) <= apart[1])
            near[near] = _is_near(
                grid, rows[first], columns[first], rows[left[near]], columns[left[near]], meters, apart
            )
            left = left[~near]
    return np.array(kept, np.int64)


def _is_near(
    grid: Grid,
    row: np.int64,
    column: np.int64,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    meters: float,
    apart: tuple[float, float],
) -> NDArray[np.bool_]:
    """Which pixels lie less than `meters` from one."""
    if not grid.is_geographic:
        return np.asarray(((rows - row) / apart[0]) ** 2 + ((columns - column) / apart[1]) ** 2 < 1)
    from pyproj import Geod

    lon, lat = grid.x[columns], grid.y[rows]
    here = np.full(len(rows), grid.x[column]), np.full(len(rows), grid.y[row])
    return np.asarray(Geod(ellps="WGS84").inv(*here, lon, lat)[2] < meters)
