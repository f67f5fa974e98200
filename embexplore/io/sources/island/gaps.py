"""Where there is no data: deep water in every year, a strip between orbits, a cloud that never left."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.frame import turn
from embexplore.io.sources.island.noise import smooth
from embexplore.io.sources.island.shapes import blob, inside
from embexplore.io.sources.island.world import HALO, Ground, World

SHALLOW = 8.0
"""Data reach this many pixels into the sea (80 m), more on larger islands: the model covers land and shallow water."""
STRIP_YEAR, CLOUD_YEAR = 2019, 2022


def missing(world: World, ground: Ground, year: int) -> NDArray[np.bool_]:
    """Which pixels of a block (without its halo) have no data in a year."""
    frame, inner = world.frame, slice(HALO, -HALO)
    y, x = ground.y[inner], ground.x[inner]
    deep = 0.5 * ground.coast[inner, inner] < -(SHALLOW + 1.5 * smooth(frame.key("deep"), y, x, 20.0)) * frame.growth
    if year == STRIP_YEAR:
        cos, sin = turn(-0.21)
        middle = frame.size / 2
        off = (x[None, :] - middle) * cos + (y[:, None] - middle) * sin
        deep |= np.abs(off - 0.31 * frame.size) < 1.2
    if year == CLOUD_YEAR:
        deep |= inside(_cloud(world), y, x)
    return np.asarray(deep)


@cache
def _cloud(world: World) -> NDArray[np.float64]:
    """A cloud over the mountains, away from the middle."""
    land, frame = world.survey, world.frame
    away = land.distance(frame.size / 2, frame.size / 2)
    score = np.where((away > 0.25 * frame.size) & (away < 0.4 * frame.size) & land.land, land.z, -np.inf)
    row, column = divmod(int(np.argmax(score)), frame.cells)
    at = frame.centers
    return blob(float(at[row]), float(at[column]), 5.0 * frame.growth, frame.key("cloud"), rough=0.5)
