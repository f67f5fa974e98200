"""Keep int8 where it matters and binary codes elsewhere, chunk by chunk: the cube of two tiers."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.core.codecs import Codec, make_codec
from embexplore.cube import schema
from embexplore.cube.chunks import iterate_chunks
from embexplore.cube.validate import validate
from embexplore.errors import InvalidInput, OutOfBounds
from embexplore.io.layout import parameter_names
from embexplore.io.progress import Progress
from embexplore.io.save import CubeSource
from embexplore.io.write import write

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

SAMPLE_CHUNKS = 16
SAMPLE_VECTORS = 20_000
"""What the binary codec is fitted on: center and calibration settle to 0.01 from about 10,000 vectors on."""


def repack(
    cube: xr.Dataset,
    out: str | Path,
    keep: "BaseGeometry",
    *,
    codec: str = "binary",
    compression: str = "default",
    overwrite: bool = False,
    random_state: int | None = 0,
    progress: Progress | None = None,
) -> Path:
    """Write a copy of a cube with its embeddings in the chunks that touch `keep`, and only bits elsewhere.

    Parameters
    ----------
    cube : Dataset
        With `embeddings`; bits that it has already are kept where they are used.
    keep : shapely geometry
        In degrees.
    codec : str
        The binary codec of the chunks outside, fitted on a sample of the cube.

    Raises
    ------
    OutOfBounds
        `keep` touches nothing of the cube.
    InvalidInput
        The cube has no embeddings to keep.
    """
    validate(cube, sample=False)
    source = _Repacked(cube, keep, codec, random_state)
    return write(out, source.plan(compression), source.read, overwrite=overwrite, progress=progress)


class _Repacked:
    """Windows of the cube of two tiers."""

    def __init__(self, cube: xr.Dataset, keep: "BaseGeometry", codec: str, random_state: int | None) -> None:
        if schema.EMBEDDINGS not in cube.variables:
            raise InvalidInput("this cube has no embeddings to keep: it is binary already.")
        self.base = CubeSource(cube)
        self.keep = keep
        self.kept = _touched(self.base, keep)
        if not self.kept.any():
            edges = ", ".join(f"{edge:.4f}" for edge in self.base.grid.bbox)
            raise OutOfBounds(f"The area to keep, {keep.bounds}, touches nothing of this cube, which covers ({edges}).")
        first = next(c for c in self.base.codecs if c.variable == schema.EMBEDDINGS)
        there = [c for c in self.base.codecs if c.variable == schema.BITS]
        self.embeddings: Codec = first
        self.bits = there[0] if there else _fitted(self.base, codec, random_state)

    def plan(self, compression: str) -> Any:
        """What will be written."""
        from dask.base import tokenize

        plan = self.base.plan(compression)
        fingerprint = tokenize(plan.fingerprint, self.keep.wkb)
        return replace(plan, codecs=(self.embeddings, self.bits), fingerprint=fingerprint)

    def read(self, year: int, rows: slice, columns: slice) -> Mapping[str, NDArray[Any]]:
        """The arrays of a window: embeddings in kept chunks, bits in the others."""
        given = dict(self.base.read(year, rows, columns))
        shape = rows.stop - rows.start, columns.stop - columns.start
        size = self.bits.code_size(len(self.base.bands))
        bits = given.get(schema.BITS, np.zeros((size, *shape), np.uint8))
        has_bits = given.get(schema.VALID, np.zeros(shape, np.uint8))
        out = {name: values for name, values in given.items() if name not in (schema.BITS, schema.VALID)}
        out |= {schema.BITS: bits.copy(), schema.VALID: has_bits.copy()}
        chunk = self.base.chunk
        for top in range(0, shape[0], chunk):
            for left in range(0, shape[1], chunk):
                place = (rows.start + top) // chunk, (columns.start + left) // chunk
                part = (..., slice(top, top + chunk), slice(left, left + chunk))
                codec = self._codec_at(given, top // chunk, left // chunk)
                self._settle(out, part, codec, is_kept=bool(self.kept[place]))
        return out

    def _settle(self, out: dict[str, NDArray[Any]], part: Any, codec: Codec, *, is_kept: bool) -> None:
        """One chunk into one tier, in place."""
        codes = np.moveaxis(out[schema.EMBEDDINGS][part], 0, -1)
        scales = out[schema.SCALES][part[-2:]] if codec.has_scales else None
        vectors = codec.decode(codes, scales)
        has_data = ~np.isnan(vectors[..., 0])
        if is_kept and has_data.any():
            out[schema.BITS][part] = 0
            out[schema.VALID][part[-2:]] = 0
            return
        if not out[schema.VALID][part[-2:]].any():
            out[schema.BITS][part] = np.where(has_data, np.moveaxis(self.bits.encode(vectors), -1, 0), 0)
            out[schema.VALID][part[-2:]] = has_data
        out[schema.EMBEDDINGS][part] = np.asarray(
            codec.nodata if codec.nodata is not None else 0, out[schema.EMBEDDINGS].dtype
        )
        if scales is not None:
            out[schema.SCALES][part[-2:]] = np.inf

    def _codec_at(self, given: Mapping[str, NDArray[Any]], row: int, column: int) -> Codec:
        if schema.EMBEDDINGS not in self.base.per_chunk:
            return self.embeddings
        names = parameter_names(self.embeddings)
        return replace(self.embeddings, **{name: given[array][row, column] for name, array in names.items()})


def _touched(source: CubeSource, keep: "BaseGeometry") -> NDArray[np.bool_]:
    """Which chunks of the grid touch an area given in degrees."""
    from shapely import box, prepare, transform

    here = transform(keep, lambda points: np.column_stack(source.grid.xy(points[:, 0], points[:, 1])))
    prepare(here)
    chunk, (rows, columns) = source.chunk, source.grid.shape
    touched = np.zeros((-(-rows // chunk), -(-columns // chunk)), bool)
    for row, column in np.ndindex(*touched.shape):
        top, left = row * chunk, column * chunk
        part = source.grid.crop(slice(top, min(top + chunk, rows)), slice(left, min(left + chunk, columns)))
        touched[row, column] = here.intersects(box(*part.bounds))
    return touched


def _fitted(source: CubeSource, name: str, random_state: int | None) -> Codec:
    """A binary codec fitted on a sample of chunks spread over years and map."""
    chunk, (rows, columns) = source.chunk, source.grid.shape
    corners = [
        (t, top, left)
        for t in range(len(source.years))
        for top in range(0, rows, chunk)
        for left in range(0, columns, chunk)
    ]
    step = max(len(corners) // SAMPLE_CHUNKS, 1)
    vectors = []
    for t, top, left in corners[step // 2 :: step]:
        part = source.cube.isel(
            {schema.TIME: slice(t, t + 1), schema.Y: slice(top, top + chunk), schema.X: slice(left, left + chunk)}
        )
        for view in iterate_chunks(part, source.years[t], tier=schema.EMBEDDINGS):
            found = view.vectors()
            vectors.append(found[:: max(len(found) * SAMPLE_CHUNKS // SAMPLE_VECTORS, 1)])
    if not vectors or sum(map(len, vectors)) < 2:
        raise InvalidInput("this cube holds no data to fit a binary codec on.")
    return make_codec(name).fit(np.concatenate(vectors), random_state=random_state)
