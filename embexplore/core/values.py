"""Vectors to codes of one element a band and back, in the same order of memory, several threads at once."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from embexplore.core.cosine import ValueMap
from embexplore.core.memory import pixels
from embexplore.core.parallel import GRAIN, in_tiles
from embexplore.core.value_kernels import read_values, round_values

Element = TypeVar("Element", bound=np.generic)


def rounded(
    vectors: NDArray[np.float32], scale: NDArray[np.float32], offset: NDArray[np.float32], nodata: int
) -> NDArray[np.int8]:
    """Codes clip(round((x − offset) / scale), −127, 127) of `vectors (..., d)`, any view; `nodata` for any NaN or inf."""
    if vectors.shape[-1] != len(scale):
        raise ValueError(f"vectors of {vectors.shape[-1]} bands: this codec has {len(scale)}")
    found = pixels(vectors)
    out = np.empty(_order(found.is_band_first, found.n, found.bands), np.int8)
    if found.n:
        in_tiles(
            lambda start, stop: round_values(found.memory, scale, offset, nodata, start, stop, out),
            found.n,
            grain=GRAIN,
        )
    return _shaped(out, vectors.shape, is_band_first=found.is_band_first)


def read(codes: NDArray[np.generic], meaning: ValueMap) -> NDArray[np.float32]:
    """What `codes (..., d)`, any view, stand for; NaN in all bands of a pixel without data."""
    if meaning.scale is not None and codes.shape[-1] != len(meaning.scale):
        raise ValueError(f"codes of {codes.shape[-1]} bands: this codec has {len(meaning.scale)}")
    found, values = pixels(codes), meaning.values(codes.shape[-1], rescale=False)
    out = np.empty(_order(found.is_band_first, found.n, found.bands), np.float32)
    if found.n:
        in_tiles(lambda start, stop: read_values(found.memory, values, start, stop, out), found.n, grain=GRAIN)
    return _shaped(out, codes.shape, is_band_first=found.is_band_first)


def _order(is_band_first: bool, n: int, d: int) -> tuple[int, int]:
    return (d, n) if is_band_first else (n, d)


def _shaped(out: NDArray[Element], shape: tuple[int, ...], *, is_band_first: bool) -> NDArray[Element]:
    return np.moveaxis(out.reshape(shape[-1], *shape[:-1]), 0, -1) if is_band_first else out.reshape(shape)
