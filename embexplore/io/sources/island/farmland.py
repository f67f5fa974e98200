"""Farms: which parcels are worked, what they grow in a year, and fields under center pivots."""

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.hashing import hashed, key, uniform
from embexplore.io.sources.island.kinds import ROTATION, Kind
from embexplore.io.sources.island.parcels import parcels
from embexplore.io.sources.island.sites import Site
from embexplore.io.sources.island.survey import Map, Survey

Axis = NDArray[np.float64]
Numbers = NDArray[np.uint64]

FIELD = 100
"""Stands for "some crop of the rotation" until a year is asked for."""
PIVOT_FIELD = 101


def farmed(
    survey: Survey, y: Axis, x: Axis, natural: NDArray[np.uint8], fertile: Map
) -> tuple[NDArray[np.uint8], Numbers]:
    """Kinds and parcel numbers with fields laid over the natural cover; whole parcels or none.

    `fertile` is a coarse map, positive where the land is worth farming.
    """
    frame = survey.frame
    field = parcels(frame, y, x)
    worked = frame.sample(fertile, field.y, field.x) > 0
    use = uniform(frame.key("use"), field.number.view(np.int64))
    kinds = np.select(
        [use < 0.74, use < 0.82, use < 0.93], [FIELD, int(Kind.ORCHARD), int(Kind.GRASS)], int(Kind.FOREST)
    )
    kinds = np.where(field.lane < 0.55, int(Kind.GRASS), kinds)
    worked &= np.isin(natural, (Kind.GRASS, Kind.FOREST))
    lane = field.lane < 0.55
    return np.where(worked, kinds, natural).astype(np.uint8), np.where(worked & ~lane, field.number, np.uint64(0))


def pivots(survey: Survey, site: Site, y: Axis, x: Axis) -> tuple[NDArray[np.bool_], NDArray[np.uint8], Numbers]:
    """Where center pivots irrigate: circles in staggered rows, some of them in two halves."""
    frame = survey.frame
    side = 23.0 * frame.growth
    along, across = site.local(y[:, None], x[None, :])
    high = 0.94 * side
    row = np.floor(across / high + 0.5)
    shift = 0.5 * (row - 2 * np.floor(row / 2))
    column = np.floor(along / side + 0.5 + shift)
    middle_a, middle_b = (column - shift) * side, row * high
    radius = side / 2 * (0.80 + 0.13 * uniform(site.key, column, row))
    center = site.world(middle_a.ravel(), middle_b.ravel())
    center_y, center_x = (part.reshape(along.shape) for part in center.T)
    room = frame.sample(np.minimum(survey.coast, survey.lake + 0.1 * survey.coast), center_y, center_x) > 0.9 * radius
    room &= frame.sample(survey.range_, center_y, center_x) < 0.3
    room &= np.sqrt(middle_a * middle_a + middle_b * middle_b) < site.radius * 0.9
    off_a, off_b = along - middle_a, across - middle_b
    circle = off_a * off_a + off_b * off_b < radius * radius
    t = 2 * uniform(site.key + 1, column, row) - 1
    half = (uniform(site.key + 2, column, row) < 0.45) & (off_a * t + off_b * (1 - t * t) > 0)
    kinds = np.full(along.shape, PIVOT_FIELD, np.uint8)
    return circle & room, kinds, hashed(site.key + 3, column, row, half)


def grown(kinds: NDArray[np.uint8], numbers: Numbers, year: int, seed: int) -> NDArray[np.uint8]:
    """What fields grow in a year: crops follow one another, and a few fields stay as they are."""
    names = numbers.view(np.int64)
    start = hashed(key(seed, "rotation"), names)
    length = 2 + ((start >> np.uint64(8)) % np.uint64(3)).astype(np.int64)
    slow = uniform(key(seed, "same crop"), names) < 0.3
    turn = (start % np.uint64(60)).astype(np.int64) + np.where(slow, 0, year)
    crop = np.array(ROTATION, np.uint8)[(turn % length + (start >> np.uint64(16)).astype(np.int64) % 5) % 5]
    pivot = np.where(turn % 3 == 0, Kind.PIVOT_ALFALFA, Kind.PIVOT_MAIZE).astype(np.uint8)
    return np.select([kinds == FIELD, kinds == PIVOT_FIELD], [crop, pivot], kinds).astype(np.uint8)
