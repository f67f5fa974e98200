"""Undo and redo: states in the order in which they were left."""

import time
from collections.abc import Callable
from typing import Any

State = dict[str, Any]

DEPTH = 200
"""Steps that can be undone."""

PAUSE = 1.0
"""Seconds: moves of one slider closer together than this are one step."""


class History:
    """Where the Explorer has been. `now` is the clock, in seconds, given by tests."""

    def __init__(self, start: State, now: Callable[[], float] = time.monotonic) -> None:
        self.current = start
        self._undo: list[State] = []
        self._redo: list[State] = []
        self._now = now
        self._last: tuple[str | None, float] = (None, -PAUSE)

    def record(self, state: State, *, setting: str | None = None) -> bool:
        """Remember a new state; whether it was one. Quick moves of the same `setting` are one step."""
        if state == self.current:
            return False
        is_same_move = setting is not None and setting == self._last[0] and self._now() - self._last[1] < PAUSE
        if not (is_same_move and self._undo):
            self._undo = [*self._undo, self.current][-DEPTH:]
        self.current, self._redo = state, []
        self._last = setting, self._now()
        return True

    @property
    def can_undo(self) -> bool:
        """Whether there is a state to go back to."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether a step was undone and nothing else was done since."""
        return bool(self._redo)

    def undo(self) -> State | None:
        """The state before this one, now the current; None at the start."""
        return self._move(self._undo, self._redo)

    def redo(self) -> State | None:
        """The state that was undone last, now the current; None without one."""
        return self._move(self._redo, self._undo)

    def forget_to(self, state: State) -> None:
        """Be at a state that was left a moment ago, as if the step from it had not been taken."""
        if self._undo and self._undo[-1] == state:
            self._undo.pop()
        self.current = state

    def _move(self, source: list[State], target: list[State]) -> State | None:
        if not source:
            return None
        target.append(self.current)
        self.current = source.pop()
        self._last = (None, -PAUSE)
        return self.current
