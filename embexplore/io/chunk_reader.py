"""Read stored chunks as numpy arrays, verified: the array-like that stands behind every lazy cube.

One chunk costs one open, one read, one checksum: no event loop, no copy. Damage raises CorruptChunk
with the chunk's name; a chunk that `precision` says was never written costs nothing.
"""

import itertools
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.core.parallel import processors
from embexplore.errors import CorruptChunk
from embexplore.io.byte_store import Bytes, ByteStore, LocalFiles, gone
from embexplore.io.stored_array import ABSENT, Index, StoredArray, unpack_index

_REMOTE_REQUESTS = 8
_ROOT = "zarr.json"
"""What every cube has, as long as it is there."""
_DAMAGE = (ValueError, RuntimeError, TypeError, OverflowError, EOFError)


@dataclass(frozen=True, eq=False)
class ChunkReader:
    """A stored array that reads like numpy: `reader[0, :, 10:20, :]`.

    Attributes
    ----------
    store : ByteStore
    array : StoredArray
        Its `codec` must be known.
    present : ndarray of bool on the array's chunk grid, or None
        True: the chunk was written, and its absence is an error. False: it reads as the fill value
        without a look at the store. None (arrays of other writers): whatever is there.
    name : str
        What messages call the cube.
    version : str
        Which writing of the cube this is, so that dask tells a cube from the one it replaced.
    """

    store: ByteStore
    array: StoredArray
    present: NDArray[np.bool_] | None = None
    name: str = ""
    version: str = ""
    _indexes: dict[Index, Any] = field(default_factory=dict, repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole array."""
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of one element."""
        return self.array.dtype

    @property
    def ndim(self) -> int:
        """Number of dims."""
        return len(self.array.shape)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_indexes": {}}

    def __dask_tokenize__(self) -> tuple[Any, ...]:
        from dask.base import normalize_token

        state = (self.store, self.version, self.array.path, dict(self.array.metadata), self.present)
        return ("ChunkReader", normalize_token(state))

    def __getitem__(self, key: Any) -> NDArray[Any]:
        window, drop = self._window(key)
        spans = [_span(part, chunk) for part, chunk in zip(window, self.array.chunks, strict=True)]
        indexes = list(itertools.product(*spans))
        if len(indexes) == 1:
            values = np.asarray(self.chunk(indexes[0])[self._inside(indexes[0], window)], order="C")
        else:
            values = self._assemble(window, indexes)
        return values[drop]

    def chunk(self, index: Index) -> NDArray[Any]:
        """One whole chunk, padded at the edges as it is stored."""
        if self.present is not None and not self.present[index]:
            return self._fill()
        where = self.chunk_name(index)
        data = self._stored(index, where)
        if data is None:
            is_told = self.present is None and self.array.file_of(index) in self._indexes
            if not is_told:  # else its shard is there, and says that it was never written
                self._explain(where)
            return self._fill()
        return self._decode(data, where)

    def chunk_name(self, index: Index) -> str:
        """What messages call a chunk: its file, its place in the shard if any, its cube."""
        key = self.array.key(self.array.file_of(index))
        place = f"[{', '.join(map(str, self.array.place_in_file(index)))}]" if self.array.is_sharded else ""
        return f"{key}{place} of {self.name}" if self.name else f"{key}{place}"

    def _stored(self, index: Index, where: str) -> Bytes | None:
        key = self.array.key(self.array.file_of(index))
        if not self.array.is_sharded:
            return self.store.read(key)
        entries = self._index(self.array.file_of(index), key, where)
        if entries is None:
            return None
        offset, length = (int(value) for value in entries[self.array.place_in_file(index)])
        return None if offset == ABSENT else self.store.read(key, offset, length)

    def _explain(self, where: str) -> None:
        """A chunk that is not there is the fill value to other writers; but the cube must be, and what `present` says."""
        if self.store.read(_ROOT, 0, 1) is None:
            raise gone(self.store.place, is_remote=self.store.is_remote)
        if self.present is not None:
            raise CorruptChunk(f"{where} is missing, but the cube says that it was written. {_ADVICE}")

    def _index(self, file: Index, key: str, where: str) -> NDArray[np.uint64] | None:
        if file not in self._indexes:
            tail = self.store.read_end(key, self.array.index_bytes)
            if tail is None:
                return None
            try:
                self._indexes[file] = unpack_index(self.array, tail)
            except _DAMAGE as error:
                raise CorruptChunk(f"{where}: the index of this shard is damaged ({error}). {_ADVICE}") from error
        entries: NDArray[np.uint64] = self._indexes[file]
        return entries

    def _decode(self, data: Bytes, where: str) -> NDArray[Any]:
        if self.array.codec is None:
            raise CorruptChunk(f"{where}: only zarr-python reads the codecs of this array.")
        try:
            return self.array.codec.decode(data, self.array.chunks)
        except _DAMAGE as error:
            raise CorruptChunk(f"{where} is damaged: {error}. {_ADVICE}") from error

    def _fill(self) -> NDArray[Any]:
        dtype = object if self.dtype.kind == "T" else self.dtype
        return np.full(self.array.chunks, self.array.fill_value, dtype)

    def _window(self, key: Any) -> tuple[tuple[slice, ...], tuple[Any, ...]]:
        """Slices of step 1 for every dim, and what to apply to the result: 0 for integers, steps."""
        parts = key if isinstance(key, tuple) else (key,)
        if Ellipsis in parts:
            at = parts.index(Ellipsis)
            parts = (*parts[:at], *[slice(None)] * (self.ndim - len(parts) + 1), *parts[at + 1 :])
        parts = (*parts, *[slice(None)] * (self.ndim - len(parts)))
        window, drop = [], []
        for part, size in zip(parts, self.shape, strict=True):
            if isinstance(part, slice):
                start, stop, step = part.indices(size)
                if step < 1:
                    raise IndexError(f"step {step}: only steps of 1 and more are read from a cube on disk")
                window.append(slice(start, max(start, stop)))
                drop.append(slice(None, None, step))
            else:
                position = range(size)[int(part)]
                window.append(slice(position, position + 1))
                drop.append(0)
        return tuple(window), tuple(drop)

    def _inside(self, index: Index, window: Iterable[slice]) -> tuple[slice, ...]:
        """The part of a chunk that a window covers."""
        starts = (i * chunk for i, chunk in zip(index, self.array.chunks, strict=True))
        return tuple(
            slice(max(part.start - start, 0), min(part.stop - start, chunk))
            for part, start, chunk in zip(window, starts, self.array.chunks, strict=True)
        )

    def _assemble(self, window: tuple[slice, ...], indexes: list[Index]) -> NDArray[Any]:
        dtype = object if self.dtype.kind == "T" else self.dtype
        out = np.empty([part.stop - part.start for part in window], dtype)

        def place(index: Index) -> None:
            inside = self._inside(index, window)
            starts = (i * chunk - part.start for i, chunk, part in zip(index, self.array.chunks, window, strict=True))
            target = tuple(slice(at + part.start, at + part.stop) for at, part in zip(starts, inside, strict=True))
            out[target] = self.chunk(index)[inside]

        threads = self._threads(len(indexes))
        if threads > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(place, indexes))
        else:
            for index in indexes:
                place(index)
        return out

    def _threads(self, chunks: int) -> int:
        """Several for a server, whose answers are waited for; on disk only where nobody else has threads going."""
        if self.store.is_remote:
            return min(_REMOTE_REQUESTS, chunks)
        is_main = threading.current_thread() is threading.main_thread()
        return min(processors(), chunks) if is_main else 1


