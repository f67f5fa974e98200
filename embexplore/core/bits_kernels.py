"""Hamming distances of packed bits: by 64-bit words of pixel-major codes, by byte planes of band-first ones.

One query over 1 M × 1024 bits runs at the speed of memory with eight rows at a time and a number of
words that the compiler knows: 95 % of reading alone. With any number of words it is 82 %, with one row
at a time 65 %, and with both loops in one kernel 45 %, hence the kernel of its own for 1024 bits.
Many queries turn a tile of rows into word planes once, then four queries are compared with it at a
time; planes of 128 rows stay in the first-level cache (512: 2× slower).
"""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.intrinsics import popcount, prefer_wide_vectors
from embexplore.core.jit import kernel
from embexplore.core.memory import Memory, window

Words = NDArray[np.uint64]

PLANE_TILE = 4096
ROW_TILE = 128


def hamming_words_twin(words: Words, query: Words, start: int, stop: int, out: NDArray[np.uint16]) -> None:
    """Differing bits of rows `start … stop` of `words (n, w)` and `query (w,)`, into `out[start:stop]`."""
    out[start:stop] = np.bitwise_count(words[start:stop] ^ query).sum(axis=-1, dtype=np.uint16)


@kernel(twin=hamming_words_twin)
def hamming_words(words: Words, query: Words, start: int, stop: int, out: NDArray[np.uint16]) -> None:
    """`hamming_words_twin`, eight rows at a time."""
    prefer_wide_vectors()
    count = len(query)
    flat = words.reshape(-1)
    whole = start + (stop - start) // 8 * 8
    for p in range(start, whole, 8):
        at = p * count
        r0, r1 = flat[at : at + count], flat[at + count : at + 2 * count]
        r2, r3 = flat[at + 2 * count : at + 3 * count], flat[at + 3 * count : at + 4 * count]
        r4, r5 = flat[at + 4 * count : at + 5 * count], flat[at + 5 * count : at + 6 * count]
        r6, r7 = flat[at + 6 * count : at + 7 * count], flat[at + 7 * count : at + 8 * count]
        t0 = t1 = t2 = t3 = t4 = t5 = t6 = t7 = np.uint64(0)
        for b in range(count):
            q = query[b]
            t0 += popcount(r0[b] ^ q)
            t1 += popcount(r1[b] ^ q)
            t2 += popcount(r2[b] ^ q)
            t3 += popcount(r3[b] ^ q)
            t4 += popcount(r4[b] ^ q)
            t5 += popcount(r5[b] ^ q)
            t6 += popcount(r6[b] ^ q)
            t7 += popcount(r7[b] ^ q)
        o = out[p : p + 8]
        o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7] = t0, t1, t2, t3, t4, t5, t6, t7
    for p in range(whole, stop):
        total = np.uint64(0)
        for b in range(count):
            total += popcount(words[p, b] ^ query[b])
        out[p] = total


@kernel(twin=hamming_words_twin)
def hamming_16_words(words: Words, query: Words, start: int, stop: int, out: NDArray[np.uint16]) -> None:
    """`hamming_words_twin` for codes of 16 words."""
    prefer_wide_vectors()
    count = len(query)
    flat = words.reshape(-1)
    whole = start + (stop - start) // 8 * 8
    for p in range(start, whole, 8):
        at = p * count
        r0, r1 = flat[at : at + count], flat[at + count : at + 2 * count]
        r2, r3 = flat[at + 2 * count : at + 3 * count], flat[at + 3 * count : at + 4 * count]
        r4, r5 = flat[at + 4 * count : at + 5 * count], flat[at + 5 * count : at + 6 * count]
        r6, r7 = flat[at + 6 * count : at + 7 * count], flat[at + 7 * count : at + 8 * count]
        t0 = t1 = t2 = t3 = t4 = t5 = t6 = t7 = np.uint64(0)
        for b in range(16):
            q = query[b]
            t0 += popcount(r0[b] ^ q)
            t1 += popcount(r1[b] ^ q)
            t2 += popcount(r2[b] ^ q)
            t3 += popcount(r3[b] ^ q)
            t4 += popcount(r4[b] ^ q)
            t5 += popcount(r5[b] ^ q)
            t6 += popcount(r6[b] ^ q)
            t7 += popcount(r7[b] ^ q)
        o = out[p : p + 8]
        o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7] = t0, t1, t2, t3, t4, t5, t6, t7
    for p in range(whole, stop):
        total = np.uint64(0)
        for b in range(count):
            total += popcount(words[p, b] ^ query[b])
        out[p] = total


def hamming_planes_twin(
    memory: Memory, query: NDArray[np.uint8], start: int, stop: int, out: NDArray[np.uint16]
) -> None:
    """Differing bits of pixels `start … stop` and `query (nbytes,)`, into `out[start:stop]`; any memory."""
    codes = window(memory, start, stop, len(query))
    out[start:stop] = np.bitwise_count(np.asarray(codes, np.uint8) ^ query).sum(axis=-1, dtype=np.uint16)


