"""Fused 1 − cosine of two code arrays: both read once, decoded in registers, three sums a pixel.

Tiles and bands a pass as in `cosine_kernels`: with two inputs, two bands a pass are enough and a tile of 8 K.
"""

import numpy as np

from embexplore.core.cosine_kernels import TWIN_TILE, Floats, Values, values_of
from embexplore.core.jit import kernel
from embexplore.core.memory import Memory, window

TILE = 8192


def change_twin(
    first: Memory, second: Memory, first_values: Values, second_values: Values, start: int, stop: int, out: Floats
) -> None:
    """1 − cosine of pixels `start … stop` of two arrays, in [0, 2], into `out[start:stop]`."""
    bands = len(first_values[1])
    for p in range(start, stop, TWIN_TILE):
        end = min(p + TWIN_TILE, stop)
        a = values_of(window(first, p, end, bands), first_values)
        b = values_of(window(second, p, end, bands), second_values)
        with np.errstate(invalid="ignore", divide="ignore"):
            lengths = np.sqrt(np.einsum("ij,ij->i", a, a)) * np.sqrt(np.einsum("ij,ij->i", b, b))
            out[p:end] = 1 - np.clip(np.einsum("ij,ij->i", a, b) / lengths, -1, 1)


@kernel(twin=change_twin, is_ordered=True)
def change_band_first(  # noqa: C901, PLR0915 - one fused loop, since kernels call no kernels
    first: Memory, second: Memory, first_values: Values, second_values: Values, start: int, stop: int, out: Floats
) -> None:
    """`change_twin` for memory whose neighbors are pixels."""
    flat_a, band_a, row_a, _, width_a = first
    flat_b, band_b, row_b, _, width_b = second
    squared, scale_a, offset_a, nodata_a = first_values
    _, scale_b, offset_b, nodata_b = second_values
    bands = len(scale_a)
    dots, squares_a, squares_b = np.empty(TILE, np.float32), np.empty(TILE, np.float32), np.empty(TILE, np.float32)
    for p in range(start, stop, TILE):
        length = min(stop - p, TILE)
        squares_a[:length] = np.float32(0)
        squares_b[:length] = np.float32(0)
        for b in range(0, bands, 2):
            pair = b + 1 < bands
            done = 0
            while done < length:
                row, column = divmod(p + done, width_a)
                at_a = row * row_a + column + b * band_a
                m = min(width_a - column, length - done)
                row, column = divmod(p + done, width_b)
                at_b = row * row_b + column + b * band_b
                m = min(width_b - column, m)
                dot, square_a, square_b = dots[done : done + m], squares_a[done : done + m], squares_b[done : done + m]
                done += m
                # An odd last band is paired with itself, at weight 0.
                step_a, step_b = (band_a, band_b) if pair else (0, 0)
                weight = np.float32(1) if pair else np.float32(0)
                a0, a1 = flat_a[at_a : at_a + m], flat_a[at_a + step_a : at_a + step_a + m]
                b0, b1 = flat_b[at_b : at_b + m], flat_b[at_b + step_b : at_b + step_b + m]
                if b == 0:  # NaN stays NaN in the sum
                    for i in range(m):
                        has_data = a0[i] != nodata_a and b0[i] != nodata_b
                        dot[i] = np.float32(0) if has_data else np.float32(np.nan)
                if squared and pair:
                    for i in range(m):
                        u0, u1, v0, v1 = np.float32(a0[i]), np.float32(a1[i]), np.float32(b0[i]), np.float32(b1[i])
                        x0, x1, y0, y1 = u0 * abs(u0), u1 * abs(u1), v0 * abs(v0), v1 * abs(v1)
                        dot[i] += x0 * y0 + x1 * y1
                        square_a[i] += x0 * x0 + x1 * x1
                        square_b[i] += y0 * y0 + y1 * y1
                elif squared:
                    for i in range(m):
                        u0, v0 = np.float32(a0[i]), np.float32(b0[i])
                        x0, y0 = u0 * abs(u0), v0 * abs(v0)
                        dot[i] += x0 * y0
                        square_a[i] += x0 * x0
                        square_b[i] += y0 * y0
                else:
                    j = b + 1 if pair else b
                    s0, o0, s1, o1 = scale_a[b], offset_a[b], weight * scale_a[j], weight * offset_a[j]
                    t0, r0, t1, r1 = scale_b[b], offset_b[b], weight * scale_b[j], weight * offset_b[j]
                    for i in range(m):
                        u0, u1, v0, v1 = np.float32(a0[i]), np.float32(a1[i]), np.float32(b0[i]), np.float32(b1[i])
                        x0, x1, y0, y1 = s0 * u0 + o0, s1 * u1 + o1, t0 * v0 + r0, t1 * v1 + r1
                        dot[i] += x0 * y0 + x1 * y1
                        square_a[i] += x0 * x0 + x1 * x1
                        square_b[i] += y0 * y0 + y1 * y1
        o = out[p : p + length]
        for i in range(length):
            score = dots[i] / (np.sqrt(squares_a[i]) * np.sqrt(squares_b[i]))
            score = np.float32(1) if score > 1 else (np.float32(-1) if score < -1 else score)
            o[i] = np.float32(1) - score


@kernel(twin=change_twin)
def change_any_order(
    first: Memory, second: Memory, first_values: Values, second_values: Values, start: int, stop: int, out: Floats
) -> None:
    """`change_twin` pixel by pixel: fast where bands are neighbors, right for any memory."""
    flat_a, band_a, row_a, column_a, width_a = first
    flat_b, band_b, row_b, column_b, width_b = second
    squared, scale_a, offset_a, nodata_a = first_values
    _, scale_b, offset_b, nodata_b = second_values
    bands = len(scale_a)
    for p in range(start, stop):
        row, column = divmod(p, width_a)
        at_a = row * row_a + column * column_a
        row, column = divmod(p, width_b)
        at_b = row * row_b + column * column_b
        dot, square_a, square_b = np.float32(0), np.float32(0), np.float32(0)
        if band_a == 1 and band_b == 1:
            a, b = flat_a[at_a : at_a + bands], flat_b[at_b : at_b + bands]
            for i in range(bands):
                u, v = np.float32(a[i]), np.float32(b[i])
                x = u * abs(u) if squared else scale_a[i] * u + offset_a[i]
                y = v * abs(v) if squared else scale_b[i] * v + offset_b[i]
                dot += x * y
                square_a += x * x
                square_b += y * y
        else:
            for i in range(bands):
                u, v = np.float32(flat_a[at_a + i * band_a]), np.float32(flat_b[at_b + i * band_b])
                x = u * abs(u) if squared else scale_a[i] * u + offset_a[i]
                y = v * abs(v) if squared else scale_b[i] * v + offset_b[i]
                dot += x * y
                square_a += x * x
                square_b += y * y
        score = dot / (np.sqrt(square_a) * np.sqrt(square_b))
        score = np.float32(1) if score > 1 else (np.float32(-1) if score < -1 else score)
        out[p] = np.float32(1) - score
        if flat_a[at_a] == nodata_a or flat_b[at_b] == nodata_b:
            out[p] = np.float32(np.nan)
