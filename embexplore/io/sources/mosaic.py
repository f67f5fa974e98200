"""Several tiles on one grid: copied where pixels coincide, read with nearest where a tile lies in another UTM zone."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import Codec
from embexplore.cube.grid import BBox, Grid
from embexplore.cube.schema import Provenance
from embexplore.io.sources.address import Stat
from embexplore.io.sources.base import Block
from embexplore.io.sources.blocks import BlockCache, BlockReader, Tile
from embexplore.io.sources.common_grid import common_grid, describe_resampled, offset_in, region_of


class Artefacts(Protocol):
    """What was found wrong in the values while they were read."""

    def describe(self) -> str | None:
        """A sentence, or None where nothing was."""
        ...


class StoredTile(Tile, Protocol):
    """A tile of a file whose content can be told from another's."""

    stat: Stat


class _Placed(Protocol):
    tile: StoredTile
    reader: BlockReader

    def window(self, rows: slice, columns: slice) -> tuple[slice, slice, Block] | None:
        """The tile's codes in a window of the mosaic, with the rows and columns of the window they fill."""
        ...


@dataclass(frozen=True)
class _Aligned:
    """A tile whose pixels are pixels of the mosaic."""

    tile: StoredTile
    reader: BlockReader
    offset: tuple[int, int]

    def window(self, rows: slice, columns: slice) -> tuple[slice, slice, Block] | None:
        top, left = self.offset
        height, width = self.tile.grid.shape
        inner_rows = slice(max(rows.start - top, 0), min(rows.stop - top, height))
        inner_columns = slice(max(columns.start - left, 0), min(columns.stop - left, width))
        if inner_rows.start >= inner_rows.stop or inner_columns.start >= inner_columns.stop:
            return None
        block = self.reader.window(inner_rows, inner_columns)
        return (
            slice(inner_rows.start + top - rows.start, inner_rows.stop + top - rows.start),
            slice(inner_columns.start + left - columns.start, inner_columns.stop + left - columns.start),
            block,
        )


@dataclass(frozen=True)
class _Nearest:
    """A tile on another grid: each pixel of the mosaic takes the code of the tile's pixel that contains its center."""

    tile: StoredTile
    reader: BlockReader
    grid: Grid
    fill: Block
    """One pixel of no data."""

    def window(self, rows: slice, columns: slice) -> tuple[slice, slice, Block] | None:
        row, column = self._pixels(rows, columns)
        height, width = self.tile.grid.shape
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        if not inside.any():
            return None
        top, left = int(row[inside].min()), int(column[inside].min())
        block = self.reader.window(slice(top, int(row[inside].max()) + 1), slice(left, int(column[inside].max()) + 1))
        row, column = np.where(inside, row - top, 0), np.where(inside, column - left, 0)
        codes = np.where(inside, block.codes[:, row, column], self.fill.codes)
        scales = None
        if block.scales is not None:
            scales = np.where(inside, block.scales[row, column], np.float32(np.inf))
        return slice(0, codes.shape[1]), slice(0, codes.shape[2]), Block(codes.astype(block.codes.dtype), scales)

    def _pixels(self, rows: slice, columns: slice) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        from pyproj import Transformer

        x, y = np.meshgrid(self.grid.x[columns], self.grid.y[rows])
        x, y = Transformer.from_crs(self.grid.crs, self.tile.grid.crs, always_xy=True).transform(x, y)
        a, _, c, _, e, f = self.tile.grid.transform
        return np.floor((y - f) / e).astype(np.int64), np.floor((x - c) / a).astype(np.int64)


