"""Write a cube, or add years to one, so that a crash leaves either the old cube or the new one.

A new cube grows as `OUT.zarr.partial` and is renamed when whole. Years are added inside the cube, in
slots that its metadata does not name yet; the consolidated root `zarr.json` is replaced last. Years or
cubes that are overwritten are built beside (other years by hard link) and exchanged in one step.
`OUT.zarr.journal` says what is done: the same call resumes, checks every finished file, and ends in the
same bytes. Nothing written depends on the clock, the order of threads or the number of interruptions.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.core.parallel import processors
from embexplore.io import disk
from embexplore.io.chunk_codec import Bytes
from embexplore.io.job import Job, claim, prepare
from embexplore.io.journal import Journal
from embexplore.io.overviews import overview_reader
from embexplore.io.plan import Plan
from embexplore.io.progress import Progress
from embexplore.io.stored_cube import PARTIAL
from embexplore.io.window import Window, encode_window, main_array, windows
from embexplore.io.yearly import static_files, yearly_files

Read = Callable[[int, slice, slice], Mapping[str, NDArray[Any]]]
MAX_WORKERS = 4
"""Threads that read, encode and write; each holds one window (at most about 64 MiB of codes)."""


def write(
    out: str | Path,
    plan: Plan,
    read: Read,
    *,
    overwrite: bool = False,
    append: bool = False,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Path:
    """Write the cube that `plan` describes, or resume doing so.

    Parameters
    ----------
    out : str or Path
        A local folder, by custom `*.zarr`.
    plan : Plan
    read : callable
        `read(year, rows, columns)` gives the arrays of a window by variable name: `embeddings`, `codes`
        or `bits` `(c, h, w)`, and `scales`, `valid` `(h, w)` where the plan's codecs need them; for the
        variables in `plan.per_chunk` their parameters too, `(chunks down, chunks across, …)`. Asked for
        one shard (or chunk) at a time, from several threads.
    overwrite : bool
        Replace a cube (or, with `append`, its years of the same number) once the new one is whole.
    append : bool
        Add the plan's years to the cube at `out`, if there is one; its chunks and compression stay.
    progress : callable, optional
        `progress(done, total, what)` in windows.
    workers : int, optional
        Threads; at most 4 by default.

    Raises
    ------
    AlreadyExists
        `out` (or one of its years) is there and `overwrite` was not given.
    CRSMismatch, VariantMismatch, InvalidInput
        The plan does not fit the cube that it should be added to, or the unfinished write it should resume.
    WriteFailed
        Full disk, no permission, another writer. The same call resumes.
    """
    out = Path(out).expanduser().absolute()
    with claim(out) as journal:
        if _was_committed(out, plan, journal):
            return _finish(out, journal)
        job = prepare(out, plan, journal, overwrite=overwrite, append=append)
        _write_windows(job, read, journal, progress, workers or min(MAX_WORKERS, processors()))
        _write_yearly(job, journal)
        _commit(job, journal)
        return _finish(out, journal)


def _was_committed(out: Path, plan: Plan, journal: Journal) -> bool:
    """Whether this very write was whole already when it was interrupted."""
    root = out / "zarr.json"
    if journal.commit is None or journal.header.get("plan") != plan.digest or not root.exists():
        return False
    return disk.sha256(root.read_bytes()) == journal.commit


def _finish(out: Path, journal: Journal) -> Path:
    import shutil

    shutil.rmtree(out.with_name(out.name + PARTIAL), ignore_errors=True)  # the cube that was replaced, if any
    journal.remove()
    return out


def _write_windows(job: Job, read: Read, journal: Journal, progress: Progress | None, workers: int) -> None:
    levels = range(len(job.layout.arrays))
    total = sum(len(job.years) * int(np.prod(main_array(job.layout, level).file_grid[-2:])) for level in levels)
    done = 0
    for level in levels:
        reader = read if level == 0 else overview_reader(job.layout, level, job.target, journal.entries, job.years)
        wanted = windows(job.layout, level, job.years)
        for window, entry in _in_threads(partial(_write_window, job, reader, journal), wanted, workers):
            if journal.entries.get(window.key, {}).get("files") != entry["files"]:
                journal.add(window.key, entry)
            done += 1
            if progress is not None:
                progress(done, total, f"{window.year}, overview {level}" if level else str(window.year))


def _in_threads(
    work: Callable[[Window], dict[str, Any]], wanted: Iterator[Window], workers: int
) -> Iterator[tuple[Window, dict[str, Any]]]:
    """`work` of every window as it is finished, few at a time; on failure those under way are still given."""
    pending: dict[Future[dict[str, Any]], Window] = {}
    failure: BaseException | None = None
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                while failure is None and len(pending) < workers and (window := next(wanted, None)) is not None:
                    pending[pool.submit(work, window)] = window
                if not pending:
                    break
                finished, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    window = pending.pop(future)
                    if (error := future.exception()) is not None:
                        failure = failure or error
                    else:
                        yield window, future.result()
        finally:
            for future in pending:
                future.cancel()
    if failure is not None:
        raise failure


def _write_window(job: Job, read: Read, journal: Journal, window: Window) -> dict[str, Any]:
    """Write one window's files, unless the journal's are all still there; what to note of it."""
    known = journal.entries.get(window.key)
    if known is not None and _is_intact(job.target, known):
        return known
    encoded = encode_window(job.layout, window, read(window.year, window.rows, window.columns))
    for key, data in encoded.files.items():
        path = job.target / key
        if data is None:
            path.unlink(missing_ok=True)
        else:
            disk.put(path, data)
    digests = {key: None if data is None else disk.sha256(data) for key, data in encoded.files.items()}
    return {"files": digests, **encoded.to_entry()}


def _is_intact(target: Path, entry: Mapping[str, Any]) -> bool:
    """Whether the files of a finished window are what was written."""
    for key, digest in entry["files"].items():
        path = target / key
        if (disk.sha256(path.read_bytes()) if path.exists() else None) != digest:
            return False
    return True


def _write_yearly(job: Job, journal: Journal) -> None:
    """The small arrays: of each new year what its windows left in the journal, and for new cubes the static ones."""
    files: dict[str, Bytes] = {}
    for level in range(len(job.layout.arrays)):
        files |= yearly_files(job.layout, level, job.years, journal.entries)
        files |= {} if job.kind == "append" else static_files(job.layout, level)
    disk.put_all(job.target, files)


def _commit(job: Job, journal: Journal) -> None:
    documents = job.layout.documents()
    root = documents.pop("zarr.json")
    is_append = job.kind == "append"
    if not is_append:
        disk.put_all(job.target, documents)
        disk.put(job.target / "zarr.json", root)
    disk.sync_tree(job.target)
    journal.begin_commit(disk.sha256(root))
    if is_append:
        for key, document in documents.items():
            disk.replace(job.target / key, document)
        disk.replace(job.target / "zarr.json", root)
    elif job.out.exists():
        disk.swap(job.target, job.out)
    else:
        with disk.writing(job.out):
            job.target.rename(job.out)
    disk.sync_folder(job.out.parent)
