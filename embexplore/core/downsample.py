"""Halve the resolution of a map of vectors: the mean direction of every 2 × 2 pixels."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.jit import kernel

Vectors = NDArray[np.float32]


def halve(vectors: Vectors) -> Vectors:
    """Unit vectors of a map at half the resolution.

    Parameters
    ----------
    vectors : ndarray of shape (h, w, d), float32
        A pixel whose first component is NaN holds no data, and is left out of the mean.

    Returns
    -------
    ndarray of shape (ceil(h / 2), ceil(w / 2), d), float32
        Means over the pixels with data, of unit length; NaN where none of the four has any, or where
        they cancel out. At an odd edge, of the one or two pixels that there are.
    """
    height, width, d = vectors.shape
    out = np.empty((-(-height // 2), -(-width // 2), d), np.float32)
    _halve(np.ascontiguousarray(vectors, np.float32), out)
    return out


def _halve_twin(vectors: Vectors, out: Vectors) -> None:
    height, width, d = vectors.shape
    padded = np.pad(vectors, ((0, height % 2), (0, width % 2), (0, 0)), constant_values=np.nan)
    blocks = padded.reshape(out.shape[0], 2, out.shape[1], 2, d).astype(np.float64)
    total = np.where(np.isnan(blocks[..., :1]), 0, blocks).sum(axis=(1, 3))
    length = np.linalg.norm(total, axis=-1, keepdims=True)
    out[...] = np.where(length > 0, total / np.where(length > 0, length, 1), np.nan)


@kernel(twin=_halve_twin)
def _halve(vectors: Vectors, out: Vectors) -> None:
    height, width, d = vectors.shape
    total = np.empty(d, np.float64)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            total[:] = 0.0
            for i in range(2 * row, min(2 * row + 2, height)):
                for j in range(2 * column, min(2 * column + 2, width)):
                    if not np.isnan(vectors[i, j, 0]):
                        for band in range(d):
                            total[band] += vectors[i, j, band]
            square = 0.0
            for band in range(d):
                square += total[band] * total[band]
            for band in range(d):
                out[row, column, band] = total[band] / np.sqrt(square) if square > 0 else np.nan
