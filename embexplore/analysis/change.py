"""What changed between years: 1 − cosine of the same pixel in two years."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.results import described
from embexplore.analysis.views import by_strips, has_data, units_of
from embexplore.core.distance import change as distance
from embexplore.cube import schema
from embexplore.cube.chunks import map_chunks
from embexplore.cube.pieces import ChunkView
from embexplore.cube.years import describe_years, resolve_year, years_of
from embexplore.errors import InvalidInput

SINCE = "since"
"""Coordinate of a series of changes: the earlier year of each pair; `time` is the later one."""


def change(cube: xr.Dataset, first: int | None = None, second: int | None = None) -> xr.DataArray:
    """How much every pixel changed from one year to another.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not.
    first, second : int, optional
        Two years, in any order; without them every consecutive pair of years that the cube has.

    Returns
    -------
    DataArray of dims (y, x), or (time, y, x) without years; float32
        `change` = 1 − cosine, in [0, 2], NaN where either year has no data; dask where the cube is.
        Without years, `time` is the later year of each pair and the coordinate `since` the earlier one.

    Raises
    ------
    InvalidInput
        Only one year is given, the cube lacks one of them, or has only one itself.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> cube.emb.change(2017, 2024).dims
    ('y', 'x')
    >>> cube.emb.change().isel(time=0).since.item()
    2017
    """
    if first is None and second is None:
        return _described(_series(cube), cube)
    if first is None or second is None:
        raise InvalidInput(f"first={first}, second={second}: give two years, or none for every consecutive pair.")
    years = resolve_year(cube, first), resolve_year(cube, second)
    return _described(_between(cube, *years), cube).assign_attrs(years=list(years))


def largest_change(cube: xr.Dataset) -> xr.Dataset:
    """The largest change of every pixel between consecutive years, and when it happened.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not.

    Returns
    -------
    Dataset of dims (y, x)
        `change` float32, the largest 1 − cosine; `year` float32, the later year of that pair (the first of
        equals). Pairs with a year of no data are passed over; both are NaN where no pair has data.

    Raises
    ------
    InvalidInput
        The cube has only one year.

    Examples
    --------
    >>> import embexplore as ex
    >>> largest = ex.null_island().emb.largest_change()
    >>> 2018 <= float(largest.year.min()) <= float(largest.year.max()) <= 2024
    True
    """
    size: Any = None
    when: Any = None
    for first, second in _pairs(cube):
        step = _between(cube, first, second)
        is_larger = step.notnull() if size is None else (step > size) | (size.isnull() & step.notnull())
        when = xr.where(is_larger, np.float32(second), np.float32(np.nan) if when is None else when)
        size = step if size is None else xr.where(is_larger, step, size)
    size = _described(size, cube)
    when = described(when, cube, name="year", long_name="year of the largest change", units="year")
    return xr.Dataset({"change": size, "year": when}, attrs={"provenance": size.attrs["provenance"]})


def _pairs(cube: xr.Dataset) -> list[tuple[int, int]]:
    years = sorted(years_of(cube))
    if len(years) < 2:
        raise InvalidInput(f"change needs two years: this cube has {describe_years(years)}.")
    return list(pairwise(years))


def _series(cube: xr.Dataset) -> xr.DataArray:
    """The changes of all consecutive pairs, `(time, y, x)`."""
    pairs = _pairs(cube)
    maps = [_between(cube, *pair).drop_vars("tier", errors="ignore") for pair in pairs]
    since, until = (np.array(years, np.int32) for years in zip(*pairs, strict=True))
    series = xr.concat(maps, xr.Variable(schema.TIME, until), coords="minimal", compat="override", join="override")
    return series.assign_coords({SINCE: (schema.TIME, since)})


def _between(cube: xr.Dataset, first: int, second: int) -> xr.DataArray:
    return map_chunks(cube, [first, second], _distance, dtype=np.float32)


def _described(result: xr.DataArray, cube: xr.Dataset) -> xr.DataArray:
    return described(result, cube, name="change", long_name="1 − cosine similarity", units="1")


def _distance(first: ChunkView, second: ChunkView) -> NDArray[np.float32]:
    """1 − cosine of two years of one chunk, on the codes; a year in bits is compared with the bits of the other."""
    if (first.tier == schema.BITS) != (second.tier == schema.BITS):
        bits = first if first.tier == schema.BITS else second
        first, second = (view if view is bits else _in_bits(view, bits) for view in (first, second))
    apart = distance(first.codec, first.codes, second.codes, first.scales, second.scales, codec_b=second.codec)
    for view in (first, second):
        if view.valid is not None:
            apart[~view.valid] = np.nan
    return apart


def _in_bits(view: ChunkView, bits: ChunkView) -> ChunkView:
    """A view in the code of another: int8 against bits would show the price of the bits as change."""
    codes = by_strips(view, lambda strip: bits.codec.encode(units_of(strip)))
    return replace(view, codec=bits.codec, codes=codes, scales=None, valid=has_data(view), tier=bits.tier)
