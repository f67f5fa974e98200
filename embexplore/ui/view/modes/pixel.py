"""The strip of Similar: one pixel over the years, its vector, and which dimensions make it match."""

from typing import TYPE_CHECKING

import ipywidgets as ipw
import numpy as np

from embexplore.errors import NoData, OutOfBounds
from embexplore.ui.view import parts
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts.bars import contributions
from embexplore.ui.view.charts.lines import over_years, vector
from embexplore.ui.view.turns import in_turn

if TYPE_CHECKING:
    from embexplore.ui.view.modes.base import ModeView

VECTOR = "The numbers that the model gives this pixel. Alike numbers, alike places."
WHY = "Each bar is a dimension, by its number: what it adds to the similarity. All of them together make it."
NOISE = "From one year to the next, 99 % of stable ground stays within the gray band."
SHOWN = 8
"""Dimensions in the chart of reasons."""


class PixelPanels:
    """Three panels about the pinned pixel; before one is pinned, a hint."""

    def __init__(self, view: "ModeView") -> None:
        self._view = view
        colors = view.app.colors
        self._years, self._vector, self._why = (Chart(colors=colors) for _ in range(3))
        self._titles = (
            parts.heading("This pixel by year", "gray: usual noise", NOISE),
            parts.heading("Its vector", hint=VECTOR),
        )
        self._why_title = parts.heading("Why it matches", "by dimension", WHY)
        self._full = [
            parts.panel(self._titles[0], self._years),
            parts.panel(self._titles[1], self._vector),
            parts.panel(self._why_title, self._why),
        ]
        self._hint = parts.text("Click a pixel to see its years and its vector.", "emx-hint")
        self.panels: list[ipw.Widget] = [self._hint, *self._full]

    def update(self) -> None:
        """Bring the panels up to date with the pinned pixel and the search."""
        explorer = self._view.explorer
        if explorer.pinned is None:
            self._hint.value = "Click a pixel to see its years and its vector."
            self._show([self._hint])
            return
        lon, lat = explorer.pinned
        try:
            values = explorer.shared.vector(lon, lat, explorer.year)
        except (NoData, OutOfBounds) as reason:
            self._hint.value = str(reason)
            self._show([self._hint])
            return
        mode = self._view.mode
        query = mode.direction() if mode.examples else None
        self._show(self._full if mode.examples else self._full[1:2])
        colors = self._view.app.colors
        self._titles[1].value = parts.heading_html("Its vector", "bars — the search" if mode.examples else "", VECTOR)
        self._vector.show(
            vector(values, beside=query, bar=colors["bar"], line=colors["accent"]),
            describe=f"The {len(values)} numbers of this pixel, from {values.min():.2f} to {values.max():.2f}.",
        )
        if mode.examples:
            in_turn((id(self), "years"), lambda: self._follow(lon, lat))
            in_turn((id(self), "why"), lambda: self._explain(lon, lat))

    def _follow(self, lon: float, lat: float) -> None:
        explorer, mode, colors = self._view.explorer, self._view.mode, self._view.app.colors
        if not mode.examples or explorer.pinned != (lon, lat):  # asked something else before its turn came
            return
        question = {"negatives": mode.against(), "combine": mode.combine, "lon": lon, "lat": lat}
        by_year = explorer.cube.emb.similarity_series(mode.query(), **question)
        years = [int(year) for year in by_year.time.values]
        noise = mode.usual(lon, lat)
        self._years.show(
            over_years(
                years,
                by_year.values,
                noise=noise,
                now=explorer.year,
                color=colors["accent"],
                noise_color=colors["noise"],
                ground=colors["ground"],
            ),
            describe="; ".join(f"{y}: {v:.2f} alike" for y, v in zip(years, by_year.values, strict=True))
            + (f"; stable ground stays from {noise[0]:.2f} to {noise[1]:.2f}" if noise else ""),
        )

    def _explain(self, lon: float, lat: float) -> None:
        explorer, mode, colors = self._view.explorer, self._view.mode, self._view.app.colors
        if not mode.examples or explorer.pinned != (lon, lat):
            return
        question = {"negatives": mode.against(), "combine": mode.combine, "lon": lon, "lat": lat}
        parts_of = explorer.cube.emb.explain_similarity(mode.query(), year=explorer.year, **question).values
        order = np.argsort(-np.abs(parts_of))
        total = float(parts_of.sum())
        half = int(np.searchsorted(np.cumsum(parts_of[order]), total / 2)) + 1
        words = f"{half} of {len(parts_of)} give half" if total > 0 else "it does not"
        self._why_title.value = parts.heading_html("Why it matches", words, WHY)
        first = order[:SHOWN]
        self._why.show(
            contributions([str(i) for i in first], parts_of[first], color=colors["accent"]),
            describe=f"{words}: {total:.2f}.",
        )

    def _show(self, shown: list[ipw.Widget]) -> None:
        for panel in self.panels:
            parts.show(panel, shown=panel in shown)
