"""Threads for kernels that release the interpreter lock: flat pixel ranges over a shared pool.

Calls that run at the same time share the processors, so that a scan by many dask workers does not
start threads of threads.
"""

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

ALIGN = 1 << 14
"""Ranges start on a multiple of the kernels' largest tile."""

GRAIN = 1 << 11
"""Vectors that are worth a thread's turn where each is read back, rounded or multiplied: 50 to 200 µs."""

SERIAL = 8
"""Fewer grains are done in under a millisecond: not worth a thread. Of scanned pixels these are two chunks of 256²."""

TURNS = 4
"""Ranges for each thread: one that lags (a busy processor) holds the others up by a quarter."""


def processors() -> int:
    """Processors this process may use, which in a container are fewer than the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(processors(), thread_name_prefix="embexplore")


if hasattr(os, "register_at_fork"):  # Threads do not survive a fork: the child makes its own.
    os.register_at_fork(after_in_child=_pool.cache_clear)


_running = 0
_limited, _limit = 0, None
_lock = threading.Lock()


@contextlib.contextmanager
def share_of_threads(n: int, threads: int | None = None, *, grain: int = ALIGN) -> Iterator[int]:
    """How many threads to use for `n` pixels: what the caller says, else the processors that are free.

    A lone call gets all processors. Calls at the same time, from dask's workers or a dashboard's
    sessions, share them: each gets its part, one at least. Small work, of few grains, is always serial.
    """
    global _running  # noqa: PLW0603 - the one thing that all threads of a process must agree on
    with _lock:
        _running += 1
        free = max(1, processors() // _running)
    try:
        wanted = free if threads is None else max(1, threads)
        yield 1 if threads is None and n < SERIAL * grain else wanted
    finally:
        with _lock:
            _running -= 1


def in_tiles(function: Callable[[int, int], object], n: int, threads: int | None = None, *, grain: int = ALIGN) -> None:
    """Call `function(start, stop)` for ranges that cover `0 … n`, at once where that helps.

    Parameters
    ----------
    function : callable
        Works on the pixels `start … stop` and writes its results in place. Its kernels release the
        interpreter lock.
    n : int
        Number of pixels.
    threads : int, optional
        Threads to use; by default see `share_of_threads`.
    grain : int
        Ranges are multiples of it. For a scan its largest tile; fewer for work that takes longer a pixel.
    """
    with share_of_threads(n, threads, grain=grain) as count:
        if count == 1 or n <= grain:
            function(0, n)
            return
        step = -(-n // (count * TURNS))
        step = -(-step // grain) * grain
        starts = iter(range(0, n, step))

        def work() -> None:
            # One iterator, shared: whoever is free takes the next range.
            for start in starts:
                function(start, min(start + step, n))

        helpers = [_pool().submit(work) for _ in range(count - 1)]
        work()
        for helper in helpers:
            if not helper.cancel():  # one that never began has nothing left: waiting in line for it may take forever
                helper.result()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Let scikit-learn and BLAS work in one thread, for fits that take milliseconds.

    Their threads wait for each other by spinning: on two busy processors k-means of 4,000 vectors took 3.1 s
    with two threads and 0.6 s with one.
    """
    global _limited, _limit  # noqa: PLW0603 (one count a process, like the libraries that it is about)
    with _lock:
        _limited += 1
        if _limited == 1:  # the first sets the limit and the last lifts it, in whatever order threads come and go
            _limit = _controller().limit(limits=1)
    try:
        yield
    finally:
        with _lock:
            _limited -= 1
            if _limited == 0 and _limit is not None:
                _limit.restore_original_limits()


@functools.cache
def _controller() -> "ThreadpoolController":
    """Of the libraries loaded at the first fit: looking for them takes longer than the fit."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
