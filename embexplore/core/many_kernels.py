"""Cosines or dot products of many queries in one pass over the codes.

Eight queries share a tile of 512 pixels and four bands a pass, so every decoded value is used eight
times while it is in a register. 512-bit registers are asked for: here they are worth 1.3×, because
the loop multiplies more than it loads.
"""

import numpy as np

from embexplore.core.cosine_kernels import TWIN_TILE, Floats, Values, values_of
from embexplore.core.intrinsics import prefer_wide_vectors
from embexplore.core.jit import kernel
from embexplore.core.memory import Memory, window

TILE = 512
MANY = 8
"""Queries of one pass: `queries` are padded with zeros to a multiple of it."""


def many_twin(
    memory: Memory, values: Values, queries: Floats, is_cosine: bool, start: int, stop: int, base: int, out: Floats
) -> None:
    """Scores of pixels `start … stop` and every query, into `out[:, start - base : stop - base]`.

    `queries (m padded, d)` are unit vectors for a cosine; `is_cosine` false gives dot products alone.
    `out (m, …)` says how many queries count.
    """
    for p in range(start, stop, TWIN_TILE):
        end = min(p + TWIN_TILE, stop)
        x = values_of(window(memory, p, end, queries.shape[1]), values)
        scores = queries[: len(out)] @ x.T
        if is_cosine:
            with np.errstate(invalid="ignore", divide="ignore"):
                scores = np.clip(scores / np.sqrt(np.einsum("ij,ij->i", x, x)), -1, 1)
        out[:, p - base : end - base] = scores


@kernel(twin=many_twin, is_ordered=True)
def many_band_first(  # noqa: C901, PLR0912, PLR0915 - one fused loop, since kernels call no kernels
    memory: Memory, values: Values, queries: Floats, is_cosine: bool, start: int, stop: int, base: int, out: Floats
) -> None:
    """`many_twin` for memory whose neighbors are pixels."""
    prefer_wide_vectors()
    flat, band, row, _, width = memory
    squared, scale, offset, nodata = values
    bands = queries.shape[1]
    sums, factors = np.empty((8, TILE), np.float32), np.empty(TILE, np.float32)
    p = start
    while p < stop:
        at_row, at_column = divmod(p, width)
        length = min(width - at_column, stop - p, TILE)
        first = at_row * row + at_column
        c0, factor = flat[first : first + length], factors[:length]
        if is_cosine:
            factor[:] = np.float32(0)
            for b in range(bands):
                c, s, o = flat[first + b * band : first + b * band + length], scale[b], offset[b]
                for i in range(length):
                    v = np.float32(c[i])
                    x = v * v if squared else s * v + o
                    factor[i] += x * x
            for i in range(length):
                factor[i] = np.float32(1) / np.sqrt(factor[i])
        else:
            factor[:] = np.float32(1)
        for i in range(length):
            if c0[i] == nodata:
                factor[i] = np.float32(np.nan)
        for j in range(0, len(out), 8):
            sums[:, :length] = np.float32(0)
            a0, a1, a2, a3 = sums[0, :length], sums[1, :length], sums[2, :length], sums[3, :length]
            a4, a5, a6, a7 = sums[4, :length], sums[5, :length], sums[6, :length], sums[7, :length]
            for b in range(0, bands - bands % 4, 4):
                at = first + b * band
                c0, c1 = flat[at : at + length], flat[at + band : at + band + length]
                c2, c3 = flat[at + 2 * band : at + 2 * band + length], flat[at + 3 * band : at + 3 * band + length]
                q = queries[j : j + 8, b : b + 4].copy()
                s0, s1, s2, s3 = scale[b], scale[b + 1], scale[b + 2], scale[b + 3]
                o0, o1, o2, o3 = offset[b], offset[b + 1], offset[b + 2], offset[b + 3]
                for i in range(length):
                    v0, v1, v2, v3 = np.float32(c0[i]), np.float32(c1[i]), np.float32(c2[i]), np.float32(c3[i])
                    x0 = v0 * abs(v0) if squared else s0 * v0 + o0
                    x1 = v1 * abs(v1) if squared else s1 * v1 + o1
                    x2 = v2 * abs(v2) if squared else s2 * v2 + o2
                    x3 = v3 * abs(v3) if squared else s3 * v3 + o3
                    a0[i] += q[0, 0] * x0 + q[0, 1] * x1 + q[0, 2] * x2 + q[0, 3] * x3
                    a1[i] += q[1, 0] * x0 + q[1, 1] * x1 + q[1, 2] * x2 + q[1, 3] * x3
                    a2[i] += q[2, 0] * x0 + q[2, 1] * x1 + q[2, 2] * x2 + q[2, 3] * x3
                    a3[i] += q[3, 0] * x0 + q[3, 1] * x1 + q[3, 2] * x2 + q[3, 3] * x3
                    a4[i] += q[4, 0] * x0 + q[4, 1] * x1 + q[4, 2] * x2 + q[4, 3] * x3
                    a5[i] += q[5, 0] * x0 + q[5, 1] * x1 + q[5, 2] * x2 + q[5, 3] * x3
                    a6[i] += q[6, 0] * x0 + q[6, 1] * x1 + q[6, 2] * x2 + q[6, 3] * x3
                    a7[i] += q[7, 0] * x0 + q[7, 1] * x1 + q[7, 2] * x2 + q[7, 3] * x3
            for b in range(bands - bands % 4, bands):
                c, s, o = flat[first + b * band : first + b * band + length], scale[b], offset[b]
                for k in range(8):
                    a, weight = sums[k, :length], queries[j + k, b]
                    for i in range(length):
                        v = np.float32(c[i])
                        a[i] += weight * (v * abs(v) if squared else s * v + o)
            for k in range(min(8, len(out) - j)):
                a, scores = sums[k, :length], out[j + k, p - base : p - base + length]
                for i in range(length):
                    score = a[i] * factor[i]
                    if is_cosine:
                        score = np.float32(1) if score > 1 else (np.float32(-1) if score < -1 else score)
                    scores[i] = score
        p += length


@kernel(twin=many_twin)
def many_pixel_major(
    memory: Memory, values: Values, queries: Floats, is_cosine: bool, start: int, stop: int, base: int, out: Floats
) -> None:
    """`many_twin` for memory whose neighbors are bands."""
    flat, _, row, column, width = memory
    squared, scale, offset, nodata = values
    bands = queries.shape[1]
    x = np.empty(bands, np.float32)
    for p in range(start, stop):
        at_row, at_column = divmod(p, width)
        first = at_row * row + at_column * column
        c = flat[first : first + bands]
        square = np.float32(0)
        for b in range(bands):
            v = np.float32(c[b])
            value = v * abs(v) if squared else scale[b] * v + offset[b]
            x[b] = value
            square += value * value
        factor = np.float32(1) / np.sqrt(square) if is_cosine else np.float32(1)
        if c[0] == nodata:
            factor = np.float32(np.nan)
        for j in range(0, len(out), 4):
            q0, q1, q2, q3 = queries[j], queries[j + 1], queries[j + 2], queries[j + 3]
            d0, d1, d2, d3 = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            for b in range(bands):
                d0 += q0[b] * x[b]
                d1 += q1[b] * x[b]
                d2 += q2[b] * x[b]
                d3 += q3[b] * x[b]
            dots = (d0, d1, d2, d3)
            for k in range(min(4, len(out) - j)):
                score = dots[k] * factor
                if is_cosine:
                    score = np.float32(1) if score > 1 else (np.float32(-1) if score < -1 else score)
                out[j + k, p - base] = score
