"""The loop that rounds to levels and packs their numbers: a band's pixels side by side, 16 at once."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.intrinsics import prefer_wide_vectors
from embexplore.core.jit import kernel

Floats = NDArray[np.float32]

ROUND_TILE = 64
"""Vectors of 64 bands of a tile take 16 KiB."""
LARGEST = np.finfo(np.float32).max


def round_twin(vectors: Floats, thresholds: Floats, widths: NDArray[np.int64], out: NDArray[np.uint8]) -> None:
    """Pack, for each band of `vectors (n, k)`, how many `thresholds (k, most)` it reaches, into `out (n, nbytes)`.

    Thresholds rise along a row; those beyond 2**width − 1 are not asked. Vectors with NaN or inf have the code 0.
    """
    bits, place = np.zeros((len(vectors), 8 * out.shape[1]), np.uint8), 0
    for band, width in enumerate(widths.tolist()):
        # Not searchsorted, which puts NaN above everything.
        reached = (vectors[:, band, None] >= thresholds[band, : (1 << width) - 1]).sum(axis=-1)
        for bit in reversed(range(width)):
            bits[:, place] = reached >> bit & 1
            place += 1
    out[:] = np.packbits(bits, axis=-1)
    out[~np.isfinite(vectors).all(axis=-1)] = 0


@kernel(twin=round_twin)
def round_and_pack(  # noqa: C901, PLR0912 - one fused loop, since kernels call no kernels
    vectors: Floats, thresholds: Floats, widths: NDArray[np.int64], out: NDArray[np.uint8]
) -> None:
    """`round_twin` on tiles of pixels. Up to 15 thresholds are all compared, four a pass.

    More are guessed as if they were evenly apart, and found by halving where they are not. Places in memory are
    unsigned: numba looks for the end of an array at each signed one, which takes as long as the rest.
    """
    prefer_wide_vectors()
    column, is_bad = np.empty(ROUND_TILE, np.float32), np.empty(ROUND_TILE, np.int32)
    number, word = np.empty(ROUND_TILE, np.int32), np.empty(ROUND_TILE, np.int32)
    flat, packed = vectors.reshape(-1), out.reshape(-1)
    d, nbytes = np.uint64(vectors.shape[1]), np.uint64(out.shape[1])
    for p in range(0, len(vectors), ROUND_TILE):
        m = min(ROUND_TILE, len(vectors) - p)
        bits, byte = np.int32(0), np.uint64(p) * nbytes
        word[:], is_bad[:] = np.int32(0), np.int32(0)
        for band in range(len(widths)):
            row, width, first = thresholds[band], np.int32(widths[band]), np.uint64(p) * d + np.uint64(band)
            count = (1 << width) - 1
            for i in range(m):
                column[i] = flat[first + np.uint64(i) * d]
            for i in range(m):
                is_bad[i] |= np.int32(not abs(column[i]) <= LARGEST)
            number[:] = np.int32(0)
            for t in range(0, count if count <= 15 else 0, 4):
                last = count - 1  # at the end it is asked several times, and counts once
                t0, t1, t2, t3 = row[t], row[min(t + 1, last)], row[min(t + 2, last)], row[min(t + 3, last)]
                n1, n2, n3 = np.int32(t + 1 <= last), np.int32(t + 2 <= last), np.int32(t + 3 <= last)
                for i in range(m):
                    x = column[i]
                    half = np.int32(x >= t0) + (n1 if x >= t1 else 0)
                    number[i] += half + ((n2 if x >= t2 else 0) + (n3 if x >= t3 else 0))
            if count > 15:
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
                    number[i] = np.int32(at)
            for i in range(m):
                word[i] = word[i] << width | number[i]
            bits += width
            if bits >= 8:
                bits -= np.int32(8)
                for i in range(m):
                    packed[byte + np.uint64(i) * nbytes] = np.uint8(word[i] >> bits & 255)
                byte += np.uint64(1)
        if bits > 0:
            for i in range(m):
                packed[byte + np.uint64(i) * nbytes] = np.uint8(word[i] << (8 - bits) & 255)
        for i in range(m):
            if is_bad[i] != 0:
                out[p + i] = np.uint8(0)
