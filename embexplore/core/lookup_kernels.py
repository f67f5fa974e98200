"""Loops over packed fields: sums of table entries, rounding to levels, and levels read back.

A score of packed codes is a sum of table entries, one for each symbol (`core.fields`): nothing is
decoded. Memory is scanned in tiles of pixels, four symbols a pass.
"""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.jit import kernel
from embexplore.core.memory import Memory, window

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

SUM_TILE = 2048
"""Four symbols of a tile take 16 KiB, the sums of two tables as much."""
TWIN_TILE = 1 << 14
ROUND_TILE = 256
"""Numbers of 64 bands of a tile take 16 KiB."""


def sum_twin(memory: Memory, reading: Ints, tables: Floats, start: int, stop: int, out: Floats) -> None:
    """Sums of every symbol's entry in each of `tables (m, entries)` for pixels `start … stop`, into `out (m, n)`."""
    for p in range(start, stop, TWIN_TILE):
        end = min(p + TWIN_TILE, stop)
        codes = window(memory, p, end, int(reading[:, :2].max()) + 1).astype(np.int64)
        sums = np.zeros((len(tables), end - p), np.float32)
        for byte, following, shift, mask, first in reading:
            symbol = ((codes[:, byte] << 8 | codes[:, following]) >> shift) & mask
            sums += tables[:, first + symbol]
        out[:, p:end] = sums


@kernel(twin=sum_twin)
def sum_tables(  # noqa: C901, PLR0912 - one fused loop, since kernels call no kernels
    memory: Memory, reading: Ints, tables: Floats, start: int, stop: int, out: Floats
) -> None:
    """`sum_twin`: four symbols are taken out of their bytes, 16 pixels at once, then looked up in every table."""
    flat, band, row, column, width = memory
    symbols = np.empty((4, SUM_TILE), np.uint16)
    p = start
    while p < stop:
        at_row, at_column = divmod(p, width)
        length = min(width - at_column, stop - p, SUM_TILE)
        base = at_row * row + at_column * column
        for t in range(len(tables)):
            out[t, p : p + length] = np.float32(0)
        for s in range(0, len(reading), 4):
            count = min(4, len(reading) - s)
            for k in range(count):
                shift, mask = np.int32(reading[s + k, 2]), np.int32(reading[s + k, 3])
                high, low = base + reading[s + k, 0] * band, base + reading[s + k, 1] * band
                symbol = symbols[k]
                if column == 1:
                    first, second = flat[high : high + length], flat[low : low + length]
                    for i in range(length):
                        symbol[i] = np.uint16(((np.int32(first[i]) << 8 | np.int32(second[i])) >> shift) & mask)
                else:
                    for i in range(length):
                        two = np.int32(flat[high + i * column]) << 8 | np.int32(flat[low + i * column])
                        symbol[i] = np.uint16((two >> shift) & mask)
            for t in range(len(tables)):
                o, table = out[t, p : p + length], tables[t]
                if count == 4:
                    t0, t1 = table[reading[s, 4] :], table[reading[s + 1, 4] :]
                    t2, t3 = table[reading[s + 2, 4] :], table[reading[s + 3, 4] :]
                    s0, s1, s2, s3 = symbols[0], symbols[1], symbols[2], symbols[3]
                    for i in range(length):
                        o[i] += (t0[s0[i]] + t1[s1[i]]) + (t2[s2[i]] + t3[s3[i]])
                else:
                    for k in range(count):
                        t0, s0 = table[reading[s + k, 4] :], symbols[k]
                        for i in range(length):
                            o[i] += t0[s0[i]]
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

    More are guessed as if they were evenly apart, and found by halving where they are not.
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
                at += np.int64(at < count and column[i] >= row[min(at, count - 1)])
                at -= np.int64(at > 0 and not column[i] >= row[max(at - 1, 0)])
                if (at < count and column[i] >= row[at]) or (at > 0 and not column[i] >= row[at - 1]):
                    at, step = np.int64(0), (count + 1) >> 1
                    while step > 0:
                        at += step if column[i] >= row[at + step - 1] else np.int64(0)
                        step >>= 1
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
