"""The pictures of Compression: a question asked of a cube in another code, and what lies between two of them."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.core.shade import shade
from embexplore.cube import schema
from embexplore.ui import colormaps
from embexplore.ui.modes.base import Layer, Painted, Side

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer
    from embexplore.ui.labbook import LabBook

WITHIN = 99.0
"""Percent of the differences that the colors of the difference span: a few pixels do not pale all others."""


def coded_layer(exact: Layer, book: "LabBook", name: str, years: Sequence[int], side: Side) -> Layer:
    """An exact layer that reads some years, asked of the cube in another code and painted alike."""
    compute = partial(_ask, exact=exact, book=book, name=name, years=years)
    return Layer(("coded", name, exact.key), compute, exact.paint, side, np.nan)


def difference_layer(explorer: "Explorer", left: Layer, right: Layer) -> Layer:
    """The right map less the left, blue where it is less and orange where it is more."""

    def compute(_: xr.Dataset) -> xr.DataArray:
        return explorer.values(right) - explorer.values(left)

    key = ("difference", left.key, right.key)
    layer = Layer(key, compute, fill=np.nan)

    def paint(values: NDArray[np.float32]) -> Painted:
        limit = explorer.told(layer, "limit", most)
        return Painted(shade(values, -limit, limit), colormaps.palette(diverging()))

    return Layer(key, compute, paint, fill=np.nan)


def most(difference: xr.DataArray) -> float:
    """The difference that gets the last color."""
    known = np.abs(difference.values[np.isfinite(difference.values)])
    return max(float(np.percentile(known, WITHIN)), 1e-3) if known.size else 1e-3


def diverging() -> NDArray[np.uint8]:
    """`CET_CBTD1` of colorcet: blue over white to orange, told apart by everybody."""
    import colorcet

    return np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colorcet.palette["CET_CBTD1"]], np.uint8)


def _ask(cube: xr.Dataset, *, exact: Layer, book: "LabBook", name: str, years: Sequence[int]) -> xr.DataArray:
    codec = book.codec(name)
    return exact.compute(cube if codec is None else cube.sel({schema.TIME: list(years)}).emb.encode(codec))
