"""How sure a comparison of two classifiers is: exact McNemar, and a bootstrap of whole groups of points.

Predictions are counted as `class, class + 1` tables: row as labeled, column as predicted, the last column
what nothing was predicted for.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.core.recall import RESAMPLES

HELD = 1 << 22
"""Draws held at once: 32 MB."""

Tables = NDArray[np.int64]


@dataclass(frozen=True)
class Interval:
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Verdict:
    """What predictions say of a classifier, and of the reference that judged the same points.

    Attributes
    ----------
    accuracy, macro_f1, mean_iou, worst_f1 : Interval
        Part that is right; mean F1 of all classes; mean intersection over union of all classes; F1 of the worst class.
    accuracy_lost, macro_f1_lost, worst_f1_lost : Interval
        The reference's number less this one's, resampled together; `worst_f1_lost` compares each one's own worst class.
    worst : int
        Index of the class of the lowest F1; of equal ones the first.
    f1 : ndarray of shape (classes,), float64
    p : float
        McNemar's.
    """

    accuracy: Interval
    macro_f1: Interval
    mean_iou: Interval
    worst_f1: Interval
    accuracy_lost: Interval
    macro_f1_lost: Interval
    worst_f1_lost: Interval
    worst: int
    f1: NDArray[np.float64]
    p: float


def mcnemar(right: NDArray[np.bool_], reference: NDArray[np.bool_]) -> float:
    """Exact two-sided p of "both are right as often", from `(n,)` points where one of the two is right.

    1 where they never differ. Points are taken for independent.
    Source: McNemar 1947, doi:10.1007/BF02295996; the exact form is a binomial test.
    """
    from scipy.stats import binomtest

    gained, lost = int((right & ~reference).sum()), int((reference & ~right).sum())
    return 1.0 if gained + lost == 0 else float(binomtest(gained, gained + lost).pvalue)


def verdict(
    truth: NDArray[np.integer],
    predicted: NDArray[np.integer],
    reference: NDArray[np.integer],
    classes: int,
    groups: NDArray[np.integer] | None = None,
    *,
    random_state: int | None = None,
) -> Verdict:
    """Scores of predictions with bootstrap intervals, beside a reference.

    Parameters
    ----------
    truth, predicted, reference : ndarray of shape (n,), int
        Index of a class; −1 is no prediction.
    classes : int
    groups : ndarray of shape (n,), int, optional
        Points of a group are drawn together (cluster bootstrap); each by itself otherwise.
    random_state : int, optional
        Of the bootstrap; None is seed 0.

    Notes
    -----
    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, sections 8.3 (groups) and 13.3 (percentiles).
    A class that no drawn point has counts in no mean of that draw.
    """
    cells = np.stack([_cells(truth, found, classes) for found in (predicted, reference)], axis=1)
    size = classes * (classes + 1)
    tables, counts = _units(cells, size, groups)
    whole = (counts @ tables).reshape(2, classes, classes + 1)
    f1 = f1_of(whole)
    worst = np.nanargmin(f1, axis=1)
    drawn = _drawn(tables, counts, random_state).reshape(-1, 2, classes, classes + 1)
    numbers, draws = _numbers(whole[None], worst)[0], _numbers(drawn, worst)
    accuracy, macro, low, iou = (_interval(numbers[0, i], draws[:, 0, i]) for i in range(4))
    less, less_macro, less_low = (
        _interval(numbers[1, i] - numbers[0, i], draws[:, 1, i] - draws[:, 0, i]) for i in range(3)
    )
    p = mcnemar(predicted == truth, reference == truth)
    return Verdict(accuracy, macro, iou, low, less, less_macro, less_low, int(worst[0]), f1[0], p)


def f1_of(tables: Tables) -> NDArray[np.float64]:
    """F1 `(…, classes)` of tables `(…, classes, classes + 1)`; NaN of a class without points."""
    right = np.diagonal(tables, axis1=-2, axis2=-1)
    labeled, called = tables.sum(axis=-1), tables[..., :-1].sum(axis=-2)
    return np.asarray(np.where(labeled > 0, 2 * right / np.maximum(labeled + called, 1), np.nan))


def _cells(truth: NDArray[np.integer], predicted: NDArray[np.integer], classes: int) -> Tables:
    return np.asarray(truth * (classes + 1) + np.where(predicted < 0, classes, predicted), np.int64)


def _units(cells: Tables, size: int, groups: NDArray[np.integer] | None) -> tuple[Tables, Tables]:
    """What is drawn: tables `(u, 2·size)` of each unit's points, and how many such units there are.

    Points drawn one by one that agree in everything are one unit with a count.
    """
    if groups is None:
        kinds, counts = np.unique(cells, axis=0, return_counts=True)
        unit, cells = np.arange(len(kinds)), kinds
    else:
        names, unit = np.unique(groups, return_inverse=True)
        counts = np.ones(len(names), np.int64)
    tables = np.zeros((len(counts), 2 * size), np.int64)
    for which in range(2):
        np.add.at(tables, (unit, which * size + cells[:, which]), 1)
    return tables, counts


def _drawn(tables: Tables, counts: Tables, random_state: int | None) -> NDArray[np.float64]:
    """Sums of the tables over units drawn with replacement, `(RESAMPLES, 2·size)`."""
    rng, n = np.random.default_rng(random_state or 0), int(counts.sum())
    step, wide = max(1, HELD // len(counts)), tables.astype(np.float64)  # whole numbers; BLAS adds them as floats
    parts = [rng.multinomial(n, counts / n, min(step, RESAMPLES - start)) @ wide for start in range(0, RESAMPLES, step)]
    return np.concatenate(parts)


def _numbers(tables: NDArray[np.generic], worst: NDArray[np.integer]) -> NDArray[np.float64]:
    """Accuracy, mean F1, F1 of the worst class and mean IoU, `(r, 2, 4)`, of tables `(r, 2, classes, classes + 1)`.

    Intersection over union is F1 / (2 − F1), class by class.
    """
    f1 = f1_of(np.asarray(tables))
    right = np.diagonal(tables, axis1=-2, axis2=-1).sum(axis=-1)
    means = [np.nanmean(each, axis=-1) for each in (f1, f1 / (2 - f1))]
    return np.stack([right / tables.sum(axis=(-2, -1)), means[0], f1[:, [0, 1], worst], means[1]], axis=-1)


def _interval(value: float, draws: NDArray[np.float64]) -> Interval:
    low, high = np.nanpercentile(draws, (2.5, 97.5))
    return Interval(float(value), float(low), float(high))
