"""The coarse maps from which sites are chosen: height, slope, and how far coast, rivers and lakes are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.drainage import Drainage, drain
from embexplore.io.sources.island.frame import Frame
from embexplore.io.sources.island.hashing import uniform
from embexplore.io.sources.island.rivers import River, trace
from embexplore.io.sources.island.terrain import Basin, heights, mountain, outline

Map = NDArray[np.float64]


@dataclass(frozen=True)
class Survey:
    """Maps on the coarse grid, `(cells, cells)`; distances in pixels, heights in meters.

    Attributes
    ----------
    inland : ndarray
        Positive on land, negative at sea: the outline before any detail.
    z : ndarray
        Elevation with pits filled.
    slope : ndarray
        Meters of height per pixel.
    range_ : ndarray
        Mountains, 0 to 1.
    coast, river, lake : ndarray
        Distance to the sea, to the nearest river and to the nearest lake.
    """

    frame: Frame
    inland: Map
    z: Map
    slope: Map
    range_: Map
    coast: Map
    river: Map
    lake: Map
    basins: tuple[Basin, ...]
    rivers: tuple[River, ...]
    drainage: Drainage

    @property
    def land(self) -> NDArray[np.bool_]:
        """Whether a cell is land."""
        return self.inland > 0

    def distance(self, y: float, x: float) -> Map:
        """Distance in pixels from a position."""
        at = self.frame.centers
        dy, dx = at[:, None] - y, at[None, :] - x
        return np.sqrt(dy * dy + dx * dx)


def survey(frame: Frame) -> Survey:
    """Make the terrain of a world, let it drain, and measure it."""
    from scipy.ndimage import distance_transform_edt

    inland = outline(frame)
    coast = distance_transform_edt(np.pad(inland > 0, 1))[1:-1, 1:-1] * frame.step
    basins = _basins(frame, inland, coast)
    sea = inland <= 0
    drainage = drain(heights(frame, inland, basins), sea)
    rivers = trace(frame, drainage)
    wet = np.zeros(inland.shape, bool)
    for river in rivers:
        rows, columns = np.minimum(river.course // frame.step, frame.cells - 1).astype(int).T
        wet[rows, columns] = True
    at = frame.centers
    lake = np.zeros(inland.shape, bool)
    for basin in basins:
        lake |= basin.depth(at[:, None], at[None, :]) > 0
    dy, dx = np.gradient(drainage.filled, frame.step)
    far = [
        distance_transform_edt(~mask) * frame.step if mask.any() else np.full(mask.shape, 1e6) for mask in (wet, lake)
    ]
    return Survey(
        frame,
        inland,
        drainage.filled,
        np.sqrt(dy * dy + dx * dx),
        mountain(frame),
        coast,
        far[0],
        far[1],
        tuple(basins),
        tuple(rivers),
        drainage,
    )


def _basins(frame: Frame, inland: Map, coast: Map) -> list[Basin]:
    """Hollows for lakes: in the foothills, far from the coast and from each other, never at the center."""
    at = frame.centers
    radius = 12.5 * frame.growth
    range_ = mountain(frame)
    wish = -np.abs(range_ - 0.12) - 0.4 * np.abs(coast / (frame.size / 2) - 0.45)
    wish += 0.15 * uniform(frame.key("lake"), np.arange(frame.cells)[:, None], np.arange(frame.cells)[None, :])
    middle = frame.size / 2
    free = (coast > 1.9 * radius) & (inland > 0.15)
    free &= (at[:, None] - middle) ** 2 + (at[None, :] - middle) ** 2 > (1.7 * radius) ** 2
    basins: list[Basin] = []
    for number in range(max(1, round(frame.area * 0.45))):
        if not free.any():
            break
        row, column = np.unravel_index(np.argmax(np.where(free, wish, -np.inf)), wish.shape)
        size = radius * (1.0 if number == 0 else 0.6 + 0.8 * float(uniform(frame.key("lake size"), number)[0]))
        basins.append(Basin(float(at[row]), float(at[column]), size, frame.key("lake shore", number)))
        free &= (at[:, None] - at[row]) ** 2 + (at[None, :] - at[column]) ** 2 > (6 * radius) ** 2
    return basins
