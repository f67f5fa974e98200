"""Why a place matches a search, or what changed there: the part of every dimension in its score."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.place import at
from embexplore.analysis.queries import Combine, queries_of
from embexplore.analysis.results import described
from embexplore.core.explain import change_parts, similarity_parts
from embexplore.cube import schema
from embexplore.cube.years import resolve_year


def explain_similarity(
    cube: xr.Dataset,
    positives: Any,
    *,
    negatives: Any = None,
    combine: Combine = "mean",
    lon: float,
    lat: float,
    year: int | None = None,
) -> xr.DataArray:
    """What every dimension adds to the similarity of a place with a search.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory; only the one chunk is read.
    positives, negatives, combine
        As for `search`. Of several queries (`max`, `min`), the one that decides at this place is explained.
    lon, lat : float
        Degrees.
    year : int, optional
        The latest by default.

    Returns
    -------
    DataArray of dims (band,), float64
        Their sum is the cosine of the search and the decoded vector: the score on the map, but for bits,
        whose score is a calibrated Hamming distance. In memory.

    Raises
    ------
    OutOfBounds, NoData, InvalidInput
        As `search` and `at` raise them.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> query = cube.emb.at(lon=0.12, lat=0.11, year=2024)
    >>> parts = cube.emb.explain_similarity(query, lon=0.121, lat=0.111, year=2024)
    >>> score = cube.emb.search(query, year=2024).sel(x=179_505, y=12_285)
    >>> parts.sizes["band"], round(float(parts.sum()), 4) == round(float(score), 4)
    (64, True)
    """
    year = resolve_year(cube, year)
    queries = queries_of(cube, positives, negatives, combine)
    vector = at(cube, lon=lon, lat=lat, year=year).values
    parts = np.stack([similarity_parts(query, vector) for query in queries])
    scores = parts.sum(axis=-1)
    chosen = parts[scores.argmin() if combine == "min" else scores.argmax()]
    return _by_band(cube, chosen, "what each dimension adds to the similarity", year=year)


def explain_change(cube: xr.Dataset, first: int, second: int, *, lon: float, lat: float) -> xr.DataArray:
    """What every dimension adds to the change of a place between two years.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory; only the place's chunk of both years is read.
    first, second : int
        Two years, in any order.
    lon, lat : float
        Degrees.

    Returns
    -------
    DataArray of dims (band,), float64
        At least 0; their sum is 1 − cosine of the decoded vectors. In memory.

    Raises
    ------
    OutOfBounds, NoData, InvalidInput
        As `at` raises them.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> parts = cube.emb.explain_change(2017, 2024, lon=0.12, lat=0.11)
    >>> parts.sizes["band"], bool((parts >= 0).all())
    (64, True)
    """
    years = [resolve_year(cube, year) for year in (first, second)]
    before, after = (at(cube, lon=lon, lat=lat, year=year).values for year in years)
    return _by_band(cube, change_parts(before, after), "what each dimension adds to the change", years=years)


def _by_band(cube: xr.Dataset, parts: NDArray[np.float64], long_name: str, **attrs: Any) -> xr.DataArray:
    coordinates = {name: cube.coords[name].values for name in (schema.BAND,) if name in cube.coords}
    labeled = xr.DataArray(parts, coordinates, (schema.BAND,))
    return described(labeled, cube, name="contribution", long_name=long_name, units="1", **attrs)
