"""Binary codes: packing bits, and counting the bits that differ."""

import numpy as np
from numpy.typing import NDArray


def pack(bits: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Bits `(..., d)` packed big-endian into bytes `(..., ceil(d / 8))`; missing bits of the last byte are 0."""
    return np.packbits(bits, axis=-1)


def unpack(codes: NDArray[np.uint8], d: int) -> NDArray[np.bool_]:
    """The first `d` bits `(..., d)` of packed codes `(..., nbytes)`."""
    return np.unpackbits(codes, axis=-1, count=d).view(np.bool_)


def hamming(codes: NDArray[np.uint8], query: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Number of differing bits between every packed code and one query.

    Parameters
    ----------
    codes : ndarray of shape (..., nbytes), uint8
        Bits packed big-endian on the last axis, as `pack` makes them.
    query : ndarray of shape (nbytes,), uint8

    Returns
    -------
    ndarray of shape (...), uint16
        In [0, 8 * nbytes].
    """
    return np.asarray(np.bitwise_count(codes ^ query).sum(axis=-1, dtype=np.uint16))


def hamming_top_k(
    codes: NDArray[np.uint8], queries: NDArray[np.uint8], k: int
) -> tuple[NDArray[np.uint16], NDArray[np.int64]]:
    """The `k` nearest codes of every query, nearest first, ties in the order of the codes.

    Parameters
    ----------
    codes : ndarray of shape (n, nbytes), uint8
    queries : ndarray of shape (m, nbytes), uint8
    k : int
        Fewer are returned where there are fewer codes.

    Returns
    -------
    distances : ndarray of shape (m, k), uint16
        Ascending.
    indices : ndarray of shape (m, k), int64
        Rows of `codes`.
    """
    k = min(k, len(codes))
    distances = np.empty((len(queries), k), np.uint16)
    indices = np.empty((len(queries), k), np.int64)
    for row, query in enumerate(queries):
        every = hamming(codes, query)
        indices[row] = np.argsort(every, kind="stable")[:k]
        distances[row] = every[indices[row]]
    return distances, indices
