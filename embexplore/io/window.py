"""One window of a cube, a shard or a chunk of one year: from arrays to the bytes of its files."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.errors import InvalidInput
from embexplore.io.chunk_codec import Bytes
from embexplore.io.layout import TIERED, Layout, parameter_names
from embexplore.io.presence import has_data, precision_mask
from embexplore.io.stored_array import StoredArray, pack_shard


@dataclass(frozen=True)
class Window:
    """The pixels that share a file: in `level`, year `slot`, file `row`, `column`."""

    level: int
    slot: int
    year: int
    row: int
    column: int
    rows: slice
    columns: slice

    @property
    def key(self) -> str:
        """Name in the journal."""
        return f"{self.level}/{self.year}/{self.row}/{self.column}"


def windows(layout: Layout, level: int, years: tuple[int, ...]) -> Iterator[Window]:
    """The windows of some years at one level, year by year."""
    array = main_array(layout, level)
    (height, width), (rows, columns) = array.shards[-2:], array.shape[-2:]
    for year in years:
        slot = layout.years.index(year)
        for row, column in np.ndindex(*array.file_grid[-2:]):
            top, left = row * height, column * width
            extent = slice(top, min(top + height, rows)), slice(left, min(left + width, columns))
            yield Window(level, slot, year, row, column, *extent)


def main_array(layout: Layout, level: int) -> StoredArray:
    """The array of the best tier: all tiers share its grid of chunks and shards."""
    return layout.arrays[level][layout.plan.codecs[0].variable]


@dataclass(frozen=True)
class Encoded:
    """A window ready for disk.

    Attributes
    ----------
    files : dict
        Bytes by key; None: this file must not exist.
    precision : ndarray of shape (chunks down, chunks across), uint8
    parameters : dict
        Arrays `(chunks down, chunks across, …)` of the codec parameters that differ by chunk.
    """

    files: dict[str, Bytes | None]
    precision: NDArray[np.uint8]
    parameters: dict[str, NDArray[Any]]

    def to_entry(self) -> dict[str, Any]:
        """What the journal keeps beside the files' digests: all that later files are made from."""
        parameters = {name: base64.b64encode(values.tobytes()).decode() for name, values in self.parameters.items()}
        return {"precision": self.precision.tolist(), "parameters": parameters}


def encode_window(layout: Layout, window: Window, values: Mapping[str, NDArray[Any]]) -> Encoded:
    """The files of a window from the arrays `(c, rows, columns)` or `(rows, columns)` of each variable."""
    arrays = {name: array for name, array in layout.arrays[window.level].items() if name in TIERED}
    _check(layout, window, arrays, values)
    padded = {name: _padded(array, values[name]) for name, array in arrays.items()}
    chunks = np.array(
        [-(-length // size) for length, size in zip(_extent(window), _chunk(layout, window), strict=True)]
    )
    precision = np.zeros(chunks, np.uint8)
    for place in np.ndindex(*chunks):
        precision[place] = _precision(layout, {n: _cut(arrays[n], part, place) for n, part in padded.items()})
    files: dict[str, Bytes | None] = {}
    for name, array in arrays.items():
        mask = precision_mask(name, layout.plan.codecs)
        files |= _files(array, window, padded[name], (precision & mask) != 0)
    return Encoded(files, precision, _parameters(layout, values, (int(chunks[0]), int(chunks[1]))))


def _extent(window: Window) -> tuple[int, int]:
    return window.rows.stop - window.rows.start, window.columns.stop - window.columns.start


def _chunk(layout: Layout, window: Window) -> tuple[int, ...]:
    return main_array(layout, window.level).chunks[-2:]


def _check(
    layout: Layout, window: Window, arrays: Mapping[str, StoredArray], values: Mapping[str, NDArray[Any]]
) -> None:
    names = {
        name
        for codec in layout.plan.codecs
        if codec.variable in layout.plan.per_chunk
        for name in parameter_names(codec).values()
    }
    wanted = {*arrays, *names}
    if set(values) != wanted:
        raise InvalidInput(f"window {window.key}: got {sorted(values)}, expected {sorted(wanted)}.")
    for name, array in arrays.items():
        shape = (*array.shape[1:-2], *_extent(window))
        if values[name].shape != shape or values[name].dtype != array.dtype:
            given = f"{values[name].dtype} {values[name].shape}"
            raise InvalidInput(f"{name} of window {window.key}: got {given}, expected {array.dtype} {shape}.")


def _padded(array: StoredArray, values: NDArray[Any]) -> NDArray[Any]:
    """The window grown to whole chunks, with the fill value."""
    missing = [-values.shape[axis] % array.chunks[axis] for axis in (-2, -1)]
    if not any(missing):
        return values
    edges = [(0, 0)] * (values.ndim - 2) + [(0, missing[0]), (0, missing[1])]
    return np.pad(values, edges, constant_values=array.fill_value)


def _cut(array: StoredArray, values: NDArray[Any], place: tuple[int, ...]) -> NDArray[Any]:
    height, width = array.chunks[-2:]
    row, column = place
    return values[..., row * height : (row + 1) * height, column * width : (column + 1) * width]


def _precision(layout: Layout, chunk: Mapping[str, NDArray[Any]]) -> int:
    scales, valid = chunk.get(schema.SCALES), chunk.get(schema.VALID)
    value = schema.NONE
    for codec in layout.plan.codecs:
        if has_data(codec, chunk[codec.variable], scales, valid):
            value |= precision_mask(codec.variable, layout.plan.codecs) or 0
    return value


def _files(
    array: StoredArray, window: Window, values: NDArray[Any], present: NDArray[np.bool_]
) -> dict[str, Bytes | None]:
    if array.codec is None:
        raise InvalidInput(f"{array.path}: no encoder for its codecs.")
    between = (0,) * (len(array.shape) - 3)
    key = array.key((window.slot, *between, window.row, window.column))
    encoded = {
        (0, *between, *(int(i) for i in place)): array.codec.encode(_cut(array, values, tuple(place)))
        for place in np.argwhere(present)
    }
    if not encoded:
        return {key: None}
    return {key: pack_shard(array, encoded) if array.is_sharded else next(iter(encoded.values()))}


def _parameters(layout: Layout, values: Mapping[str, NDArray[Any]], chunks: tuple[int, int]) -> dict[str, NDArray[Any]]:
    found = {}
    for codec in layout.plan.codecs:
        for parameter, name in parameter_names(codec).items() if codec.variable in layout.plan.per_chunk else ():
            like = np.asarray(codec.parameters[parameter])
            given = np.ascontiguousarray(values[name], like.dtype)
            if given.shape != (*chunks, *like.shape):
                raise InvalidInput(f"{name}: got shape {given.shape}, expected {(*chunks, *like.shape)}.")
            found[name] = given
    return found
