"""Scores of packed codes without decoding them: sums of table entries, one for each symbol.

Vectors that fall into fields, x̂ = Σ C_f[number_f], have dot products Σ q·C_f[number_f]: every query is
a table. Where the fields' parts are orthogonal, the squared length is such a sum too, of |C_f[·]|². Scalar
codes have one field a band; product quantizers have one field a sub-vector.
Source: Jégou, Douze, Schmid 2011, Product quantization for nearest neighbor search (asymmetric distances).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.core.cosine import unit_queries
from embexplore.core.fields import Fields
from embexplore.core.lookup_kernels import sum_tables
from embexplore.core.memory import pixels
from embexplore.core.parallel import in_tiles


@dataclass(frozen=True, eq=False)
class Lookup:
    """What packed codes stand for, field by field.

    Attributes
    ----------
    fields : Fields
    values : sequence of ndarray of shape (2**width,)
        One number a field and code: the vector's element along that field's band.
    """

    fields: Fields
    values: Sequence[NDArray[np.floating]]

    def dots(self, query: NDArray[np.floating]) -> NDArray[np.float32]:
        """The table whose sums are the dot products with `query (k,)`."""
        return self.fields.table([q * np.asarray(v, np.float64) for q, v in zip(query, self.values, strict=True)])

    def squares(self) -> NDArray[np.float32]:
        """The table whose sums are squared lengths."""
        return self.fields.table([np.asarray(v, np.float64) ** 2 for v in self.values])


def scan_lookup(
    query: NDArray[np.floating],
    codes: NDArray[np.generic],
    meaning: Lookup,
    *,
    axes: NDArray[np.floating] | None = None,
    rest: NDArray[np.floating] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Cosine of `query (d,)` or `(m, d)` and every vector that packed codes stand for.

    Parameters
    ----------
    query : ndarray of shape (d,) or (m, d)
    codes : ndarray of shape (..., nbytes), uint8
        Any view.
    meaning : Lookup
        Of k fields.
    axes : ndarray of shape (k, d), optional
        Orthonormal rows: the bands of the fields. Without them k is d, and fields are bands.
    rest : ndarray of shape (d,), optional
        What every vector has outside these axes, orthogonal to all of them.
    threads : int, optional
        By default as many as are free.

    Returns
    -------
    ndarray, float32
        `(...,)` or `(m, ...)` in [-1, 1]; NaN where the vector or the query has no direction.
    """
    d = len(meaning.values) if axes is None else axes.shape[1]
    units = np.atleast_2d(unit_queries(query, d)).astype(np.float64)
    inside = units if axes is None else units @ np.asarray(axes, np.float64).T
    beside = np.zeros(d) if rest is None else np.asarray(rest, np.float64)
    tables = [meaning.squares(), *(meaning.dots(np.nan_to_num(target)) for target in inside)]
    sums = _sums(codes, meaning, np.stack(tables), threads)
    lengths, scores = np.sqrt(sums[0] + np.float32(beside @ beside)), sums[1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        scores += (units @ beside).astype(np.float32)[:, None]  # NaN for a query without direction
        scores /= lengths
    np.clip(scores, -1, 1, out=scores)
    return scores.reshape((*query.shape[:-1], *codes.shape[:-1]))


def _sums(
    codes: NDArray[np.generic], meaning: Lookup, tables: NDArray[np.float32], threads: int | None
) -> NDArray[np.float32]:
    """Sums of each of `tables (m, entries)`, `(m, n)`."""
    memory, n = pixels(codes), int(np.prod(codes.shape[:-1]))
    sums, reading = np.empty((len(tables), n), np.float32), meaning.fields.reading
    if n:
        in_tiles(lambda start, stop: sum_tables(memory.memory, reading, tables, start, stop, sums), n, threads)
    return sums
