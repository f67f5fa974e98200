"""Overviews: each level made from the one below it, decoded, averaged over 2 × 2 pixels, and encoded again.

Averages are taken of vectors, never of codes, leave out pixels without data, and are brought back to unit
length. A chunk of an overview is kept in one tier: the best that all its source chunks have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import Codec
from embexplore.core.downsample import halve
from embexplore.cube import schema
from embexplore.io.byte_store import LocalFiles
from embexplore.io.chunk_reader import ChunkReader
from embexplore.io.layout import Layout, parameter_names
from embexplore.io.presence import precision_mask, presence
from embexplore.io.window import main_array
from embexplore.io.yearly import Entries, parameters_of, precision_of

Read = Callable[[int, slice, slice], Mapping[str, NDArray[Any]]]


def overview_reader(layout: Layout, level: int, target: Path, entries: Entries, years: Sequence[int]) -> Read:
    """What `write` reads one level from: the finished files of the level below, in `target`."""
    below = _Below(layout, level - 1, target, entries, years)
    encoder = _Encoder(layout, level)

    def read(year: int, rows: slice, columns: slice) -> dict[str, NDArray[Any]]:
        height, width = encoder.chunk
        parts = []
        for top in range(rows.start, rows.stop, height):
            row = []
            for left in range(columns.start, columns.stop, width):
                window = slice(top, min(top + height, rows.stop)), slice(left, min(left + width, columns.stop))
                row.append(encoder.encode(*below.halved(year, *window)))
            parts.append(row)
        return encoder.joined(parts)

    return read


class _Below:
    """Decoded vectors of the finished level below."""

    def __init__(self, layout: Layout, level: int, target: Path, entries: Entries, years: Sequence[int]) -> None:
        self.layout, self.level, self.years = layout, level, tuple(years)
        self.precision = {year: precision_of(layout, level, year, entries) for year in years}
        self.parameters = {year: parameters_of(layout, level, year, entries) for year in years}
        written = np.zeros((len(layout.years), *next(iter(self.precision.values())).shape), np.uint8)
        for year in years:
            written[layout.years.index(year)] = self.precision[year]
        self.readers = {}
        for name, array in layout.arrays[level].items():
            mask = precision_mask(name, layout.plan.codecs)
            if mask is not None:
                present = presence(array, mask, written)
                self.readers[name] = ChunkReader(LocalFiles(str(target)), array, present, target.name)

    def halved(self, year: int, rows: slice, columns: slice) -> tuple[NDArray[np.float32], str | None]:
        """Unit vectors `(h, w, d)` of a window one level up (NaN without data), and the best tier all of it has."""
        height, width = main_array(self.layout, self.level).shape[-2:]
        source_rows = slice(2 * rows.start, min(2 * rows.stop, height))
        source_columns = slice(2 * columns.start, min(2 * columns.stop, width))
        out: NDArray[np.float32] | None = None
        tiers: set[str] = set()
        for (top, left), chunk_rows, chunk_columns in self._chunks(source_rows, source_columns):
            variable = self._tier(int(self.precision[year][top, left]))
            if variable is None:
                continue
            tiers.add(variable)
            vectors = self._decode(year, variable, (top, left), chunk_rows, chunk_columns)
            if out is None:
                shape = (rows.stop - rows.start, columns.stop - columns.start, vectors.shape[-1])
                out = np.full(shape, np.nan, np.float32)
            place = chunk_rows.start // 2 - rows.start, chunk_columns.start // 2 - columns.start
            small = halve(vectors)
            out[place[0] : place[0] + small.shape[0], place[1] : place[1] + small.shape[1]] = small
        if out is None:
            d = len(self.layout.plan.bands)
            return np.full((rows.stop - rows.start, columns.stop - columns.start, d), np.nan, np.float32), None
        return out, self._common(tiers)

    def _chunks(self, rows: slice, columns: slice) -> Any:
        height, width = main_array(self.layout, self.level).chunks[-2:]
        for top in range(rows.start // height, -(-rows.stop // height)):
            for left in range(columns.start // width, -(-columns.stop // width)):
                yield (
                    (top, left),
                    slice(top * height, min((top + 1) * height, rows.stop)),
                    slice(left * width, min((left + 1) * width, columns.stop)),
                )

    def _tier(self, stored: int) -> str | None:
        order = [codec.variable for codec in self.layout.plan.codecs]
        best_first = sorted(order, key=lambda variable: variable == schema.BITS)
        codecs = self.layout.plan.codecs
        return next((v for v in best_first if stored & (precision_mask(v, codecs) or 0)), None)

    def _common(self, tiers: set[str]) -> str:
        return schema.BITS if schema.BITS in tiers else next(iter(tiers))

    def _decode(
        self, year: int, variable: str, chunk: tuple[int, int], rows: slice, columns: slice
    ) -> NDArray[np.float32]:
        codec = _codec_at(self.layout, variable, self.parameters[year], chunk)
        slot = self.layout.years.index(year)
        codes = np.moveaxis(self.readers[variable][slot, :, rows, columns], 0, -1)
        scales = self.readers[schema.SCALES][slot, rows, columns] if codec.has_scales else None
        vectors = codec.decode(codes, scales)
        if codec.nodata is None and not codec.has_scales:
            vectors[self.readers[schema.VALID][slot, rows, columns] == 0] = np.nan
        return vectors


def _codec_at(layout: Layout, variable: str, parameters: Mapping[str, NDArray[Any]], chunk: tuple[int, int]) -> Codec:
    codec = layout.plan.codec(variable)
    if variable not in layout.plan.per_chunk:
        return codec
    return replace(codec, **{name: parameters[array][chunk] for name, array in parameter_names(codec).items()})


class _Encoder:
    """Vectors of one overview chunk to the arrays of every variable."""

    def __init__(self, layout: Layout, level: int) -> None:
        self.layout, self.plan = layout, layout.plan
        self.chunk = main_array(layout, level).chunks[-2:]
        self.arrays = layout.arrays[level]

    def encode(self, vectors: NDArray[np.float32], tier: str | None) -> dict[str, NDArray[Any]]:
        """Codes of the tiers that this chunk is kept in; the others hold no data."""
        shape = vectors.shape[:2]
        has_data = ~np.isnan(vectors[..., 0])
        values: dict[str, NDArray[Any]] = {}
        for codec in self.plan.codecs:
            array = self.arrays[codec.variable]
            keep = codec.variable == tier
            fitted = self._fitted(codec, vectors[has_data]) if keep else codec
            if codec.variable in self.plan.per_chunk:
                names = parameter_names(codec)
                values |= {names[name]: np.asarray(value) for name, value in fitted.parameters.items()}
            if keep:
                values[codec.variable] = np.moveaxis(fitted.encode(vectors), -1, 0)
                if codec.has_scales:
                    values[schema.SCALES] = np.asarray(fitted.scales(vectors), np.float32)
                if codec.nodata is None and not codec.has_scales:
                    values[schema.VALID] = has_data.astype(np.uint8)
            else:
                values[codec.variable] = np.full((*array.shape[1:-2], *shape), array.fill_value, array.dtype)
        for name in (schema.SCALES, schema.VALID):
            if name in self.arrays and name not in values:
                values[name] = np.full(shape, self.arrays[name].fill_value, self.arrays[name].dtype)
        return values

    def _fitted(self, codec: Codec, vectors: NDArray[np.float32]) -> Codec:
        """The cube's codec; where parameters differ by chunk, one fitted to this chunk."""
        if codec.variable not in self.plan.per_chunk or not len(vectors):
            return codec
        return codec.fit(vectors, random_state=0)

    def joined(self, parts: list[list[dict[str, NDArray[Any]]]]) -> dict[str, NDArray[Any]]:
        """The chunks of a window put together; chunk parameters side by side."""
        on_pixels = {name for name in parts[0][0] if name in self.arrays and self._is_pixel(name)}
        out = {}
        for name in parts[0][0]:
            if name in on_pixels:
                out[name] = np.concatenate(
                    [np.concatenate([part[name] for part in row], axis=-1) for row in parts], axis=-2
                )
            else:
                out[name] = np.stack([np.stack([part[name] for part in row]) for row in parts])
        return out

    def _is_pixel(self, name: str) -> bool:
        return self.arrays[name].dims[-2:] == (schema.Y, schema.X)
