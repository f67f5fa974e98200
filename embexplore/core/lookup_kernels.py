"""Loops over packed fields: sums of table entries, rounding to levels, and levels read back.

A score of packed codes is a sum of table entries, one for each symbol (`core.fields`): nothing is
decoded. Band-first memory is scanned in tiles of pixels, four symbols of whole bytes a pass.
"""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.jit import kernel
from embexplore.core.memory import Memory, window

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

SUM_TILE = 4096
"""Sums of a tile take 16 KiB, half of the first cache; the tables of a pass take the rest."""
TWIN_TILE = 1 << 14
ROUND_TILE = 256
"""Numbers of 64 bands of a tile take 16 KiB."""


def sum_twin(memory: Memory, reading: Ints, tables: Floats, start: int, stop: int, out: Floats) -> None:
    """Sum of every symbol's table entry for pixels `start … stop`, into `out[start:stop]`."""
    for p in range(start, stop, TWIN_TILE):
        end = min(p + TWIN_TILE, stop)
        codes = window(memory, p, end, int(reading[:, :2].max()) + 1).astype(np.int64)
        sums = np.zeros(end - p, np.float32)
        for byte, following, shift, mask, first in reading:
            symbol = ((codes[:, byte] << 8 | codes[:, following]) >> shift) & mask
            sums += tables[first + symbol]
        out[p:end] = sums


@kernel(twin=sum_twin)
def sum_tables(memory: Memory, reading: Ints, tables: Floats, start: int, stop: int, out: Floats) -> None:
    """`sum_twin`, for memory of any order."""
    flat, band, row, column, width = memory
    symbols = len(reading)
    p = start
    while p < stop:
        at_row, at_column = divmod(p, width)
        length = min(width - at_column, stop - p, SUM_TILE)
        base = at_row * row + at_column * column
        o = out[p : p + length]
        for i in range(length):
            o[i] = np.float32(0)
        s = 0
        while s < symbols:
            is_four = s + 4 <= symbols and column == 1
            if is_four:
                for k in range(s, s + 4):
                    is_four &= reading[k, 3] == 255 and reading[k, 2] == 8
            if is_four:  # four symbols of a byte each
                f0, f1 = base + reading[s, 0] * band, base + reading[s + 1, 0] * band
                f2, f3 = base + reading[s + 2, 0] * band, base + reading[s + 3, 0] * band
                c0, c1 = flat[f0 : f0 + length], flat[f1 : f1 + length]
                c2, c3 = flat[f2 : f2 + length], flat[f3 : f3 + length]
                t0, t1 = tables[reading[s, 4] :], tables[reading[s + 1, 4] :]
                t2, t3 = tables[reading[s + 2, 4] :], tables[reading[s + 3, 4] :]
                for i in range(length):
                    o[i] += (t0[c0[i]] + t1[c1[i]]) + (t2[c2[i]] + t3[c3[i]])
                s += 4
                continue
            shift, mask, t = reading[s, 2], reading[s, 3], tables[reading[s, 4] :]
            high, low = base + reading[s, 0] * band, base + reading[s, 1] * band
            for i in range(length):
                two = np.int64(flat[high + i * column]) << 8 | np.int64(flat[low + i * column])
                o[i] += t[(two >> shift) & mask]
            s += 1
        p += length


def round_twin(vectors: Floats, thresholds: Floats, widths: Ints, out: Bytes) -> None:
    """Pack, for each band of `vectors (n, k)`, how many `thresholds (k, most)` it reaches, into `out (n, nbytes)`.

    Thresholds rise along a row; those beyond 2**width − 1 are not asked. NaN reaches none.
    """
    bits, place = np.zeros((len(vectors), 8 * out.shape[1]), np.uint8), 0
    for band, width in enumerate(widths.tolist()):
        # Not searchsorted, which puts NaN above everything.
        reached = (vectors[:, band, None] >= thresholds[band, : (1 << width) - 1]).sum(axis=-1)
        for bit in reversed(range(width)):
            bits[:, place] = reached >> bit & 1
            place += 1
    out[:] = np.packbits(bits, axis=-1)


@kernel(twin=round_twin)
def round_and_pack(vectors: Floats, thresholds: Floats, widths: Ints, out: Bytes) -> None:  # noqa: C901, PLR0912 - one fused loop
    """`round_twin` on tiles of pixels. Up to 15 thresholds are all compared, 16 pixels at once: 5× a search by halving.

    More are guessed as if they were evenly apart, and stepped from there.
    """
    bands = len(widths)
    numbers, column = np.empty((bands, ROUND_TILE), np.uint8), np.empty(ROUND_TILE, np.float32)
    for p in range(0, len(vectors), ROUND_TILE):
        m = min(ROUND_TILE, len(vectors) - p)
        for band in range(bands):
            number, row, count = numbers[band], thresholds[band], (1 << widths[band]) - 1
            for i in range(m):
                column[i] = vectors[p + i, band]
            if count <= 15:
                number[:] = np.uint8(0)
                for t in range(count):
                    threshold = row[t]
                    for i in range(m):
                        number[i] += np.uint8(column[i] >= threshold)
                continue
            slope = np.float32(count - 1) / (row[count - 1] - row[0])
            for i in range(m):
                guess = (column[i] - row[0]) * slope
                at = np.int64(min(guess, np.float32(count))) if guess > 0 else np.int64(0)
                while at < count and column[i] >= row[at]:
                    at += 1
                while at > 0 and not column[i] >= row[at - 1]:
                    at -= 1
                number[i] = np.uint8(at)
        for i in range(m):
            word, bits, byte = np.int64(0), np.int64(0), 0
            for band in range(bands):
                word, bits = word << widths[band] | np.int64(numbers[band, i]), bits + widths[band]
                while bits >= 8:
                    bits -= 8
                    out[p + i, byte] = np.uint8(word >> bits & 255)
                    byte += 1
            if bits > 0:
                out[p + i, byte] = np.uint8(word << (8 - bits) & 255)


def read_twin(memory: Memory, levels: Floats, widths: Ints, starts: Ints, start: int, stop: int, out: Floats) -> None:
    """The level `levels[band, number]` of every field of pixels `start … stop`, into `out[start:stop]` `(n, k)`."""
    nbytes = -(-int(starts[-1]) // 8)
    bits = np.unpackbits(np.ascontiguousarray(window(memory, start, stop, nbytes), np.uint8), axis=-1)
    for band, width in enumerate(widths):
        number = np.zeros(stop - start, np.int64)
        for place in range(width):
            number = number << 1 | bits[:, starts[band] + place]
        out[start:stop, band] = levels[band, number]


@kernel(twin=read_twin)
def read_levels(memory: Memory, levels: Floats, widths: Ints, starts: Ints, start: int, stop: int, out: Floats) -> None:
    """`read_twin`, pixel by pixel."""
    flat, band, row, column, width = memory
    for p in range(start, stop):
        at_row, at_column = divmod(p, width)
        first = at_row * row + at_column * column
        for b in range(len(widths)):
            size, begin = widths[b], starts[b]
            number = np.int64(0)
            if size > 0:
                high = begin // 8
                low = (begin + size - 1) // 8
                two = np.int64(flat[first + high * band]) << 8 | np.int64(flat[first + low * band])
                end = begin + size - 8 * high
                number = two >> (16 - end) & ((np.int64(1) << size) - 1)
            out[p, b] = levels[b, number]
