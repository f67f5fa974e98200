"""The strip of Change: one pixel from year to year, both of its vectors, and which dimensions changed."""

from typing import TYPE_CHECKING

import ipywidgets as ipw
import numpy as np

from embexplore.core.explain import needed_for
from embexplore.errors import NoData, OutOfBounds
from embexplore.ui.view import parts
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts.bars import contributions
from embexplore.ui.view.charts.change import steps
from embexplore.ui.view.charts.lines import vector

if TYPE_CHECKING:
    from embexplore.ui.view.modes.base import ModeView

VECTOR = "The numbers that the model gives this pixel. Alike numbers, alike places."
WHAT = "Each bar is a dimension, by its number: what it adds to the change between the two years. All together make it."
NOISE = "Gray: 99 % of stable ground changes less from one year to the next."
HINT = "Click a pixel to see when it changed, and what changed in its vector."
SHOWN = 8
"""Dimensions in the chart of what changed."""


class ChangePanels:
    """Three panels about the pinned pixel; before one is pinned, a hint."""

    def __init__(self, view: "ModeView") -> None:
        self._view = view
        self._years, self._vectors, self._what = (Chart(colors=view.app.colors) for _ in range(3))
        self._titles = [parts.heading(name) for name in ("This pixel by year", "Its vector", "What changed")]
        charts = zip(self._titles, (self._years, self._vectors, self._what), strict=True)
        self._full = [parts.panel(title, chart) for title, chart in charts]
        self._hint = parts.text(HINT, "emx-hint")
        self.panels: list[ipw.Widget] = [parts.styled(ipw.HBox([self._hint, *self._full]), "emx-strip")]

    def update(self) -> None:
        """Bring the panels up to date with the pinned pixel and the two years."""
        explorer = self._view.explorer
        if explorer.pinned is None:
            self._say(HINT)
            return
        lon, lat = explorer.pinned
        first, second = self._view.mode.span
        try:
            before, after = (explorer.shared.vector(lon, lat, year) for year in (first, second))
        except (NoData, OutOfBounds) as reason:
            self._say(str(reason))
            return
        self._show(is_known=True)
        colors = self._view.app.colors
        for chart in (self._years, self._vectors, self._what):
            chart.colors = dict(colors)
        self._draw_steps(lon, lat)
        lines = f' <b class="emx-b">— {second}</b>'
        self._titles[1].value = parts.heading_html("Its vector", f"bars {first}", VECTOR, colored=lines)
        self._vectors.show(
            vector(before, beside=after, bar=colors["bar"], line=colors["b"]),
            describe=f"The {len(before)} numbers of this pixel in {first} as bars, in {second} as a line.",
        )
        self._explain(lon, lat, first, second)

    def _draw_steps(self, lon: float, lat: float) -> None:
        curve = self._view.explorer.cube.emb.change_series(lon=lon, lat=lat)
        floors = self._view.mode.noise.yearly
        years = [int(year) for year in curve.time.values]
        largest = int(np.nan_to_num(curve.values, nan=-1).argmax())
        size, year = float(curve.values[largest]), years[largest]
        note = f"largest {size:.2f} in {year}"
        self._titles[0].value = parts.heading_html("This pixel by year", f"{size:.2f} in {year}", NOISE)
        self._years.show(
            steps(years, curve.values, [floors.get(y, np.nan) for y in years], colors=self._view.app.colors),
            describe="; ".join(f"{y}: {v:.2f}" for y, v in zip(years, curve.values, strict=True)) + f". {note}.",
        )

    def _explain(self, lon: float, lat: float, first: int, second: int) -> None:
        found = self._view.explorer.cube.emb.explain_change(first, second, lon=lon, lat=lat).values
        words = f"{needed_for(found)} of {len(found)} make half"
        self._titles[2].value = parts.heading_html("What changed", words, WHAT)
        order = np.argsort(-found)[:SHOWN]
        self._what.show(
            contributions([str(i) for i in order], found[order], color=self._view.app.colors["b"]),
            describe=f"{words} of the change, {found.sum():.2f}.",
        )

    def _say(self, words: str) -> None:
        self._hint.value = words
        self._show(is_known=False)

    def _show(self, *, is_known: bool) -> None:
        parts.show(self._hint, shown=not is_known)
        for panel in self._full:
            parts.show(panel, shown=is_known)
