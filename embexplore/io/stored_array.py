"""One array as its `zarr.json` describes it: shape, chunks, shards, codecs and the names of its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.io.chunk_codec import Bytes, ChunkCodec, Crc32c

ABSENT = 2**64 - 1
"""Offset and length of a chunk that a shard does not hold (Zarr v3 sharding)."""
_SPECIAL = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
_DTYPES = {
    "bool",
    *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
    "float16",
    "float32",
    "float64",
}

Index = tuple[int, ...]


@dataclass(frozen=True)
class StoredArray:
    """What is needed to find and read any chunk.

    Attributes
    ----------
    path : str
        In the store: `embeddings`, `1/embeddings`.
    shape, chunks : tuple of int
        Of the array and of one inner chunk.
    shards : tuple of int
        Shape of one file; equal to `chunks` where there are no shards.
    dims : tuple of str
    codec : ChunkCodec or None
        None: only zarr-python can read this array.
    metadata : mapping
        The whole `zarr.json`.
    """

    path: str
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    shards: tuple[int, ...]
    dims: tuple[str, ...]
    dtype: np.dtype[Any]
    fill_value: Any
    codec: ChunkCodec | None
    metadata: Mapping[str, Any]

    @classmethod
    def from_metadata(cls, path: str, metadata: Mapping[str, Any]) -> "StoredArray":
        """The array that a Zarr v3 `zarr.json` describes."""
        shape = tuple(int(size) for size in metadata["shape"])
        outer = tuple(metadata["chunk_grid"]["configuration"]["chunk_shape"])
        codecs, inner, is_known = metadata["codecs"], outer, True
        if codecs and codecs[0]["name"] == "sharding_indexed":
            options = codecs[0]["configuration"]
            is_known = len(codecs) == 1 and options["index_codecs"] == _INDEX_CODECS
            is_known &= options.get("index_location", "end") == "end"
            codecs, inner = options["codecs"], tuple(options["chunk_shape"])
        name = metadata["data_type"]
        name = name if isinstance(name, str) else name["name"]  # with a configuration, such as text of one length
        is_text = name == "string"
        is_known &= metadata["chunk_key_encoding"]["name"] == "default" and (is_text or name in _DTYPES)
        dtype = np.dtypes.StringDType() if is_text else np.dtype(name if name in _DTYPES else object)
        fill = metadata["fill_value"]
        if not is_text and name in _DTYPES:
            fill = dtype.type(_SPECIAL.get(fill, fill) if isinstance(fill, str) else fill)
        names = metadata.get("dimension_names") or tuple(f"{path}_{axis}" for axis in range(len(shape)))
        codec = ChunkCodec.from_metadata(codecs, dtype) if is_known else None
        return cls(path, shape, inner, outer, tuple(names), dtype, fill, codec, metadata)

    @property
    def is_sharded(self) -> bool:
        """Whether a file holds several chunks behind an index."""
        return self.metadata["codecs"][0]["name"] == "sharding_indexed"

    @property
    def attributes(self) -> dict[str, Any]:
        """The array's own attributes."""
        return dict(self.metadata.get("attributes", {}))

    @cached_property
    def chunk_grid(self) -> tuple[int, ...]:
        """Number of chunks along each dim."""
        return tuple(-(-size // chunk) for size, chunk in zip(self.shape, self.chunks, strict=True))

    @cached_property
    def chunks_per_shard(self) -> tuple[int, ...]:
        """Number of chunks along each dim of one file."""
        return tuple(shard // chunk for shard, chunk in zip(self.shards, self.chunks, strict=True))

    @cached_property
    def file_grid(self) -> tuple[int, ...]:
        """Number of files along each dim."""
        return tuple(-(-size // shard) for size, shard in zip(self.shape, self.shards, strict=True))

    def key(self, file: Index) -> str:
        """Name of a file in the store: `embeddings/c/0/0/3/1`."""
        separator = (self.metadata["chunk_key_encoding"].get("configuration") or {}).get("separator", "/")
        return f"{self.path}/" + separator.join(("c", *map(str, file)))

    def file_of(self, chunk: Index) -> Index:
        """The file that holds a chunk."""
        return tuple(i // n for i, n in zip(chunk, self.chunks_per_shard, strict=True))

    def place_in_file(self, chunk: Index) -> Index:
        """Where a chunk stands in its file's index."""
        return tuple(i % n for i, n in zip(chunk, self.chunks_per_shard, strict=True))

    @property
    def index_bytes(self) -> int:
        """Length of a shard's index with its checksum."""
        return 16 * int(np.prod(self.chunks_per_shard)) + 4


_INDEX_CODECS = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]


def pack_shard(array: StoredArray, chunks: Mapping[Index, Bytes]) -> Bytes:
    """One shard from the stored bytes of its chunks by their place in the file: chunks in C order, then the index."""
    index = np.full((*array.chunks_per_shard, 2), ABSENT, "<u8")
    offset, parts = 0, []
    for place in sorted(chunks):
        index[place] = offset, len(chunks[place])
        offset += len(chunks[place])
        parts.append(chunks[place])
    return np.concatenate([*parts, Crc32c().encode(index.reshape(-1).view(np.uint8))])


def unpack_index(array: StoredArray, tail: Bytes) -> NDArray[np.uint64]:
    """Offset and length of every chunk in a shard, `(*chunks_per_shard, 2)`; ChecksumError where it is damaged."""
    payload = Crc32c().decode(tail, None)
    return np.frombuffer(payload, "<u8").reshape(*array.chunks_per_shard, 2)
