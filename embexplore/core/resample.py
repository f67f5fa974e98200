"""How sure a number is that was measured on pixels: whole groups of them are drawn again and again.

Pixels of one block of ground are alike: drawn one by one they would look like more evidence than they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from embexplore.core.recall import RESAMPLES
from embexplore.core.significance import Interval

FEWER = 200
"""Draws for statistics that sort all pixels: the ends of a 95 % interval are then good to a tenth of its width."""
AT_ONCE = 1 << 24
"""Counts held while drawing: 128 MB of int64."""

Weights = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Resamples:
    """Draws of whole groups, with replacement: the cluster bootstrap.

    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, sections 8.3 (groups) and 13.3 (percentiles).

    Attributes
    ----------
    groups : ndarray of shape (n,), int64
        Numbers 0 … g − 1: what is drawn together.
    draws : ndarray of shape (r, g), float32
        How often each group is in each draw; rows add up to g.
    """

    groups: NDArray[np.int64]
    draws: NDArray[np.float32]

    @classmethod
    def of(cls, groups: NDArray[np.integer], *, random_state: int | None = None) -> "Resamples":
        """`RESAMPLES` draws of the groups `(n,)` of any numbers; None is seed 0.

        Where all are one group, values are drawn one by one: a single group tells nothing of its spread.
        """
        _, numbers = np.unique(np.asarray(groups), return_inverse=True)
        if not numbers.any():
            numbers = np.arange(len(numbers))
        count = int(numbers.max(initial=-1)) + 1
        rng = np.random.default_rng(random_state or 0)
        draws = np.empty((RESAMPLES, count), np.float32)
        step = max(1, AT_ONCE // max(count, 1))
        for start in range(0, RESAMPLES, step):
            part = draws[start : start + step]
            part[:] = rng.multinomial(count, np.full(count, 1 / count), len(part))
        return cls(numbers.astype(np.int64), draws)

    @cached_property
    def _count(self) -> int:
        return int(self.draws.shape[1])

    def mean(self, values: NDArray[np.generic]) -> Interval:
        """The mean of `values (n,)` with its 95 % interval; NaN is left out."""
        x = np.asarray(values, np.float64)
        return self.ratio(np.where(np.isnan(x), 0, x), (~np.isnan(x)).astype(np.float64))

    def ratio(self, upper: NDArray[np.floating], lower: NDArray[np.floating]) -> Interval:
        """The sum of `upper (n,)` over the sum of `lower (n,)`, drawn together."""
        sums = np.stack([np.bincount(self.groups, each, self._count) for each in (upper, lower)], axis=1)
        above, below = (self.draws @ sums).T
        with np.errstate(invalid="ignore", divide="ignore"):
            value = np.divide(*sums.sum(axis=0))
            return _interval(value, above / below)

    def statistic(self, function: Callable[[Weights], float]) -> Interval:
        """Any number that `function` tells from how often each value is drawn, weights `(n,)`."""
        value = function(np.ones(len(self.groups)))
        drawn = [function(each.astype(np.float64)[self.groups]) for each in self.draws[:FEWER]]
        return _interval(value, np.array(drawn))


def _interval(value: float, draws: NDArray[np.float64]) -> Interval:
    """The middle 95 % of the draws that say anything; NaN where none does."""
    known = draws[np.isfinite(draws)]
    if not len(known) or not np.isfinite(value):
        return Interval(float(value), float("nan"), float("nan"))
    low, high = np.percentile(known, (2.5, 97.5))
    return Interval(float(value), float(low), float(high))
