"""How similarity is colored: what is alike enough, or with `invert` what is not, from the threshold on."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.shade import shade
from embexplore.ui import colormaps
from embexplore.ui.modes.base import Painted

Scores = NDArray[np.float32]


def is_kept(values: Scores, cut: float, *, invert: bool) -> NDArray[np.bool_]:
    """The pixels that are at least `cut` alike, or with `invert` at most; NaN is neither."""
    return values <= np.float32(cut) if invert else values >= np.float32(cut)


def paint_similarity(values: Scores, *, cut: float, end: float, invert: bool, ramp: NDArray[np.uint8]) -> Painted:
    """Kept pixels from `cut` (first color) to `end` (last); the others are clear."""
    shown = -values if invert else values
    low, high = (-float(np.float32(cut)), -end) if invert else (float(np.float32(cut)), end)
    index = shade(shown, low, max(high, low + 1e-6))
    index[~is_kept(values, cut, invert=invert)] = 0
    return Painted(index, colormaps.palette(ramp))
