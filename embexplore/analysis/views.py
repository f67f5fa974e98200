"""Parts of a chunk: strips that bound memory, single pixels, and their unit vectors."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.core.normalize import normalize
from embexplore.cube.pieces import ChunkView

STRIP = 1 << 16
"""Pixels decoded at once: 16 MB of 64 float32 bands."""


def part_of(view: ChunkView, *index: Any) -> ChunkView:
    """The pixels `view[index]`: slices give a smaller view, two arrays `(n,)` give pixels with codes `(n, c)`."""
    parts = {"codes": view.codes, "scales": view.scales, "valid": view.valid, "inside": view.inside}
    return replace(view, **{name: part if part is None else part[index] for name, part in parts.items()})


def strips_of(view: ChunkView, pixels: int = STRIP) -> Iterator[ChunkView]:
    """The view as strips of rows of about so many pixels."""
    rows, columns = view.codes.shape[:2]
    step = max(1, pixels // columns)
    return (part_of(view, slice(first, first + step)) for first in range(0, rows, step))


def by_strips(view: ChunkView, function: Callable[[ChunkView], NDArray[Any]], pixels: int = STRIP) -> NDArray[Any]:
    """`function` of every strip, `(rows, columns, ...)`, put together."""
    return np.concatenate([function(strip) for strip in strips_of(view, pixels)])


def units_of(view: ChunkView) -> NDArray[np.float32]:
    """Decoded vectors `(..., d)` scaled to unit length; NaN where there is no data, or no direction."""
    return normalize(view.decode())


def unit_vectors(view: ChunkView) -> NDArray[np.float32]:
    """Unit vectors `(n, d)` of the pixels with data inside the area."""
    vectors = normalize(view.vectors())
    return vectors[~np.isnan(vectors[:, 0])]
