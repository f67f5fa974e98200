"""The strip of Labels: how accuracy grew with the points, how right each class is, and how sure the map is."""

from typing import TYPE_CHECKING

import ipywidgets as ipw
import numpy as np

from embexplore.errors import EmbexploreError
from embexplore.ui.view import parts
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts.bars import histogram
from embexplore.ui.view.charts.classes import bars_html, while_labeling
from embexplore.ui.view.modes.classlist import hexes
from embexplore.ui.words import percent

if TYPE_CHECKING:
    from embexplore.ui.view.modes.labels import LabelsView

OTHER_BLOCKS = "Each point is judged by a map made without any point of its block of land: neighbors would flatter it."
RANDOM = "Dashed: the same points in random order, with the middle 95 %."
SCORE = "F1: of points mapped as this class and points of it, how many are both. 1 is perfect."
BINS = 25
LATER = 0.3
"""Seconds after the last click before the accuracy is told point by point: it takes as long as a click may."""


class LabelsStrip:
    """Three panels; before the map can be judged, a hint. `panels` are what the strip shows."""

    def __init__(self, view: "LabelsView") -> None:
        self._app, self._mode = view.app, view.mode
        self._growth = Chart(colors=self._app.colors)
        self._sure = Chart(colors=self._app.colors)
        self._scores = parts.text("", "emx-scrolls")
        move = self._app.does(lambda value: setattr(self._mode, "least_sure", round(value, 2)))
        self._slider = parts.slider(0, 0, 1, 0.01, move, "emx-above")
        self._growth_title = parts.heading("Accuracy", "%, dashed: random order", f"{OTHER_BLOCKS} {RANDOM}")
        self._sure_title = parts.heading("How sure", "pixels; drag to hide the unsure")
        self._waiting = parts.text(
            "Label points of two classes in different places to see how right the map is.", "emx-hint"
        )
        sure = ipw.VBox([self._sure_title, self._sure, self._slider])
        self._panels = [
            parts.panel(self._growth_title, self._growth),
            parts.panel(
                parts.heading("Each class", "F1, tested on other blocks", f"{SCORE} {OTHER_BLOCKS}"), self._scores
            ),
            parts.styled(sure, "emx-panel"),
        ]
        self.panels: list[ipw.Widget] = [self._waiting, *self._panels]

    def update(self) -> None:
        """How right the map is; how it came to be so is told a little later."""
        self._update_scores()
        self._app.soon(self._update_growth, after=LATER)

    def follow(self) -> None:
        """The line of what is hidden, under a dragged slider."""
        if self._mode.is_ready:
            self._sure.patch({"cut.glyph": {"location": self._mode.least_sure}})

    def _update_scores(self) -> None:
        mode = self._mode
        judged = mode.accuracy() if mode.is_ready else None
        for panel, shown in zip(self._panels, (judged, judged, mode.is_ready), strict=True):
            parts.show(panel, shown=bool(shown))
        parts.show(self._waiting, shown=judged is None)
        if judged is not None:
            colors = dict(zip(mode.classes, hexes(mode.colors), strict=True))
            order = [name for name in mode.classes if name in judged.classes]
            scores = [float(judged.f1[judged.classes.index(name)]) for name in order]
            self._scores.value = bars_html(order, scores, [colors[name] for name in order])

    def _update_growth(self) -> None:
        try:
            curve = self._mode.curve() if self._mode.is_ready else None
        except EmbexploreError:
            curve = None
        if curve is None:
            return
        colors = self._app.colors
        drawn = while_labeling(curve, color=colors["accent"], quiet=colors["ink2"], band=colors["noise"])
        last = curve.iloc[-1]
        self._growth.show(drawn, describe=f"{percent(last.accuracy)} of points right after {int(last.points)} labels.")

    def update_sure(self) -> None:
        """How sure the pixels are, and how many are hidden."""
        mode = self._mode
        if not mode.is_ready:
            return
        self._slider.value = mode.least_sure
        sure = mode.map["confidence"].values
        known = sure[np.isfinite(sure)]
        counts, edges = np.histogram(known, bins=BINS, range=(0, 1))
        bar = np.array([[int(self._app.colors["bar"][i : i + 2], 16) for i in (1, 3, 5)]], np.uint8)
        drawn = histogram(
            counts, edges, cut=mode.least_sure, ramp=bar, below=self._app.colors["line"], ink=self._app.colors["ink"]
        )
        hidden = float((known < np.float32(mode.least_sure)).mean()) if len(known) else 0.0
        told = (
            f"{percent(hidden)} below {percent(mode.least_sure)} sure" if mode.least_sure else "drag to hide the unsure"
        )
        self._sure_title.value = parts.heading_html("How sure", told)
        self._sure.show(drawn, describe=f"How sure the pixels are; {percent(hidden)} are hidden.")