_ADVICE = "Nothing of it was used; run `embexplore.verify(path)` for a list, and write these chunks again."


def _span(part: slice, chunk: int) -> range:
    return range(part.start // chunk, -(-part.stop // chunk)) if part.stop > part.start else range(0)


@dataclass(frozen=True, eq=False)
class ZarrReader:
    """The same for arrays whose codecs only zarr-python knows: slower, and with its own errors translated."""

    store: ByteStore
    array: StoredArray
    name: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole array."""
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of one element."""
        return np.dtype(self._zarr().dtype)

    @property
    def ndim(self) -> int:
        """Number of dims."""
        return len(self.array.shape)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        try:
            return np.asarray(self._zarr()[key])
        except FileNotFoundError as error:  # not even what describes the array
            raise gone(self.store.place, is_remote=self.store.is_remote) from error
        except _DAMAGE as error:
            raise CorruptChunk(f"{self.array.path} of {self.name} is damaged: {error}") from error

    def _zarr(self) -> Any:
        import zarr

        if isinstance(self.store, LocalFiles):
            return zarr.open_array(f"{self.store.root}/{self.array.path}", mode="r")
        from zarr.storage import ObjectStore

        return zarr.open_array(ObjectStore(self.store._store, read_only=True), path=self.array.path, mode="r")  # noqa: SLF001 - our own store


def make_reader(
    store: ByteStore,
    array: StoredArray,
    *,
    present: NDArray[np.bool_] | None = None,
    name: str = "",
    version: str = "",
) -> ChunkReader | ZarrReader:
    """The fastest reader that knows the array's codecs."""
    if array.codec is None:
        return ZarrReader(store, array, name)
    return ChunkReader(store, array, present, name, version)
