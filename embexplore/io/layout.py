"""The files of a cube that hold no pixels: every array's `zarr.json`, made by zarr-python, and the groups'.

Every array ends in crc32c, coordinates and parameters too. Every array with a time dim has chunks of
one year, `time` itself included: a year is added by adding files, and by then replacing the metadata.
"""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import Codec
from embexplore.cube import schema
from embexplore.cube.conventions import write_conventions
from embexplore.cube.grid import Grid
from embexplore.io.plan import Plan
from embexplore.io.stored_array import StoredArray

TIERED = (schema.EMBEDDINGS, schema.CODES, schema.BITS, schema.SCALES, schema.VALID)
"""Variables whose chunks are written or absent as `precision` says."""


@dataclass(frozen=True)
class ArraySpec:
    """One array to create. `values`: what a static array holds; None for arrays that are written window by window."""

    name: str
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: Any
    fill_value: Any = 0
    chunks: tuple[int, ...] | None = None
    shards: tuple[int, ...] | None = None
    values: NDArray[Any] | None = None


def array_specs(plan: Plan, years: Sequence[int], grid: Grid) -> list[ArraySpec]:
    """The arrays of one level of a cube that holds `years` (in physical order)."""
    count = len(years)
    rows, columns = (-(-size // plan.chunk) for size in grid.shape)
    pixel = _Tiles(plan, grid, count)
    specs = [pixel.spec(codec.variable, codec.code_size(len(plan.bands)), codec) for codec in plan.codecs]
    if any(codec.has_scales for codec in plan.codecs):
        specs.append(pixel.plane(schema.SCALES, np.float32, np.inf))
    if plan.needs_valid:
        specs.append(pixel.plane(schema.VALID, np.uint8, 0))
    shape = (count, rows, columns)
    specs.append(
        ArraySpec(schema.PRECISION, (schema.TIME, schema.CHUNK_Y, schema.CHUNK_X), shape, np.uint8, 0, (1, *shape[1:]))
    )
    specs += [_coordinate(schema.BAND, np.array(plan.bands, object))] if plan.bands else []
    specs += [_coordinate(schema.Y, grid.y), _coordinate(schema.X, grid.x)]
    specs.append(ArraySpec(schema.TIME, (schema.TIME,), (count,), np.int32, 0, (1,)))
    for codec in plan.codecs:
        specs += _parameter_specs(plan, codec, shape)
    return specs


@dataclass(frozen=True)
class _Tiles:
    """Shapes of the arrays on the pixel grid."""

    plan: Plan
    grid: Grid
    years: int

    def spec(self, name: str, size: int, codec: Codec) -> ArraySpec:
        second = schema.BAND if name == schema.EMBEDDINGS else schema.CODE
        fill = 0 if codec.nodata is None else codec.nodata
        return self._spec(name, (second,), (size,), codec.dtype, fill)

    def plane(self, name: str, dtype: Any, fill: Any) -> ArraySpec:
        return self._spec(name, (), (), dtype, fill)

    def _spec(self, name: str, second: tuple[str, ...], size: tuple[int, ...], dtype: Any, fill: Any) -> ArraySpec:
        chunk = tuple(min(self.plan.chunk, length) for length in self.grid.shape)
        shards = None
        if self.plan.shard_size and max(self.grid.shape) > self.plan.chunk:
            sides = (_shard_side(self.plan.shard_size, c, n) for c, n in zip(chunk, self.grid.shape, strict=True))
            shards = (1, *size, *sides)
        dims = (schema.TIME, *second, schema.Y, schema.X)
        return ArraySpec(name, dims, (self.years, *size, *self.grid.shape), dtype, fill, (1, *size, *chunk), shards)


def _shard_side(shard: int, chunk: int, size: int) -> int:
    """Rows of a shard: no more chunks than the array has."""
    return chunk * min(shard // chunk, -(-size // chunk)) if chunk < size else chunk


def _coordinate(name: str, values: NDArray[Any]) -> ArraySpec:
    is_text = values.dtype == object
    return ArraySpec(
        name, (name,), values.shape, str if is_text else values.dtype, "" if is_text else 0, values.shape, None, values
    )


def parameter_names(codec: Codec) -> dict[str, str]:
    """Parameter → name of the array that holds it."""
    return {parameter: f"{codec.variable}_{parameter}" for parameter in codec.parameters}


def _parameter_specs(plan: Plan, codec: Codec, grid_shape: tuple[int, int, int]) -> list[ArraySpec]:
    specs = []
    for parameter, name in parameter_names(codec).items():
        values = np.asarray(codec.parameters[parameter])
        is_band = values.ndim == 1 and len(values) == len(plan.bands)
        dims = (schema.BAND,) if is_band else tuple(f"{name}_{axis}" for axis in range(values.ndim))
        fill = np.nan if values.dtype.kind == "f" else 0
        if codec.variable in plan.per_chunk:
            shape = (*grid_shape, *values.shape)
            dims = (schema.TIME, schema.CHUNK_Y, schema.CHUNK_X, *dims)
            specs.append(ArraySpec(name, dims, shape, values.dtype, fill, (1, *shape[1:])))
        else:
            specs.append(ArraySpec(name, dims, values.shape, values.dtype, fill, values.shape, None, values))
    return specs


def zarr_metadata(plan: Plan, specs: Sequence[ArraySpec]) -> dict[str, dict[str, Any]]:
    """Each array's `zarr.json`, as zarr-python writes it."""
    import zarr
    from zarr.storage import MemoryStore

    store = MemoryStore()
    group = zarr.create_group(store, zarr_format=3)
    with warnings.catch_warnings():
        # The archive setting is opt-in, named in the metadata and in the docs; zarr warns about its filter each time.
        warnings.filterwarnings("ignore", message="Numcodecs codecs are not in the Zarr version 3 specification")
        for spec in specs:
            filters, compressors = _compression(plan, spec)
            options = {} if filters is None else {"filters": filters}
            group.create_array(
                spec.name,
                shape=spec.shape,
                chunks=spec.chunks,
                shards=spec.shards,
                dtype=spec.dtype,
                fill_value=spec.fill_value,
                dimension_names=spec.dims,
                compressors=compressors,
                **options,
            )
    files: dict[str, Any] = store._store_dict  # noqa: SLF001 - no public way to take a memory store's bytes at once
    return {spec.name: json.loads(files[f"{spec.name}/zarr.json"].to_bytes()) for spec in specs}


def _compression(plan: Plan, spec: ArraySpec) -> tuple[list[Any] | None, list[Any]]:
    """Filters and compressors of an array; docs/storage.md has the measurements behind them."""
    from zarr.codecs import BloscCodec, Crc32cCodec, ZstdCodec

    if spec.dtype is str:
        return None, [Crc32cCodec()]
    if spec.name not in TIERED:
        return None, [ZstdCodec(level=3), Crc32cCodec()]
    if plan.compression == "none":
        return None, [Crc32cCodec()]
    dtype = np.dtype(spec.dtype)
    if plan.compression == "archive" and dtype == np.int8:
        from zarr.codecs.numcodecs import Delta

        return [Delta(dtype="i1")], [ZstdCodec(level=1), Crc32cCodec()]
    shuffle = "bitshuffle" if dtype.itemsize == 1 else "shuffle"
    return None, [
        BloscCodec(
            typesize=dtype.itemsize,
            cname="zstd" if plan.compression == "small" else "lz4",
            clevel=5,
            shuffle=shuffle,
            blocksize=0,
        ),
        Crc32cCodec(),
    ]


@dataclass(frozen=True)
class Layout:
    """A cube's arrays and metadata for a list of years.

    Attributes
    ----------
    years : tuple of int
        In physical order: slot `t` of every time dim.
    specs, arrays : tuple (one entry a level) of mappings by name
    attrs : mapping
        Root attributes that are kept as they are.
    """

    plan: Plan
    years: tuple[int, ...]
    specs: tuple[dict[str, ArraySpec], ...]
    arrays: tuple[dict[str, StoredArray], ...]
    attrs: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def make(cls, plan: Plan, years: Sequence[int], attrs: Mapping[str, Any] | None = None) -> "Layout":
        """The layout of a cube that holds `years` in this physical order; `attrs` that it has already are kept."""
        specs, arrays = [], []
        for level, grid in enumerate(plan.levels):
            named = {spec.name: spec for spec in array_specs(plan, years, grid)}
            documents = zarr_metadata(plan, list(named.values()))
            prefix = f"{level}/" if level else ""
            specs.append(named)
            arrays.append(
                {name: StoredArray.from_metadata(prefix + name, document) for name, document in documents.items()}
            )
        return cls(plan, tuple(years), tuple(specs), tuple(arrays), dict(attrs or {}))

    def documents(self) -> dict[str, bytes]:
        """Every `zarr.json` by key: arrays, overview groups, and last the consolidated root."""
        nodes: dict[str, dict[str, Any]] = {}
        groups: dict[str, dict[str, Any]] = {}
        for level, arrays in enumerate(self.arrays):
            mine = {array.path: dict(array.metadata) for array in arrays.values()}
            nodes |= mine
            if level:
                attrs = _level_attrs(self.plan, level)
                nodes[str(level)] = _group(attrs)
                inner = {path.removeprefix(f"{level}/"): document for path, document in mine.items()}
                groups[f"{level}/zarr.json"] = _group(attrs, inner)
        files = {f"{path}/zarr.json": document for path, document in nodes.items() if document["node_type"] == "array"}
        files |= groups
        files["zarr.json"] = _group({**self.attrs, **root_attrs(self.plan)}, nodes)
        return {key: json.dumps(document, indent=1).encode() for key, document in files.items()}


def _group(attrs: Mapping[str, Any], members: Mapping[str, Any] | None = None) -> dict[str, Any]:
    consolidated = {"kind": "inline", "must_understand": False, "metadata": dict(sorted((members or {}).items()))}
    return {
        "attributes": dict(attrs),
        "zarr_format": 3,
        "consolidated_metadata": consolidated,
        "node_type": "group",
    }


def root_attrs(plan: Plan) -> dict[str, Any]:
    """Attributes of the root group."""
    return _attrs(plan, plan.grid, plan.levels[1:])


def _level_attrs(plan: Plan, level: int) -> dict[str, Any]:
    return _attrs(plan, plan.levels[level], ())


def _attrs(plan: Plan, grid: Grid, levels: Sequence[Grid]) -> dict[str, Any]:
    codecs = {codec.variable: {**codec.to_dict(), "parameters": parameter_names(codec)} for codec in plan.codecs}
    ours = {
        "schema": schema.SCHEMA_VERSION,
        "codecs": codecs,
        "provenance": plan.provenance.to_dict(),
        "compression": plan.compression,
        "chunk": plan.chunk,
        **plan.attrs,
    }
    if plan.compression == "archive":
        ours["readers"] = "zarr-python and embexplore only: int8 codes are stored as differences along x"
    conventions = write_conventions(
        grid, codecs=plan.codecs, dimensions=len(plan.bands), provenance=plan.provenance, levels=levels
    )
    return {schema.ATTRS: ours, **conventions}
