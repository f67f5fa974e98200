"""Codebooks of sub-vectors: learned by k-means, and the number of the nearest entry of each.

A codebook has up to 256 different entries; one of fewer is filled with repeats of its first, which no vector gets.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codebook_kernels import nearest_entries
from embexplore.core.parallel import in_tiles

ENTRIES = 256
"""One byte a sub-vector."""
SAMPLE = 1 << 14
"""Vectors that entries are learned on, 64 for each."""
TURNS = 25
GRAIN = 1 << 9
"""Vectors that are worth a thread's turn: half a millisecond."""

Floats = NDArray[np.float32]


def learned(vectors: NDArray[np.floating], seed: int, *, start: Floats | None = None, turns: int = TURNS) -> Floats:
    """The entries that k-means ends at, from `start` or from vectors chosen at random.

    An entry that no vector is nearest to begins again at the vector that is served worst.

    Parameters
    ----------
    vectors : ndarray of shape (n, m)
        Finite; of more than `SAMPLE` so many are used. No more than 256 different ones are the entries themselves.
    seed : int
    start : ndarray of shape (256, m), optional
    turns : int

    Returns
    -------
    ndarray of shape (256, m), float32
    """
    x = np.ascontiguousarray(sampled(vectors, seed), np.float32)
    if x.shape[1] == 0:
        return np.zeros((ENTRIES, 0), np.float32)
    if start is None:
        different = np.unique(x, axis=0)
        if len(different) <= ENTRIES:
            return filled(different)
        start = different[np.random.default_rng(seed).permutation(len(different))[:ENTRIES]]
    entries = start
    for _ in range(turns):
        owner = nearest(x, [entries])[:, 0]
        moved = _means(x, owner, entries)
        if np.array_equal(moved, entries):
            break
        entries = moved
    return filled(np.unique(entries, axis=0))


def sampled(vectors: NDArray[np.generic], seed: int) -> NDArray[np.generic]:
    """No more than `SAMPLE` of `vectors (n, m)`, chosen at random."""
    if len(vectors) <= SAMPLE:
        return vectors
    return np.asarray(vectors[np.random.default_rng(seed).permutation(len(vectors))[:SAMPLE]])


def filled(entries: Floats) -> Floats:
    """A codebook `(256, m)` of `entries (k, m)` and repeats of the first."""
    repeats = np.repeat(entries[:1], ENTRIES - len(entries), axis=0)
    return np.ascontiguousarray(np.concatenate([entries, repeats]), np.float32)


def distinct(entries: Floats, grain: float) -> Floats:
    """A codebook of those entries that no earlier one is within `grain` of in all bands; smaller components are 0.

    So rounding in a rotation moves no entry to another, and a vector of zeros keeps no direction.
    """
    clean = np.where(np.abs(entries) > grain, entries, np.float32(0))
    kept = clean[:1]
    for entry in clean[1:]:
        if (np.abs(kept - entry).max(axis=1, initial=0) > grain).all():
            kept = np.concatenate([kept, entry[None]])
    return filled(kept)


def nearest(vectors: NDArray[np.floating], books: Sequence[Floats]) -> NDArray[np.uint8]:
    """For every codebook `(256, m)` the number of the entry nearest to its part of `vectors (n, sum of m)`.

    Returns
    -------
    ndarray of shape (n, len(books)), uint8
        Of entries equally near the first; 0 where the vector is not finite.
    """
    x = np.ascontiguousarray(vectors, np.float32)
    sizes = np.array([0, *(book.shape[1] for book in books)], np.int64)
    starts = np.cumsum(sizes)
    numbers = np.zeros((len(x), len(books)), np.uint8)
    farther = np.stack([np.where(is_repeat(book), np.float32(np.inf), np.float32(0)) for book in books])
    entries = np.ascontiguousarray(np.concatenate(books, axis=1).T)

    def work(start: int, stop: int) -> None:
        here = slice(start, stop)
        nearest_entries(x[here], entries, farther, starts, numbers[here])
        numbers[here][~np.isfinite(x[here].sum(axis=-1))] = 0

    if len(x):
        in_tiles(work, len(x), grain=GRAIN)
    return numbers


def is_repeat(book: Floats) -> NDArray[np.bool_]:
    """Which entries `(256,)` repeat the first, to fill the codebook: no vector gets them."""
    return np.asarray((book == book[0]).all(axis=1) & (np.arange(len(book)) > 0))


def _means(x: Floats, owner: NDArray[np.uint8], entries: Floats) -> Floats:
    """The mean of the vectors of each entry; those without any move to the vectors that are served worst."""
    counts = np.bincount(owner, minlength=len(entries))
    sums = np.stack([np.bincount(owner, column, len(entries)) for column in x.T], axis=1)
    means = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], entries)
    lost = np.flatnonzero(counts == 0)[: len(x)]
    if len(lost):
        errors = ((x - entries[owner]) ** 2).sum(axis=1)
        means[lost] = x[np.argsort(-errors, kind="stable")[: len(lost)]]
    return np.asarray(means, np.float32)
