"""Loops over packed fields: sums of table entries, and vectors read back.

A score of packed codes is a sum of table entries, one for each symbol (`core.fields`): nothing is
decoded. Memory is scanned in tiles of pixels, eight symbols a pass. Two tables lie side by side as
complex numbers, so that one look-up and one sum serve both: 1.8 times as fast as two passes.
"""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.intrinsics import add_pairs
from embexplore.core.jit import kernel
from embexplore.core.memory import Memory, window

Floats = NDArray[np.float32]
Pairs = NDArray[np.complex64]
Ints = NDArray[np.int64]

SUM_TILE = 512
"""Eight symbols of a tile take 4 KiB, the sums of two tables as much."""
READ_TILE = 64
"""Vectors of 64 bands of a tile take 16 KiB."""
TWIN_TILE = 1 << 14


def symbols_of(memory: Memory, reading: Ints, start: int, stop: int) -> NDArray[np.int64]:
    """The symbols `(stop - start, symbols)` of a range of pixels: what the numpy twins look up."""
    codes = window(memory, start, stop, int(reading[:, :2].max(initial=0)) + 1).astype(np.int64)
    byte, following, shift, mask, _ = reading.T
    return np.asarray((codes[:, byte] << 8 | codes[:, following]) >> shift & mask)


def sum_twin(memory: Memory, reading: Ints, tables: Pairs, start: int, stop: int, out: Floats) -> None:
    """Sums of every symbol's entry for pixels `start … stop`: of `tables (m, entries)` into `out (2·m, n)`.

    Row 2t of `out` has the real parts of table t, row 2t + 1 the imaginary parts.
    """
    for p in range(start, stop, TWIN_TILE):
        end = min(p + TWIN_TILE, stop)
        for t, table in enumerate(tables):
            sums = table[reading[:, 4] + symbols_of(memory, reading, p, end)].sum(axis=1)
            out[2 * t, p:end], out[2 * t + 1, p:end] = sums.real, sums.imag


@kernel(twin=sum_twin)
def sum_tables(  # noqa: C901, PLR0912 - one fused loop, since kernels call no kernels
    memory: Memory, reading: Ints, tables: Pairs, start: int, stop: int, out: Floats
) -> None:
    """`sum_twin`: eight symbols are taken out of their bytes, 16 pixels at once or more, then looked up in every table."""
    flat, band, row, column, width = memory
    nbytes = reading[-1, 1] + 1 if len(reading) else 0
    codes = np.empty((nbytes, SUM_TILE + 64), np.uint8)  # rows not a power of two apart: the cache holds them all
    symbols, sums = np.empty((8, SUM_TILE), np.uint8), np.empty((len(tables), SUM_TILE), np.complex64)
    apart = np.uint64(column)
    p = start
    while p < stop:
        at_row, at_column = divmod(p, width)
        length = min(width - at_column, stop - p, SUM_TILE)
        base = at_row * row + at_column * column
        for b in range(nbytes):
            given, turned = flat[base + b * band :], codes[b]
            if column == 1:
                for i in range(length):
                    turned[i] = given[i]
            else:
                for i in range(length):
                    turned[i] = given[np.uint64(i) * apart]
        sums[:] = np.complex64(0)
        for s in range(0, len(reading), 8):
            count = min(8, len(reading) - s)
            for k in range(count):
                first, second, symbol = codes[reading[s + k, 0]], codes[reading[s + k, 1]], symbols[k]
                shift, mask = np.int32(reading[s + k, 2]), np.int32(reading[s + k, 3])
                if shift >= 8:  # in one byte: 64 pixels at once
                    after, few = np.uint8(shift - 8), np.uint8(mask)
                    for i in range(length):
                        symbol[i] = first[i] >> after & few
                else:
                    for i in range(length):
                        symbol[i] = np.uint8((np.int32(first[i]) << 8 | np.int32(second[i])) >> shift & mask)
            s0, s1, s2, s3 = symbols[0], symbols[1], symbols[2], symbols[3]
            s4, s5, s6, s7 = symbols[4], symbols[5], symbols[6], symbols[7]
            for t in range(len(tables)):
                o, table = sums[t], tables[t]
                if count == 8:
                    t0, t1 = table[reading[s, 4] :], table[reading[s + 1, 4] :]
                    t2, t3 = table[reading[s + 2, 4] :], table[reading[s + 3, 4] :]
                    t4, t5 = table[reading[s + 4, 4] :], table[reading[s + 5, 4] :]
                    t6, t7 = table[reading[s + 6, 4] :], table[reading[s + 7, 4] :]
                    for i in range(length):
                        half = add_pairs(add_pairs(t0[s0[i]], t1[s1[i]]), add_pairs(t2[s2[i]], t3[s3[i]]))
                        rest = add_pairs(add_pairs(t4[s4[i]], t5[s5[i]]), add_pairs(t6[s6[i]], t7[s7[i]]))
                        o[i] = add_pairs(o[i], add_pairs(half, rest))
                else:
                    for k in range(count):
                        t0, symbol = table[reading[s + k, 4] :], symbols[k]
                        for i in range(length):
                            o[i] = add_pairs(o[i], t0[symbol[i]])
        for t in range(len(tables)):
            o, real, imaginary = sums[t], out[2 * t, p : p + length], out[2 * t + 1, p : p + length]
            for i in range(length):
                real[i], imaginary[i] = o[i].real, o[i].imag
        p += length


