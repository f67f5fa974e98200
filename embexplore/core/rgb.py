"""Colors of principal components, straight from codes: projection and stretch tile by tile."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Scales
from embexplore.core.cosine import ValueMap
from embexplore.core.jit import kernel
from embexplore.core.many_kernels import MANY, many_band_first, many_pixel_major
from embexplore.core.memory import pixels
from embexplore.core.parallel import in_tiles
from embexplore.core.pca import PCA
from embexplore.errors import InvalidInput

TILE = 1 << 14
"""Pixels whose components are held at a time: three float32 of each stay in cache."""

Floats = NDArray[np.float32]
Projection = Callable[[int, int], Floats]


def rgb(
    pca: PCA,
    codec: Codec,
    codes: NDArray[np.generic],
    scales: Scales | None = None,
    *,
    valid: NDArray[np.generic] | None = None,
    threads: int | None = None,
) -> NDArray[np.uint8]:
    """The first three components of every vector as colors.

    Parameters
    ----------
    pca : PCA
        Of at least three components, fitted on decoded vectors.
    codec : Codec
    codes : ndarray of shape (..., c)
        Any view.
    scales : ndarray of shape (...), optional
        Per-pixel scales, where the codec has them.
    valid : ndarray of shape (...), optional
        No data where it is 0.
    threads : int, optional
        By default as many as are free.

    Returns
    -------
    ndarray of shape (..., 3), uint8
        0 for no data in all three, 1 … 255 for data.
    """
    if len(pca.components_) < 3:
        raise InvalidInput(f"this PCA has {len(pca.components_)} components: colors need 3.")
    shape = codes.shape[:-1]
    is_fused = isinstance(getattr(codec, "meaning", None), ValueMap)
    factors = np.ones(0, np.float32)
    if scales is not None and is_fused:
        factors = np.ascontiguousarray(scales, np.float32).reshape(-1)
    out = np.empty((int(np.prod(shape)), 3), np.uint8)
    gain = 254 / (pca.stretch_[:3, 1] - pca.stretch_[:3, 0])
    # 1.5: data starts at 1, and half a color rounds what is then cut to whole numbers.
    bias = 1.5 - (pca.components_[:3] @ pca.mean_ + pca.stretch_[:3, 0]) * gain
    project = (_fused if is_fused else _by_decoding)(pca.components_[:3], codec, codes, scales)

    def work(start: int, stop: int) -> None:
        for p in range(start, stop, TILE):
            end = min(p + TILE, stop)
            stretch(project(p, end), factors[p:end], gain.astype(np.float32), bias.astype(np.float32), out[p:end])

    in_tiles(work, len(out), threads)
    if valid is not None:
        out[~np.asarray(valid).reshape(-1).astype(bool)] = 0
    return out.reshape(*shape, 3)


def _fused(
    components: NDArray[np.float64], codec: Codec, codes: NDArray[np.generic], scales: Scales | None
) -> Projection:
    """Components `(3, pixels)` of a range of pixels by the kernels, before per-pixel scales."""
    del scales
    meaning: ValueMap = getattr(codec, "meaning")  # noqa: B009 - only some codecs have one
    memory, values = pixels(codes), meaning.values(codes.shape[-1], rescale=False)
    run = many_band_first if memory.is_band_first else many_pixel_major
    queries = np.zeros((MANY, codes.shape[-1]), np.float32)
    queries[:3] = components * meaning.factor

    def project(start: int, stop: int) -> Floats:
        dots = np.empty((3, stop - start), np.float32)
        run(memory.memory, values, queries, False, start, stop, start, dots)
        return dots

    return project


def _by_decoding(
    components: NDArray[np.float64], codec: Codec, codes: NDArray[np.generic], scales: Scales | None
) -> Projection:
    """Components `(3, pixels)` of a range of pixels, decoded."""
    shape = codes.shape[:-1]

    def project(start: int, stop: int) -> Floats:
        where = np.unravel_index(np.arange(start, stop), shape)
        vectors = codec.decode(codes[where], None if scales is None else scales[where])
        return np.ascontiguousarray(components @ vectors.T, np.float32)

    return project


def stretch_twin(dots: Floats, factors: Floats, gain: Floats, bias: Floats, out: NDArray[np.uint8]) -> None:
    """Colors `(n, 3)` of components `(3, n)`: gain·component + bias, cut to 1 … 255; 0 where any is NaN.

    `factors (n,)` multiply the components of each pixel; an empty array multiplies by 1.
    """
    with np.errstate(invalid="ignore"):  # a factor of inf is no data
        x = (dots * factors if len(factors) else dots).T * gain + bias
    has_data = np.isfinite(x.sum(axis=1, keepdims=True))
    out[:] = np.where(has_data, np.clip(np.nan_to_num(x), 1, 255), 0).astype(np.uint8)


@kernel(twin=stretch_twin)
def stretch(dots: Floats, factors: Floats, gain: Floats, bias: Floats, out: NDArray[np.uint8]) -> None:
    """`stretch_twin` in one pass."""
    for i in range(dots.shape[1]):
        factor = factors[i] if len(factors) else np.float32(1)
        red = dots[0, i] * factor * gain[0] + bias[0]
        green = dots[1, i] * factor * gain[1] + bias[1]
        blue = dots[2, i] * factor * gain[2] + bias[2]
        if np.isfinite(red + green + blue):
            out[i, 0] = np.uint8(min(max(red, np.float32(1)), np.float32(255)))
            out[i, 1] = np.uint8(min(max(green, np.float32(1)), np.float32(255)))
            out[i, 2] = np.uint8(min(max(blue, np.float32(1)), np.float32(255)))
        else:
            out[i, 0], out[i, 1], out[i, 2] = 0, 0, 0
