"""Long scans beside the page: in a thread, with progress after half a second and a Cancel that works.

Widgets are touched on the event loop only. Where no loop runs (a script, a test), work is done at once.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import Any, Protocol

from embexplore.errors import EmbexploreError
from embexplore.ui.scan import Cancelled

PATIENCE = 0.5
"""Seconds before progress is shown."""

BEAT = 0.1
"""Seconds between two looks at the progress."""

Job = Callable[[Callable[[int, int], None], Callable[[], bool]], Any]
"""`job(progress, cancelled)`, which returns early once `cancelled()`."""


class Bar(Protocol):
    """What shows progress, with a Cancel."""

    def progress(self, sentence: str, share: float, *, stop: Callable[[], None]) -> None:
        """How far a job is; share in [0, 1]. Cancel calls `stop()`."""

    def rest(self) -> None:
        """Nothing runs any more."""


class Work:
    """One job at a time; a newer one cancels the older, whose end is then never heard of.

    `aside` is said after the progress: what a reader sees meanwhile.
    """

    def __init__(self, status: Bar, aside: str = "") -> None:
        self._status, self._aside = status, aside
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="embexplore-scan")
        self._cancelled = Event()
        self._number = 0
        self.on_beat: Callable[[], None] = lambda: None

    def cancel(self) -> None:
        """Stop the running job; the picture stays."""
        self._cancelled.set()

    def drop(self) -> None:
        """Stop the running job; its end is not heard of."""
        self.cancel()
        self._number += 1

    def close(self) -> None:
        """End for good: the running job stops at its next chunk, and its thread after it."""
        self.drop()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def start(
        self,
        job: Job,
        *,
        what: str,
        done: Callable[[Any], None],
        failed: Callable[[EmbexploreError], None],
        stopped: Callable[[], None],
        unit: str = "chunks",
        at_once: bool = False,
    ) -> None:
        """Run a job, whose progress counts `unit`, and then, on the loop, `done(result)`, `failed(error)` or, after Cancel, `stopped()`."""
        self.drop()
        self._cancelled = Event()
        loop = None if at_once else running_loop()
        if loop is None:
            self._run_now(job, done, failed)
        else:
            loop.create_task(self._watch(job, (what, unit), done, failed, stopped, self._number, self._cancelled))

    @staticmethod
    def _run_now(job: Job, done: Callable[[Any], None], failed: Callable[[EmbexploreError], None]) -> None:
        try:
            result = job(lambda _, __: None, lambda: False)
        except EmbexploreError as error:
            failed(error)
        else:
            done(result)

    async def _watch(
        self,
        job: Job,
        words: tuple[str, str],
        done: Callable[[Any], None],
        failed: Callable[[EmbexploreError], None],
        stopped: Callable[[], None],
        number: int,
        cancelled: Event,
    ) -> None:
        counts = [0, 0]
        began = time.monotonic()

        def progress(finished: int, total: int) -> None:
            counts[:] = finished, total

        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._pool, partial(job, progress, cancelled.is_set))
        while not future.done():
            await asyncio.wait([future], timeout=BEAT)
            if number == self._number and not future.done() and time.monotonic() - began > PATIENCE:
                sentence, share = so_far(words, *counts, time.monotonic() - began)
                self._status.progress(f"{sentence} {self._aside}".rstrip(), share, stop=self.cancel)
                self.on_beat()
        if number != self._number:
            future.exception()
            return
        self._status.rest()
        try:
            result = future.result()
        except Cancelled:
            stopped()
        except EmbexploreError as error:
            failed(error)
        except Exception as error:
            failed(EmbexploreError(f"{type(error).__name__}: {error}"))
            raise  # for the log: it is a defect
        else:
            stopped() if cancelled.is_set() else done(result)


def so_far(words: tuple[str, str], done: int, total: int, seconds: float) -> tuple[str, float]:
    """`Searching 46 of 128 chunks, about 3 s left.` and the share that is done."""
    what, unit = words
    if not done or not total:
        return f"{what} …", 0.0
    left = seconds * (total - done) / done
    return f"{what} {done} of {total} {unit}, about {max(1, round(left))} s left.", done / total


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs here, or None in a script."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
