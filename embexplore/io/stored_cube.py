"""A cube's metadata as it lies on disk: attributes and arrays of every level, from one consolidated `zarr.json`."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import Codec, codec_from_dict
from embexplore.cube import schema
from embexplore.errors import NotACube, SourceUnavailable
from embexplore.io.byte_store import ByteStore, LocalFiles, open_bytes
from embexplore.io.chunk_reader import ChunkReader, ZarrReader, make_reader
from embexplore.io.presence import precision_mask, presence
from embexplore.io.stored_array import StoredArray

_REMOTE_REQUESTS = 8
PARTIAL = ".partial"
"""What the name of a cube ends in while it is being written."""


OLDER_NAMES = {"year": schema.TIME, "bands": schema.BAND, "northing": schema.Y, "easting": schema.X}
"""Names of dims and coordinates in stores of older layouts, and ours."""


def dims_of(array: StoredArray) -> tuple[str, ...]:
    """An array's dims under our names."""
    return tuple(OLDER_NAMES.get(dim, dim) for dim in array.dims)


@dataclass(frozen=True, eq=False)
class StoredGroup:
    """One level of a cube.

    Attributes
    ----------
    attrs : dict
    arrays : dict of StoredArray by name
    version : str
        See ChunkReader.
    """

    name: str
    store: ByteStore
    attrs: dict[str, Any]
    arrays: dict[str, StoredArray]
    version: str = ""
    _loaded: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)

    def load(self, name: str) -> NDArray[Any]:
        """A small array, whole, read once; its chunks must all be there if the group is ours."""
        if name not in self._loaded:
            self._loaded[name] = self._read(name)
        return self._loaded[name]

    def load_small(self) -> None:
        """Read every array without pixels now; from a server several at once, as each waits for an answer."""
        small = [name for name, array in self.arrays.items() if not {schema.Y, schema.X} <= set(dims_of(array))]
        with ThreadPoolExecutor(_REMOTE_REQUESTS) as pool:
            list(pool.map(self.load, small))

    def _read(self, name: str) -> NDArray[Any]:
        array = self.arrays[name]
        everything = np.ones(array.chunk_grid, bool) if _is_ours(array) else None
        reader = make_reader(self.store, array, present=everything, name=self.name)
        values = np.asarray(reader[...])
        return values.astype(str) if values.dtype == object else values

    def codecs(self) -> dict[str, Codec]:
        """The codecs by variable; parameters that differ by chunk are left as they are stored."""
        found = {}
        ours = self.attrs[schema.ATTRS]
        if not isinstance(ours, dict) or not isinstance(ours.get("codecs"), dict):
            raise NotACube(f"{self.name}: attribute {schema.ATTRS!r} names no codecs. Write the cube again.")
        for variable, options in ours["codecs"].items():
            names = options.get("parameters", {})
            missing = sorted(set(names.values()) - set(self.arrays))
            if missing:
                raise NotACube(
                    f"{self.name}: the codec of {variable!r} needs {', '.join(missing)}, which is not there."
                )
            parameters = {parameter: self.load(name) for parameter, name in names.items()}
            found[variable] = codec_from_dict(options, parameters)
        return found

    def precision(self) -> NDArray[np.uint8] | None:
        """`precision (time, chunk_y, chunk_x)` in physical order; None where the cube has none."""
        return self.load(schema.PRECISION) if schema.PRECISION in self.arrays else None

    def reader(
        self, name: str, codecs: Mapping[str, Codec], precision: NDArray[np.uint8] | None
    ) -> ChunkReader | ZarrReader:
        """A reader that knows which chunks of an array must be there."""
        array = self.arrays[name]
        present = None
        if precision is not None and _is_ours(array):
            present = presence(array, precision_mask(name, codecs.values()), precision)
            if present.shape != array.chunk_grid:
                raise NotACube(
                    f"{self.name}: `precision` is for {present.shape} chunks of {name!r}, which has {array.chunk_grid}."
                )
        return make_reader(self.store, array, present=present, name=self.name, version=self.version)


def _is_ours(array: StoredArray) -> bool:
    """Whether absent chunks are errors: other writers leave out chunks that hold only the fill value."""
    return array.codec is None or array.codec.has_checksum


def read_levels_of(location: str | Path) -> dict[str, StoredGroup]:
    """Every level of a store by its path (`""` is the root), from the consolidated root metadata alone.

    Raises
    ------
    SourceUnavailable
        There is nothing at the location, or it does not answer.
    NotACube
        It is something else, still being written, or has no consolidated metadata.
    """
    store = open_bytes(location)
    name = str(location).rstrip("/")
    if name.endswith(PARTIAL):
        raise NotACube(
            f"{name} is a cube that is still being written. "
            f"Run the command that writes it again: it resumes, and leaves {Path(name).name.removesuffix(PARTIAL)}."
        )
    root = _root(store, name)
    members = root["consolidated_metadata"]["metadata"]
    try:
        groups, arrays = _members(dict(root.get("attributes", {})), members)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise NotACube(f"{name}/zarr.json describes no readable arrays ({reason}). Write the cube again.") from error
    version = store.version("zarr.json")
    return {path: StoredGroup(name, store, groups.get(path, {}), found, version) for path, found in arrays.items()}


def _members(
    attrs: dict[str, Any], members: Mapping[str, Any]
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, StoredArray]]]:
    """Attributes and arrays of every level by its path."""
    groups = {"": attrs}
    groups |= {path: dict(node.get("attributes", {})) for path, node in members.items() if node["node_type"] == "group"}
    arrays: dict[str, dict[str, StoredArray]] = {path: {} for path in groups}
    for path, node in members.items():
        if node["node_type"] == "array" and node.get("zarr_format") == 3:
            group, _, member = path.rpartition("/")
            arrays.setdefault(group, {})[member] = StoredArray.from_metadata(path, node)
    return groups, arrays


def _root(store: ByteStore, name: str) -> dict[str, Any]:
    data = store.read("zarr.json")
    if data is None:
        raise _nothing_there(store, name)
    try:
        root = json.loads(data.tobytes())
        is_group = root["node_type"] == "group" and root["zarr_format"] == 3
    except (ValueError, TypeError, KeyError) as error:
        raise NotACube(f"{name}/zarr.json cannot be read as Zarr metadata ({error}). Write the cube again.") from error
    if not is_group:
        raise NotACube(f"{name} is a single Zarr array, not a cube: expected a group of `embeddings` or `bits`.")
    if not (root.get("consolidated_metadata") or {}).get("metadata"):
        raise NotACube(
            f"{name}: no consolidated metadata, so readers over HTTP would see an empty cube. "
            "If it is whole, run `zarr.consolidate_metadata(path)` on it; if not, write it again."
        )
    return dict(root)


def _nothing_there(store: ByteStore, name: str) -> Exception:
    if not isinstance(store, LocalFiles):
        return SourceUnavailable(f"{name}: there is no zarr.json at this address. Check it for typing errors.")
    path = Path(store.root)
    if path.with_name(path.name + PARTIAL).exists():
        return NotACube(f"{name} is still being written. Run the command that writes it again: it resumes.")
    if not path.exists():
        return SourceUnavailable(f"{name}: no such file or folder.")
    if (path / ".zgroup").exists() or (path / ".zmetadata").exists():
        return NotACube(f"{name} is a Zarr v2 store, not a cube. Make one of it with `embexplore ingest`.")
    return NotACube(f"{name} is not a cube: there is no zarr.json in it. Make one of it with `embexplore ingest`.")
