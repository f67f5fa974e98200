"""Save any cube, in memory or lazy, window by window: the same crash safety as an ingest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.core.codecs import Codec
from embexplore.cube import schema
from embexplore.cube.build import codec_of, grid_of, provenance_of
from embexplore.cube.compute import computed
from embexplore.cube.pieces import dimension_of
from embexplore.cube.validate import validate
from embexplore.cube.years import years_of
from embexplore.errors import InvalidInput
from embexplore.io.layout import parameter_names
from embexplore.io.plan import Plan
from embexplore.io.presence import precision_mask
from embexplore.io.progress import Progress
from embexplore.io.write import write


def save_cube(
    cube: xr.Dataset,
    out: str | Path,
    *,
    overwrite: bool = False,
    compression: str = "default",
    progress: Progress | None = None,
) -> Path:
    """Write a cube to disk; a lazy one is computed window by window, never whole.

    Parameters
    ----------
    cube : Dataset
        Any that meets the schema: opened, encoded, clipped (then it is empty outside the area), a slice.
    compression : "default", "small", "none" or "archive"
        See Plan.

    Raises
    ------
    NotACube, AlreadyExists, WriteFailed
    InvalidInput
        A slice that cuts through chunks whose tier or parameters differ by chunk.
    """
    validate(cube, sample=False)
    source = CubeSource(cube)
    return write(out, source.plan(compression), source.read, overwrite=overwrite, progress=progress)


class CubeSource:
    """Windows of a Dataset as `write` asks for them."""

    def __init__(self, cube: xr.Dataset) -> None:
        self.cube = cube
        self.years = years_of(cube)
        self.grid = grid_of(cube)
        self.tiers = [name for name in (schema.EMBEDDINGS, schema.CODES, schema.BITS) if name in cube.variables]
        self.codecs = tuple(codec_of(cube, name, year=self.years[0], chunk=self._chunk_at(0, 0)) for name in self.tiers)
        self.chunk = self._chunk_size()
        self.bands = self._bands()
        self.per_chunk = tuple(codec.variable for codec in self.codecs if self._varies(codec))
        self._check_alignment()

    def plan(self, compression: str) -> Plan:
        """What will be written."""
        from dask.base import tokenize

        ours = self.cube.attrs[schema.ATTRS]
        ruled = {"schema", "codecs", "provenance", "compression", "chunk", "readers"}
        return Plan(
            grid=self.grid,
            years=self.years,
            bands=self.bands,
            codecs=self.codecs,
            provenance=provenance_of(self.cube),
            fingerprint=tokenize([(name, self.cube[name].data) for name in sorted(map(str, self.cube.data_vars))]),
            chunk=self.chunk,
            compression=compression,
            per_chunk=self.per_chunk,
            attrs={key: value for key, value in ours.items() if key not in ruled},
        )

    def read(self, year: int, rows: slice, columns: slice) -> Mapping[str, NDArray[Any]]:
        """The arrays of a window, computed together; no data outside a clipped area."""
        window = self.cube.isel({schema.TIME: self.years.index(year), schema.Y: rows, schema.X: columns})
        names = [*self.tiers, *(name for name in (schema.SCALES, schema.VALID) if name in self._needed())]
        varying = [name for codec in self.codecs for name in self._varying_names(codec)]
        chunks = self._chunks(rows, columns)
        parameters = {name: self._parameter(name, year).isel(chunks) for name in varying}
        lazy = xr.Dataset(
            {
                **{f"window_{n}": window[n].drop_vars(window[n].coords) for n in names},
                **{f"chunk_{n}": v.drop_vars(v.coords) for n, v in parameters.items()},
            }
        )
        found = computed(lazy)
        values = {name: self._ordered(found[f"window_{name}"]) for name in names}
        if schema.VALID in values:
            values[schema.VALID] = values[schema.VALID].astype(np.uint8)
        values = {name: self._masked(name, value, self._meant(name, window)) for name, value in values.items()}
        return values | {name: self._by_chunk(found[f"chunk_{name}"]) for name in varying}

    def _needed(self) -> set[str]:
        needed = {schema.SCALES} if any(codec.has_scales for codec in self.codecs) else set()
        if any(codec.nodata is None and not codec.has_scales for codec in self.codecs):
            needed.add(schema.VALID)
        return needed

    def _meant(self, name: str, window: xr.Dataset) -> NDArray[np.bool_] | None:
        """The pixels `(y, x)` that are inside and whose chunk `precision` says to hold the variable; None for all."""
        inside = window.coords.get(schema.INSIDE)
        meant = None if inside is None else inside.values
        mask = precision_mask(name, self.codecs)
        if schema.PRECISION in window.variables and mask is not None:
            rows, columns = (self._chunk_index(window, axis) for axis in (schema.Y, schema.X))
            held = (window[schema.PRECISION].values[np.ix_(rows, columns)] & mask) != 0
            meant = held if meant is None else meant & held
        return meant

    @staticmethod
    def _chunk_index(window: xr.Dataset, dim: str) -> NDArray[np.integer]:
        """The chunk of every row or column; a cube without the coordinate is one chunk."""
        name = schema.CHUNK_ROW if dim == schema.Y else schema.CHUNK_COLUMN
        return window[name].values if name in window.coords else np.zeros(window.sizes[dim], np.int32)

    def _masked(self, name: str, values: NDArray[Any], meant: NDArray[np.bool_] | None) -> NDArray[Any]:
        if meant is None or meant.all():
            return values
        fills: dict[str, Any] = {schema.SCALES: np.inf, schema.VALID: 0}
        fills |= {codec.variable: 0 if codec.nodata is None else codec.nodata for codec in self.codecs}
        return np.where(meant, values, np.asarray(fills[name], values.dtype))

    def _ordered(self, values: xr.DataArray) -> NDArray[Any]:
        first = [dim for dim in values.dims if dim not in (schema.Y, schema.X)]
        return np.ascontiguousarray(values.transpose(*first, schema.Y, schema.X).values)

    def _bands(self) -> tuple[str, ...]:
        if schema.BAND in self.cube.coords:
            return tuple(str(name) for name in self.cube[schema.BAND].values)
        if schema.BAND in self.cube.sizes:
            return tuple(f"A{i:02d}" for i in range(self.cube.sizes[schema.BAND]))
        return tuple(f"A{i:02d}" for i in range(dimension_of(self.cube)))

    def _chunk_size(self) -> int:
        """Rows of a chunk of the cube's grid, from where `chunk_row` and `chunk_column` step."""
        sizes = [
            int(np.diff(np.flatnonzero(np.diff(self.cube[name].values))).max(initial=0))
            for name in (schema.CHUNK_ROW, schema.CHUNK_COLUMN)
            if name in self.cube.coords
        ]
        edges = [
            int(np.flatnonzero(np.diff(self.cube[name].values))[0]) + 1
            for name in (schema.CHUNK_ROW, schema.CHUNK_COLUMN)
            if name in self.cube.coords and np.diff(self.cube[name].values).any()
        ]
        found = max([*sizes, *edges], default=0)
        return found if found >= 2 and found % 2 == 0 else max(schema.CHUNK, found + found % 2)

    def _chunk_at(self, row: int, column: int) -> tuple[int, int]:
        """Chunk of a pixel on the grid that precision and parameters are stored on."""
        if schema.CHUNK_ROW not in self.cube.coords:
            return (0, 0)
        return int(self.cube[schema.CHUNK_ROW][row]), int(self.cube[schema.CHUNK_COLUMN][column])

    def _chunks(self, rows: slice, columns: slice) -> dict[str, slice]:
        """The chunks of a window on the stored grid."""
        first = self._chunk_at(rows.start, columns.start)
        last = self._chunk_at(rows.stop - 1, columns.stop - 1)
        return {schema.CHUNK_Y: slice(first[0], last[0] + 1), schema.CHUNK_X: slice(first[1], last[1] + 1)}

    def _varies(self, codec: Codec) -> bool:
        names = self.cube.attrs[schema.ATTRS]["codecs"][codec.variable].get("parameters", {}).values()
        return any({schema.CHUNK_Y, schema.TIME} & set(self.cube[name].dims) for name in names)

    def _varying_names(self, codec: Codec) -> list[str]:
        return list(parameter_names(codec).values()) if codec.variable in self.per_chunk else []

    def _parameter(self, array_name: str, year: int) -> xr.DataArray:
        """A parameter of one year on the whole chunk grid, under the name that it had in the cube."""
        for codec in self.codecs:
            theirs = self.cube.attrs[schema.ATTRS]["codecs"][codec.variable].get("parameters", {})
            for parameter, name in parameter_names(codec).items():
                if name == array_name:
                    values = self.cube[theirs[parameter]]
                    if schema.TIME in values.dims:
                        values = values.isel({schema.TIME: self.years.index(year)})
                    grid = {schema.CHUNK_Y: self._grid_size()[0], schema.CHUNK_X: self._grid_size()[1]}
                    missing = {dim: size for dim, size in grid.items() if dim not in values.dims}
                    return values.expand_dims(missing) if missing else values
        raise InvalidInput(f"{array_name}: no codec has this parameter.")

    def _grid_size(self) -> tuple[int, int]:
        row, column = self._chunk_at(-1, -1)
        return row + 1, column + 1

    def _by_chunk(self, values: xr.DataArray) -> NDArray[Any]:
        rest = [dim for dim in values.dims if dim not in (schema.CHUNK_Y, schema.CHUNK_X)]
        return np.ascontiguousarray(values.transpose(schema.CHUNK_Y, schema.CHUNK_X, *rest).values)

    def _check_alignment(self) -> None:
        """Chunks that differ among themselves must stay whole: their edges must be the new cube's too."""
        mixed = schema.PRECISION in self.cube.variables and len(self.tiers) > 1
        if not (self.per_chunk or mixed):
            return
        for name in (schema.CHUNK_ROW, schema.CHUNK_COLUMN):
            if name not in self.cube.coords:
                raise InvalidInput(f"this cube differs chunk by chunk, but has no coordinate {name}: keep it.")
            steps = self.cube[name].values - self.cube[name].values[0]
            if not np.array_equal(steps, np.arange(len(steps)) // self.chunk):
                raise InvalidInput(
                    f"this part of a cube cuts through its chunks of {self.chunk} pixels, whose precision or parameters "
                    "differ: take whole chunks, or `encode` it anew with one global codec."
                )
