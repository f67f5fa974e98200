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
    for row, out in zip(np.nan_to_num(scores, nan=-np.inf), found, strict=True):
        least = np.partition(row, len(row) - k)[len(row) - k]
        above = np.flatnonzero(row > least)
        out[: len(above)] = above
        out[len(above) :] = np.flatnonzero(row == least)[: k - len(above)]
    return found


def recall(truth: NDArray[np.int64], found: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of `truth (m, k)` that is in `found (m, j)`, row by row: `(m,)` in [0, 1]."""
    return np.array([np.isin(t, f).mean() for t, f in zip(truth, found, strict=True)], np.float64)


def bootstrap(values: NDArray[np.floating], *, random_state: int | None = None) -> tuple[float, float]:
    """The 95 % interval of the mean of `values (n,)`, by resampling them; None is seed 0.

    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 13.3 (percentile interval).
    """
    rng = np.random.default_rng(random_state or 0)
    means = rng.choice(np.asarray(values, np.float64), (RESAMPLES, len(values))).mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return float(low), float(high)


def undominated(costs: NDArray[np.floating], gains: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of n choices no other beats: none costs at most as much and gains at least as much, and one of it more."""
    cheaper = costs[None, :] <= costs[:, None]
    better = gains[None, :] >= gains[:, None]
    strictly = (costs[None, :] < costs[:, None]) | (gains[None, :] > gains[:, None])
    return np.asarray(~(cheaper & better & strictly).any(axis=1))
