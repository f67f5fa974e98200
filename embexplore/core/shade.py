"""A heat map from scores: one byte a pixel, ready for a palette."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.jit import kernel
from embexplore.core.parallel import in_tiles


def shade_twin(
    scores: NDArray[np.float32], gain: float, bias: float, start: int, stop: int, out: NDArray[np.uint8]
) -> None:
    """gain·score + bias cut to 1 … 255 for `scores[start:stop]`, into `out[start:stop]`; 0 for NaN."""
    x = scores[start:stop] * np.float32(gain) + np.float32(bias)
    out[start:stop] = np.where(np.isnan(x), 0, np.clip(np.nan_to_num(x), 1, 255)).astype(np.uint8)


@kernel(twin=shade_twin)
def shade_range(
    scores: NDArray[np.float32], gain: float, bias: float, start: int, stop: int, out: NDArray[np.uint8]
) -> None:
    """`shade_twin` in one pass."""
    x, o = scores[start:stop], out[start:stop]
    g, b = np.float32(gain), np.float32(bias)
    for i in range(len(x)):
        v = x[i] * g + b
        v = np.float32(255) if v > 255 else (np.float32(1) if v < 1 else v)
        o[i] = np.uint8(np.int32(v)) if not np.isnan(v) else np.uint8(0)


def shade(scores: NDArray[np.floating], low: float, high: float, *, threads: int | None = None) -> NDArray[np.uint8]:
    """Palette indices of scores: 1 at `low` and below, 255 at `high` and above, 0 for NaN.

    Parameters
    ----------
    scores : ndarray of shape (...)
    low, high : float
        `low < high`.
    threads : int, optional
        By default as many as are free.
    """
    flat = np.ascontiguousarray(scores, np.float32).reshape(-1)
    out = np.empty(flat.size, np.uint8)
    gain = 254 / (high - low)
    bias = 1.5 - low * gain  # half a color more rounds what is then cut to whole numbers
    in_tiles(lambda start, stop: shade_range(flat, gain, bias, start, stop, out), flat.size, threads)
    return out.reshape(np.shape(scores))
