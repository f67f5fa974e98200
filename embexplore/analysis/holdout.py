"""What codecs are judged on: blocks of ground they were not fitted on, and the true nearest of queries there."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.area import clip
from embexplore.analysis.fitting import chunk_windows, on_chunk_grid
from embexplore.analysis.noise import noise_floor
from embexplore.analysis.views import units_of
from embexplore.core.codecs import Float32
from embexplore.core.covariance import Covariance
from embexplore.core.distance import change
from embexplore.core.pca import PCA, fit_pca
from embexplore.core.recall import nearest_of
from embexplore.core.resample import Resamples
from embexplore.cube import schema
from embexplore.cube.chunks import iterate_chunks
from embexplore.cube.pieces import dimension_of, prepared
from embexplore.cube.years import resolve_year, years_of
from embexplore.errors import InvalidInput

BLOCK = 16
"""Pixels along a block: neighbors in one block are alike (cosine 0.99), so fitted and tested pixels lie in different ones."""
PIXELS = 1 << 17
"""Pixels that are looked at, half of them tested: the true nearest of a larger cube are those among them."""
CHUNKS = 64
"""Chunks that they come from."""
FEW = 100
"""Fewer pixels to fit or to test on say nothing."""


@dataclass(frozen=True, eq=False)
class Holdout:
    """Pixels to fit codecs on, others to test them on, and the truth about these.

    Attributes
    ----------
    year, since : int, int or None
        The year of the search, and the earlier one of the change map; None where the cube has one year.
    fit : ndarray of shape (n, d), float32
        Unit vectors of both years, of every other block.
    test, earlier : ndarray of shape (m, d), float32
        Unit vectors of the other blocks, in random order: in `year`, and in `since`.
    queries : int
        The first so many of `test` are the queries.
    k : int
    truth : ndarray of shape (queries, k), int64
        The nearest of each query among `test`, without itself.
    scores : ndarray of shape (queries, m), float32
        Their exact cosines.
    floor : float
        Change that counts; NaN where the cube has one year.
    rows, columns : ndarray of shape (m,), int64
        Where the tested pixels lie in the cube.
    is_changed : ndarray of shape (m,), bool, or None
        The truth about change, where it is known.
    random_state : int or None
    """

    year: int
    since: int | None
    fit: NDArray[np.float32]
    test: NDArray[np.float32]
    earlier: NDArray[np.float32] | None
    queries: int
    k: int
    truth: NDArray[np.int64]
    scores: NDArray[np.float32]
    floor: float
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    is_changed: NDArray[np.bool_] | None = None
    random_state: int | None = None

    @cached_property
    def drawn(self) -> Resamples:
        """Draws of the tested blocks, for numbers of all tested pixels."""
        return Resamples.of(blocks_of(self.rows, self.columns), random_state=self.random_state)

    @cached_property
    def asked(self) -> Resamples:
        """Draws of the blocks that queries lie in, for numbers of queries."""
        rows, columns = self.rows[: self.queries], self.columns[: self.queries]
        return Resamples.of(blocks_of(rows, columns), random_state=self.random_state)

    @cached_property
    def change(self) -> NDArray[np.float32] | None:
        """True change `(m,)`, 1 − cosine, where there is an earlier year."""
        return None if self.earlier is None else change(Float32(), self.earlier, self.test)

    @cached_property
    def closest(self) -> NDArray[np.int64]:
        """The nearest `(queries, k)` of each query by Euclidean distance: the same as `truth`, but for rounding."""
        return nearest_of(nearness(self.test[: self.queries], self.test), self.k)

    @cached_property
    def pca(self) -> PCA | None:
        """Three components of the pixels that codecs are fitted on, to color others by; None of fewer bands."""
        return fit_pca(Covariance().update(self.fit), self.fit) if self.fit.shape[1] >= 3 else None


def hold_out(
    cube: xr.Dataset,
    *,
    year: int | None = None,
    since: int | None = None,
    floor: float | None = None,
    changed: Any = None,
    queries: int = 200,
    k: int = 10,
    random_state: int | None = None,
) -> Holdout:
    """Split a cube's pixels block by block, and search some of them exactly; arguments as `tradeoff` has them."""
    year = resolve_year(cube, year)
    since = _earlier(cube, year) if since is None else resolve_year(cube, since)
    rng = np.random.default_rng(random_state or 0)
    years = [year] if since is None else [year, since]
    fit, test, places = _split(cube, years, rng)
    if min(len(fit), len(test)) < FEW or not 0 < k < len(test) or queries < 1:
        raise InvalidInput(
            f"{len(fit)} pixels to fit codecs on, {len(test)} to test them on, queries={queries}, k={k}: expected {FEW} "
            f"each with data, in other blocks of {BLOCK} × {BLOCK}, and fewer nearest than pixels. Take a larger area."
        )
    order = rng.permutation(len(test))
    test, (rows, columns) = test[order], places[order].T
    queries = min(queries, len(test))
    now = np.ascontiguousarray(test[:, 0])
    scores = without_itself(Float32().similarity(now[:queries], now))
    if floor is None:
        floor = float("nan") if since is None else noise_floor(cube, since, year, random_state=random_state).floor
    return Holdout(
        year=year,
        since=since,
        fit=fit.reshape(-1, fit.shape[-1]),
        test=now,
        earlier=None if since is None else np.ascontiguousarray(test[:, 1]),
        queries=queries,
        k=k,
        truth=nearest_of(scores, k),
        scores=scores,
        floor=float(floor),
        rows=np.ascontiguousarray(rows),
        columns=np.ascontiguousarray(columns),
        is_changed=None if changed is None else _inside(cube, changed)[rows, columns],
        random_state=random_state,
    )


