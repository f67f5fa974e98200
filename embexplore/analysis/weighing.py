"""How many bytes a cube takes on disk in a codec: told by whoever writes it, since this layer opens no file."""

from collections.abc import Callable

import xarray as xr

from embexplore.analysis.fitting import on_chunk_grid
from embexplore.analysis.recode import encode
from embexplore.core.codecs import Codec
from embexplore.cube import schema
from embexplore.cube.pieces import prepared
from embexplore.cube.years import years_of

WEIGHED = 1024
"""Rows and columns that are written at most, from the middle: 268 MB of 64 float32 bands."""

Weigh = Callable[[xr.Dataset], int]


def part_to_weigh(cube: xr.Dataset, year: int) -> xr.Dataset:
    """One year of the cube, at most `WEIGHED` rows and columns from the middle of its chunk grid."""
    part = on_chunk_grid(prepared(cube)).isel({schema.TIME: [years_of(cube).index(year)]})
    return part.isel({dim: _middle(part, dim) for dim in (schema.Y, schema.X)})


def bytes_of(part: xr.Dataset, codec: Codec | None, weigh: Weigh | None) -> float:
    """What `weigh` says of the part in a fitted codec, or as it is; NaN where nobody weighs."""
    if weigh is None:
        return float("nan")
    return float(weigh(part if codec is None else encode(part, codec)))


def _middle(part: xr.Dataset, dim: str) -> slice:
    size = part.sizes[dim]
    if size <= WEIGHED:
        return slice(None)
    numbers = part.coords[schema.CHUNK_ROW if dim == schema.Y else schema.CHUNK_COLUMN].values
    first = (size - WEIGHED) // 2
    while first and numbers[first] == numbers[first - 1]:
        first -= 1
    return slice(first, first + WEIGHED)
