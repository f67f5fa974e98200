"""Lengths and directions of vectors, with float64 sums so that they are good to the last float32 bit."""

import numpy as np
from numpy.typing import NDArray


def norms(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Euclidean length `(...,)` of every vector `(..., d)`; NaN where any component is NaN."""
    squares = np.einsum("...i,...i->...", vectors, vectors, dtype=np.float64, casting="safe")
    return np.asarray(np.sqrt(squares), np.float32)


def normalize(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Vectors `(..., d)` scaled to unit length, float32; NaN where there is no direction (NaN, inf or all 0)."""
    wide = np.asarray(vectors, np.float64)
    lengths = np.sqrt(np.einsum("...i,...i->...", wide, wide))
    lengths = np.where((lengths > 0) & np.isfinite(lengths), lengths, np.nan)
    return np.asarray(wide / lengths[..., None], np.float32)
