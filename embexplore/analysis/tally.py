"""How much ground every class or group covers."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.compute import computed
from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from pandas import DataFrame

HECTARE = 10_000.0


def tally(cube: xr.Dataset, classes: xr.DataArray) -> "DataFrame":
    """The pixels, the hectares and the share of every class of a map.

    Parameters
    ----------
    cube : Dataset
        The cube that the map was made from, for its CRS.
    classes : DataArray of dims (y, x), of whole numbers
        From `cluster`, or `label` of `classify`: 1 … n, 0 for no data. Lazy maps are computed.

    Returns
    -------
    DataFrame
        A row for each number 1 … n: `number`, `name` (the class's, or the number in words), `pixels`, `hectares`
        and `share` of all pixels with data, in [0, 1]. Hectares are of the ellipsoid for a grid in degrees, of the
        map plane else (UTM's scale is off by at most 0.1 %).

    Raises
    ------
    InvalidInput
        The map does not hold whole numbers on dims (y, x).

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> areas = cube.emb.tally(cube.emb.cluster(cube.emb.fit_clusters(4, random_state=0)))
    >>> list(areas["number"]), round(float(areas["share"].sum()), 6)
    ([1, 2, 3, 4], 1.0)
    """
    import pandas as pd

    if classes.dims != (schema.Y, schema.X) or classes.dtype.kind not in "iu":
        raise InvalidInput(
            f"classes are {classes.dtype} of dims {classes.dims}: expected whole numbers of dims (y, x)."
        )
    numbers = np.asarray(computed(classes) if classes.chunks is not None else classes)
    names = classes.attrs.get("classes") or [
        f"Group {number}" for number in range(1, 1 + int(classes.attrs.get("groups", numbers.max(initial=0))))
    ]
    grid = Grid.from_centers(classes[schema.X].values, classes[schema.Y].values, grid_of(cube).crs)
    by_row = np.stack([np.bincount(row, minlength=len(names) + 1)[1 : len(names) + 1] for row in numbers])
    pixels, total = by_row.sum(axis=0), max(int(by_row.sum()), 1)
    table: dict[str, Any] = {"number": np.arange(1, len(names) + 1), "name": list(names), "pixels": pixels}
    return pd.DataFrame({**table, "hectares": pixel_areas(grid) @ by_row / HECTARE, "share": pixels / total})


def pixel_areas(grid: Grid) -> NDArray[np.float64]:
    """Square meters of a pixel in every row, `(rows,)`."""
    if not grid.is_geographic:
        return np.full(grid.shape[0], np.prod(grid.meters))
    from pyproj import Geod

    width, height = grid.resolution
    lat, origin = grid.y, np.zeros(grid.shape[0])
    geod = Geod(ellps="WGS84")
    across = geod.inv(origin, lat, origin + width, lat)[2]
    down = geod.inv(origin, lat - height / 2, origin, lat + height / 2)[2]
    return np.asarray(across * down)
