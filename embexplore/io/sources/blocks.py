"""Read each block of a file once, however the windows that are asked for lie.

A 64-band window of an AlphaEarth COG touches at least 64 compressed blocks of 1024 × 1024 pixels. So a
tile is read in whole blocks; a block is kept until all its pixels were handed out, and no longer.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

import numpy as np

from embexplore.cube.grid import Grid
from embexplore.io.sources.base import Block

CACHE_BYTES = 1 << 30
"""Most bytes of decoded blocks kept at once: two rows' worth of 1024² × 64 blocks across an 8192-pixel tile."""

TARGET_PIXELS = 512
"""Small source blocks are read in groups of about this many pixels a side."""

GROUP_BYTES = 64 << 20
"""Most bytes of such a group: one AlphaEarth block of 64 bands."""


class Tile(Protocol):
    """One file (or pair of files) of codes on its own north-up grid."""

    file: str
    grid: Grid
    row_edges: tuple[int, ...]
    """Rows at which source blocks begin, and the number of rows: 0 … rows."""
    column_edges: tuple[int, ...]

    def load(self, rows: slice, columns: slice) -> Block:
        """Codes of a window that source blocks fill, cleaned: every no-data pixel is no data in all bands."""
        ...


def edges(length: int, block: int, *, group: int = 1, reverse: bool = False) -> tuple[int, ...]:
    """Where groups of blocks of `block` pixels begin along an axis of `length`, and `length` itself."""
    found = [*range(0, length, block * group), length]
    return tuple(length - edge for edge in reversed(found)) if reverse else tuple(found)


def group_shape(block: tuple[int, int], shape: tuple[int, int], pixel_bytes: int) -> tuple[int, int]:
    """How many blocks (down, across) are read together: about 512 pixels a side and at most 64 MiB."""
    down = max(1, TARGET_PIXELS // block[0])
    across = max(1, TARGET_PIXELS // block[1])
    width = min(block[1] * across, shape[1])
    most = max(1, GROUP_BYTES // (width * pixel_bytes * block[0]))
    return min(down, most), across


@dataclass
class _Entry:
    block: Future[Block]
    pixels_left: int
    nbytes: int = 0


@dataclass
class BlockCache:
    """Decoded blocks that are still needed, shared by the tiles of a source; safe to use from several threads."""

    limit: int = CACHE_BYTES
    loads: int = 0
    """Blocks read so far: a test counts them."""
    _entries: "OrderedDict[tuple[int, ...], _Entry]" = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def block(self, key: tuple[int, ...], pixels: int, load: Callable[[], Block]) -> Block:
        """The block under `key`, loaded by the first thread that asks while the others wait."""
        with self._lock:
            entry = self._entries.get(key)
            mine = entry is None
            if entry is None:
                entry = self._entries[key] = _Entry(Future(), pixels)
                self.loads += 1
            self._entries.move_to_end(key)
        if mine:
            self._fill(key, entry, load)
        return entry.block.result()

    def handed_out(self, key: tuple[int, ...], pixels: int) -> None:
        """Note that `pixels` of a block were used; a block that was used up is forgotten."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                entry.pixels_left -= pixels
                if entry.pixels_left <= 0:
                    del self._entries[key]

    def _fill(self, key: tuple[int, ...], entry: _Entry, load: Callable[[], Block]) -> None:
        try:
            block = load()
        except BaseException as error:  # noqa: BLE001 (handed on to every thread that waits, and raised there)
            with self._lock:
                self._entries.pop(key, None)
            entry.block.set_exception(error)
            return
        entry.nbytes = block.codes.nbytes + (0 if block.scales is None else block.scales.nbytes)
        entry.block.set_result(block)
        with self._lock:
            while len(self._entries) > 1 and sum(each.nbytes for each in self._entries.values()) > self.limit:
                self._entries.popitem(last=False)


@dataclass(frozen=True)
class BlockReader:
    """Windows of one tile through a cache of its blocks; only `region` of the tile is ever needed.

    `forgets` says that windows do not overlap, so a block whose pixels were all handed out is dropped.
    """

    tile: Tile
    cache: BlockCache
    region: tuple[slice, slice]
    forgets: bool = True

    def pieces(self, rows: slice, columns: slice) -> Iterator[tuple[slice, slice, Block]]:
        """The parts of a window of the tile, one a block: rows and columns of the tile, and their codes."""
        for top, bottom in _spans(self.tile.row_edges, rows, self.region[0]):
            for left, right in _spans(self.tile.column_edges, columns, self.region[1]):
                yield self._piece(rows, columns, slice(top, bottom), slice(left, right))

    def window(self, rows: slice, columns: slice) -> Block:
        """The codes of a window of the tile that lies inside `region`."""
        parts = list(self.pieces(rows, columns))
        if len(parts) == 1:
            return parts[0][2]
        first = parts[0][2]
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        codes = np.empty((len(first.codes), *shape), first.codes.dtype)
        scales = None if first.scales is None else np.empty(shape, np.float32)
        for part_rows, part_columns, block in parts:
            where = (_shift(part_rows, rows.start), _shift(part_columns, columns.start))
            codes[:, where[0], where[1]] = block.codes
            if scales is not None and block.scales is not None:
                scales[where] = block.scales
        return Block(codes, scales)

    def peek(self) -> Block:
        """The first block of the region, which stays until its windows are read."""
        top, bottom = next(_spans(self.tile.row_edges, self.region[0], self.region[0]))
        left, right = next(_spans(self.tile.column_edges, self.region[1], self.region[1]))
        return self._block(slice(top, bottom), slice(left, right))[1]

    def _block(self, rows: slice, columns: slice) -> tuple[tuple[int, ...], Block]:
        key = (id(self.tile), rows.start, columns.start)
        pixels = (rows.stop - rows.start) * (columns.stop - columns.start)
        return key, self.cache.block(key, pixels, lambda: self.tile.load(rows, columns))

    def _piece(
        self, rows: slice, columns: slice, whole_rows: slice, whole_columns: slice
    ) -> tuple[slice, slice, Block]:
        key, block = self._block(whole_rows, whole_columns)
        part_rows, part_columns = _overlap(rows, whole_rows), _overlap(columns, whole_columns)
        inner = (_shift(part_rows, whole_rows.start), _shift(part_columns, whole_columns.start))
        codes = block.codes[:, inner[0], inner[1]]
        scales = None if block.scales is None else block.scales[inner]
        if self.forgets:
            self.cache.handed_out(key, codes.shape[1] * codes.shape[2])
        return part_rows, part_columns, Block(codes, scales)


def _spans(starts: tuple[int, ...], window: slice, region: slice) -> Iterator[tuple[int, int]]:
    """The blocks (clipped to the region) that a window touches along one axis."""
    for start, stop in pairwise(starts):
        first, last = max(start, region.start), min(stop, region.stop)
        if first < min(last, window.stop) and max(first, window.start) < last:
            yield first, last


def _overlap(window: slice, block: slice) -> slice:
    return slice(max(window.start, block.start), min(window.stop, block.stop))


def _shift(window: slice, origin: int) -> slice:
    return slice(window.start - origin, window.stop - origin)
