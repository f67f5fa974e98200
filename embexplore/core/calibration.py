"""From Hamming distance to cosine: a monotone table learned from pairs of vectors.

cos(π·h / d) holds for sign bits of directions spread evenly around zero. Around a center it does
not, so the table is measured: the mean cosine of pairs with h differing bits, made monotone.
"""

import numpy as np
from numpy.typing import NDArray

ONES, OTHERS = 512, 8192
"""Each of 512 vectors is compared with 8192: 4 M pairs, half a second. The more others, the nearer the nearest."""
_ROWS = 64


def calibrate(
    vectors: NDArray[np.floating], bits: NDArray[np.bool_], *, random_state: int | None = None
) -> NDArray[np.float32]:
    """Cosine by number of differing bits, never increasing.

    Every distance that occurs weighs the number of its pairs. Each vector of a sample meets many
    others, so near pairs, which decide the top of a search, are seen as well as random ones. Between
    distances the table is interpolated, and towards 1 at distance 0 only where no pair was equal.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Finite.
    bits : ndarray of shape (n, k), bool
        Their codes, unpacked; k is d where no transform came first.
    random_state : int, optional
        Seed of the sample; None is seed 0, so that a cube encodes the same twice.

    Returns
    -------
    ndarray of shape (k + 1,), float32
        In [-1, 1].
    """
    d = bits.shape[1]
    order = np.random.default_rng(random_state or 0).permutation(len(vectors))[:OTHERS]
    vectors, bits = vectors[order], bits[order]
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    signs = np.where(bits, np.float32(1), np.float32(-1))
    sums, counts = np.zeros(d + 1), np.zeros(d + 1)
    for start in range(0, min(ONES, len(unit)), _ROWS):
        rows = slice(start, min(start + _ROWS, ONES, len(unit)))
        later = np.arange(rows.start, rows.stop)[:, None] < np.arange(len(unit))  # every pair once
        apart = np.rint((d - signs[rows] @ signs.T) / 2).astype(np.int64)[later]
        sums += np.bincount(apart, (unit[rows] @ unit.T)[later], d + 1)
        counts += np.bincount(apart, minlength=d + 1)
    return _monotone(sums, counts)


def _monotone(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float32]:
    """The never increasing table nearest to the means, by least squares weighted with the counts."""
    from scipy.optimize import isotonic_regression

    distances = np.arange(len(sums))
    seen = np.flatnonzero(counts)
    fitted = isotonic_regression(sums[seen] / counts[seen], weights=counts[seen], increasing=False).x
    if seen[0] > 0:  # Equal bits are at least as near as the nearest pair; the same vector is at 1.
        seen, fitted = np.append(0, seen), np.append(1.0, fitted)
    return np.asarray(np.clip(np.interp(distances, seen, fitted), -1, 1), np.float32)
