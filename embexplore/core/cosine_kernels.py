"""Fused cosine of int8 and float32 codes: read once, decode in registers, sum in float32.

Band-first memory is scanned in tiles of pixels, four bands at a time, with the sums of a tile in
cache. Four bands a pass keep the sums' own traffic low (one pass a band is 1.8× slower), and a tile
of 16 K pixels lets the prefetcher run (4 K: 1.2×, 1 K: 2× slower). Pixel-major memory is scanned pixel
by pixel, with the square roots of 256 pixels taken together.

`squared` chooses AlphaEarth's v·|v|, otherwise values are scale·v + offset. A pixel is no data where
its first code is `nodata` (a value outside int8 for codes without one). Sums have at most `bands`
terms, so a score is within bands·2⁻²³ of the exact one.
"""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.jit import kernel
from embexplore.core.memory import Memory, window

Floats = NDArray[np.float32]
Codes = NDArray[np.generic]
Values = tuple[bool, Floats, Floats, int]
"""`squared, scale (d,), offset (d,), nodata`: what codes stand for."""

ONE_TILE = 16384
PIXEL_TILE = 256
TWIN_TILE = 4096
"""Pixels that the numpy twins decode at a time: 1 MiB of 64 bands."""


def values_of(codes: Codes, values: Values) -> Floats:
    """What codes `(pixels, d)` stand for, up to a common factor; NaN where there is no data."""
    squared, scale, offset, nodata = values
    v = codes.astype(np.float32)
    x = v * np.abs(v) if squared else v * scale + offset
    x[codes[:, 0] == nodata] = np.nan
    return np.asarray(x)


def one_twin(memory: Memory, values: Values, query: Floats, start: int, stop: int, out: Floats) -> None:
    """Cosine of pixels `start … stop` and one unit query, into `out[start:stop]`."""
    for p in range(start, stop, TWIN_TILE):
        end = min(p + TWIN_TILE, stop)
        x = values_of(window(memory, p, end, len(query)), values)
        with np.errstate(invalid="ignore", divide="ignore"):
            out[p:end] = np.clip((x @ query) / np.sqrt(np.einsum("ij,ij->i", x, x)), -1, 1)


@kernel(twin=one_twin, is_ordered=True)
def one_band_first(  # noqa: C901, PLR0912 - one fused loop, since kernels call no kernels
    memory: Memory, values: Values, query: Floats, start: int, stop: int, out: Floats
) -> None:
    """`one_twin` for memory whose neighbors are pixels."""
    flat, band, row, _, width = memory
    squared, scale, offset, nodata = values
    bands = len(query)
    fours = bands - bands % 4
    dots, squares = np.empty(ONE_TILE, np.float32), np.empty(ONE_TILE, np.float32)
    for p in range(start, stop, ONE_TILE):
        length = min(stop - p, ONE_TILE)
        squares[:length] = np.float32(0)
        for b in range(0, bands, 4):
            done = 0
            while done < length:  # one turn, or a turn a row where rows are apart
                at_row, at_column = divmod(p + done, width)
                m = min(width - at_column, length - done)
                first = at_row * row + at_column + b * band
                dot, square = dots[done : done + m], squares[done : done + m]
                done += m
                if b == 0:  # NaN stays NaN in the sum
                    c0 = flat[first : first + m]
                    for i in range(m):
                        dot[i] = np.float32(np.nan) if c0[i] == nodata else np.float32(0)
                if b == fours:  # the last one, two or three bands
                    for extra in range(bands - b):
                        c0 = flat[first + extra * band : first + extra * band + m]
                        q0, s0, o0 = query[b + extra], scale[b + extra], offset[b + extra]
                        for i in range(m):
                            v0 = np.float32(c0[i])
                            x0 = v0 * abs(v0) if squared else s0 * v0 + o0
                            dot[i] += q0 * x0
                            square[i] += x0 * x0
                    continue
                c0, c1 = flat[first : first + m], flat[first + band : first + band + m]
                c2, c3 = flat[first + 2 * band : first + 2 * band + m], flat[first + 3 * band : first + 3 * band + m]
                q0, q1, q2, q3 = query[b], query[b + 1], query[b + 2], query[b + 3]
                if squared:
                    for i in range(m):
                        v0, v1, v2, v3 = np.float32(c0[i]), np.float32(c1[i]), np.float32(c2[i]), np.float32(c3[i])
                        x0, x1, x2, x3 = v0 * abs(v0), v1 * abs(v1), v2 * abs(v2), v3 * abs(v3)
                        dot[i] += q0 * x0 + q1 * x1 + q2 * x2 + q3 * x3
                        square[i] += x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3
                else:
                    s0, s1, s2, s3 = scale[b], scale[b + 1], scale[b + 2], scale[b + 3]
                    o0, o1, o2, o3 = offset[b], offset[b + 1], offset[b + 2], offset[b + 3]
                    for i in range(m):
                        v0, v1, v2, v3 = np.float32(c0[i]), np.float32(c1[i]), np.float32(c2[i]), np.float32(c3[i])
                        x0, x1, x2, x3 = s0 * v0 + o0, s1 * v1 + o1, s2 * v2 + o2, s3 * v3 + o3
                        dot[i] += q0 * x0 + q1 * x1 + q2 * x2 + q3 * x3
                        square[i] += x0 * x0 + x1 * x1 + x2 * x2 + x3 * x3
        o = out[p : p + length]
        for i in range(length):
            score = dots[i] / np.sqrt(squares[i])
            o[i] = np.float32(1) if score > 1 else (np.float32(-1) if score < -1 else score)


@kernel(twin=one_twin)
def one_pixel_major(memory: Memory, values: Values, query: Floats, start: int, stop: int, out: Floats) -> None:
    """`one_twin` for memory whose neighbors are bands."""
    flat, _, row, column, width = memory
    squared, scale, offset, nodata = values
    bands = len(query)
    dots, squares = np.empty(PIXEL_TILE, np.float32), np.empty(PIXEL_TILE, np.float32)
    for p in range(start, stop, PIXEL_TILE):
        length = min(stop - p, PIXEL_TILE)
        for i in range(length):
            at_row, at_column = divmod(p + i, width)
            first = at_row * row + at_column * column
            c = flat[first : first + bands]
            dot, square = np.float32(0), np.float32(0)
            if squared:
                for b in range(bands):
                    v = np.float32(c[b])
                    x = v * abs(v)
                    dot += query[b] * x
                    square += x * x
            else:
                for b in range(bands):
                    x = scale[b] * np.float32(c[b]) + offset[b]
                    dot += query[b] * x
                    square += x * x
            dots[i] = np.float32(np.nan) if c[0] == nodata else dot
            squares[i] = square
        o = out[p : p + length]
        for i in range(length):
            score = dots[i] / np.sqrt(squares[i])
            o[i] = np.float32(1) if score > 1 else (np.float32(-1) if score < -1 else score)
