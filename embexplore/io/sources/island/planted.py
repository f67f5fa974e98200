"""Planted changes: what was built, cleared or flooded, where, and in which years."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.hashing import draw
from embexplore.io.sources.island.kinds import WATER, Kind
from embexplore.io.sources.island.settlement import Painted, blocks, rows
from embexplore.io.sources.island.shapes import Axis, blob, inside, rectangle
from embexplore.io.sources.island.sites import Site

Kinds = NDArray[np.uint8]
Numbers = NDArray[np.uint64]


@dataclass(frozen=True)
class Stage:
    """From `year` on, the ground inside `outline (n, 2)` (y, x) is `what`: water, rows, soil, scrub or blocks."""

    year: int
    what: str
    outline: NDArray[np.float64]


@dataclass(frozen=True)
class Planted:
    """One change: its kind in words, its stages in order of years, and the site where it happens."""

    kind: str
    stages: tuple[Stage, ...]
    site: Site

    @property
    def outline(self) -> NDArray[np.float64]:
        """The largest outline of all stages."""
        return self.stages[-1].outline

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year of the change; shrubs that grow on a clearing later are not part of it."""
        stages = [stage for stage in self.stages if stage.what != "scrub"]
        return stages[0].year, stages[-1].year

    def apply(self, year: int, kinds: Kinds, numbers: Numbers, y: Axis, x: Axis) -> None:
        """Change a window of kinds and parcel numbers, in place, into what it is in `year`."""
        reach = 1.6 * self.site.radius
        if (
            self.site.y + reach < y[0]
            or self.site.y - reach > y[-1]
            or self.site.x + reach < x[0]
            or self.site.x - reach > x[-1]
        ):
            return
        for number, stage in enumerate(self.stages):
            if year < stage.year:
                continue
            mask = inside(stage.outline, y, x)
            if not mask.any():
                continue
            stays = [*WATER, Kind.ROAD] if stage.what != "water" else [Kind.SEA]
            mask &= ~np.isin(kinds, stays)
            new, names = _PAINT[stage.what](self.site, y, x)
            kinds[mask] = new[mask]
            numbers[mask] = names[mask] + np.uint64(number)


def _plain(kind: Kind) -> Callable[[Site, Axis, Axis], Painted]:
    """A painter of one kind of surface."""

    def paint(site: Site, y: Axis, x: Axis) -> Painted:
        shape = (len(y), len(x))
        return np.full(shape, kind, np.uint8), np.full(shape, site.key & 0x7FFFFFFF, np.uint64)

    return paint


_PAINT = {
    "water": _plain(Kind.LAKE),
    "soil": _plain(Kind.SOIL),
    "scrub": _plain(Kind.SCRUB),
    "rows": rows,
    "blocks": lambda site, y, x: blocks(site, y, x, dense=0.0),
}


def plant(sites: list[Site]) -> list[Planted]:
    """All planted changes of a world."""
    makers = {"reservoir": _reservoir, "solar": _solar, "clearing": _clearing, "construction": _construction}
    counts = dict.fromkeys(makers, 0)
    changes = []
    for site in sites:
        if site.kind in makers:
            changes.append(makers[site.kind](site, counts[site.kind]))
            counts[site.kind] += 1
    return changes


def _reservoir(site: Site, number: int) -> Planted:
    """Half full in one year, full in the next."""
    year = 2020 if number == 0 else 2018 + int(5 * draw(site.key))
    full = blob(site.y, site.x, site.radius, site.key, rough=0.3)
    half = np.round(np.array([site.y, site.x]) + 0.68 * (full - [site.y, site.x]), 3)
    return Planted("reservoir filling", (Stage(year, "water", half), Stage(year + 1, "water", full)), site)


def _solar(site: Site, number: int) -> Planted:
    """Built in two halves."""
    year = 2021 if number == 0 else 2018 + int(5 * draw(site.key))
    long, wide = site.radius * 0.85, site.radius * 0.52
    whole = rectangle(site.y, site.x, (long, wide), site.angle)
    half = np.array([whole[0], (whole[0] + whole[1]) / 2, (whole[2] + whole[3]) / 2, whole[3]])
    return Planted("solar farm", (Stage(year, "rows", half), Stage(year + 1, "rows", whole)), site)


def _clearing(site: Site, number: int) -> Planted:
    """Forest felled; shrubs grow after three years."""
    year = (2019, 2022)[number] if number < 2 else 2018 + int(7 * draw(site.key))
    long, wide = site.radius * (0.7 + 0.1 * draw(site.key, 1)), site.radius * (0.4 + 0.2 * draw(site.key, 2))
    outline = rectangle(site.y, site.x, (long, wide), site.angle)
    return Planted("forest clearing", (Stage(year, "soil", outline), Stage(year + 3, "scrub", outline)), site)


def _construction(site: Site, number: int) -> Planted:
    """A building site for a year, then houses."""
    year = (2018, 2022)[number] if number < 2 else 2018 + int(6 * draw(site.key))
    outline = rectangle(site.y, site.x, (site.radius * 0.8, site.radius * 0.6), site.angle)
    return Planted("construction", (Stage(year, "soil", outline), Stage(year + 1, "blocks", outline)), site)
