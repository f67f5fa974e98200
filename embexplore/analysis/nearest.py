"""The most similar pixels in two stages: a shortlist from the bits, ranked by the finer codes."""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.queries import Combine, queries_of
from embexplore.analysis.results import described
from embexplore.analysis.search import reduced, search
from embexplore.analysis.top import Hits, best_pixels, table_of
from embexplore.analysis.views import part_of
from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.chunks import iterate_chunks
from embexplore.cube.pieces import prepared, tier_names
from embexplore.cube.years import resolve_year
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


def nearest(
    cube: xr.Dataset,
    positives: Any,
    *,
    negatives: Any = None,
    combine: Combine = "mean",
    k: int = 20,
    shortlist: int = 400,
    year: int | None = None,
) -> "GeoDataFrame":
    """The `k` most similar pixels, found on the bits and ranked on the finer codes.

    Of the finer codes, only the chunks that hold shortlisted pixels are read. On the real AlphaEarth chip a
    shortlist of 100, 200, 400 holds 96, 98, 100 % of the true ten nearest.

    Parameters
    ----------
    cube : Dataset
        With both tiers (`with_bits` adds one); a chunk that lacks one is searched on the other.
    positives, negatives, combine
        As `search` takes them.
    k : int
        Fewer are returned where fewer pixels have data.
    shortlist : int
        Pixels that are ranked again; at least `k`.
    year : int, optional
        The latest by default.

    Returns
    -------
    GeoDataFrame in EPSG:4326
        As `top` returns it: `rank`, `similarity`, `x`, `y`, `geometry`.

    Raises
    ------
    InvalidInput
        The cube has no bits, `k` or `shortlist` is no such number, or as `search` raises it.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island().emb.with_bits(random_state=0)
    >>> hits = cube.emb.nearest(cube.emb.at(lon=0.12, lat=0.11, year=2024), k=5, year=2024)
    >>> round(float(hits["similarity"][0]), 3)
    1.0
    """
    year = resolve_year(cube, year)
    cube = prepared(cube)
    if schema.BITS not in tier_names(cube, "best"):
        raise InvalidInput("this cube has no bits to make a shortlist from: add them with `cube.emb.with_bits()`.")
    if k != int(k) or not 1 <= k <= shortlist:
        raise InvalidInput(f"k={k}, shortlist={shortlist}: expected whole numbers, 1 ≤ k ≤ shortlist.")
    queries = queries_of(cube, positives, negatives, combine)
    rough = search(_coarse(cube), positives, negatives=negatives, combine=combine, year=year)
    rows, columns, _ = best_pixels(rough.data, int(shortlist))
    hits = _ranked(cube, queries, combine, rows, columns, year, int(k))
    about = {"units": "1", "year": year, "combine": combine, "shortlist": int(shortlist)}
    score = described(rough, cube, name="similarity", long_name="cosine similarity", **about)
    return table_of(score, grid_of(cube), hits)


def _coarse(cube: xr.Dataset) -> xr.Dataset:
    """The cube with only the bits of every chunk that has them."""
    if schema.PRECISION not in cube.variables:
        finer = [name for name in tier_names(cube, "best") if name != schema.BITS]
        return cube.drop_vars(finer)
    stored = cube[schema.PRECISION]
    return cube.assign({schema.PRECISION: xr.where((stored & schema.BITS_ONLY) > 0, schema.BITS_ONLY, stored)})


def _ranked(
    cube: xr.Dataset,
    queries: NDArray[np.float32],
    combine: Combine,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    year: int,
    k: int,
) -> Hits:
    """The best `k` of some pixels by their finest codes; only the chunks that hold them are read."""
    wanted = np.zeros((cube.sizes[schema.Y], cube.sizes[schema.X]), bool)
    wanted[rows, columns] = True
    marked = cube.assign_coords({schema.INSIDE: ((schema.Y, schema.X), wanted)})
    score = partial(_pixel_scores, queries=queries, combine=combine)
    parts = [score(view) for view in iterate_chunks(marked, year)] or [(rows[:0], columns[:0], np.empty(0, np.float32))]
    rows, columns, scores = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = np.lexsort((columns, rows, -scores))[:k]
    return rows[order], columns[order], scores[order]


def _pixel_scores(view: Any, queries: NDArray[np.float32], combine: Combine) -> Hits:
    """Rows, columns and scores of the marked pixels of a chunk."""
    rows, columns = np.nonzero(view.inside)
    scores = reduced(part_of(view, rows, columns).similarity(queries), combine)
    return rows + view.rows.start, columns + view.columns.start, scores
