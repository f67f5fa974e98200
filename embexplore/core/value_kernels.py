"""Loops over codes of one element a band: vectors rounded to them and read back, in the order of memory they come in."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.cosine_kernels import Floats, Values, values_of
from embexplore.core.intrinsics import prefer_wide_vectors
from embexplore.core.jit import kernel
from embexplore.core.memory import Memory, window

STEPS = 127
"""Codes are −127 … 127."""
LARGEST = np.finfo(np.float32).max
VALUE_TILE = 1024


def read_twin(memory: Memory, values: Values, start: int, stop: int, out: Floats) -> None:
    """Vectors of pixels `start … stop`, into `out (d, n)` where memory is band-first, else `(n, d)`."""
    vectors = values_of(window(memory, start, stop, len(values[1])), values)
    if memory[3] == 1:
        out[:, start:stop] = vectors.T
    else:
        out[start:stop] = vectors


@kernel(twin=read_twin, is_ordered=True)
def read_values(memory: Memory, values: Values, start: int, stop: int, out: Floats) -> None:
    """`read_twin`, 16 neighbors in memory at once.

    Places in memory are unsigned: numba looks for the end of an array at each signed one, which takes as long as the
    rest.
    """
    prefer_wide_vectors()
    flat, band, row, column, width = memory
    squared, scale, offset, nodata = values
    vectors, d, apart = out.reshape(-1), np.uint64(len(scale)), np.uint64(column)
    p = start
    while p < stop:
        at_row, at_column = divmod(p, width)
        length = min(width - at_column, stop - p, VALUE_TILE)
        first, at = np.uint64(at_row * row + at_column * column), np.uint64(p) * d
        for b in range(len(scale) if column == 1 else 0):
            v, marks, o, s, t = flat[first + b * band :], flat[first:], out[b, p : p + length], scale[b], offset[b]
            for i in range(length):
                x = np.float32(v[i])
                x = x * abs(x) if squared else s * x + t
                o[i] = np.float32(np.nan) if marks[i] == nodata else x
        for _ in range(0 if column == 1 else length):
            for b in range(d):
                x = np.float32(flat[first + b])
                vectors[at + b] = x * abs(x) if squared else scale[b] * x + offset[b]
            if flat[first] == nodata:
                vectors[at : at + d] = np.float32(np.nan)
            first, at = first + apart, at + d
        p += length


def round_twin(
    memory: Memory, scale: Floats, offset: Floats, nodata: int, start: int, stop: int, out: NDArray[np.int8]
) -> None:
    """Codes clip(round((x − offset) / scale), −127, 127) of pixels `start … stop`, `nodata` for any NaN or inf.

    Into `out (d, n)` where memory is band-first, else `(n, d)`.
    """
    x = np.asarray(window(memory, start, stop, len(scale)), np.float32)
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.clip(np.round((x - offset) / scale), -STEPS, STEPS)
    codes = np.where(np.isfinite(x).all(axis=-1, keepdims=True), np.nan_to_num(steps), nodata).astype(np.int8)
    if memory[3] == 1:
        out[:, start:stop] = codes.T
    else:
        out[start:stop] = codes


@kernel(twin=round_twin, is_ordered=True)
def round_values(
    memory: Memory, scale: Floats, offset: Floats, nodata: int, start: int, stop: int, out: NDArray[np.int8]
) -> None:
    """`round_twin`, 16 neighbors in memory at once; half rounds to even, as in numpy."""
    prefer_wide_vectors()
    flat, band, row, column, width = memory
    codes, d, apart, is_bad = out.reshape(-1), np.uint64(len(scale)), np.uint64(column), np.empty(VALUE_TILE, np.int32)
    least, most = np.float32(-STEPS), np.float32(STEPS)
    p = start
    while p < stop:
        at_row, at_column = divmod(p, width)
        length = min(width - at_column, stop - p, VALUE_TILE)
        first, at = np.uint64(at_row * row + at_column * column), np.uint64(p) * d
        is_bad[:] = np.int32(0)
        for b in range(len(scale) if column == 1 else 0):
            x, o, s, t = flat[first + b * band :], out[b, p : p + length], scale[b], offset[b]
            for i in range(length):
                is_bad[i] |= np.int32(not abs(x[i]) <= LARGEST)
                o[i] = np.int8(np.int32(min(max(np.rint((x[i] - t) / s), least), most)))
        for i in range(length if column == 1 else 0):
            if is_bad[i] != 0:
                out[:, p + i] = nodata
        for _ in range(0 if column == 1 else length):
            bad = np.int32(0)
            for b in range(d):
                bad |= np.int32(not abs(flat[first + b]) <= LARGEST)
                step = np.rint((flat[first + b] - offset[b]) / scale[b])
                codes[at + b] = np.int8(np.int32(min(max(step, least), most)))
            if bad != 0:
                codes[at : at + d] = nodata
            first, at = first + apart, at + d
        p += length
