"""How change is colored: from the threshold to a different place, or by the year in which it was largest."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from embexplore.core.shade import shade
from embexplore.ui import colormaps
from embexplore.ui.modes.base import Painted

Ramp = NDArray[np.uint8]


def paint_change(values: NDArray[np.float32], *, cut: float, top: float, ramp: Ramp) -> Painted:
    """Changes above `cut` (first color) up to `top` (last); the others are clear."""
    index = shade(values, cut, top)
    index[~(values > np.float32(cut))] = 0
    return Painted(index, colormaps.palette(ramp))


def paint_years(values: NDArray[np.float32], colors: Mapping[int, NDArray[np.uint8]]) -> Painted:
    """One color for each year; what is in no year is clear."""
    palette = np.zeros((len(colors) + 1, 4), np.uint8)
    palette[1:, :3], palette[1:, 3] = np.stack(list(colors.values())), 255
    index = np.zeros(values.shape, np.uint8)
    for number, year in enumerate(colors, 1):
        index[values == np.float32(year)] = number
    return Painted(index, palette)


def years_on(ramp: Ramp, years: Sequence[int]) -> dict[int, NDArray[np.uint8]]:
    """Colors (3,) of years in order, evenly along a ramp."""
    place = np.rint(np.linspace(0, len(ramp) - 1, len(years))).astype(np.intp)
    return dict(zip(years, ramp[place], strict=True))


def stepped(colors: Mapping[int, NDArray[np.uint8]]) -> Ramp:
    """The colors of years as the ramp of a legend, in steps."""
    return np.stack(list(colors.values())).repeat(16, axis=0)
