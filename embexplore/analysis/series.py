"""One pixel over the years: how alike it stays to a search, and how much it changes from year to year."""

from typing import Any

import numpy as np
import xarray as xr

from embexplore.analysis.change import SINCE, change
from embexplore.analysis.queries import Combine
from embexplore.analysis.results import described
from embexplore.analysis.search import search
from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.years import years_of


def similarity_series(
    cube: xr.Dataset, positives: Any, *, negatives: Any = None, combine: Combine = "mean", lon: float, lat: float
) -> xr.DataArray:
    """The similarity of one place with a search, in every year.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory; only the place's chunk of each year is read.
    positives, negatives, combine
        As for `search`.
    lon, lat : float
        Degrees.

    Returns
    -------
    DataArray of dims (time,), float32
        `similarity` as on the maps of `search`, by ascending year; NaN in years without data. In memory.

    Raises
    ------
    OutOfBounds, InvalidInput
        The place lies outside the cube; what `search` raises.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> query = cube.emb.at(lon=0.12, lat=0.11, year=2024)
    >>> alike = cube.emb.similarity_series(query, lon=0.12, lat=0.11)
    >>> alike.sizes["time"], round(float(alike.sel(time=2024)), 3)
    (8, 1.0)
    """
    pixel, years = _pixel(cube, lon, lat), sorted(years_of(cube))
    maps = [search(pixel, positives, negatives=negatives, combine=combine, year=year) for year in years]
    values = np.array([float(found.values[0, 0]) for found in maps], np.float32)
    curve = xr.DataArray(values, {schema.TIME: np.array(years, np.int32)}, (schema.TIME,))
    return described(curve, cube, name="similarity", long_name="cosine similarity", units="1", combine=combine)


def change_series(cube: xr.Dataset, *, lon: float, lat: float) -> xr.DataArray:
    """How much one place changed between consecutive years.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory; only the place's chunk of each year is read.
    lon, lat : float
        Degrees.

    Returns
    -------
    DataArray of dims (time,), float32
        `change` as on the maps of `change`: `time` is the later year of each pair, the coordinate `since`
        the earlier one; NaN where either has no data. In memory.

    Raises
    ------
    OutOfBounds, InvalidInput
        The place lies outside the cube; the cube has only one year.

    Examples
    --------
    >>> import embexplore as ex
    >>> steps = ex.null_island().emb.change_series(lon=0.12, lat=0.11)
    >>> steps.sizes["time"], int(steps.time[0]), int(steps.since[0])
    (7, 2018, 2017)
    """
    steps = change(_pixel(cube, lon, lat)).compute()
    axes = {schema.TIME: steps[schema.TIME].values, SINCE: (schema.TIME, steps[SINCE].values)}
    return xr.DataArray(steps.values[:, 0, 0], axes, (schema.TIME,), name=steps.name, attrs=steps.attrs)


def _pixel(cube: xr.Dataset, lon: float, lat: float) -> xr.Dataset:
    """The cube of the one pixel that holds a place."""
    row, column = grid_of(cube).pixel(lon, lat)
    return cube.isel({schema.Y: slice(row, row + 1), schema.X: slice(column, column + 1)})