@kernel(twin=hamming_planes_twin)
def hamming_planes(memory: Memory, query: NDArray[np.uint8], start: int, stop: int, out: NDArray[np.uint16]) -> None:
    """`hamming_planes_twin`, byte plane by byte plane: fast where neighbors in memory are pixels."""
    flat, band, row, column, width = memory
    for p in range(start, stop, PLANE_TILE):
        length = min(stop - p, PLANE_TILE)
        done = 0
        while done < length:
            at_row, at_column = divmod(p + done, width)
            m = min(width - at_column, length - done)
            first = at_row * row + at_column * column
            o = out[p + done : p + done + m]
            o[:] = 0
            done += m
            for b in range(len(query)):
                q = query[b]
                if column == 1:
                    c = flat[first + b * band : first + b * band + m]
                    for i in range(m):
                        o[i] += np.uint16(popcount(np.uint8(c[i]) ^ q))
                else:
                    for i in range(m):
                        o[i] += np.uint16(popcount(np.uint8(flat[first + i * column + b * band]) ^ q))


def nearest_twin(
    words: Words,
    queries: Words,
    start: int,
    stop: int,
    distances: NDArray[np.uint16],
    indices: NDArray[np.int64],
) -> None:
    """The nearest of rows `start … stop` for every query, into `distances, indices (m, k)`, ascending, ties by row.

    `k` must not exceed the number of rows.
    """
    k = distances.shape[1]
    for j, query in enumerate(queries):
        every = np.bitwise_count(words[start:stop] ^ query).sum(axis=-1, dtype=np.uint16)
        order = np.argsort(every, kind="stable")[:k]
        distances[j], indices[j] = every[order], order + start


@kernel(twin=nearest_twin)
def nearest(  # noqa: C901, PLR0912 - one fused loop, since kernels call no kernels
    words: Words,
    queries: Words,
    start: int,
    stop: int,
    distances: NDArray[np.uint16],
    indices: NDArray[np.int64],
) -> None:
    """`nearest_twin` by tiles of rows, four queries at a time, with insertion below the k-th distance."""
    prefer_wide_vectors()
    count, k = words.shape[1], distances.shape[1]
    fours = -(-len(queries) // 4) * 4
    padded = np.zeros((fours, -(-count // 2) * 2), np.uint64)
    padded[: len(queries), :count] = queries
    planes = np.zeros((padded.shape[1], ROW_TILE), np.uint64)
    sums = np.empty((4, ROW_TILE), np.uint64)
    distances[:] = 65535
    for p in range(start, stop, ROW_TILE):
        length = min(stop - p, ROW_TILE)
        for i in range(length):
            for b in range(count):
                planes[b, i] = words[p + i, b]
        for j in range(0, fours, 4):
            a0, a1, a2, a3 = sums[0], sums[1], sums[2], sums[3]
            sums[:] = 0
            for b in range(0, len(planes), 2):
                x0, x1 = planes[b], planes[b + 1]
                q00, q10, q20, q30 = padded[j, b], padded[j + 1, b], padded[j + 2, b], padded[j + 3, b]
                q01, q11, q21, q31 = padded[j, b + 1], padded[j + 1, b + 1], padded[j + 2, b + 1], padded[j + 3, b + 1]
                for i in range(ROW_TILE):
                    a0[i] += popcount(x0[i] ^ q00) + popcount(x1[i] ^ q01)
                    a1[i] += popcount(x0[i] ^ q10) + popcount(x1[i] ^ q11)
                    a2[i] += popcount(x0[i] ^ q20) + popcount(x1[i] ^ q21)
                    a3[i] += popcount(x0[i] ^ q30) + popcount(x1[i] ^ q31)
            for s in range(min(4, len(queries) - j)):
                a, best, where = sums[s], distances[j + s], indices[j + s]
                worst = np.uint64(best[k - 1])
                for block in range(0, length, 64):
                    end = min(block + 64, length)
                    lowest = a[block]
                    for i in range(block, end):
                        lowest = min(lowest, a[i])
                    if lowest >= worst:
                        continue
                    for i in range(block, end):
                        if a[i] < worst:
                            at = k - 1
                            while at > 0 and best[at - 1] > a[i]:
                                best[at], where[at] = best[at - 1], where[at - 1]
                                at -= 1
                            best[at], where[at] = a[i], p + i
                            worst = np.uint64(best[k - 1])


def lookup_twin(
    table: NDArray[np.float32], codes: NDArray[np.uint16], start: int, stop: int, out: NDArray[np.float32]
) -> None:
    """`table[codes]` of a range, into `out[start:stop]`."""
    np.take(table, codes[start:stop], out=out[start:stop])


@kernel(twin=lookup_twin)
def lookup(
    table: NDArray[np.float32], codes: NDArray[np.uint16], start: int, stop: int, out: NDArray[np.float32]
) -> None:
    """`lookup_twin` without the interpreter lock; counted from 0, which no index from the end needs: 1.6 times as fast."""
    numbers, o = codes[start:stop], out[start:stop]
    for i in range(len(o)):
        o[i] = table[numbers[i]]
