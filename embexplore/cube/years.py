"""The years of a cube, and the sentence for a year that it lacks."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from embexplore.cube import schema
from embexplore.errors import InvalidInput, NotACube


def years_of(cube: xr.Dataset) -> tuple[int, ...]:
    """The years of a cube, in its own order; NotACube without them."""
    if schema.TIME not in cube.coords:
        raise NotACube(f"this Dataset has no coordinate `{schema.TIME}` of years: it is not a cube.")
    return tuple(int(year) for year in np.atleast_1d(cube[schema.TIME].values))


def describe_years(years: Sequence[int]) -> str:
    """Years in words: `2017–2024` for a run, else `2017, 2019`."""
    years = sorted(years)
    is_run = len(years) > 2 and years[-1] - years[0] == len(years) - 1
    return f"{years[0]}–{years[-1]}" if is_run else ", ".join(map(str, years))


def resolve_year(cube: xr.Dataset, year: int | None = None) -> int:
    """The year asked for, or the latest; InvalidInput when the cube lacks it."""
    years = years_of(cube)
    if year is None:
        return max(years)
    if year not in years:
        given = str(year) if hasattr(year, "__index__") else repr(year)  # '2024' is not 2024: the quotes say so
        raise InvalidInput(f"year={given}: this cube has {describe_years(years)}.")
    return int(year)
