"""Compute a long result while somebody watches: group by group, nearest first, and stopped when they say so."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.core.parallel import processors
from embexplore.cube import schema
from embexplore.errors import EmbexploreError

TURN = 0.1
"""Seconds of work between two looks at whether to go on: what feels immediate."""

Progress = Callable[[int, int], object]
Block = tuple[int, ...]


class Cancelled(EmbexploreError):
    """A scan that was stopped; what it had computed by then is in `out`."""


def scan(
    lazy: xr.DataArray,
    *,
    out: NDArray[Any] | None = None,
    near: tuple[float, float] | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> xr.DataArray:
    """A lazy result in memory.

    Parameters
    ----------
    lazy : DataArray with the dims y and x, in any order among others
        On dask; one that is in memory already is returned as it is.
    out : ndarray of `lazy`'s shape and type, optional
        Filled as the scan goes, so that a map can draw what there is. By default a new one that holds NaN
        (0 of integers) until then.
    near : (y, x), optional
        In pixels: blocks near it come first; the middle by default.
    progress : callable, optional
        `progress(done, total)` in blocks, after every group.
    cancelled : callable, optional
        Asked about ten times a second whether to stop.

    Returns
    -------
    DataArray
        Contiguous, with the coordinates and attributes of `lazy`.

    Raises
    ------
    Cancelled
    """
    if lazy.chunks is None:
        return lazy
    if out is None:
        out = np.full(lazy.shape, np.nan if lazy.dtype.kind == "f" else 0, lazy.dtype)
    blocks = _nearest_first(lazy, near)
    done, size = 0, processors()
    while done < len(blocks):
        if cancelled is not None and cancelled():
            raise Cancelled(f"stopped after {done} of {len(blocks)} chunks.")
        start = time.perf_counter()
        group = blocks[done : done + size]
        _compute(lazy.data, group, out)
        done += len(group)
        size = _next_size(size, time.perf_counter() - start)
        if progress is not None:
            progress(done, len(blocks))
    return lazy.copy(data=out)


def _next_size(size: int, seconds: float) -> int:
    """Blocks for the next group: as many as take a turn, at least one a processor, at most four times as many."""
    return max(processors(), min(4 * size, int(size * TURN / max(seconds, 1e-3))))


def _nearest_first(lazy: xr.DataArray, near: tuple[float, float] | None) -> list[Block]:
    """Indices of all blocks, those around `near` first."""
    axes = lazy.get_axis_num(schema.Y), lazy.get_axis_num(schema.X)
    target = near or (lazy.sizes[schema.Y] / 2, lazy.sizes[schema.X] / 2)
    away = np.zeros(lazy.data.numblocks)
    for axis, center in zip(axes, target, strict=True):
        stops = np.cumsum(lazy.data.chunks[axis])
        middles = stops - np.array(lazy.data.chunks[axis]) / 2
        shape = [1] * lazy.ndim
        shape[axis] = -1
        away = away + ((middles - center) ** 2).reshape(shape)
    order = np.argsort(away, axis=None, kind="stable")
    return [tuple(int(i) for i in index) for index in zip(*np.unravel_index(order, away.shape), strict=True)]


def _compute(data: Any, group: list[Block], out: NDArray[Any]) -> None:
    import dask

    parts = dask.compute(*(data.blocks[index] for index in group))
    for index, part in zip(group, parts, strict=True):
        out[_window(data.chunks, index)] = part


def _window(chunks: tuple[tuple[int, ...], ...], index: Block) -> tuple[slice, ...]:
    return tuple(slice(sum(sizes[:i]), sum(sizes[: i + 1])) for sizes, i in zip(chunks, index, strict=True))
