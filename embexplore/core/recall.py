"""How many of the true nearest a search finds, with an interval that says how sure that is."""

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
"""Of a bootstrap: the ends of a 95 % interval are then good to a fiftieth of its width."""


def nearest_of(scores: NDArray[np.floating], k: int) -> NDArray[np.int64]:
    """Positions `(m, k)` of the highest scores of each row `(m, n)`, in no order; of equal ones the first.

    NaN is never among them while there are `k` numbers.
    """
    found = np.empty((len(scores), k), np.int64)
    for row, out in zip(np.where(np.isnan(scores), -np.inf, scores), found, strict=True):
        least = np.partition(row, len(row) - k)[len(row) - k]
        above = np.flatnonzero(row > least)
        out[: len(above)] = above
        out[len(above) :] = np.flatnonzero(row == least)[: k - len(above)]
    return found


def recall(truth: NDArray[np.int64], found: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of `truth (m, k)` that is in `found (m, j)`, row by row: `(m,)` in [0, 1]."""
    return np.array([np.isin(t, f).mean() for t, f in zip(truth, found, strict=True)], np.float64)


def undominated(costs: NDArray[np.floating], gains: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of n choices no other beats: none costs at most as much and gains at least as much, and one of it more."""
    cheaper = costs[None, :] <= costs[:, None]
    better = gains[None, :] >= gains[:, None]
    strictly = (costs[None, :] < costs[:, None]) | (gains[None, :] > gains[:, None])
    return np.asarray(~(cheaper & better & strictly).any(axis=1))
