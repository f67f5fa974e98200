"""True cosine of queries and codes: dot product over both lengths, clipped to [-1, 1].

`cosine` is the definition, on vectors in float64. `scan` is the same on codes of the int8 families
and float32, fused. `cosine_by_tiles` serves any other codec through its `decode`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.core.cosine_kernels import Values, one_band_first, one_pixel_major
from embexplore.core.many_kernels import MANY, many_band_first, many_pixel_major
from embexplore.core.memory import pixels
from embexplore.core.parallel import in_tiles
from embexplore.errors import InvalidInput

TILE = 1 << 14
"""Pixels decoded at a time by `cosine_by_tiles`: 4 MiB of 64 float32 bands, which stays in cache."""

_NO_CODE = 1 << 15
"""A no-data code that no int8 can be."""


@dataclass(frozen=True, eq=False)
class ValueMap:
    """What codes stand for, element by element, up to a factor that a cosine does not see.

    Attributes
    ----------
    squared : bool
        v·|v|, AlphaEarth's signed square; else scale·v + offset.
    scale, offset : ndarray of shape (d,), float32, or None
        By band; None is 1 and 0.
    nodata : int or None
        The code of no data, asked of a pixel's first band.
    factor : float
        What makes the values those that `decode` gives.
    """

    squared: bool = False
    scale: NDArray[np.float32] | None = None
    offset: NDArray[np.float32] | None = None
    nodata: int | None = None
    factor: float = 1.0

    def values(self, d: int, *, rescale: bool = True) -> Values:
        """The arguments of the kernels for `d` bands; by default rescaled to values near 1, whose squares fit."""
        scale = np.ones(d) if self.scale is None else np.array(self.scale, np.float64)
        offset = np.zeros(d) if self.offset is None else np.array(self.offset, np.float64)
        if rescale and self.scale is not None:
            peak = (127 * np.abs(scale) + np.abs(offset)).max(initial=0)
            scale, offset = (scale / peak, offset / peak) if peak > 0 else (scale, offset)
        code = _NO_CODE if self.nodata is None else self.nodata
        return self.squared, scale.astype(np.float32), offset.astype(np.float32), code


def scan(
    query: NDArray[np.floating],
    codes: NDArray[np.generic],
    meaning: ValueMap,
    *,
    scales: NDArray[np.float32] | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Cosine of `query (d,)` or `(m, d)` and codes `(..., d)`, decoded on the fly: `(...,)` or `(m, ...)`.

    Parameters
    ----------
    query : ndarray of shape (d,) or (m, d)
    codes : ndarray of shape (..., d), int8 or float32
        Any view; band-first and pixel-major memory are scanned in place.
    meaning : ValueMap
    scales : ndarray of shape (...), optional
        No data where it is not finite. A positive scale changes no cosine.
    threads : int, optional
        By default as many as are free.

    Returns
    -------
    ndarray, float32
        In [-1, 1]; NaN for no data and for vectors without direction.
    """
    queries = np.atleast_2d(unit_queries(query, codes.shape[-1]))
    memory, values, n = pixels(codes), meaning.values(codes.shape[-1]), int(np.prod(codes.shape[:-1]))
    scores = np.empty((len(queries), n), np.float32)
    hidden = None if scales is None else ~np.isfinite(np.asarray(scales).reshape(-1))
    one = one_band_first if memory.is_band_first else one_pixel_major
    many = many_band_first if memory.is_band_first else many_pixel_major
    padded = np.pad(queries, ((0, -len(queries) % MANY), (0, 0)))

    def work(start: int, stop: int) -> None:
        if len(queries) < 3:  # two scans of one query are faster than one scan of eight
            for single, out in zip(queries, scores, strict=True):
                one(memory.memory, values, single, start, stop, out)
        else:
            many(memory.memory, values, padded, True, start, stop, 0, scores)
        if hidden is not None:
            scores[:, start:stop][:, hidden[start:stop]] = np.nan

    in_tiles(work, n, threads)
    return scores.reshape((*query.shape[:-1], *codes.shape[:-1]))


def unit_queries(query: NDArray[np.floating], d: int) -> NDArray[np.float32]:
    """The query or queries at unit length, checked against the number of bands; NaN stays NaN."""
    if query.ndim not in (1, 2) or query.shape[-1] != d:
        raise InvalidInput(f"the query has shape {query.shape}: these codes need ({d},) or (m, {d}).")
    wide = np.asarray(query, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.ascontiguousarray(wide / np.linalg.norm(wide, axis=-1, keepdims=True), np.float32)


def cosine(query: NDArray[np.floating], vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Cosine of `query (d,)` or `(m, d)` and every vector `(..., d)`, in float64 sums: `(...,)` or `(m, ...)`.

    NaN where a vector has NaN or no direction. This is the definition that every kernel is tested against.
    """
    wide, target = np.asarray(vectors, np.float64), np.asarray(query, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = target / np.linalg.norm(target, axis=-1, keepdims=True)
        lengths = np.sqrt(np.einsum("...i,...i->...", wide, wide))
        dots = np.einsum("...i,mi->m...", wide, np.atleast_2d(unit))
        scores = np.clip(dots / lengths, -1.0, 1.0).astype(np.float32)
    return scores if target.ndim == 2 else np.asarray(scores[0])


def cosine_by_tiles(
    query: NDArray[np.floating], codes: NDArray[np.generic], decode: Callable[[slice], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """`cosine` of `codes (..., c)`, decoding `TILE` pixels at a time: `decode(slice)` gives a flat range of vectors."""
    shape = codes.shape[:-1]
    n = int(np.prod(shape))
    leading = query.shape[:-1]
    scores = np.empty((*leading, n), np.float32)
    for start in range(0, n, TILE):
        tile = slice(start, start + TILE)
        scores[..., tile] = cosine(query, decode(tile))
    return scores.reshape((*leading, *shape))
