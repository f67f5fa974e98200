"""How alike two rankings of the same pixels are, and how well one finds what is true; with weights, for resampling."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.float64]


def auc(scores: NDArray[np.floating], truth: NDArray[np.bool_]) -> Callable[[Weights], float]:
    """The area under the ROC curve of `scores (n,)` for `truth (n,)`, as a function of weights `(n,)`.

    The chance that a true pixel has a higher score than another, ties counting half (Hanley and McNeil 1982,
    doi:10.1148/radiology.143.1.7063747). NaN where either kind has no weight.
    """
    values, place = np.unique(scores, return_inverse=True)
    right = np.asarray(truth, np.float64)

    def area(weights: Weights) -> float:
        positive = np.bincount(place, weights * right, len(values))
        negative = np.bincount(place, weights * (1 - right), len(values))
        pairs = positive.sum() * negative.sum()
        return float(_sum(positive, _middles(negative)) / pairs) if pairs > 0 else float("nan")

    return area


def spearman(first: NDArray[np.floating], second: NDArray[np.floating]) -> Callable[[Weights], float]:
    """The rank correlation of `first (n,)` and `second (n,)`, as a function of weights `(n,)`.

    Pearson's correlation of mid-ranks (Spearman 1904); a pixel of weight 2 counts as two. NaN where one is constant.
    """
    places = [np.unique(values, return_inverse=True)[1] for values in (first, second)]

    def correlation(weights: Weights) -> float:
        total = weights.sum()
        ranks = [_middles(np.bincount(place, weights))[place] for place in places]
        a, b = (rank - _sum(weights, rank) / total for rank in ranks)
        heavy = weights * a
        spread = np.sqrt(_sum(heavy, a) * _sum(weights * b, b))
        return float(_sum(heavy, b) / spread) if spread > 0 else float("nan")

    return correlation


def rank_correlations(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """The rank correlation `(m,)` of each row of `first (m, n)` and `second (m, n)`; NaN where one is constant."""
    from scipy.stats import rankdata

    ranks = [rankdata(rows, axis=1) for rows in (first, second)]
    a, b = (rank - rank.mean(axis=1, keepdims=True) for rank in ranks)
    with np.errstate(invalid="ignore"):
        return np.asarray((a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1)))


def _middles(counts: NDArray[np.generic]) -> NDArray[np.float64]:
    """How much lies below the middle of each bin of ascending values."""
    share = np.asarray(counts, np.float64)
    return np.cumsum(share) - share / 2


def _sum(first: NDArray[np.number], second: NDArray[np.number]) -> float:
    """The dot product, without the threads of BLAS: on busy processors they wait for each other ten times as long."""
    return float(np.einsum("i,i->", first, second))
