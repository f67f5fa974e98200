"""The usual noise of a change map: what most ground stays below, told from the map alone."""

import numpy as np
from numpy.typing import NDArray


def usual_noise(change: NDArray[np.floating]) -> float:
    """What change most ground stays below: the median plus three robust standard deviations; NaN is left out."""
    middle = float(np.nanmedian(change))
    return noise_above(middle, float(np.nanmedian(np.abs(change - middle))))


def noise_above(median: float, deviation: float) -> float:
    """The same from the median and the median absolute deviation.

    Both describe the ground that did not change as long as it is more than half of the area; 1.4826 makes
    the deviation a standard deviation of normal noise (Rousseeuw and Croux 1993,
    doi:10.1080/01621459.1993.10476408).
    """
    return median + 3 * 1.4826 * deviation
