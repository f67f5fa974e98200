"""Weighted votes of the most similar examples: from cosines to a class and how sure it is, pixel by pixel."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.jit import kernel
from embexplore.core.parallel import in_tiles

NEAREST = 1e-3
"""The least 1 − cosine that counts: int8 rounding alone moves AlphaEarth vectors by about half of it."""

TWIN_TILE = 4096

Floats = NDArray[np.float32]


def vote_twin(
    scores: Floats,
    labels: NDArray[np.int64],
    k: int,
    start: int,
    stop: int,
    numbers: NDArray[np.uint8],
    sure: Floats,
    votes: NDArray[np.float64],
) -> None:
    """Classes of pixels `start … stop` into `numbers` and `sure`, and each class's part into `votes` where it has room.

    `scores (m, n)` are cosines with m examples of classes `labels (m,)`; `votes` is `(classes, n)` or
    `(classes, 0)`.
    """
    for p in range(start, stop, TWIN_TILE):
        part = slice(p, min(p + TWIN_TILE, stop))
        some = scores[:, part]
        order = np.argsort(-some, axis=0, kind="stable")[:k]
        apart = np.maximum(1 - np.take_along_axis(some, order, axis=0).astype(np.float64), NEAREST)
        total = np.zeros((len(votes), some.shape[1]))
        for row, weight in zip(order, 1 / apart**2, strict=True):
            np.add.at(total, (labels[row], np.arange(some.shape[1])), weight)
        total /= total.sum(axis=0)
        total[:, np.isnan(some[0])] = np.nan
        numbers[part] = np.where(np.isnan(some[0]), 0, total.argmax(axis=0) + 1)
        sure[part] = total.max(axis=0)
        if votes.shape[1]:
            votes[:, part] = total


@kernel(twin=vote_twin)
def vote_range(  # noqa: C901 - one fused loop, since kernels call no kernels
    scores: Floats,
    labels: NDArray[np.int64],
    k: int,
    start: int,
    stop: int,
    numbers: NDArray[np.uint8],
    sure: Floats,
    votes: NDArray[np.float64],
) -> None:
    """`vote_twin`, one pixel after the other."""
    m, classes = scores.shape[0], votes.shape[0]
    best, whose, total = np.empty(k, np.float32), np.empty(k, np.int64), np.empty(classes, np.float64)
    for p in range(start, stop):
        if np.isnan(scores[0, p]):
            numbers[p], sure[p] = 0, np.float32(np.nan)
            for c in range(classes if votes.shape[1] else 0):
                votes[c, p] = np.nan
            continue
        held = 0
        for j in range(m):
            score = scores[j, p]
            if held == k and not score > best[k - 1]:
                continue
            at = held if held < k else k - 1
            while at > 0 and score > best[at - 1]:
                best[at], whose[at] = best[at - 1], whose[at - 1]
                at -= 1
            best[at], whose[at] = score, labels[j]
            held = min(held + 1, k)
        total[:] = 0.0
        everything = 0.0
        for j in range(held):
            apart = max(1.0 - np.float64(best[j]), NEAREST)
            total[whose[j]] += 1.0 / (apart * apart)
            everything += 1.0 / (apart * apart)
        winner = 0
        for c in range(classes):
            if total[c] > total[winner]:
                winner = c
            if votes.shape[1]:
                votes[c, p] = total[c] / everything
        numbers[p], sure[p] = winner + 1, np.float32(total[winner] / everything)


def vote(
    scores: Floats, labels: NDArray[np.int64], k: int, votes: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], Floats]:
    """The class that the `k` most similar examples vote for, and its part of the votes.

    Parameters
    ----------
    scores : ndarray of shape (m, n), float32
        Cosines of n pixels with m examples; NaN for no data.
    labels : ndarray of shape (m,), int64
        Index of each example's class.
    k : int
        Voters, at most m. Each has weight 1 / max(1 − cosine, 0.001)²; of equal ones the first are taken.
    votes : ndarray of shape (classes, n) or (classes, 0)
        Filled with each class's part of the votes where it has room.

    Returns
    -------
    numbers : ndarray of shape (n,), uint8
        Class index + 1; 0 for no data. Of equal classes the first.
    sure : ndarray of shape (n,), float32
        In (0, 1]; NaN for no data.
    """
    n = scores.shape[1]
    numbers, sure = np.empty(n, np.uint8), np.empty(n, np.float32)
    scores = np.ascontiguousarray(scores)
    in_tiles(lambda start, stop: vote_range(scores, labels, k, start, stop, numbers, sure, votes), n)
    return numbers, sure
