"""One stored chunk, bytes to array and back: the Zarr codecs that cubes are written with, natively.

Zarr's own pipeline answers every chunk through an event loop; a map of 64 chunks then waits longer for
the loop than for the data. What is not listed in `_STEPS` is left to zarr-python (see `chunk_reader`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
CHECKSUM_BYTES = 4
_SHUFFLES = {"noshuffle": 0, "shuffle": 1, "bitshuffle": 2}


class ChecksumError(ValueError):
    """The bytes do not have the checksum that was stored with them."""


class Step(Protocol):
    """Bytes to bytes: compression, or a checksum."""

    def encode(self, data: Bytes) -> Bytes:
        """The stored form."""
        ...

    def decode(self, data: Bytes, size: int | None) -> Bytes:
        """The original; `size` is its number of bytes where that is known."""
        ...


@dataclass(frozen=True)
class Crc32c:
    """Four bytes at the end: the checksum of all bytes before (Zarr v3 `crc32c`)."""

    def encode(self, data: Bytes) -> Bytes:
        """The bytes and their checksum."""
        return np.concatenate([data, _checksum(data)])

    def decode(self, data: Bytes, size: int | None) -> Bytes:
        """The bytes without their checksum; ChecksumError where it does not fit."""
        if len(data) < CHECKSUM_BYTES:
            raise ChecksumError(f"{len(data)} bytes are too few to hold a checksum")
        payload = data[:-CHECKSUM_BYTES]
        if not np.array_equal(_checksum(payload), data[-CHECKSUM_BYTES:]):
            raise ChecksumError("the checksum does not fit")
        return payload


@dataclass(frozen=True)
class Zstd:
    """Zarr v3 `zstd`."""

    level: int = 0
    checksum: bool = False

    def encode(self, data: Bytes) -> Bytes:
        """A zstd frame."""
        from numcodecs.zstd import compress

        return np.frombuffer(compress(data, self.level, self.checksum), np.uint8)

    def decode(self, data: Bytes, size: int | None) -> Bytes:
        """The content of a frame, straight into its array."""
        from numcodecs.zstd import decompress

        if size is None:
            return np.frombuffer(decompress(data), np.uint8)
        out = np.empty(size, np.uint8)
        decompress(data, out)
        return out


@dataclass(frozen=True)
class Blosc:
    """Zarr v3 `blosc`."""

    cname: str
    clevel: int
    shuffle: str = "noshuffle"
    typesize: int = 1
    blocksize: int = 0

    def encode(self, data: Bytes) -> Bytes:
        """A blosc frame."""
        from numcodecs.blosc import compress

        shuffle = _SHUFFLES[self.shuffle]
        return np.frombuffer(
            compress(data, self.cname.encode(), self.clevel, shuffle, self.blocksize, self.typesize), np.uint8
        )

    def decode(self, data: Bytes, size: int | None) -> Bytes:
        """The content of a frame, straight into its array."""
        from numcodecs.blosc import decompress

        if size is None:
            return np.frombuffer(decompress(data), np.uint8)
        if len(data) < 16 or int(data[4:8].view("<u4")[0]) != size:  # the header's own length, before it is trusted
            raise ValueError("the blosc header names another length")
        out = np.empty(size, np.uint8)
        decompress(data, out)
        return out


@dataclass(frozen=True)
class Gzip:
    """Zarr v3 `gzip`."""

    level: int = 5

    def encode(self, data: Bytes) -> Bytes:
        """A gzip member without a time stamp."""
        import gzip

        return np.frombuffer(gzip.compress(data.tobytes(), self.level, mtime=0), np.uint8)

    def decode(self, data: Bytes, size: int | None) -> Bytes:
        """The content of a member."""
        import gzip

        return np.frombuffer(gzip.decompress(data), np.uint8)


_STEPS: dict[str, type[Any]] = {"crc32c": Crc32c, "zstd": Zstd, "blosc": Blosc, "gzip": Gzip}


@dataclass(frozen=True)
class ChunkCodec:
    """How chunks of one array are stored.

    Attributes
    ----------
    dtype : dtype, or str (then texts)
    steps : tuple of Step
        Applied in order when writing.
    is_delta : bool
        Whether each element is stored as its difference from the one before, in C order, wrapping around
        (`numcodecs.delta`): along x in a band-first chunk.
    """

    dtype: np.dtype[Any]
    steps: tuple[Step, ...]
    is_delta: bool = False

    @classmethod
    def from_metadata(cls, codecs: Sequence[Mapping[str, Any]], dtype: np.dtype[Any]) -> "ChunkCodec | None":
        """The codec of a `codecs` list of `zarr.json`; None where it names one that is not known here."""
        rest = [(str(codec["name"]), dict(codec.get("configuration") or {})) for codec in codecs]
        is_delta = bool(rest) and rest[0][0] == "numcodecs.delta"
        if is_delta:
            name, options = rest.pop(0)
            if np.dtype(options["dtype"]) != dtype or options.get("astype", options["dtype"]) != options["dtype"]:
                return None
        name, options = rest.pop(0) if rest else ("", {})
        if name != ("vlen-utf8" if dtype.kind == "T" else "bytes") or any(name not in _STEPS for name, _ in rest):
            return None
        if options.get("endian") == "big":
            dtype = dtype.newbyteorder(">")
        return cls(dtype, tuple(_STEPS[name](**options) for name, options in rest), is_delta)

    @cached_property
    def has_checksum(self) -> bool:
        """Whether damage is noticed."""
        return any(isinstance(step, Crc32c) or getattr(step, "checksum", False) for step in self.steps)

    def encode(self, values: NDArray[Any]) -> Bytes:
        """The stored bytes of one whole chunk."""
        data = _texts_to_bytes(values) if self.dtype.kind == "T" else self._to_bytes(values)
        for step in self.steps:
            data = step.encode(data)
        return data

    def decode(self, data: Bytes, shape: tuple[int, ...]) -> NDArray[Any]:
        """One whole chunk; ChecksumError, ValueError or RuntimeError where the bytes are not what was written."""
        is_text = self.dtype.kind == "T"
        size = None if is_text else int(np.prod(shape, dtype=np.int64)) * self.dtype.itemsize
        for number, step in enumerate(reversed(self.steps), start=1):
            data = step.decode(data, size if number == len(self.steps) else None)
        if is_text:
            return _bytes_to_texts(data, shape)
        if len(data) != size:
            raise ValueError(f"{len(data)} bytes, expected {size}")
        values = np.frombuffer(data, self.dtype)
        if self.is_delta:
            values = np.cumsum(values, dtype=self.dtype)
        return values.reshape(shape)

    def _to_bytes(self, values: NDArray[Any]) -> Bytes:
        flat = np.ascontiguousarray(values, self.dtype).reshape(-1)
        if self.is_delta and len(flat):
            flat = np.concatenate([flat[:1], np.diff(flat)])
        return flat.view(np.uint8)


def _checksum(data: Bytes) -> Bytes:
    from crc32c import crc32c  # releases the interpreter lock, three times faster than google_crc32c

    return np.frombuffer(crc32c(data).to_bytes(4, "little"), np.uint8)


def _texts_to_bytes(values: NDArray[Any]) -> Bytes:
    from numcodecs.vlen import VLenUTF8

    return np.frombuffer(VLenUTF8().encode(np.asarray(values, object)), np.uint8)


def _bytes_to_texts(data: Bytes, shape: tuple[int, ...]) -> NDArray[Any]:
    from numcodecs.vlen import VLenUTF8

    return np.asarray(VLenUTF8().decode(data), object).reshape(shape)
