"""The small arrays of a cube: year, precision and chunk parameters of each year; coordinates and parameters."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.io.chunk_codec import Bytes
from embexplore.io.layout import Layout, parameter_names
from embexplore.io.stored_array import StoredArray
from embexplore.io.window import main_array, windows

Entries = Mapping[str, Mapping[str, Any]]


def precision_of(layout: Layout, level: int, year: int, entries: Entries) -> NDArray[np.uint8]:
    """`precision (chunk_y, chunk_x)` of a year, from its windows in the journal."""
    out = np.zeros(layout.arrays[level][schema.PRECISION].shape[1:], np.uint8)
    for place, entry in _placed(layout, level, year, entries):
        out[place] = entry["precision"]
    return out


def parameters_of(layout: Layout, level: int, year: int, entries: Entries) -> dict[str, NDArray[Any]]:
    """Codec parameters that differ by chunk, `(chunk_y, chunk_x, …)`, by array name."""
    plan = layout.plan
    names = [name for c in plan.codecs if c.variable in plan.per_chunk for name in parameter_names(c).values()]
    arrays = {name: layout.arrays[level][name] for name in names}
    out = {name: np.full(array.shape[1:], array.fill_value, array.dtype) for name, array in arrays.items()}
    for place, entry in _placed(layout, level, year, entries):
        for name, values in out.items():
            data = base64.b64decode(entry["parameters"][name])
            target = values[place]
            target[...] = np.frombuffer(data, values.dtype).reshape(target.shape)
    return out


def _placed(
    layout: Layout, level: int, year: int, entries: Entries
) -> Iterator[tuple[tuple[slice, slice], Mapping[str, Any]]]:
    """Every window's entry and where its chunks stand on the year's chunk grid."""
    height, width = main_array(layout, level).chunks[-2:]
    for window in windows(layout, level, (year,)):
        rows = slice(window.rows.start // height, -(-window.rows.stop // height))
        columns = slice(window.columns.start // width, -(-window.columns.stop // width))
        yield (rows, columns), entries[window.key]


def yearly_files(layout: Layout, level: int, years: Sequence[int], entries: Entries) -> dict[str, Bytes]:
    """The files of the given years for every array with a time dim but without pixels."""
    arrays = layout.arrays[level]
    files = {}
    for year in years:
        slot = layout.years.index(year)
        values = {
            schema.TIME: np.array(year, np.int32),
            schema.PRECISION: precision_of(layout, level, year, entries),
            **parameters_of(layout, level, year, entries),
        }
        for name, value in values.items():
            files |= _file(arrays[name], (slot, *[0] * value.ndim), value[None])
    return files


def static_files(layout: Layout, level: int) -> dict[str, Bytes]:
    """The files of coordinates and of parameters that hold for the whole cube."""
    files: dict[str, Bytes] = {}
    for name, spec in layout.specs[level].items():
        if spec.values is not None:
            files |= _file(layout.arrays[level][name], (0,) * spec.values.ndim, spec.values)
    return files


def _file(array: StoredArray, chunk: tuple[int, ...], values: NDArray[Any]) -> dict[str, Bytes]:
    if array.codec is None:
        raise TypeError(f"{array.path}: layout made an array without an encoder")
    return {array.key(chunk): array.codec.encode(values)}
