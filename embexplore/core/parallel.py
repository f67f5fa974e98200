"""Threads for kernels that release the interpreter lock: flat pixel ranges over a shared pool.

Work that already runs in a worker (a dask task, one of our own tiles) is not split again, so that
a scan of many chunks never uses more threads than there are processors.
"""

import functools
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

SERIAL_PIXELS = 2 * 256 * 256
"""Fewer pixels than two chunks are scanned in under a millisecond: not worth a thread."""

_ALIGN = 64


def processors() -> int:
    """Processors this process may use, which in a container are fewer than the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(processors(), thread_name_prefix="embexplore")


if hasattr(os, "register_at_fork"):  # Threads do not survive a fork: the child makes its own.
    os.register_at_fork(after_in_child=_pool.cache_clear)


def threads_for(n: int, threads: int | None = None) -> int:
    """How many threads to use for `n` pixels: what the caller says, else as many as help.

    Without `threads`, only the main thread fans out, and only for more than `SERIAL_PIXELS`:
    any other thread is taken for a worker beside others.
    """
    if threads is not None:
        return max(1, min(threads, n or 1))
    if n < SERIAL_PIXELS or threading.current_thread() is not threading.main_thread():
        return 1
    return processors()


def in_tiles(function: Callable[[int, int], object], n: int, threads: int | None = None) -> None:
    """Call `function(start, stop)` for ranges that cover `0 … n`, at once where that helps.

    Parameters
    ----------
    function : callable
        Works on the pixels `start … stop` and writes its results in place. Its kernels release the
        interpreter lock.
    n : int
        Number of pixels.
    threads : int, optional
        Threads to use; by default see `threads_for`.
    """
    count = threads_for(n, threads)
    if count == 1:
        function(0, n)
        return
    step = -(-n // count)
    step = -(-step // _ALIGN) * _ALIGN
    starts = range(0, n, step)
    for done in [_pool().submit(function, start, min(start + step, n)) for start in starts]:
        done.result()
