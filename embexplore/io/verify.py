"""Check a stored cube chunk by chunk, and measure what lies on disk."""

import itertools
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from embexplore.core.parallel import processors
from embexplore.cube import schema
from embexplore.errors import CorruptChunk, InvalidInput
from embexplore.io.byte_store import LocalFiles, open_bytes
from embexplore.io.chunk_reader import ChunkReader
from embexplore.io.progress import Progress
from embexplore.io.stored_array import Index
from embexplore.io.stored_cube import StoredGroup, read_levels_of


def verify(path: str | Path, *, progress: Progress | None = None) -> list[str]:
    """Read every chunk of every array of a cube, overviews too, against its checksum.

    Returns
    -------
    list of str
        One sentence a broken chunk, naming file and place; empty when the cube is whole.

    Raises
    ------
    NotACube, SourceUnavailable
        The metadata itself cannot be read.
    """
    readers, problems = [], []
    for group in read_levels_of(path).values():
        found, told = _readers(group)
        readers += found
        problems += told
    chunks = [
        (reader, index) for reader in readers for index in itertools.product(*map(range, reader.array.chunk_grid))
    ]
    with ThreadPoolExecutor(min(8, 2 * processors())) as pool:
        for done, problem in enumerate(pool.map(_check, chunks), start=1):
            if problem is not None:
                problems.append(problem)
            if progress is not None:
                progress(done, len(chunks), "verifying")
    return sorted(set(problems))


def _readers(group: StoredGroup) -> tuple[list[ChunkReader], list[str]]:
    """Readers of a group's arrays; where precision or parameters are broken, of all arrays without them."""
    problems = []
    try:
        precision = group.precision()
    except CorruptChunk as error:
        precision, problems = None, [str(error)]
    try:
        codecs = group.codecs() if schema.ATTRS in group.attrs else {}
    except CorruptChunk as error:
        codecs, problems = {}, [*problems, str(error)]
    readers = []
    for name in group.arrays:
        reader = group.reader(name, codecs, precision if codecs else None)
        if isinstance(reader, ChunkReader):
            readers.append(reader)
        else:
            problems.append(f"{reader.array.path} of {group.name}: only zarr-python reads its codecs; not checked.")
    return readers, problems


def _check(chunk: tuple[ChunkReader, Index]) -> str | None:
    reader, index = chunk
    try:
        reader.chunk(index)
    except CorruptChunk as error:
        return str(error)
    return None


def bytes_on_disk(path: str | Path) -> dict[str, int]:
    """Bytes of a local cube by array (`embeddings`, `bits`, `1/embeddings`, …); `metadata` is every `zarr.json`.

    Raises
    ------
    InvalidInput
        The cube lies on a server.
    """
    store = open_bytes(path)
    if not isinstance(store, LocalFiles):
        raise InvalidInput(f"{path}: sizes on disk are known for local cubes only.")
    sizes = {array.path: 0 for group in read_levels_of(path).values() for array in group.arrays.values()}
    sizes["metadata"] = 0
    for key, size in _files(Path(store.root)):
        owner = "metadata" if key.endswith("zarr.json") else re.split("/c(/|$)", key)[0]
        sizes[owner] = sizes.get(owner, 0) + size
    return sizes


def _files(root: Path) -> Iterator[tuple[str, int]]:
    for folder, _, names in os.walk(root):
        for name in names:
            file = Path(folder) / name
            yield file.relative_to(root).as_posix(), file.stat().st_size
