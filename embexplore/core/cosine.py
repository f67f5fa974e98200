"""True cosine of queries and codes: dot product over both lengths, clipped to [-1, 1]."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

TILE = 1 << 14
"""Pixels decoded at a time: 4 MiB of 64 float32 bands, which stays in cache."""


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
    pixels = codes.shape[:-1]
    n = int(np.prod(pixels))
    leading = query.shape[:-1]
    scores = np.empty((*leading, n), np.float32)
    for start in range(0, n, TILE):
        tile = slice(start, start + TILE)
        scores[..., tile] = cosine(query, decode(tile))
    return scores.reshape(*leading, *pixels)
