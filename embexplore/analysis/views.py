"""Parts of a chunk: strips that bound memory, single pixels, and their unit vectors."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.core.normalize import normalize
from embexplore.core.parallel import share_of_threads
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
    """`function` of every strip, `(rows, columns, ...)`, put together; a whole map's strips share the processors."""
    strips = strips_of(view, pixels)
    with share_of_threads(view.codes.shape[0] * view.codes.shape[1]) as threads:
        if threads == 1:
            return np.concatenate(list(map(function, strips)))
        with ThreadPoolExecutor(threads) as pool:
            return np.concatenate(list(pool.map(function, strips)))


def units_of(view: ChunkView) -> NDArray[np.float32]:
    """Decoded vectors `(..., d)` scaled to unit length; NaN where there is no data, or no direction."""
    vectors = view.decode()
    # float32 sums, in place: off by d / 2 roundings at most, and four times as fast as `core.normalize`.
    lengths = np.sqrt(np.einsum("...d,...d->...", vectors, vectors))
    vectors /= np.where(lengths > 0, lengths, np.float32(np.nan))[..., np.newaxis]
    return vectors


def has_data(view: ChunkView) -> NDArray[np.bool_]:
    """Where vectors have a direction, `(rows, columns)`: where their cosine with anything is a number."""
    if view.valid is not None:
        return view.valid
    anything = np.ones(view.codec.decode(view.codes[:1, :1], part_of(view, slice(1), slice(1)).scales).shape[-1])
    return ~np.isnan(view.similarity(anything.astype(np.float32)))


def unit_vectors(view: ChunkView) -> NDArray[np.float32]:
    """Unit vectors `(n, d)` of the pixels with data inside the area."""
    vectors = normalize(view.vectors())
    return vectors[~np.isnan(vectors[:, 0])]
