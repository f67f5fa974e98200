"""The years under the map: one to look at, or two to compare."""

from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as ipw

from embexplore.ui.view import parts, sliders


class YearSlider:
    """A slider over the cube's years; `action(year)`, or of two `action((first, second))`."""

    def __init__(self, years: Sequence[int], value: Any, action: Callable[[Any], object]) -> None:
        self._years = sorted(years)
        self._is_range = isinstance(value, tuple)
        kind = sliders.SelectionRangeSlider if self._is_range else sliders.SelectionSlider
        self._slider = kind(options=self._years, value=value, readout=False)
        self._slider.observe(lambda change: action(change["new"]), "value")
        self._scale = parts.text()
        self.root = parts.styled(ipw.VBox([self._scale, self._slider]), "emx-scale-box")
        self.update(value)

    def update(self, value: Any) -> None:
        """Show a year, or two."""
        self._slider.value = value
        now = set(value) if self._is_range else {value}
        step = -(-len(self._years) // 9)
        shown = [year for i, year in enumerate(self._years) if i % step == 0 or year in now]
        labels = "".join(f'<span class="{"emx-now" if y in now else ""}">{y}</span>' for y in shown)
        self._scale.value = f'<div class="emx-scale">{labels}</div>'
