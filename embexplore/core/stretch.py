"""Components to colors: a linear stretch to 1 … 255, with 0 for no data."""

import numpy as np
from numpy.typing import NDArray

from embexplore.core.jit import kernel

Floats = NDArray[np.float32]

LARGEST = np.finfo(np.float32).max


def stretch_twin(dots: Floats, factors: Floats, gain: Floats, bias: Floats, out: NDArray[np.uint8]) -> None:
    """Colors `(n, 3)` of components `(3, n)`: gain·component + bias, cut to 1 … 255; 0 where any is NaN.

    `factors (n,)` multiply the components of each pixel; an empty array multiplies by 1.
    """
    with np.errstate(invalid="ignore"):  # a factor of inf is no data
        x = (dots * factors if len(factors) else dots).T * gain + bias
    has_data = np.abs(x).sum(axis=1, keepdims=True) <= LARGEST
    out[:] = np.where(has_data, np.clip(np.nan_to_num(x), 1, 255), 0).astype(np.uint8)


@kernel(twin=stretch_twin)
def stretch(dots: Floats, factors: Floats, gain: Floats, bias: Floats, out: NDArray[np.uint8]) -> None:
    """`stretch_twin` in one pass."""
    for i in range(dots.shape[1]):
        factor = factors[i] if len(factors) else np.float32(1)
        red = dots[0, i] * factor * gain[0] + bias[0]
        green = dots[1, i] * factor * gain[1] + bias[1]
        blue = dots[2, i] * factor * gain[2] + bias[2]
        if abs(red) + abs(green) + abs(blue) <= LARGEST:  # isfinite is x − x, which fast math folds to 0
            out[i, 0] = np.uint8(min(max(red, np.float32(1)), np.float32(255)))
            out[i, 1] = np.uint8(min(max(green, np.float32(1)), np.float32(255)))
            out[i, 2] = np.uint8(min(max(blue, np.float32(1)), np.float32(255)))
        else:
            out[i, 0], out[i, 1], out[i, 2] = 0, 0, 0
