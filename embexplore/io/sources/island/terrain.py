"""Terrain on the coarse grid: the outline of the island, its mountains, plains and basins for lakes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.frame import Frame, turn
from embexplore.io.sources.island.hashing import draw
from embexplore.io.sources.island.noise import fractal, octaves


@dataclass(frozen=True)
class Basin:
    """A hollow in which a lake will stand: center and radius in pixels."""

    y: float
    x: float
    radius: float
    key: int

    def depth(self, y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
        """1 at the center, 0 on an organic shore, negative outside; `y (n, 1)` and `x (1, m)`."""
        dy, dx = y - self.y, x - self.x
        wobble = fractal(self.key, y.ravel(), x.ravel(), [self.radius * 1.1, self.radius * 0.55])
        return 1 - np.sqrt(dy * dy + dx * dx) / self.radius + 0.24 * wobble


def outline(frame: Frame) -> NDArray[np.float64]:
    """How far inland each coarse cell lies: 0 on the coast, about 1 at the center, negative at sea."""
    at = frame.centers
    u, v = (at / frame.size * 2 - 1)[None, :], (at / frame.size * 2 - 1)[:, None]
    cos, sin = turn(0.5 - draw(frame.key("tilt")))
    along, across = u * cos + v * sin, v * cos - u * sin
    shape = 1 - (along / 1.1) ** 2 - (across / 1.02) ** 2
    rough = fractal(frame.key("coast"), at, at, octaves(frame.size / 3.4, 7.0), gain=0.62)
    away = np.minimum(1.0, along**2 + across**2)
    edge = np.maximum(np.abs(u), np.abs(v))
    return shape + 0.36 * rough * away - 26 * np.maximum(0.0, edge - 0.8) ** 2


def mountain(frame: Frame) -> NDArray[np.float64]:
    """A range in the north-west (another corner for other seeds), 0 to 1."""
    at = frame.centers
    u, v = (at / frame.size * 2 - 1)[None, :], (at / frame.size * 2 - 1)[:, None]
    corner = 0 if frame.seed == 0 else int(4 * draw(frame.key("corner")))
    cos, sin = [(-0.8, -0.6), (0.8, -0.6), (0.7, 0.7), (-0.7, 0.7)][corner]
    away = u * cos + v * sin
    ridge = (away - 0.17) / 0.55 + 0.42 * fractal(
        frame.key("range"), at, at, octaves(frame.size / 3.2, frame.size / 14.0)
    )
    t = np.clip(ridge, 0, 1)
    return t * t * (3 - 2 * t)


def heights(frame: Frame, inland: NDArray[np.float64], basins: list[Basin]) -> NDArray[np.float64]:
    """Elevation in meters before pits are filled: negative at sea."""
    at = frame.centers
    tall = (frame.size / 192) ** 0.5
    range_ = mountain(frame)
    hills = fractal(frame.key("hills"), at, at, octaves(frame.size / 5.0, 6.0), gain=0.55)
    ripples = fractal(frame.key("ripples"), at, at, [26.0 * frame.growth, 11.0 * frame.growth], gain=0.6)
    shore = np.clip(inland * 5, 0, 1)
    relief = 16 * inland + shore * (95 * range_ * (0.75 + 0.18 * hills) + 2.4 * hills + 1.6 * ripples)
    z = tall * np.where(inland > 0, np.maximum(relief, 0.4 * shore + 0.05), 40 * inland)
    for basin in basins:
        deep = basin.depth(at[:, None], at[None, :])
        z = np.where((deep > -0.2) & (inland > 0.1), z - tall * 14 * np.clip(deep + 0.2, 0, 0.8), z)
    return z