class Mosaic:
    """A Source made of tiles by year.

    Where tiles overlap, the first that has data wins; tiles on the mosaic's own pixels come first.
    `notes` says in sentences what was resampled.
    """

    def __init__(
        self,
        name: str,
        tiles: Mapping[int, Sequence[StoredTile]],
        *,
        codec: Codec,
        bands: Sequence[str],
        provenance: Provenance,
        bbox: BBox | None = None,
        artefacts: Artefacts | None = None,
    ) -> None:
        self.name = name
        self.codec = codec
        self.bands = tuple(bands)
        self.provenance = provenance
        self.years = tuple(sorted(tiles))
        self._files = [(year, tile) for year in self.years for tile in tiles[year]]
        every = [tile for _, tile in self._files]
        self.grid = common_grid(every, bbox)
        self.cache = BlockCache()
        self.notes = describe_resampled(every, self.grid)
        self.artefacts = artefacts
        self.tiles = {year: self._place(tiles[year]) for year in self.years}

    def read(self, year: int, rows: slice, columns: slice) -> Block:
        """Codes of a window of a year; see `Source.read`."""
        shape = (rows.stop - rows.start, columns.stop - columns.start)
        found = None
        for placed in self.tiles[year]:
            answer = placed.window(rows, columns)
            if answer is None:
                continue
            if found is None and answer[2].codes.shape[1:] == shape:
                found = answer[2]
            else:
                found = found or self._empty(shape)
                found = _merge(found, *answer, self.codec)
            if has_data(found, self.codec).all():
                break
        return found or self._empty(shape)

    def fingerprint(self) -> str:
        """A digest of files, sizes, ETags, grid and years."""
        files = [(year, tile.file, tile.stat.size, tile.stat.tag) for year, tile in self._files]
        told = json.dumps([self.name, files, self.grid.crs, self.grid.transform, self.grid.shape, self.codec.to_dict()])
        return hashlib.sha256(told.encode()).hexdigest()

    def check(self) -> None:
        """Read one block, so that files that are not what they seem fail before anything is written."""
        for placed in self.tiles[self.years[0]][:1]:
            placed.reader.peek()

    def touched(self) -> list[tuple[int, StoredTile, tuple[slice, slice]]]:
        """Year, tile and the part of the tile that the grid needs, for every tile that the grid touches."""
        return [(year, placed.tile, placed.reader.region) for year in self.years for placed in self.tiles[year]]

    def _place(self, tiles: Sequence[StoredTile]) -> list[_Placed]:
        aligned: list[_Placed] = []
        nearest: list[_Placed] = []
        for tile in tiles:
            offset = offset_in(self.grid, tile.grid)
            region = region_of(self.grid, tile.grid, offset)
            if region is None:
                continue
            reader = BlockReader(tile, self.cache, region, forgets=offset is not None)
            if offset is not None:
                aligned.append(_Aligned(tile, reader, offset))
            else:
                nearest.append(_Nearest(tile, reader, self.grid, self._empty((1, 1))))
        return aligned + nearest

    def _empty(self, shape: tuple[int, int]) -> Block:
        size = self.codec.code_size(len(self.bands))
        codes = np.full((size, *shape), self.codec.nodata or 0, self.codec.dtype)
        return Block(codes, np.full(shape, np.inf, np.float32) if self.codec.has_scales else None)


def has_data(block: Block, codec: Codec) -> NDArray[np.bool_]:
    """Which pixels `(rows, columns)` of a cleaned block are not `no data` (water counts as data)."""
    if block.scales is not None:
        return ~np.isposinf(block.scales)
    first = block.codes[0]
    if codec.nodata is None:
        return np.ones(first.shape, bool)
    return ~np.isnan(first) if np.isnan(codec.nodata) else first != codec.nodata


def _merge(below: Block, rows: slice, columns: slice, above: Block, codec: Codec) -> Block:
    """`below` with `above`'s pixels where it has none of its own."""
    codes = below.codes if below.codes.flags.writeable and below.codes.base is None else below.codes.copy()
    take = ~has_data(below, codec)[rows, columns] & has_data(above, codec)
    codes[:, rows, columns] = np.where(take, above.codes, codes[:, rows, columns])
    scales = None
    if below.scales is not None and above.scales is not None:
        scales = below.scales.copy()
        scales[rows, columns] = np.where(take, above.scales, scales[rows, columns])
    return Block(codes, scales)
