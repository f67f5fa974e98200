"""A whole world: everything planned once from size and seed, drawn window by window on demand."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.cover import fertility, natural, shoreline
from embexplore.io.sources.island.farmland import farmed, grown, pivots
from embexplore.io.sources.island.frame import Frame
from embexplore.io.sources.island.kinds import Kind
from embexplore.io.sources.island.planted import Planted, plant
from embexplore.io.sources.island.roads import Road, build_roads
from embexplore.io.sources.island.settlement import greenhouses, town
from embexplore.io.sources.island.shapes import along_line, blob, inside
from embexplore.io.sources.island.sites import Site, choose_sites
from embexplore.io.sources.island.survey import Map, Survey, survey

BLOCK = 256
"""Windows are drawn in aligned blocks of this many pixels: the cube's own chunks."""
HALO = 2
"""Pixels drawn around a block, because the sensor's blur reaches across its edge."""
_KEPT = 256
"""Blocks kept between years: 1.2 MB each, all of a 4096-pixel island."""


@dataclass(frozen=True)
class Ground:
    """What a block looks like before its years: kinds (`FIELD` where crops rotate), parcels, water levels."""

    y: NDArray[np.float64]
    x: NDArray[np.float64]
    kinds: NDArray[np.uint8]
    numbers: NDArray[np.uint64]
    z: NDArray[np.float32]
    coast: NDArray[np.float32]


class World:
    """One island. Planned on first use; safe to read from several threads."""

    def __init__(self, size: int, seed: int) -> None:
        self.frame = Frame(size, seed)
        self._ground: OrderedDict[tuple[int, int], Ground] = OrderedDict()
        self._lock = Lock()

    @cached_property
    def survey(self) -> Survey:
        """Terrain and water."""
        return survey(self.frame)

    @cached_property
    def sites(self) -> list[Site]:
        """Places with a purpose."""
        return choose_sites(self.survey)

    @cached_property
    def roads(self) -> list[Road]:
        """The road network."""
        return build_roads(self.survey, self.sites)

    @cached_property
    def planted(self) -> list[Planted]:
        """The planted changes."""
        return plant(self.sites)

    @cached_property
    def fertile(self) -> Map:
        """Where farming pays, on the coarse grid."""
        return fertility(self.survey)

    @cached_property
    def piers(self) -> list[NDArray[np.float64]]:
        """Lines `(2, 2)` of each town's harbor, from the coast into the sea."""
        return [pier for site in self.sites if site.kind == "town" for pier in _piers(self.survey, site)]

    def kinds(self, row: int, column: int, year: int) -> tuple[Ground, NDArray[np.uint8], NDArray[np.uint64]]:
        """Kinds of surface and parcel numbers of a block with its halo, in a year."""
        ground = self.ground(row, column)
        kinds = grown(ground.kinds, ground.numbers, year, self.frame.seed)
        numbers = ground.numbers.copy()
        for change in self.planted:
            change.apply(year, kinds, numbers, ground.y, ground.x)
        return ground, kinds, numbers

    def ground(self, row: int, column: int) -> Ground:
        """A block with its halo before its years; the last `_KEPT` are kept."""
        with self._lock:
            if (row, column) in self._ground:
                self._ground.move_to_end((row, column))
                return self._ground[row, column]
            self._plan()
        made = self._draw(*(np.arange(at * BLOCK - HALO, (at + 1) * BLOCK + HALO) + 0.5 for at in (row, column)))
        with self._lock:
            self._ground[row, column] = made
            while len(self._ground) > _KEPT:
                self._ground.popitem(last=False)
        return made

    def _plan(self) -> None:
        """Plan everything while the lock is held, so that threads do not plan twice."""
        _ = self.planted, self.roads, self.fertile, self.piers

    def _draw(self, y: NDArray[np.float64], x: NDArray[np.float64]) -> Ground:
        land, frame = self.survey, self.frame
        kinds, numbers = farmed(land, y, x, natural(land, y, x), self.fertile)
        sea = kinds == Kind.SEA
        for site in self.sites:
            if (
                abs(y.mean() - site.y) - len(y) / 2 > 1.6 * site.radius
                or abs(x.mean() - site.x) - len(x) / 2 > 1.6 * site.radius
            ):
                continue
            painter = partial(pivots, land) if site.kind == "pivots" else _PAINTERS.get(site.kind)
            if painter is not None:
                where, new, names = painter(site, y, x)
                where &= ~sea
                kinds[where], numbers[where] = new[where], names[where]
        z = frame.sample(land.z, y[:, None], x[None, :])
        for river in land.rivers:
            wet, level = along_line(river.course, river.width, y, x, river.elevation)
            wet &= ~sea
            z[wet] = np.where(kinds == Kind.RIVER, np.minimum(z, level), level)[wet]
            kinds[wet], numbers[wet] = Kind.RIVER, 0
        for basin in land.basins:
            lake = (basin.depth(y[:, None], x[None, :]) > 0) & ~sea
            kinds[lake], numbers[lake] = Kind.LAKE, 0
        for road in self.roads:
            paved, _ = along_line(road.course, np.full(len(road.course), road.width), y, x)
            paved &= (kinds != Kind.SEA) & (kinds != Kind.LAKE)
            kinds[paved], numbers[paved] = Kind.ROAD, 0
        for pier in self.piers:
            built, _ = along_line(pier, np.full(2, 2.1), y, x)
            kinds[built], numbers[built] = Kind.TOWN, 0
        z = np.where(sea, np.minimum(z, 0.0), np.maximum(z, 0.0))
        coast = shoreline(land, y, x) * frame.size / 2
        return Ground(y, x, kinds, numbers, z.astype(np.float32), coast.astype(np.float32))


def _quarry(
    site: Site, y: NDArray[np.float64], x: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.uint8], NDArray[np.uint64]]:
    where = inside(blob(site.y, site.x, site.radius * 0.85, site.key), y, x)
    return where, np.full(where.shape, Kind.SOIL, np.uint8), np.full(where.shape, site.key & 0xFFFF, np.uint64)


_PAINTERS = {"town": town, "village": town, "greenhouse": greenhouses, "quarry": _quarry}


def _piers(land: Survey, site: Site) -> list[NDArray[np.float64]]:
    """Two piers where the sea is nearest to a town."""
    far = np.where(land.land, np.inf, land.distance(site.y, site.x))
    row, column = divmod(int(np.argmin(far)), land.frame.cells)
    shore = np.array([land.frame.centers[row], land.frame.centers[column]])
    out = (shore - [site.y, site.x]) / max(float(far[row, column]), 1.0)
    side = np.array([-out[1], out[0]])
    return [
        np.round([shore - 3 * out + s * side, shore + reach * out + s * side], 3)
        for s, reach in ((-3.5, 5.0), (3.5, 7.0))
    ]
