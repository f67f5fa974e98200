"""How classes are colored: each in its color, paler where the map is less sure of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from embexplore.ui.modes.base import Painted

LEVELS = 6
"""Steps from pale (unsure) to full color (sure) of every class."""
PALEST = 0.25
"""Part of its color that the least sure pixel of a class has."""
LIGHT, DARK = (255, 255, 255), (33, 33, 33)
"""Red, green and blue of the page, which pale colors come near."""

Shades = NDArray[np.uint8]


def shades(color: NDArray[np.uint8], *, dark: bool) -> Shades:
    """A color (3,) in `LEVELS` steps from pale to full, `(LEVELS, 3)`."""
    page = np.array(DARK if dark else LIGHT)
    parts = np.linspace(PALEST, 1, LEVELS)[:, np.newaxis]
    return np.rint(parts * color + (1 - parts) * page).astype(np.uint8)


def paint_classes(values: NDArray[np.float32], *, shades: Sequence[Shades], least_sure: float) -> Painted:
    """One shade of one class for each pixel; those less sure than asked for, and no data, are clear.

    Parameters
    ----------
    values : ndarray of shape (h, w, 2)
        The number of the class, from 1, and the share in [0, 1] that the map is sure of it.
    shades : sequence of ndarray of shape (LEVELS, 3)
        Of each class, in the order of their numbers.
    least_sure : float
    """
    many = len(shades)
    palette = np.zeros((1 + LEVELS * many, 4), np.uint8)
    palette[1:, :3], palette[1:, 3] = np.concatenate(shades), 255
    number, sure = values[..., 0], values[..., 1]
    is_shown = (number > 0) & (sure >= np.float32(least_sure))
    level = np.clip((np.nan_to_num(sure) - 1 / many) / (1 - 1 / many) * LEVELS, 0, LEVELS - 1)
    index = np.where(is_shown, 1 + (np.nan_to_num(number) - 1) * LEVELS + np.floor(level), 0)
    return Painted(index.astype(np.uint8), palette)
