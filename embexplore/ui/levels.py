"""What to compute for a map of any size: one coarse level of the whole cube, and the part on the screen.

A cube of up to `LARGEST` pixels is its own coarse level. A larger one has its overviews where it was opened
from a store that has them, and every second pixel, every fourth … of itself elsewhere.
"""

import math
from functools import cached_property

import xarray as xr

from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.grid import Grid
from embexplore.cube.pieces import TIERS
from embexplore.io.open import open_cube
from embexplore.ui.render.mercator import footprint
from embexplore.ui.render.viewport import Viewport

LARGEST = 1 << 24
"""Pixels of the level that stands for the whole: 4096², whose float32 map is 64 MB."""

DETAIL = 4
"""Pixels that a window has at most for each pixel of the screen: the next coarser level has one at least."""

SNAP = 64
"""Windows begin and end at multiples of so many pixels: after a small pan the same window is asked for again."""


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

    def window(self, viewport: Viewport) -> xr.Dataset | None:
        """The part of the cube on the screen, in more detail than `whole` has.

        Returns
        -------
        Dataset or None
            The finest level's part of at most `DETAIL` pixels for each pixel of the screen; None where `whole`
            is that level, or the screen shows nothing of the cube.
        """
        for number in range(self._whole):
            part = footprint(self._grid(number), viewport)
            if part is None:
                return None
            rows, columns = (_snapped(*pair) for pair in zip(part, self._grid(number).shape, strict=True))
            pixels = (rows.stop - rows.start) * (columns.stop - columns.start)
            if pixels <= DETAIL * viewport.width * viewport.height:
                return self._level(number).isel({schema.Y: rows, schema.X: columns})
        return None

    @cached_property
    def _whole(self) -> int:
        number = 0
        while math.prod(-(-self._levels[0].sizes[dim] >> number) for dim in (schema.Y, schema.X)) > LARGEST:
            number += 1
        return number

    @cached_property
    def _overviews(self) -> range:
        """The levels of the store that lie above the cube: none where the cube is not as it was opened."""
        cube = self._levels[0]
        source = cube.encoding
        if not {"source", "level", "levels"} <= set(source) or source["levels"] == 1:
            return range(0)
        stored = open_cube(source["source"], level=source["level"])
        return range(source["level"] + 1, source["levels"]) if _is_same(cube, stored) else range(0)

    def _level(self, number: int) -> xr.Dataset:
        while len(self._levels) <= number:
            known = len(self._levels)
            if known <= len(self._overviews):
                level = open_cube(self._levels[0].encoding["source"], level=self._overviews[known - 1])
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


def _snapped(span: slice, size: int) -> slice:
    return slice(span.start // SNAP * SNAP, min(size, -(-span.stop // SNAP) * SNAP))
