"""Which of the best places another search finds too: those of an exact one, in the map of a cheaper one."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from embexplore.analysis.top import pixels_apart, top
from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


def kept(
    cube: xr.Dataset,
    hits: "GeoDataFrame",
    score: xr.DataArray,
    *,
    min_distance: float = 0.0,
    recheck: int | None = None,
    exact: xr.DataArray | None = None,
) -> "GeoDataFrame":
    """The best places of one search, and whether another one finds them.

    Parameters
    ----------
    cube : Dataset
        Whose grid both maps have.
    hits : GeoDataFrame
        Of `top`, from the map that is right.
    score : DataArray of dims (y, x)
        The other map, of a cheaper code.
    min_distance : float
        Meters between places, as `top` had it. A place is found where the other search has one of its own this near,
        or on the same pixel.
    recheck : int, optional
        The pixels around the other search's best so many places, as far as `min_distance`, are ranked again by `exact`.
    exact : DataArray of dims (y, x), optional
        What `recheck` ranks by.

    Returns
    -------
    GeoDataFrame
        `hits` with the column `found`.

    Raises
    ------
    InvalidInput
        `recheck` without `exact`, or fewer than there are hits; as `top` otherwise.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> query = cube.emb.at(lon=0.12, lat=0.11, year=2024)
    >>> hits = cube.emb.top(cube.emb.search(query), k=10, min_distance=150)
    >>> rough = cube.emb.encode("binary", random_state=0).emb.search(query)
    >>> found = cube.emb.kept(hits, rough, min_distance=150).found
    >>> len(found), found.dtype
    (10, dtype('bool'))
    """
    grid = grid_of(cube)
    if recheck is not None and (exact is None or recheck < len(hits)):
        raise InvalidInput(f"recheck={recheck}: expected `exact` to rank by, and at least the {len(hits)} hits.")
    table = hits.assign(found=np.zeros(len(hits), bool))
    if len(hits) == 0:
        return table
    theirs = top(cube, score, k=recheck or len(hits), min_distance=min_distance)
    if recheck is not None and exact is not None:
        near = exact.where(_around(exact, theirs, pixels_apart(grid, min_distance)))
        theirs = top(cube, near, k=len(hits), min_distance=min_distance)
    table["found"] = _is_near(grid, hits, theirs, min_distance)
    return table


def _around(score: xr.DataArray, places: "GeoDataFrame", apart: tuple[float, float]) -> xr.DataArray:
    """The pixels (y, x) of some places and as far around them as so many rows and columns."""
    reach = [np.arange(-int(distance), int(distance) + 1) for distance in apart]
    down, across = np.meshgrid(*reach, indexing="ij")
    within = (down / max(apart[0], 1)) ** 2 + (across / max(apart[1], 1)) ** 2 <= 1
    rows = score.get_index(schema.Y).get_indexer(places.y)[:, None] + down[within]
    columns = score.get_index(schema.X).get_indexer(places.x)[:, None] + across[within]
    shape = (score.sizes[schema.Y], score.sizes[schema.X])
    inside = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    mask = np.zeros(shape, bool)
    mask[rows[inside], columns[inside]] = True
    return xr.DataArray(mask, dims=(schema.Y, schema.X))


def _is_near(grid: Grid, hits: "GeoDataFrame", theirs: "GeoDataFrame", meters: float) -> np.ndarray:
    """Which hits lie on, or less than `meters` from, one of theirs."""
    across = hits.x.to_numpy()[:, None] - theirs.x.to_numpy()
    down = hits.y.to_numpy()[:, None] - theirs.y.to_numpy()
    same = (across == 0) & (down == 0)
    if grid.is_geographic:
        from pyproj import Geod

        lon, lat = np.broadcast_arrays(hits.x.to_numpy()[:, None], theirs.x.to_numpy())[0], hits.y.to_numpy()[:, None]
        lat = np.broadcast_to(lat, lon.shape)
        near = Geod(ellps="WGS84").inv(lon, lat, lon - across, lat - down)[2] < meters
    else:
        from pyproj import CRS

        unit = CRS.from_user_input(grid.crs).axis_info[0].unit_conversion_factor
        near = np.hypot(across, down) * unit < meters
    return np.asarray((same | near).any(axis=1))
