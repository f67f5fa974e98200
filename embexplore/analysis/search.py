"""Where it looks like the exemplars: a cosine map, computed chunk by chunk on the codes as stored."""

from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.queries import Combine, queries_of
from embexplore.analysis.results import described
from embexplore.analysis.views import by_strips
from embexplore.cube.chunks import map_chunks
from embexplore.cube.pieces import ChunkView
from embexplore.cube.years import resolve_year

STRIP = 1 << 22
"""Scores held at once when several queries scan one chunk: 16 MB of float32."""


def search(
    cube: xr.Dataset,
    positives: Any,
    *,
    negatives: Any = None,
    combine: Combine = "mean",
    year: int | None = None,
    tier: str = "best",
) -> xr.DataArray:
    """Cosine similarity of every pixel with one or several exemplars.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not.
    positives : DataArray, array of shape (band,) or (n, band), or a list of vectors
        What to look for. Each is scaled to unit length first, so none counts more than another.
    negatives : the same, optional
        What to turn away from: a query q becomes 2·q − mean(negatives), scaled to unit length.
    combine : {"mean", "max", "min", "contrast"}
        `mean`: similarity with the mean exemplar. `max`: with the most similar exemplar (like any of them).
        `min`: with the least similar one (like all of them). `contrast`: `mean` that insists on negatives.
    year : int, optional
        The latest by default.
    tier : str
        `best` reads the best variable that each chunk has; or `embeddings`, `codes` or `bits`.

    Returns
    -------
    DataArray of dims (y, x), float32
        `similarity` in [-1, 1], NaN where there is no data or outside the clipped area; dask where the cube
        is. Coordinate `tier (y, x)` where chunks of both tiers were scored.

    Raises
    ------
    InvalidInput
        An exemplar of the wrong dimension, with NaN or infinity, or of length zero; a year or tier that
        the cube lacks.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> query = cube.emb.at(lon=0.12, lat=0.11, year=2024)
    >>> score = cube.emb.search(query, year=2024)
    >>> score.dims, round(float(score.max()), 3)
    (('y', 'x'), 1.0)
    """
    year = resolve_year(cube, year)
    queries = queries_of(cube, positives, negatives, combine)
    result = map_chunks(cube, [year], partial(_score, queries=queries, combine=combine), dtype=np.float32, tier=tier)
    about = {"units": "1", "year": year, "combine": combine}
    return described(result, cube, name="similarity", long_name="cosine similarity", **about)


def _score(view: ChunkView, queries: NDArray[np.float32], combine: Combine) -> NDArray[np.float32]:
    """The cosine with one query; of several, in strips so that memory stays bounded, the best or worst."""
    if len(queries) == 1:
        return view.similarity(queries[0])
    return by_strips(view, lambda strip: reduced(strip.similarity(queries), combine), STRIP // len(queries))


def reduced(scores: NDArray[np.float32], combine: Combine) -> NDArray[np.float32]:
    """Several queries' scores `(m, ...)` as one: the worst of them for `min`, else the best."""
    return scores.min(axis=0) if combine == "min" else scores.max(axis=0)
