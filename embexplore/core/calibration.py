"""From Hamming distance to cosine: a monotone table learned from pairs of vectors.

cos(π·h / d) holds for sign bits of directions spread evenly around zero. Around a center it does
not, so the table is measured: the mean cosine of pairs with h differing bits, made monotone.
"""

import numpy as np
from numpy.typing import NDArray

SAMPLE = 4096
"""Vectors whose pairs are looked at: 8 M pairs, half a second."""
_ROWS = 512


def calibrate(
    vectors: NDArray[np.floating], bits: NDArray[np.bool_], *, random_state: int | None = None
) -> NDArray[np.float32]:
    """Cosine by number of differing bits, never increasing.

    All pairs of a sample count, so near pairs, which decide the top of a search, count as well as
    random ones. Every distance that occurs weighs the number of its pairs; between and beyond them the
    table is interpolated, towards 1 at distance 0 only where no pair was that near.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
        Finite.
    bits : ndarray of shape (n, d), bool
        Their codes, unpacked.
    random_state : int, optional
        Seed of the sample; None is seed 0, so that a cube encodes the same twice.

    Returns
    -------
    ndarray of shape (d + 1,), float32
        In [-1, 1].
    """
    d = vectors.shape[1]
    if len(vectors) > SAMPLE:
        chosen = np.sort(np.random.default_rng(random_state or 0).choice(len(vectors), SAMPLE, replace=False))
        vectors, bits = vectors[chosen], bits[chosen]
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    signs = np.where(bits, np.float32(1), np.float32(-1))
    sums, counts = np.zeros(d + 1), np.zeros(d + 1)
    for start in range(0, len(unit), _ROWS):
        rows = slice(start, start + _ROWS)
        later = np.arange(start, min(start + _ROWS, len(unit)))[:, None] < np.arange(len(unit))
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