def read_twin(memory: Memory, reading: Ints, entries: Floats, rows: Ints, start: int, stop: int, out: Floats) -> None:
    """What every symbol of pixels `start … stop` stands for, in `out[start:stop]` `(n, d)`.

    Symbol s of number v stands for `entries[at + v * m : at + (v + 1) * m]` in the bands `first … first + m`,
    `rows[s]` being `at, first, m`.
    """
    numbers = symbols_of(memory, reading, start, stop)
    for number, (at, first, m) in zip(numbers.T, rows, strict=True):
        out[start:stop, first : first + m] = entries[at + number[:, None] * m + np.arange(m)]


@kernel(twin=read_twin)
def read_entries(  # noqa: C901, PLR0912 - one fused loop, since kernels call no kernels
    memory: Memory, reading: Ints, entries: Floats, rows: Ints, start: int, stop: int, out: Floats
) -> None:
    """`read_twin`, symbol by symbol in tiles of pixels.

    Places in memory are unsigned: numba looks for the end of an array at each signed one.
    """
    flat, band, row, column, width = memory
    nbytes = reading[-1, 1] + 1 if len(reading) else 0
    codes, places = np.empty((nbytes, READ_TILE), np.uint8), np.empty(READ_TILE, np.int64)
    d, one, two, three = np.uint64(out.shape[1]), np.uint64(1), np.uint64(2), np.uint64(3)
    o = out.reshape(-1)
    apart = np.uint64(column)
    p = start
    while p < stop:
        at_row, at_column = divmod(p, width)
        length = min(width - at_column, stop - p, READ_TILE)
        base = at_row * row + at_column * column
        for b in range(nbytes):
            given, turned = flat[base + b * band :], codes[b]
            if column == 1:
                for i in range(length):
                    turned[i] = given[i]
            else:
                for i in range(length):
                    turned[i] = given[np.uint64(i) * apart]
        for s in range(len(reading)):
            high, low = codes[reading[s, 0]], codes[reading[s, 1]]
            shift, mask = np.int32(reading[s, 2]), np.int32(reading[s, 3])
            at, first, m = rows[s]
            for i in range(length):
                places[i] = ((np.int32(high[i]) << 8 | np.int32(low[i])) >> shift & mask) * m
            b = 0
            while b < m:  # four bands at once, then two, then one
                table, q = entries[at + b :], np.uint64(p) * d + np.uint64(first + b)
                step = 4 if m - b >= 4 else (2 if m - b >= 2 else 1)
                if step == 4:
                    for i in range(length):
                        e = np.uint64(places[i])
                        e0, e1, e2, e3 = table[e], table[e + one], table[e + two], table[e + three]
                        o[q], o[q + one], o[q + two], o[q + three] = e0, e1, e2, e3
                        q += d
                elif step == 2:
                    for i in range(length):
                        e = np.uint64(places[i])
                        o[q], o[q + one] = table[e], table[e + one]
                        q += d
                else:
                    for i in range(length):
                        o[q] = table[np.uint64(places[i])]
                        q += d
                b += step
        p += length
