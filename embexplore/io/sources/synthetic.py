"""Null Island: a fictional island with embeddings, land cover and change that are known exactly.

It lies at 0°N just east of 0°E, where there is only sea: nobody can mistake it for a real place.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import Codec, make_codec
from embexplore.cube.grid import Grid
from embexplore.cube.schema import NODATA, Provenance
from embexplore.errors import InvalidInput
from embexplore.io.sources.base import Block
from embexplore.io.sources.island.frame import SMALLEST
from embexplore.io.sources.island.gaps import missing
from embexplore.io.sources.island.kinds import CLASS_OF, CLASSES
from embexplore.io.sources.island.space import BANDS
from embexplore.io.sources.island.vectors import block_codes
from embexplore.io.sources.island.world import BLOCK, HALO, World

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

YEARS = tuple(range(2017, 2025))
CRS = "EPSG:32631"
_CENTER_PIXEL = (17939, 1217)
"""Column and row of the 10 m pixel in EPSG:32631 that holds 0.12°E 0.11°N, the middle of every
Null Island: 179 390–179 400 m east, 12 170–12 180 m north."""
PIXEL = 10.0
VERSION = "1"
"""Changes whenever the same seed gives other numbers."""


class NullIsland:
    """The island as a Source, and its truth.

    Parameters
    ----------
    size : int
        Rows and columns of 10 m pixels. Larger islands have more fields, rivers and towns of real size;
        below 192 the middle of the 192-pixel island is shown.
    seed : int
        Another seed, another island in the same space of embeddings.
    years : sequence of int
        Calendar years; planted changes happen from 2018 to 2024.
    """

    name = "null-island"
    classes_names = CLASSES

    def __init__(self, size: int = SMALLEST, *, seed: int = 0, years: Sequence[int] = YEARS) -> None:
        if size < 1:
            raise InvalidInput(f"size={size}: expected at least 1 pixel.")
        if not years or len(set(years)) != len(years):
            raise InvalidInput(f"years={list(years)}: expected at least one year, each once.")
        self.size, self.seed, self.years = int(size), int(seed), tuple(sorted(int(year) for year in years))
        self.world = World(max(self.size, SMALLEST), self.seed)
        self._offset = self.world.frame.size // 2 - self.size // 2
        left, top = self._corner
        shift = PIXEL * self._offset
        self.grid = Grid(CRS, (PIXEL, 0.0, left + shift, 0.0, -PIXEL, top - shift), (self.size, self.size))
        self.bands = tuple(f"A{band:02d}" for band in range(BANDS))
        self.codec: Codec = make_codec("alphaearth")
        self.provenance = Provenance(
            source=f"Null Island, seed {self.seed}",
            model="Null Island",
            version=VERSION,
            attribution="Null Island does not exist: made by embexplore from a seed.",
            license="CC0-1.0",
        )

    @property
    def _corner(self) -> tuple[float, float]:
        """Left and top of the whole world in meters."""
        half = self.world.frame.size // 2
        return PIXEL * (_CENTER_PIXEL[0] - half), PIXEL * (_CENTER_PIXEL[1] + 1 + half)

    def fingerprint(self) -> str:
        """Version, size and seed: the same fingerprint, the same numbers."""
        return f"null island {VERSION}, size {self.size}, seed {self.seed}"

    def read(self, year: int, rows: slice, columns: slice) -> Block:
        """AlphaEarth codes `(64, rows, columns)` of a window in a year; −128 where there is no data."""
        codes = np.empty((BANDS, *self._shape(rows, columns)), np.int8)
        for row, column, target, inner in self._blocks(rows, columns):
            gap = missing(self.world, self.world.ground(row, column), year)[inner]
            if gap.all():
                codes[:, *target] = NODATA
                continue
            part = block_codes(self.world, row, column, year, self.codec)[:, *inner]
            codes[:, *target] = np.where(gap, np.int8(NODATA), part)
        return Block(codes)

    def classes(self, year: int, rows: slice = slice(None), columns: slice = slice(None)) -> NDArray[np.uint8]:
        """True land cover `(rows, columns)` in a year: indices into `kinds.CLASSES`."""
        found = np.empty(self._shape(rows, columns), np.uint8)
        for row, column, target, inner in self._blocks(rows, columns):
            found[target] = CLASS_OF[self.world.kinds(row, column, year)[1][HALO:-HALO, HALO:-HALO]][inner]
        return found

    def elevation(self, rows: slice = slice(None), columns: slice = slice(None)) -> NDArray[np.float32]:
        """Height in meters above the sea `(rows, columns)`; at most 0 at sea, the water level on rivers."""
        found = np.empty(self._shape(rows, columns), np.float32)
        for row, column, target, inner in self._blocks(rows, columns):
            found[target] = self.world.ground(row, column).z[HALO:-HALO, HALO:-HALO][inner]
        return found

    @cached_property
    def places(self) -> "GeoDataFrame":
        """Named places to click on: name, class, lon, lat; points in EPSG:4326."""
        from embexplore.io.sources.island.truth import places

        return places(self)

    @cached_property
    def changes(self) -> "GeoDataFrame":
        """Planted changes: kind, to_class, first_year, last_year; outlines in EPSG:32631."""
        from embexplore.io.sources.island.truth import changes

        return changes(self)

    def meters(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coordinates `(n, 2)` as (x, y) in EPSG:32631 of positions (y, x) in pixels of the world."""
        left, top = self._corner
        return np.column_stack([left + PIXEL * positions[:, 1], top - PIXEL * positions[:, 0]])

    def _shape(self, rows: slice, columns: slice) -> tuple[int, int]:
        return len(range(*rows.indices(self.size))), len(range(*columns.indices(self.size)))

    def _blocks(
        self, rows: slice, columns: slice
    ) -> Iterator[tuple[int, int, tuple[slice, slice], tuple[slice, slice]]]:
        """Blocks that a window touches: row, column, where they go in the window, which part of them."""
        for row, target_y, inner_y in _pieces(rows, self.size, self._offset):
            for column, target_x, inner_x in _pieces(columns, self.size, self._offset):
                yield row, column, (target_y, target_x), (inner_y, inner_x)


def _pieces(window: slice, size: int, offset: int) -> Iterator[tuple[int, slice, slice]]:
    start, stop, step = window.indices(size)
    if step != 1:
        raise InvalidInput(f"window {window}: expected a step of 1.")
    start, stop = start + offset, stop + offset
    for block in range(start // BLOCK, -(-stop // BLOCK)):
        low, high = max(start, block * BLOCK), min(stop, (block + 1) * BLOCK)
        yield block, slice(low - start, high - start), slice(low - block * BLOCK, high - block * BLOCK)