def is_tested(rows: NDArray[np.integer], columns: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether pixels lie in blocks that codecs are tested on, not fitted."""
    return np.asarray((rows // BLOCK + columns // BLOCK) % 2 == 1)


def blocks_of(rows: NDArray[np.integer], columns: NDArray[np.integer]) -> NDArray[np.int64]:
    """A number for the block that each pixel lies in."""
    return np.asarray(rows // BLOCK << 32 | columns // BLOCK, np.int64)


def without_itself(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores `(m, n)` of the first m pixels with all n, where a pixel is never its own neighbor: NaN there."""
    each = np.arange(len(scores))
    scores[each, each] = np.nan
    return scores


def nearness(queries: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores `(m, n)` that rank n vectors by Euclidean distance, nearest highest; of the first m, no query is its own."""
    # Minus the squared distance, without the query's own length, which ranks nothing.
    return without_itself(2 * queries @ vectors.T - np.einsum("ij,ij->i", vectors, vectors))


def _earlier(cube: xr.Dataset, year: int) -> int | None:
    """The first other year of the cube."""
    return next((other for other in sorted(years_of(cube)) if other != year), None)


def _inside(cube: xr.Dataset, area: Any) -> NDArray[np.bool_]:
    """Which pixels `(y, x)` of the cube lie in an area."""
    part = clip(cube, area)
    inside = np.zeros((cube.sizes[schema.Y], cube.sizes[schema.X]), bool)
    rows, columns = (np.flatnonzero(np.isin(cube[dim].values, part[dim].values)) for dim in (schema.Y, schema.X))
    inside[np.ix_(rows, columns)] = part.coords[schema.INSIDE].values
    return inside


def _split(
    cube: xr.Dataset, years: list[int], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Unit vectors `(n, years, d)` of pixels with data in all years: of one half of the blocks, and of the other.

    Then the rows and columns `(n, 2)` of the other half.
    """
    cube = on_chunk_grid(prepared(cube))
    windows = chunk_windows(cube)
    chosen = rng.permutation(len(windows))[:CHUNKS]
    share = -(-PIXELS // len(chosen)) // 2
    halves: tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]] = ([], [])
    places: list[NDArray[np.int64]] = []
    for number in chosen.tolist():
        rows, columns = windows[number]
        vectors = _vectors(cube.isel({schema.Y: rows, schema.X: columns}), years)
        down, across = np.indices(vectors.shape[:2])
        tested = is_tested(down + rows.start, across + columns.start)
        has_data = np.isfinite(vectors[..., 0]).all(axis=-1)
        for half, wanted in zip(halves, (~tested, tested), strict=True):
            found = np.flatnonzero(wanted & has_data)
            found = found[rng.permutation(len(found))[:share]]
            half.append(vectors.reshape(-1, *vectors.shape[2:])[found])
        row, column = np.divmod(found, vectors.shape[1])
        places.append(np.stack([row + rows.start, column + columns.start], axis=1))
    return np.concatenate(halves[0]), np.concatenate(halves[1]), np.concatenate(places)


def _vectors(part: xr.Dataset, years: list[int]) -> NDArray[np.float32]:
    """Unit vectors `(y, x, years, d)` of a chunk, NaN for no data and outside a clipped area."""
    vectors = np.full((part.sizes[schema.Y], part.sizes[schema.X], len(years), dimension_of(part)), np.nan, np.float32)
    for number, year in enumerate(years):
        for view in iterate_chunks(part, year):
            units = units_of(view)
            if view.inside is not None:
                units[~view.inside] = np.nan
            vectors[view.rows, view.columns, number] = units
    return vectors
