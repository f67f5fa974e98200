"""Scores of packed codes without decoding them: sums of table entries, one for each symbol.

Vectors that fall into fields, x̂ = Σ C_f[number_f], have dot products Σ q·C_f[number_f]: every query is
a table. Where the fields' parts are orthogonal, the squared length is such a sum too, of |C_f[·]|². Scalar
codes have one field a band; product quantizers have one field a sub-vector.
Source: Jégou, Douze, Schmid 2011, Product quantization for nearest neighbor search (asymmetric distances).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embexplore.core.cosine import unit_queries
from embexplore.core.fields import Fields
from embexplore.core.lookup_kernels import read_entries, sum_tables
from embexplore.core.memory import pixels
from embexplore.core.parallel import GRAIN, in_tiles


@dataclass(frozen=True, eq=False)
class Lookup:
    """What packed codes stand for, field by field.

    Attributes
    ----------
    fields : Fields
    values : sequence of ndarray of shape (2**width,) or (2**width, m)
        What each number of each field stands for: one element, or m of them side by side. The fields' bands
        follow each other.
    is_additive : bool
        Every field begins at the first band instead, and a vector is the sum of its fields' values.
        A field of no bands, `(2**width, 0)`, adds to lengths alone.
    squared : sequence of ndarray of shape (2**width,), optional
        What each number adds to the squared length. By default the square of its values, which is right where
        fields have bands of their own; additive codes must say it.
    """

    fields: Fields
    values: Sequence[NDArray[np.floating]]
    is_additive: bool = False
    squared: Sequence[NDArray[np.floating]] | None = None

    def __post_init__(self) -> None:
        if self.is_additive and self.squared is None:
            raise ValueError("fields that share bands do not add their squares: say what each adds to the length")

    @cached_property
    def parts(self) -> tuple[slice, ...]:
        """The bands of each field."""
        sizes = [value.shape[1] if value.ndim == 2 else 1 for value in self.values]
        ends = sizes if self.is_additive else np.cumsum(sizes, dtype=int).tolist()
        return tuple(slice(end - size, end) for size, end in zip(sizes, ends, strict=True))

    @property
    def bands(self) -> int:
        """Bands of the vectors."""
        return max((part.stop for part in self.parts), default=0)

    def dots(self, query: NDArray[np.floating]) -> NDArray[np.float32]:
        """Tables `(..., entries)` whose sums are the dot products with `query (..., bands)`, made in float64."""
        tables = [np.asarray(query[..., part] @ matrix.T, np.float32) for part, matrix in self._symbols]
        return np.concatenate([np.zeros((*query.shape[:-1], 0), np.float32), *tables], axis=-1)

    @cached_property
    def squares(self) -> NDArray[np.float32]:
        """The table `(entries,)` whose sums are squared lengths."""
        given = self.squared
        return self.fields.table(
            [(_columns(value) ** 2).sum(axis=1) for value in self.values] if given is None else given
        )

    def vectors(self, codes: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What codes `(..., nbytes)` in any memory stand for, `(..., bands)`, where no two fields share bands."""
        if self.is_additive:
            raise ValueError("fields that share bands are added up, by `core.stages.added`")
        self.check(codes)
        out = np.empty((int(np.prod(codes.shape[:-1])), self.bands), np.float32)
        memory, reading, (entries, rows) = pixels(codes).memory, self.fields.reading, self._rows
        if len(out):
            in_tiles(
                lambda start, stop: read_entries(memory, reading, entries, rows, start, stop, out),
                len(out),
                grain=GRAIN,
            )
        return out.reshape((*codes.shape[:-1], self.bands))

    def check(self, codes: NDArray[np.generic]) -> None:
        """ValueError for codes of another width: kernels read as many bytes as the fields take."""
        if codes.shape[-1] != self.fields.nbytes:
            raise ValueError(f"codes of {codes.shape[-1]} bytes: these fields take {self.fields.nbytes}")

    @cached_property
    def _rows(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """What `vectors` puts together: everything that symbols stand for, and where each begins, its first band and bands."""
        sizes = [matrix.size for _, matrix in self._symbols]
        rows = zip(np.cumsum([0, *sizes])[:-1], self._symbols, strict=True)
        entries = [np.zeros(0), *(matrix.reshape(-1) for _, matrix in self._symbols)]
        return (
            np.concatenate(entries).astype(np.float32),
            np.array([(at, bands.start, matrix.shape[1]) for at, (bands, matrix) in rows], np.int64).reshape(-1, 3),
        )

    @cached_property
    def _symbols(self) -> list[tuple[slice, NDArray[np.float64]]]:
        """For each symbol of the fields its bands, and what it stands for there, `(2**width, bands of it)`."""
        found = []
        for symbol in self.fields.symbols:
            parts = self.parts[symbol.first : symbol.stop]
            bands = slice(parts[0].start, max(part.stop for part in parts))
            matrix = np.zeros((1 << symbol.width, bands.stop - bands.start))
            after = symbol.width
            for field, part in enumerate(parts, symbol.first):
                after -= self.fields.widths[field]
                number = np.arange(len(matrix)) >> after & (1 << self.fields.widths[field]) - 1
                matrix[:, part.start - bands.start : part.stop - bands.start] += _columns(self.values[field])[number]
            found.append((bands, matrix))
        return found


def _columns(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Values `(2**width, m)` of one field."""
    return np.asarray(values, np.float64).reshape(len(values), -1 if values.ndim == 2 else 1)


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
        Of k bands.
    axes : ndarray of shape (k, d), optional
        Orthonormal rows: the bands of the fields. Without them k is d.
    rest : ndarray of shape (d,), optional
        What every vector has outside these axes, orthogonal to all of them.
    threads : int, optional
        By default as many as are free.

    Returns
    -------
    ndarray, float32
        `(...,)` or `(m, ...)` in [-1, 1]; NaN where the vector or the query has no direction.
    """
    d = meaning.bands if axes is None else axes.shape[1]
    units = np.atleast_2d(unit_queries(query, d)).astype(np.float64)
    inside = units if axes is None else units @ np.asarray(axes, np.float64).T
    beside = np.zeros(d) if rest is None else np.asarray(rest, np.float64)
    tables = np.concatenate([meaning.squares[None], meaning.dots(np.nan_to_num(inside))])
    added = np.append(beside @ beside, units @ beside).astype(np.float32)  # NaN for a query without direction
    sums = table_sums(codes, meaning, tables, threads)

    def divide(start: int, stop: int) -> None:
        # By numpy: a kernel divides by an estimate in the middle of a range, exactly at its end.
        here = sums[:, start:stop]
        here += added[:, None]
        np.sqrt(here[0], out=here[0])
        with np.errstate(invalid="ignore", divide="ignore"):
            here[1:] /= here[0]
        np.clip(here[1:], -1, 1, out=here[1:])

    in_tiles(divide, sums.shape[1], threads)
    return sums[1:].reshape((*query.shape[:-1], *codes.shape[:-1]))


def table_sums(
    codes: NDArray[np.generic], meaning: Lookup, tables: NDArray[np.float32], threads: int | None = None
) -> NDArray[np.float32]:
    """Sums of each of `tables (m, entries)` over the symbols of n codes, `(m, n)`: dot products, of tables of dots."""
    meaning.check(codes)
    memory, n, reading = pixels(codes).memory, int(np.prod(codes.shape[:-1])), meaning.fields.reading
    pairs = np.zeros((-(-len(tables) // 2), tables.shape[1]), np.complex64)
    pairs.real, pairs.imag[: len(tables) // 2] = tables[::2], tables[1::2]
    sums = np.empty((2 * len(pairs), n), np.float32)
    if n:
        in_tiles(lambda start, stop: sum_tables(memory, reading, pairs, start, stop, sums), n, threads)
    return sums[: len(tables)]
