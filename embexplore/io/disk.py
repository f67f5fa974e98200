"""Putting bytes on a local disk so that they stay there: fsync, atomic replacement, swap, and sentences for failures."""

import ctypes
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from embexplore.errors import WriteFailed
from embexplore.io.byte_store import Bytes

_EXCHANGE = 2
_AT_CWD = -100
_SYNC_THREADS = 8


def sha256(data: bytes | Bytes) -> str:
    """Hexadecimal digest."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an OSError into a WriteFailed that says what happened and what to do."""
    try:
        yield
    except WriteFailed:
        raise
    except OSError as error:
        raise WriteFailed(
            f"{path}: {error.strerror or error}. Nothing that opens as a whole cube was left. "
            "Make room (or choose another place) and run the same command again: it resumes where it stopped."
        ) from error


def put(path: Path, data: bytes | Bytes) -> None:
    """Write a file that nobody reads yet, and wait until it is on disk."""
    with writing(path):
        try:
            _write(path, data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, data)


def put_all(root: Path, files: Mapping[str, bytes | Bytes]) -> None:
    """Write many small files, by name below `root`; those that hold the very bytes already are not touched.

    Several at once, because a file system commits waiting threads together: 8 threads sync 120 folders in
    20–60 ms, one takes 200–560 ms (ext4).
    """

    def ensure(name: str) -> None:
        path = root / name
        if not path.exists() or path.read_bytes() != bytes(files[name]):
            put(path, files[name])

    with ThreadPoolExecutor(_SYNC_THREADS) as pool:
        list(pool.map(ensure, files))


def replace(path: Path, data: bytes) -> None:
    """Put a file in place of another in one step: readers see the old one or the new one."""
    beside = path.with_name(f".{path.name}.new")
    put(beside, data)
    with writing(path):
        beside.replace(path)
        sync_folder(path.parent)


def _write(path: Path, data: bytes | Bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        view = memoryview(data).cast("B")
        while len(view):
            view = view[os.write(file, view) :]
        os.fdatasync(file)
    finally:
        os.close(file)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def sync_tree(path: Path) -> None:
    """Wait until the names in a folder and below are on disk."""
    with ThreadPoolExecutor(_SYNC_THREADS) as pool:
        list(pool.map(sync_folder, (Path(folder) for folder, _, _ in os.walk(path))))


def swap(new: Path, old: Path) -> None:
    """Exchange two folders, in one step where the system can (Linux), else in two renames."""
    with writing(old):
        rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        names = os.fsencode(new), os.fsencode(old)
        if rename is not None and rename(_AT_CWD, names[0], _AT_CWD, names[1], _EXCHANGE) == 0:
            return
        aside = old.with_name(f"{old.name}.old")
        old.rename(aside)
        new.rename(old)
        aside.rename(new)


def link(source: Path, target: Path) -> None:
    """The same file under a second name; a copy where the file system has no links."""
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
