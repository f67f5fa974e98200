"""Stages of codebooks whose entries add up: learned one after the other, and the sums nearest to vectors."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codebooks import GRAIN, Floats, is_repeat, learned, sampled
from embexplore.core.memory import pixels
from embexplore.core.parallel import in_tiles
from embexplore.core.stage_kernels import add_entries, follow_sums

KEPT = 8
"""Sums that are followed from stage to stage (beam search). On the Wisconsin chip at 8 bytes the error of 8 is 15 % \
below that of one, and of 32 another 2 %."""
ROWS = 1 << 8
"""Vectors at a time: 2 MiB of products with the entries of eight stages."""


def learned_stages(vectors: Floats, count: int, seed: int) -> Floats:
    """Codebooks `(count, 256, d)`, each learned on what the ones before leave of a sample of `vectors (n, d)`."""
    x = np.asarray(sampled(vectors, seed), np.float32)
    entries, left = np.empty((0, 256, x.shape[1]), np.float32), x
    for _ in range(count):
        entries = np.concatenate([entries, learned(left, seed)[None]])
        left = x - added(numbers_of(x, entries), entries)
    return entries


def numbers_of(vectors: Floats, entries: Floats) -> NDArray[np.uint8]:
    """For finite `vectors (n, d)` the entries `(n, stages)` whose sum is nearest, among the sums that are followed."""
    stages, size, d = entries.shape
    flat = entries.reshape(-1, d)
    halves = (entries.astype(np.float64) ** 2).sum(axis=-1) / 2
    halves[np.stack([is_repeat(book) for book in entries])] = np.inf
    gram = (flat @ flat.T).reshape(stages, size, stages, size)
    numbers = np.zeros((len(vectors), stages), np.uint8)

    def work(start: int, stop: int) -> None:
        for first in range(start, stop, ROWS):
            here = slice(first, min(first + ROWS, stop))
            products = (vectors[here] @ flat.T).reshape(-1, stages, size)
            follow_sums(products, halves.astype(np.float32), gram, KEPT, numbers[here])

    in_tiles(work, len(vectors), grain=ROWS)
    return numbers


def added(numbers: NDArray[np.uint8], entries: Floats) -> Floats:
    """The sums `(..., d)` of the entries `(..., stages)`, in any memory."""
    if numbers.shape[-1] != len(entries):
        raise ValueError(f"codes of {numbers.shape[-1]} stages: there are books for {len(entries)}")
    sums, memory = np.empty((int(np.prod(numbers.shape[:-1])), entries.shape[2]), np.float32), pixels(numbers).memory
    if len(sums):
        in_tiles(lambda start, stop: add_entries(memory, entries, start, stop, sums), len(sums), grain=GRAIN)
    return sums.reshape((*numbers.shape[:-1], entries.shape[2]))
