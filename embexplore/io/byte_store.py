"""Where the bytes of a cube lie: a folder, a server or a bucket. Keys in, bytes out; no Zarr in here."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from embexplore.errors import SourceUnavailable

Bytes = NDArray[np.uint8]
_counters: list[dict[str, int]] = []
RETRY = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
"""Of a request that fails: a server may be busy, but a user waits."""


class ByteStore(Protocol):
    """Read access by key; safe in several threads, picklable."""

    is_remote: bool

    @property
    def place(self) -> str:
        """The folder or address, for messages."""
        ...

    def read(self, key: str, start: int = 0, length: int | None = None) -> Bytes | None:
        """Bytes of a key from `start` on, fewer than `length` where it ends before; None where there is no such key."""
        ...

    def read_end(self, key: str, length: int) -> Bytes | None:
        """The last bytes of a key."""
        ...

    def version(self, key: str) -> str:
        """Changes whenever the key's content does, as far as the store can tell without reading it."""
        ...


def gone(place: str, *, is_remote: bool) -> SourceUnavailable:
    """The error of a cube that was there when it was opened."""
    kind = "address" if is_remote else "folder"
    return SourceUnavailable(
        f"The {kind} of this cube is gone: {place} held it when it was opened. Put it back, or open it where it is now."
    )


@contextmanager
def count_bytes() -> Iterator[dict[str, int]]:
    """Count the bytes that are read, by key, from any store in any thread of this process."""
    counter: dict[str, int] = {}
    _counters.append(counter)
    try:
        yield counter
    finally:
        _counters.remove(counter)


def _counted(key: str, data: Bytes) -> Bytes:
    for counter in _counters:
        counter[key] = counter.get(key, 0) + len(data)
    return data


@dataclass(frozen=True)
class LocalFiles:
    """A folder on this machine. Plain reads, no memory maps: a file that shrinks must not kill the process."""

    root: str
    is_remote: bool = False

    @property
    def place(self) -> str:
        """See ByteStore."""
        return self.root

    def read(self, key: str, start: int = 0, length: int | None = None) -> Bytes | None:
        """See ByteStore."""
        return self._read(key, lambda size: (start, size - start if length is None else length))

    def read_end(self, key: str, length: int) -> Bytes | None:
        """See ByteStore."""
        return self._read(key, lambda size: (max(size - length, 0), length))

    def version(self, key: str) -> str:
        """See ByteStore."""
        stat = Path(self.root, key).stat()
        return f"{stat.st_ino}-{stat.st_mtime_ns}"

    def _read(self, key: str, window: Callable[[int], tuple[int, int]]) -> Bytes | None:
        try:
            file = os.open(f"{self.root}/{key}", os.O_RDONLY)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            size = os.fstat(file).st_size
            start, length = window(size)
            data = np.empty(max(min(length, size - start), 0), np.uint8)
            done = 0
            while done < len(data):
                count = os.preadv(file, [data[done:]], start + done)
                if not count:
                    break
                done += count
        finally:
            os.close(file)
        return _counted(key, data[:done])


@dataclass(frozen=True)
class RemoteFiles:
    """A cube behind `http(s)://` or in a bucket (`s3://`), read by obstore.

    Buckets are read without a signature unless the environment holds credentials.
    """

    url: str
    is_remote: bool = True

    @property
    def place(self) -> str:
        """See ByteStore."""
        return self.url

    @cached_property
    def _store(self) -> Any:
        from obstore.store import from_url

        options: dict[str, Any] = {
            "client_options": {"allow_http": True, "connect_timeout": "10s", "timeout": "120s"},
            "retry_config": RETRY,
        }
        if self.url.startswith("s3://"):
            options["skip_signature"] = "AWS_ACCESS_KEY_ID" not in os.environ
        return from_url(self.url, **options)

    def __getstate__(self) -> dict[str, Any]:
        return {"url": self.url, "is_remote": True}

    def read(self, key: str, start: int = 0, length: int | None = None) -> Bytes | None:
        """See ByteStore."""
        span = None if start == 0 and length is None else {"offset": start}
        if length is not None:
            span = (start, start + length)
        return self._get(key, span)

    def read_end(self, key: str, length: int) -> Bytes | None:
        """See ByteStore."""
        return self._get(key, {"suffix": length})

    def version(self, key: str) -> str:
        """See ByteStore."""
        import obstore

        told = obstore.head(self._store, key)
        return f"{told.get('e_tag')}-{told.get('last_modified')}"

    def _get(self, key: str, span: Any) -> Bytes | None:
        import obstore

        try:
            answer = obstore.get(self._store, key, options={} if span is None else {"range": span})
            return _counted(key, np.frombuffer(answer.bytes(), np.uint8))
        except FileNotFoundError:
            return None
        except (OSError, obstore.exceptions.BaseError) as error:
            reason = str(error).strip().splitlines()[0]
            raise SourceUnavailable(
                f"{self.url}/{key}: {reason}. Check the address and the connection, then try again."
            ) from error


def open_bytes(location: str | Path) -> ByteStore:
    """The store of a path or of an `http(s)://`, `s3://` or `file://` address."""
    text = str(location).rstrip("/")
    if text.startswith("file://"):
        return LocalFiles(text.removeprefix("file://"))
    if "://" in text:
        return RemoteFiles(text)
    return LocalFiles(str(Path(text).expanduser().absolute()))
