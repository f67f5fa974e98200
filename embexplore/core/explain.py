"""What each dimension adds to a similarity or a change: numbers that sum to the score."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embexplore.errors import InvalidInput


def similarity_parts(query: ArrayLike, vector: ArrayLike) -> NDArray[np.float64]:
    """What every dimension adds to the cosine of two vectors, `(d,)`; the sum is the cosine.

    Examples
    --------
    >>> similarity_parts([3.0, 4.0], [0.0, 2.0]).round(3).tolist()
    [0.0, 0.8]
    """
    a, b = _units(query, vector)
    return np.asarray(a * b)


def change_parts(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """What every dimension adds to the change from one vector to another, `(d,)`; the sum is 1 − cosine.

    Half the squared difference of unit vectors, so no part is negative: |a − b|² = 2 − 2·cosine.

    Examples
    --------
    >>> change_parts([1.0, 0.0], [0.0, 2.0]).tolist()
    [0.5, 0.5]
    """
    a, b = _units(first, second)
    return np.asarray((a - b) ** 2 / 2)


def needed_for(parts: NDArray[np.floating], share: float = 0.5) -> int:
    """How many of the largest parts make a share of their sum; 0 where the sum is not positive.

    Examples
    --------
    >>> needed_for(np.array([0.1, 0.6, 0.2, 0.1]), 0.75)
    2
    """
    total = float(parts.sum())
    if not total > 0:
        return 0
    reached = np.cumsum(np.sort(parts)[::-1]) >= share * total
    return int(np.argmax(reached)) + 1


def _units(first: ArrayLike, second: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise InvalidInput(f"vectors have shapes {a.shape} and {b.shape}: expected two of shape (d,).")
    lengths = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if not all(0 < length < np.inf for length in lengths):
        raise InvalidInput(f"vectors have lengths {lengths}: expected numbers in every band, not all zero.")
    return a / lengths[0], b / lengths[1]
