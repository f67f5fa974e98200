"""What to compute for a map of any size: one coarse level of the whole cube, and the part on the screen.

A cube of up to `LARGEST` pixels is its own coarse level. A larger one has its overviews where it was opened
from a store that has them, and every second pixel, every fourth … of itself elsewhere.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import xarray as xr

from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.cube.pieces import TIERS
from embexplore.errors import EmbexploreError
from embexplore.io.open import open_cube
from embexplore.ui.render.mercator import footprint
from embexplore.ui.render.viewport import Viewport

LARGEST = 1 << 22
"""Pixels of the level that stands for the whole: 2048², searched in a third of a second and kept in 16 MB."""

DETAIL = 4
"""Pixels that a window has at most for each pixel of the screen: the next coarser level has one at least."""

SNAP = 64
"""Windows begin and end at multiples of so many pixels: after a small pan the same window is asked for again."""


@dataclass(frozen=True)
class Window:
    """A part of one level, by its rows and columns: equal windows hold the same pixels.

    Attributes
    ----------
    level : int
        0 is the cube itself.
    rows, columns : (first, end)
    """

    level: int
    rows: tuple[int, int]
    columns: tuple[int, int]


class Pyramid:
    """The resolutions of a cube, finest first, each with half the rows and columns of the one before.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not.
    """

    def __init__(self, cube: xr.Dataset) -> None:
        self._levels = [cube]
        self._grids: dict[int, Grid] = {}

    @cached_property
    def whole(self) -> xr.Dataset:
        """The finest level of at most `LARGEST` pixels: what a map of the whole cube is computed on."""
        return self._level(self._whole)

    @cached_property
    def is_complete(self) -> bool:
        """Whether `whole` is the cube itself, so that no window is ever needed."""
        return self._whole == 0

    def window(self, viewport: Viewport) -> Window | None:
        """The part of the cube on the screen, in more detail than `whole` has.

        Returns
        -------
        Window or None
            The finest level's part of at most `DETAIL` pixels for each pixel of the screen; None where `whole`
            is that level, or the screen shows nothing of the cube.
        """
        for number in range(self._whole):
            part = footprint(self._grid(number), viewport)
            if part is None:
                return None
            rows, columns = (_snapped(*pair) for pair in zip(part, self._grid(number).shape, strict=True))
            if (rows[1] - rows[0]) * (columns[1] - columns[0]) <= DETAIL * viewport.width * viewport.height:
                return Window(number, rows, columns)
        return None

    def read(self, window: Window) -> xr.Dataset:
        """The cube's pixels in a window, as lazy as the cube."""
        return self._level(window.level).isel({schema.Y: slice(*window.rows), schema.X: slice(*window.columns)})

    @cached_property
    def _whole(self) -> int:
        number = 0
        while math.prod(-(-self._levels[0].sizes[dim] >> number) for dim in (schema.Y, schema.X)) > LARGEST:
            number += 1
        return number

    @cached_property
    def source(self) -> str | None:
        """Where the cube was opened; None for one in memory, or of which something was taken out or replaced."""
        cube = self._levels[0]
        path = cube.encoding.get("source")
        if path is None or "level" not in cube.encoding:
            return None
        try:
            stored = open_cube(path, level=cube.encoding["level"])
        except EmbexploreError:  # it is gone, or another one is being written there
            return None
        return path if _is_same(cube, stored) else None

    @property
    def thinned(self) -> tuple[int, int]:
        """Which level of the store `whole` is made from, and of how many of its rows and columns it takes one."""
        above = min(self._whole, len(self._overviews))
        opened = self._overviews[above - 1] if above else self._levels[0].encoding.get("level", 0)
        return opened, 1 << (self._whole - above)

    @cached_property
    def _overviews(self) -> range:
        """The levels of the store that lie above the cube."""
        known = self._levels[0].encoding
        return range(0) if self.source is None else range(known["level"] + 1, known["levels"])

    def _level(self, number: int) -> xr.Dataset:
        while len(self._levels) <= number:
            known = len(self._levels)
            if self.source is not None and known <= len(self._overviews):
                level = open_cube(self.source, level=self._overviews[known - 1])
            else:
                level = self._levels[-1].isel({schema.Y: slice(None, None, 2), schema.X: slice(None, None, 2)})
            self._levels.append(level)
        return self._levels[number]

    def _grid(self, number: int) -> Grid:
        if number not in self._grids:
            self._grids[number] = grid_of(self._level(number))
        return self._grids[number]


def _is_same(cube: xr.Dataset, stored: xr.Dataset) -> bool:
    """Whether a cube still is what its store holds: no year, row or code of it was taken out or replaced."""
    names = [name for name in (*TIERS, schema.SCALES, schema.VALID) if name in stored.variables]
    lazy = [getattr(each[name].data, "name", None) for each in (cube, stored) for name in names if name in each]
    return (
        cube.attrs == stored.attrs
        and set(cube.variables) == set(stored.variables)
        and lazy[: len(names)] == lazy[len(names) :]
        and None not in lazy
    )


def _snapped(span: slice, size: int) -> tuple[int, int]:
    return span.start // SNAP * SNAP, min(size, -(-span.stop // SNAP) * SNAP)
