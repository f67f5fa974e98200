"""Measuring codecs beside the page, one after the other."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from embexplore.errors import EmbexploreError
from embexplore.ui.view.work import running_loop


class Measuring:
    """Measures codecs one after the other in a thread; a newer question ends an older one.

    Where no loop runs (a script, a test) only what is needed is measured, at once.
    """

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="embexplore-measure")
        self._number = 0
        self._task: asyncio.Task[None] | None = None

    def start(self, measure: Callable[[str], object], needed: Sequence[str], others: Sequence[str]) -> None:
        """Measure what is needed, then the others, and tell after each."""
        self._number += 1
        loop = running_loop()
        if loop is None:
            for name in needed:
                self._told(_problem_of(measure, name))
        elif needed or others:
            self._task = loop.create_task(self._go(measure, [*needed, *others], self._number))

    def close(self) -> None:
        """Measure no more."""
        self._number += 1
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _go(self, measure: Callable[[str], object], names: Sequence[str], number: int) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0.2)  # the picture and its words first
        for name in names:
            if number != self._number:
                return
            problem = await loop.run_in_executor(self._pool, _problem_of, measure, name)
            if number == self._number:
                self._told(problem)
            if problem:
                return


def _problem_of(measure: Callable[[str], object], name: str) -> str:
    """Measure; why that was not possible, or an empty text."""
    try:
        measure(name)
    except EmbexploreError as error:
        return str(error)
    return ""
