"""How far two code arrays are apart, pixel by pixel: 1 − cosine, the measure of change."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.change_kernels import change_any_order, change_band_first
from embexplore.core.codecs.base import Codec, Scales
from embexplore.core.cosine import TILE, ValueMap
from embexplore.core.memory import pixels
from embexplore.core.parallel import in_tiles
from embexplore.errors import InvalidInput


def change(
    codec: Codec,
    codes_a: NDArray[np.generic],
    codes_b: NDArray[np.generic],
    scales_a: Scales | None = None,
    scales_b: Scales | None = None,
    *,
    codec_b: Codec | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """1 − cosine of every pair of vectors.

    Parameters
    ----------
    codec : Codec
        Of `codes_a`, and of `codes_b` too unless `codec_b` is given.
    codes_a, codes_b : ndarray of shape (..., c)
        Equal shapes but for the last axis, where the codecs differ. Codes of the int8 families and
        of float32 are never decoded as a whole; others are, by tiles.
    scales_a, scales_b : ndarray of shape (...), optional
        Per-pixel scales, where the codec has them.
    codec_b : Codec, optional
        Of `codes_b`: another family, or other parameters.
    threads : int, optional
        By default as many as are free.

    Returns
    -------
    ndarray of shape (...), float32
        In [0, 2]; NaN where either has no data.
    """
    codec_b = codec if codec_b is None else codec_b
    if codes_a.shape[:-1] != codes_b.shape[:-1]:
        raise InvalidInput(f"codes of {codes_a.shape[:-1]} and {codes_b.shape[:-1]} pixels: they must cover the same.")
    a, b = getattr(codec, "meaning", None), getattr(codec_b, "meaning", None)
    if isinstance(a, ValueMap) and isinstance(b, ValueMap) and a.squared == b.squared:
        out = _fused(a, b, codes_a, codes_b, threads)
    else:
        out = _by_tiles(codec, codec_b, codes_a, codes_b, scales_a, scales_b)
    for scales in (scales_a, scales_b):
        if scales is not None:
            out[~np.isfinite(scales)] = np.nan
    return out


def _fused(
    a: ValueMap, b: ValueMap, codes_a: NDArray[np.generic], codes_b: NDArray[np.generic], threads: int | None
) -> NDArray[np.float32]:
    d = codes_a.shape[-1]
    if codes_b.shape[-1] != d:
        raise InvalidInput(f"codes have {d} and {codes_b.shape[-1]} bands: change compares equal bands.")
    first, second = pixels(codes_a), pixels(codes_b)
    is_band_first = first.is_band_first and second.is_band_first
    run = change_band_first if is_band_first else change_any_order
    out = np.empty(first.n, np.float32)
    values_a, values_b = a.values(d), b.values(d)
    in_tiles(
        lambda start, stop: run(first.memory, second.memory, values_a, values_b, start, stop, out), first.n, threads
    )
    return out.reshape(codes_a.shape[:-1])


def _by_tiles(
    codec_a: Codec,
    codec_b: Codec,
    codes_a: NDArray[np.generic],
    codes_b: NDArray[np.generic],
    scales_a: Scales | None,
    scales_b: Scales | None,
) -> NDArray[np.float32]:
    """Through `decode`, `TILE` pixels at a time."""
    shape = codes_a.shape[:-1]
    out = np.empty(int(np.prod(shape)), np.float32)
    for start in range(0, len(out), TILE):
        here = slice(start, start + TILE)
        x = _decoded(codec_a, codes_a, scales_a, here)
        y = _decoded(codec_b, codes_b, scales_b, here)
        with np.errstate(invalid="ignore", divide="ignore"):
            lengths = np.sqrt(np.einsum("ij,ij->i", x, x)) * np.sqrt(np.einsum("ij,ij->i", y, y))
            out[here] = 1 - np.clip(np.einsum("ij,ij->i", x, y) / lengths, -1, 1)
    return out.reshape(shape)


def _decoded(codec: Codec, codes: NDArray[np.generic], scales: Scales | None, here: slice) -> NDArray[np.float64]:
    where = np.unravel_index(np.arange(*here.indices(int(np.prod(codes.shape[:-1])))), codes.shape[:-1])
    return np.asarray(codec.decode(codes[where], None if scales is None else scales[where]), np.float64)
