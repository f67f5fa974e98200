"""How right a few-shot map is, told from its own labels: every point judged by points of other blocks alone."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.core.classifiers import Classifier
from embexplore.errors import InvalidInput

Fit = Callable[[NDArray[np.floating], list[str]], Classifier]
"""Learns from vectors `(n, d)` and their labels."""
NORMAL = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True, eq=False)
class Accuracy:
    """What points held out say of a classifier.

    Attributes
    ----------
    value, low, high : float
        Part of the points whose class was predicted, with Wilson's 95 % interval. It takes points for
        independent; points that lie close together say less than it believes.
    classes : tuple of str
    f1 : ndarray of shape (classes,), float64
        Of each class: 2·right / (points of the class + points predicted as it).
    confusion : ndarray of shape (classes, classes), int64
        Row: labeled as; column: predicted as. Points that nothing could be learned for are in no column.
    predicted : ndarray of shape (n,), int64
        Index of the class predicted for each point; −1 where nothing could be learned.
    points, blocks : int
        How many points were judged, lying in how many blocks.
    """

    value: float
    low: float
    high: float
    classes: tuple[str, ...]
    f1: NDArray[np.float64]
    confusion: NDArray[np.int64]
    predicted: NDArray[np.int64]
    points: int
    blocks: int

    def __repr__(self) -> str:
        return (
            f"<{100 * self.value:.0f} % of {self.points} points right ({100 * self.low:.0f}–{100 * self.high:.0f} %), "
            f"each told from other blocks of land ({self.blocks})>"
        )


def accuracy(
    vectors: NDArray[np.floating],
    names: Sequence[str],
    blocks: NDArray[np.integer],
    fit: Fit,
    *,
    folds: int = 10,
    random_state: int | None = None,
) -> Accuracy:
    """Accuracy on points of blocks that the classifier was not fitted on.

    Parameters
    ----------
    vectors : ndarray of shape (n, d)
    names : sequence of str
        The class of each.
    blocks : ndarray of shape (n,), int
        Which block of land each lies in: points of a block are held out together.
    fit : callable
    folds : int
        Blocks are dealt to so many folds, at most; each fold is predicted from all others.
    random_state : int, optional
        How blocks are dealt; None is seed 0.

    Raises
    ------
    InvalidInput
        All points lie in one block: nothing is left to learn from.
    """
    fold = deal(blocks, folds, random_state)
    predicted = held_out(vectors, names, fold, fit, np.arange(len(names)))
    order = tuple(dict.fromkeys(names))
    truth = np.array([order.index(name) for name in names])
    confusion = np.zeros((len(order), len(order)), np.int64)
    known = predicted >= 0
    np.add.at(confusion, (truth[known], predicted[known]), 1)
    right = np.diag(confusion)
    f1 = 2 * right / np.maximum(np.bincount(truth, minlength=len(order)) + confusion.sum(axis=0), 1)
    low, high = wilson(int(right.sum()), len(truth))
    share = float(right.sum() / len(truth))
    return Accuracy(share, low, high, order, f1, confusion, predicted, len(truth), len(np.unique(blocks)))


def deal(blocks: NDArray[np.integer], folds: int, random_state: int | None = None) -> NDArray[np.int64]:
    """The fold of every point: whole blocks, the fullest first to the emptiest fold, equals in seeded order."""
    places, index, counts = np.unique(blocks, return_inverse=True, return_counts=True)
    if len(places) < 2:
        raise InvalidInput("All points lie in one block: label places farther apart, or choose smaller blocks.")
    order = np.random.default_rng(random_state or 0).permutation(len(places))
    order = order[np.argsort(-counts[order], kind="stable")]
    held = np.zeros(min(folds, len(places)), np.int64)
    fold = np.empty(len(places), np.int64)
    for place in order:
        fold[place] = held.argmin()
        held[fold[place]] += counts[place]
    return fold[index]


def held_out(
    vectors: NDArray[np.floating],
    names: Sequence[str],
    fold: NDArray[np.int64],
    fit: Fit,
    given: NDArray[np.integer],
) -> NDArray[np.int64]:
    """The class predicted for every point from the points `given` of other folds; −1 where those are none.

    Classes are counted in the order in which `names` first holds them. Of one class alone, that is predicted.
    """
    order = list(dict.fromkeys(names))
    predicted = np.full(len(names), -1, np.int64)
    for number in np.unique(fold):
        learned, asked = given[fold[given] != number], np.flatnonzero(fold == number)
        labels = [names[i] for i in learned]
        if len(set(labels)) == 1:
            predicted[asked] = order.index(labels[0])
        elif labels:
            fitted = fit(vectors[learned], labels)
            number_of = np.array([order.index(name) for name in fitted.classes])
            predicted[asked] = number_of[fitted.predict(vectors[asked]).argmax(axis=1)]
    return predicted


def curve(
    vectors: NDArray[np.floating],
    names: Sequence[str],
    blocks: NDArray[np.integer],
    fit: Fit,
    *,
    steps: int = 8,
    folds: int = 10,
    orders: int = 20,
    random_state: int | None = None,
) -> dict[str, NDArray[np.generic]]:
    """Accuracy on all points when only the first 2, …, n of them had been labeled, and when random ones had.

    Returns
    -------
    dict of ndarray of shape (steps,)
        `points`; `accuracy` of the points in their own order; `random`, `random_low`, `random_high`: mean and
        middle 95 % over random `orders` of the same points. All meet at the last step.
    """
    fold = deal(blocks, folds, random_state)
    order = list(dict.fromkeys(names))
    truth = np.array([order.index(name) for name in names])
    n = len(names)
    counts = np.unique(np.linspace(2, n, min(steps, n - 1)).round().astype(np.int64))
    rng = np.random.default_rng(random_state or 0)
    shuffled = [rng.permutation(n) for _ in range(orders)]

    def right(given: NDArray[np.integer]) -> float:
        return float((held_out(vectors, names, fold, fit, given) == truth).mean())

    mine = np.array([right(np.arange(count)) for count in counts])
    theirs = np.array([[right(each[:count]) for each in shuffled] for count in counts])
    low, high = np.percentile(theirs, (2.5, 97.5), axis=1)
    return {"points": counts, "accuracy": mine, "random": theirs.mean(axis=1), "random_low": low, "random_high": high}


def wilson(right: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    share, z = right / n, NORMAL
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)
