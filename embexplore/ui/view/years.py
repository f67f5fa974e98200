"""The years under the map: one to look at, or two to compare."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as ipw

from embexplore.ui.view import parts, sliders
from embexplore.ui.view.work import running_loop

PACE = 1.2
"""Seconds that a year is shown while the years play."""


class YearSlider:
    """A slider over the cube's years; `action(year)`, or of two `action((first, second))`."""

    def __init__(self, years: Sequence[int], value: Any, action: Callable[[Any], object]) -> None:
        self._years = sorted(years)
        self._is_range = isinstance(value, tuple)
        kind = sliders.SelectionRangeSlider if self._is_range else sliders.SelectionSlider
        self._slider = kind(options=self._years, value=value, readout=False)
        self._slider.observe(lambda change: action(change["new"]), "value")
        self._scale = parts.text()
        self._playing: asyncio.TimerHandle | None = None
        self._play = parts.icon("play", "Play the years", self._toggle, "emx-icon-only")
        scale = parts.styled(ipw.VBox([self._scale, self._slider]), "emx-scale-box")
        parts.show(self._play, shown=not self._is_range)
        self.root = parts.row(self._play, scale)
        self.update(value)

    def update(self, value: Any) -> None:
        """Show a year, or two."""
        if self._playing is not None and self._slider.value != value:
            self.stop()
        self._slider.value = value
        now = set(value) if self._is_range else {value}
        step = -(-len(self._years) // 9)
        shown = [year for i, year in enumerate(self._years) if i % step == 0 or year in now]
        labels = "".join(f'<span class="{"emx-now" if y in now else ""}">{y}</span>' for y in shown)
        self._scale.value = f'<div class="emx-scale">{labels}</div>'

    def _toggle(self) -> None:
        """Play from the first year where the last is shown; a second press stops."""
        if self._playing is not None:
            self.stop()
        else:
            self._play.remove_class("emx-icon-play")
            self._play.add_class("emx-icon-pause")
            self._next()

    def _next(self) -> None:
        loop = running_loop()
        if loop is None or (self._playing is not None and self._slider.value == self._years[-1]):
            self.stop()
            return
        place = self._years.index(self._slider.value) + 1
        self._slider.value = self._years[place % len(self._years)]
        self._playing = loop.call_later(PACE, self._next)

    def stop(self) -> None:
        """Play no more."""
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None
        self._play.remove_class("emx-icon-pause")
        self._play.add_class("emx-icon-play")
