"""A bar on stderr while long work runs, if somebody is watching."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr
    from rich.progress import Progress, TaskID

PATIENCE = 0.5
"""Seconds of silence: work that is done by then shows no bar."""
IN_MEMORY = 1 << 30
"""Bytes of a map that is computed once and kept; a larger one stays lazy, and is computed for each output."""


class Bar:
    """What the package reports its progress to: called with (done, total, what)."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, done: int, total: int, what: str) -> None:
        """Show that `done` of `total` are done; opens the bar when the work has taken long enough."""
        if self._progress is None and time.monotonic() - self._started < PATIENCE:
            return
        progress = self._progress or self._open()
        if what not in self._tasks:
            self._tasks[what] = progress.add_task(what, total=total)
        progress.update(self._tasks[what], completed=done, total=total)

    def _open(self) -> "Progress":
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._progress.start()
        return self._progress

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()


@contextmanager
def bar(*, quiet: bool) -> Iterator[Bar | None]:
    """A bar to report to; None where stderr is no terminal, or quiet was asked for."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    shown = Bar()
    try:
        yield shown
    finally:
        shown.close()


def kept(array: "xr.DataArray", shown: Bar | None) -> "xr.DataArray":
    """The array in memory, if it is not too large for that; its dask tasks are counted on the bar."""
    if array.nbytes > IN_MEMORY:
        return array
    if shown is None or not array.chunks:
        return array.compute()
    from dask.callbacks import Callback

    counts = {"total": 0, "done": 0}

    class Count(Callback):
        def _start(self, dsk: dict[object, object]) -> None:
            counts["total"] = len(dsk)

        def _posttask(self, *_: object) -> None:
            counts["done"] += 1
            shown(counts["done"], max(counts["total"], counts["done"]), "chunks")

    with Count():
        return array.compute()
