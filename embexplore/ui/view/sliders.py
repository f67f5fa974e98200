"""Sliders that know a hand from an echo.

A browser's slider answers every new range and value with the value that it shows then, sometimes the one before.
Taken for a hand, such an echo sets a threshold that nobody chose, and undo takes back the echo instead of the click.
"""

import math
import time
from collections import deque
from typing import Any

import ipywidgets as ipw

from embexplore.ui.view import tree
from embexplore.ui.view.inputs import Heard

ECHO = 3.0
"""Seconds in which a range or a choice comes back; a number does whenever it likes, until a hand has moved the slider."""

TOLD = ("value", "index", "min", "max")


class _EchoProof(Heard, ipw.DOMWidget):
    is_held = False
    """Whether a hand is on a slider of the page: what it says is then no echo. A step of a key looks like one."""

    def __init__(self, *args: Any, **traits: Any) -> None:
        self._told: deque[tuple[float, Any]] = deque(maxlen=32)
        super().__init__(*args, **traits)
        self.observe(self._note, [name for name in TOLD if self.has_trait(name)])

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """What the browser says; where it repeats us, it is told again what holds."""
        echoes = {name: said for name, said in sync_data.items() if name in TOLD and self._is_echo(said)}
        astray = {name for name, said in echoes.items() if not self._same(said, getattr(self, name))}
        if astray:
            self.send_state(astray)
        moved = {name: said for name, said in sync_data.items() if name not in echoes}
        if any(name in TOLD for name in moved):
            self._told.clear()
        super().set_state(moved)

    def _note(self, change: Any) -> None:
        """Remember what the browser is told, and what it showed before; a hand's own values are no echo."""
        if change["name"] not in self._property_lock:
            lasts = change["name"] == "value" and self._step > 0
            until = math.inf if lasts else time.monotonic() + ECHO
            self._told.extend((until, said) for said in (change["old"], change["new"]))

    def _is_echo(self, said: Any) -> bool:
        now = time.monotonic()
        return not self.is_held and any(until >= now and self._same(said, value) for until, value in self._told)

    def _same(self, one: Any, other: Any) -> bool:
        """Whether they are one place on the slider: the browser rounds to steps from the old end, then from the new."""
        pairs = zip(one, other, strict=True) if isinstance(one, (list, tuple)) else ((one, other),)
        return all(abs(a - b) < 1.1 * self._step if self._step else a == b for a, b in pairs)

    @property
    def _step(self) -> float:
        return getattr(self, "step", 0) or 0


def hold(root: ipw.Widget, *, held: bool) -> None:
    """Let the sliders below a widget know that a hand took one of them, or let it go."""
    for widget in tree.below(root):
        if isinstance(widget, _EchoProof):
            widget.is_held = held


class FloatSlider(_EchoProof, ipw.FloatSlider):
    """ipywidgets' own, echo-proof."""


class IntSlider(_EchoProof, ipw.IntSlider):
    """ipywidgets' own, echo-proof."""


class SelectionSlider(_EchoProof, ipw.SelectionSlider):
    """ipywidgets' own, echo-proof."""


class SelectionRangeSlider(_EchoProof, ipw.SelectionRangeSlider):
    """ipywidgets' own, echo-proof."""
