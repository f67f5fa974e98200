"""What may wait until the picture has left: one piece of work a turn of the loop, only the newest of each kind.

A chart costs 30 to 100 ms. Drawn one after the other in a single callback, four of them would hold up the next
click, and all other sessions of a server, for as long as all take.
"""

import asyncio
import contextvars
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from embexplore.ui.view.work import running_loop

PAUSE = 0.02
"""Seconds between two turns. The next turn of the loop is too early in `panel serve`, which sends after callbacks."""

Action = Callable[[], object]


@dataclass
class _Line:
    """What waits on one loop, by key, and whether somebody is at it."""

    waiting: dict[Hashable, Action] = field(default_factory=dict)
    is_moving: bool = False

    def take(self, loop: asyncio.AbstractEventLoop) -> None:
        """One turn: the first that waits."""
        try:
            if self.waiting:
                self.waiting.pop(next(iter(self.waiting)))()
        finally:
            self.is_moving = bool(self.waiting)
            if self.is_moving:
                loop.call_later(PAUSE, self.take, loop)


_LINES: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()


def in_turn(key: Hashable, action: Action) -> None:
    """Do it after what was asked for before; a newer action of the same key takes its place. At once without a loop."""
    loop = running_loop()
    if loop is None:
        action()
        return
    line = _LINES.setdefault(loop, _Line())
    context = contextvars.copy_context()  # which session of a server it belongs to
    line.waiting[key] = lambda: context.run(action)
    if not line.is_moving:
        line.is_moving = True
        loop.call_later(PAUSE, line.take, loop)


def now(key: Hashable) -> None:
    """Do what waits under a key at once."""
    for line in _LINES.values():
        if key in line.waiting:
            line.waiting.pop(key)()
