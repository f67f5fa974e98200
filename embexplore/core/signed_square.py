"""AlphaEarth's quantizer as a kernel: float32 in, int8 out, in one pass at about the speed of copying."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.intrinsics import prefer_wide_vectors
from embexplore.core.jit import kernel
from embexplore.core.parallel import in_tiles

SCALE = 127.5
NODATA = -128
LARGEST = np.finfo(np.float32).max


def quantize_twin(values: NDArray[np.float32], start: int, stop: int, out: NDArray[np.int8]) -> bool:
    """Codes of `values[start:stop]`, element by element; whether any was NaN or inf, whose code means nothing."""
    x = values[start:stop]
    with np.errstate(invalid="ignore"):
        steps = np.clip(np.round(np.sign(x) * np.sqrt(np.abs(x)) * np.float32(SCALE)), -127, 127)
        out[start:stop] = np.nan_to_num(steps).astype(np.int8)
    return not bool(np.isfinite(x).all())


@kernel(twin=quantize_twin)
def quantize(values: NDArray[np.float32], start: int, stop: int, out: NDArray[np.int8]) -> bool:
    """`quantize_twin` in one pass; half rounds to even, as in numpy."""
    prefer_wide_vectors()
    x, codes = values[start:stop], out[start:stop]
    bad = np.int32(0)
    for i in range(len(x)):
        size = abs(x[i])
        bad |= np.int32(not size <= LARGEST)
        step = np.rint(np.sqrt(size) * np.float32(127.5))
        step = min(step, np.float32(127))
        code = np.int8(np.int32(step))
        codes[i] = -code if x[i] < 0 else code
    return bool(bad != 0)


def encode_signed_square(vectors: NDArray[np.float32], *, threads: int | None = None) -> NDArray[np.int8]:
    """V = clip(round(sign(x)·√|x|·127.5), −127, 127) of `vectors (..., d)`, in the same order in memory.

    A vector with any NaN or inf becomes −128 in all bands.
    """
    band_first = np.moveaxis(vectors, -1, 0)
    is_band_first = band_first.flags.c_contiguous and not vectors.flags.c_contiguous
    x = band_first if is_band_first else np.ascontiguousarray(vectors)
    flat = x.reshape(-1)
    flat.flags.writeable = False
    codes = np.empty(x.shape, np.int8)
    out, d = codes.reshape(-1), max(vectors.shape[-1], 1)
    has_bad: list[bool] = []
    in_tiles(
        lambda start, stop: has_bad.append(bool(quantize(flat, start * d, stop * d, out))), flat.size // d, threads
    )
    result = np.moveaxis(codes, 0, -1) if is_band_first else codes
    if any(has_bad):
        result[~np.isfinite(vectors).all(axis=-1)] = NODATA
    return result
