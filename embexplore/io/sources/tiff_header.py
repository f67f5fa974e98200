"""How many bytes of a TIFF a window needs, read from its header before anything is downloaded.

GDAL can tell it too (`BLOCK_SIZE_…`), but its binding holds Python's lock while it waits for the server.
Layout: TIFF 6.0, section 2, and the BigTIFF extension.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.errors import InvalidInput
from embexplore.io.sources.address import download, stat

WIDTH, HEIGHT, SAMPLES, PLANAR = 256, 257, 277, 284
ROWS_PER_STRIP, STRIP_COUNTS = 278, 279
TILE_WIDTH, TILE_HEIGHT, TILE_COUNTS = 322, 323, 325
BY_BAND = 2
"""Value of PLANAR for files whose bands lie apart."""

_TYPES = {3: "u2", 4: "u4", 16: "u8"}
HEADER_BYTES = 16384

_ReadBytes = Callable[[int, int], bytes]


@dataclass(frozen=True)
class BlockSizes:
    """Compressed bytes `(bands or 1, blocks down, blocks across)` of a TIFF's full-resolution image."""

    counts: NDArray[np.uint64]
    block: tuple[int, int]

    def window(self, rows: slice, columns: slice) -> int:
        """Bytes of the blocks that a window touches, rows counted as on disk; blocks left out of the file are 0."""
        down, across = self.touched(rows, columns)
        return int(self.counts[:, down.start : down.stop, across.start : across.stop].sum())

    def touched(self, rows: slice, columns: slice) -> tuple[range, range]:
        """Block rows and block columns that a window touches."""
        down = range(rows.start // self.block[0], -(-rows.stop // self.block[0]))
        return down, range(columns.start // self.block[1], -(-columns.stop // self.block[1]))


def read_block_sizes(file: str) -> BlockSizes:
    """The block sizes of a TIFF, with one or two small reads; InvalidInput for other files."""
    read = _reader(file)
    start = read(0, 16)
    order = {b"II": "<", b"MM": ">"}.get(start[:2])
    if order is None:
        raise InvalidInput(f"{file} is not a TIFF.")
    magic = struct.unpack(order + "H", start[2:4])[0]
    tags = _tags(read, order, is_big=magic == 43)
    values = {tag: _values(read, order, *entry) for tag, entry in tags.items()}
    width, height = int(values[WIDTH][0]), int(values[HEIGHT][0])
    tiled = TILE_COUNTS in values
    rows_per_strip = min(int(values.get(ROWS_PER_STRIP, [height])[0]), height)
    block = (int(values[TILE_HEIGHT][0]), int(values[TILE_WIDTH][0])) if tiled else (rows_per_strip, width)
    planes = int(values[SAMPLES][0]) if int(values.get(PLANAR, [1])[0]) == BY_BAND else 1
    shape = (planes, -(-height // block[0]), -(-width // block[1]))
    return BlockSizes(values[TILE_COUNTS if tiled else STRIP_COUNTS].astype(np.uint64).reshape(shape), block)


def _reader(file: str) -> _ReadBytes:
    """Bytes of the file at a position; the first 16 kB are read at once."""
    head = download(file, 0, min(HEADER_BYTES, stat(file).size))

    def read(position: int, count: int) -> bytes:
        if position + count <= len(head):
            return head[position : position + count]
        return download(file, position, position + count)

    return read


def _tags(read: _ReadBytes, order: str, *, is_big: bool) -> dict[int, tuple[int, int, int, bytes]]:
    """Type, count, position and inline bytes of the wanted tags of the first directory."""
    wanted = {WIDTH, HEIGHT, SAMPLES, PLANAR, ROWS_PER_STRIP, STRIP_COUNTS, TILE_WIDTH, TILE_HEIGHT, TILE_COUNTS}
    pointer, size, offset_format = (8, 20, "Q") if is_big else (4, 12, "I")
    first = struct.unpack(order + offset_format, read(pointer, struct.calcsize(offset_format)))[0]
    count_format = "Q" if is_big else "H"
    prefix = struct.calcsize(count_format)
    entries = struct.unpack(order + count_format, read(first, prefix))[0]
    found = {}
    data = read(first + prefix, entries * size)
    for at in range(0, entries * size, size):
        tag, kind, count = struct.unpack_from(order + "HH" + offset_format, data, at)
        if tag in wanted:
            inline = data[at + size - struct.calcsize(offset_format) : at + size]
            found[tag] = (kind, count, struct.unpack(order + offset_format, inline)[0], inline)
    return found


def _values(
    read: _ReadBytes, order: str, kind: int, count: int, position: int, inline: bytes
) -> NDArray[np.unsignedinteger]:
    dtype = np.dtype(_TYPES[kind]).newbyteorder(order)
    size = count * dtype.itemsize
    return np.frombuffer(inline[:size] if size <= len(inline) else read(position, size), dtype)
