"""Fields: districts of one direction each, divided into rectangles that are halved down to a field's size.

Everything is a function of the position, so any window shows the same fields.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.frame import Frame
from embexplore.io.sources.island.hashing import hashed, uniform

Map = NDArray[np.float64]


@dataclass(frozen=True)
class Parcels:
    """What field lies at each pixel of a window.

    Attributes
    ----------
    number : ndarray of uint64
        The same for all pixels of a field, different for different fields.
    y, x : ndarray
        Position of the field's center in pixels.
    edge : ndarray
        Distance in pixels to the nearest side of the field.
    lane : ndarray
        Distance in pixels to the nearest side that is also a farm track.
    """

    number: NDArray[np.uint64]
    y: Map
    x: Map
    edge: Map
    lane: Map


def parcels(frame: Frame, y: NDArray[np.float64], x: NDArray[np.float64]) -> Parcels:
    """The fields at the positions `y (rows,)` by `x (columns,)`."""
    district, sy, sx, border = _districts(frame, y[:, None], x[None, :])
    cos, sin = _direction(frame, district)
    along = (x[None, :] - sx) * cos + (y[:, None] - sy) * sin
    across = (y[:, None] - sy) * cos - (x[None, :] - sx) * sin
    block = 46.0 * frame.growth
    u, v = np.floor(along / block), np.floor(across / block)
    low = np.stack([u * block, v * block])
    high = low + block
    number = hashed(frame.key("block"), district.view(np.int64), u, v)
    at = np.stack([along, across])
    lane = np.minimum((at - low).min(axis=0), (high - at).min(axis=0))
    for depth in range(7):
        number, low, high, cut = _halve(frame, number, low, high, at, depth)
        if depth < 1:
            lane = np.minimum(lane, cut)
    edge = np.minimum((at - low).min(axis=0), (high - at).min(axis=0))
    middle = (low + high) / 2
    center_x = sx + middle[0] * cos - middle[1] * sin
    center_y = sy + middle[0] * sin + middle[1] * cos
    return Parcels(number, center_y, center_x, np.minimum(edge, border), np.minimum(lane, border))


def _halve(
    frame: Frame, number: NDArray[np.uint64], low: Map, high: Map, at: Map, depth: int
) -> tuple[NDArray[np.uint64], Map, Map, Map]:
    """Cut every rectangle that is still too long across its longer side; also the distance to the cut."""
    name = number.view(np.int64)
    chance = uniform(frame.key("cut", depth), name)
    size = high - low
    axis = (size[1] > size[0]).astype(np.int64)[None]
    length = np.take_along_axis(size, axis, 0)[0]
    least = (9.0 + 9.0 * uniform(frame.key("field size", depth), name)) * frame.growth
    cuts = length > least
    place = np.take_along_axis(low, axis, 0)[0] + length * (0.36 + 0.28 * chance)
    here = np.take_along_axis(at, axis, 0)[0]
    after = here >= place
    low, high = low.copy(), high.copy()
    for side, moves in ((low, cuts & after), (high, cuts & ~after)):
        new = np.where(moves, place, np.take_along_axis(side, axis, 0)[0])
        np.put_along_axis(side, axis, new[None], 0)
    child = hashed(frame.key("child"), name, after)
    return np.where(cuts, child, number), low, high, np.where(cuts, np.abs(here - place), np.inf)


def _districts(frame: Frame, y: Map, x: Map) -> tuple[NDArray[np.uint64], Map, Map, Map]:
    """The nearest of scattered seeds: its name, its position, and the distance to the next district."""
    spacing = 62.0 * frame.growth
    row, column = np.floor(y / spacing), np.floor(x / spacing)
    shape = np.broadcast_shapes(y.shape, x.shape)
    best, second = np.full(shape, np.inf), np.full(shape, np.inf)
    seed_y, seed_x = np.zeros(shape), np.zeros(shape)
    name = np.zeros(shape, np.uint64)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            r, c = row + dy, column + dx
            sy = (r + 0.15 + 0.7 * uniform(frame.key("district y"), r, c)) * spacing
            sx = (c + 0.15 + 0.7 * uniform(frame.key("district x"), r, c)) * spacing
            away = (y - sy) ** 2 + (x - sx) ** 2
            nearer = away < best
            second = np.where(nearer, best, np.minimum(second, away))
            best = np.where(nearer, away, best)
            seed_y, seed_x = np.where(nearer, sy, seed_y), np.where(nearer, sx, seed_x)
            name = np.where(nearer, hashed(frame.key("district"), r, c), name)
    return name, seed_y, seed_x, (np.sqrt(second) - np.sqrt(best)) / 2


def _direction(frame: Frame, district: NDArray[np.uint64]) -> tuple[Map, Map]:
    """Cosine and sine of each district's direction, within 30 degrees of east, without calling cos."""
    t = 0.54 * (uniform(frame.key("direction"), district.view(np.int64)) - 0.5)
    return (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)
