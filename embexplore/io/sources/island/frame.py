"""The island's frame: how large the world is, and the coarse grid on which it is planned.

Positions inside the island are in pixels of 10 m: x east and y south from the world's upper-left corner.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.hashing import key

SMALLEST = 192
"""Below this a world is not planned: smaller sizes show the middle of it."""

_COARSE = 512


@dataclass(frozen=True)
class Frame:
    """Size and seed of a world.

    Attributes
    ----------
    size : int
        Pixels along one side of the world.
    seed : int
    """

    size: int
    seed: int

    @property
    def growth(self) -> float:
        """How much larger fields, towns and rivers are than on the 192-pixel island: 2.2 at 2048.

        Fields of 0.8 ha become 4 ha: both are real sizes, and a small island has small farms.
        """
        return round((self.size / SMALLEST) ** 0.33, 4)

    @property
    def area(self) -> float:
        """How many features of a kind fit, relative to the 192-pixel island."""
        return (self.size / SMALLEST / self.growth) ** 2

    @property
    def step(self) -> int:
        """Pixels along one side of a coarse cell."""
        return -(-self.size // _COARSE)

    @property
    def cells(self) -> int:
        """Coarse cells along one side."""
        return -(-self.size // self.step)

    @property
    def centers(self) -> NDArray[np.float64]:
        """Position in pixels of the coarse cells' centers along one axis, `(cells,)`."""
        return (np.arange(self.cells) + 0.5) * self.step

    def key(self, *words: object) -> int:
        """A random key for one purpose in this world."""
        return key(self.seed, *words)

    def sample(
        self, values: NDArray[np.float64], y: NDArray[np.float64], x: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Bilinear values of a coarse map `(cells, cells)` at positions, flat beyond the outer centers."""
        row, column = (np.clip(at / self.step - 0.5, 0, self.cells - 1) for at in (y, x))
        top, left = (np.minimum(at.astype(np.int64), self.cells - 2) for at in (row, column))
        down, right = row - top, column - left
        upper = values[top, left] * (1 - right) + values[top, left + 1] * right
        lower = values[top + 1, left] * (1 - right) + values[top + 1, left + 1] * right
        return upper * (1 - down) + lower * down


def turn(angle: float) -> tuple[float, float]:
    """Cosine and sine of an angle in radians, rounded: math libraries differ in their last digit."""
    return round(math.cos(angle), 6), round(math.sin(angle), 6)
