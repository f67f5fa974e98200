"""Loops over stages of codebooks: sums followed from stage to stage, and squared lengths of sums, pixel by pixel."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.intrinsics import prefer_wide_vectors
from embexplore.core.jit import kernel
from embexplore.core.memory import Memory, window

Floats = NDArray[np.float32]

TWIN_TILE = 1 << 12


def add_twin(memory: Memory, entries: Floats, start: int, stop: int, out: Floats) -> None:
    """The sums x̂ of one of `entries (stages, 256, d)` a stage, of pixels `start … stop`, into `out (n, d)`."""
    numbers = window(memory, start, stop, len(entries))
    out[start:stop] = 0
    for stage, book in enumerate(entries):
        out[start:stop] += book[numbers[:, stage]]


@kernel(twin=add_twin)
def add_entries(memory: Memory, entries: Floats, start: int, stop: int, out: Floats) -> None:
    """`add_twin`, pixel by pixel, two stages a pass.

    Places in memory are unsigned: numba looks for the end of an array at each signed one.
    """
    prefer_wide_vectors()
    flat, band, row, column, width = memory
    stages, size, d = len(entries), np.uint64(entries.shape[1]), np.uint64(entries.shape[2])
    table, sums = entries.reshape(-1), out.reshape(-1)
    for p in range(start, stop):
        at_row, at_column = divmod(p, width)
        base, o = at_row * row + at_column * column, np.uint64(p) * d
        first = np.uint64(flat[base]) * d
        for b in range(d):
            sums[o + b] = table[first + b] if stages % 2 == 1 else np.float32(0)
        for stage in range(stages % 2, stages, 2):
            one, two = flat[base + stage * band], flat[base + (stage + 1) * band]
            first = (np.uint64(stage) * size + np.uint64(one)) * d
            second = (np.uint64(stage + 1) * size + np.uint64(two)) * d
            for b in range(d):
                sums[o + b] += table[first + b] + table[second + b]


def squares_twin(memory: Memory, entries: Floats, start: int, stop: int, out: Floats) -> None:
    """|x̂|² of pixels `start … stop`, whose x̂ add up one of `entries (stages, 256, d)` a stage, into `out (n,)`."""
    for p in range(start, stop, TWIN_TILE):
        end = min(p + TWIN_TILE, stop)
        numbers = window(memory, p, end, len(entries))
        sums = np.zeros((end - p, entries.shape[2]), np.float32)
        for stage, book in enumerate(entries):
            sums += book[numbers[:, stage]]
        out[p:end] = np.einsum("ij,ij->i", sums, sums)


@kernel(twin=squares_twin)
def squares_of_sums(memory: Memory, entries: Floats, start: int, stop: int, out: Floats) -> None:
    """`squares_twin`: entries are rows of bands, added 16 at once."""
    flat, band, row, column, width = memory
    stages, _, d = entries.shape
    sums = np.empty(d, np.float32)
    for p in range(start, stop):
        at_row, at_column = divmod(p, width)
        base = at_row * row + at_column * column
        sums[:] = entries[0, flat[base]]
        for stage in range(1, stages):
            added = entries[stage, flat[base + stage * band]]
            for b in range(d):
                sums[b] += added[b]
        total = np.float32(0)
        for b in range(d):
            total += sums[b] * sums[b]
        out[p] = total


def follow_twin(products: Floats, halves: Floats, gram: Floats, kept: int, out: NDArray[np.uint8]) -> None:
    """The entries whose sum s makes |s|²/2 − x·s small, into `out (n, stages)`: `kept` sums go on from each stage.

    `products (n, stages, 256)` are x·c of every entry, `halves (stages, 256)` their |c|²/2, and
    `gram (stages, 256, stages, 256)` the entries' products with each other.
    """
    n, stages, size = products.shape
    rows = np.arange(n)[:, None]
    values, found = np.zeros((n, 1), np.float32), np.zeros((n, 1, 0), np.uint8)
    for stage in range(stages):
        further = values[:, :, None] + (halves[stage] - products[:, stage])[:, None]
        for before in range(stage):
            further += gram[before, found[:, :, before], stage]
        flat = further.reshape(n, -1)
        best = np.argsort(flat, axis=1, kind="stable")[:, :kept]
        values = flat[rows, best]
        sums, numbers = np.divmod(best, size)
        found = np.concatenate([found[rows, sums], numbers[..., None].astype(np.uint8)], axis=-1)
    out[:] = found[:, 0]


@kernel(twin=follow_twin)
def follow_sums(  # noqa: C901, PLR0912 - one fused loop, since kernels call no kernels
    products: Floats, halves: Floats, gram: Floats, kept: int, out: NDArray[np.uint8]
) -> None:
    """`follow_twin`: 256 entries are tried at once behind each sum, and the best kept in rising order."""
    n, stages, size = products.shape
    further = np.empty(size, np.float32)
    values, found = np.zeros(kept, np.float32), np.zeros((kept, stages), np.uint8)
    best, sums, numbers = np.empty(kept, np.float32), np.empty(kept, np.int64), np.empty(kept, np.int64)
    before = np.empty((kept, stages), np.uint8)
    for p in range(n):
        count = 1
        values[0] = np.float32(0)
        for stage in range(stages):
            filled = 0
            for k in range(count):
                half, product = halves[stage], products[p, stage]
                for c in range(size):
                    further[c] = (half[c] - product[c]) + values[k]
                for i in range(stage):
                    row = gram[i, found[k, i], stage]
                    for c in range(size):
                        further[c] += row[c]
                for c in range(size):
                    value = further[c]
                    if filled == kept and not value < best[kept - 1]:
                        continue
                    if not value < np.inf:
                        continue
                    at = filled if filled < kept else kept - 1
                    while at > 0 and value < best[at - 1]:
                        best[at], sums[at], numbers[at] = best[at - 1], sums[at - 1], numbers[at - 1]
                        at -= 1
                    best[at], sums[at], numbers[at] = value, k, c
                    filled = min(filled + 1, kept)
            for k in range(filled):
                for i in range(stage):
                    before[k, i] = found[sums[k], i]
                before[k, stage] = np.uint8(numbers[k])
                values[k] = best[k]
            for k in range(filled):
                for i in range(stage + 1):
                    found[k, i] = before[k, i]
            count = filled
        for i in range(stages):
            out[p, i] = found[0, i]
