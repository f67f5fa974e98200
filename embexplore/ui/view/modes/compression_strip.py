"""The strip of Compression: what a byte buys, and one map against the other pixel by pixel."""

from html import escape
from typing import TYPE_CHECKING

import ipywidgets as ipw
import numpy as np

from embexplore.ui.modes.compression_codecs import PRESETS, WHOLE, in_words
from embexplore.ui.view import parts
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts.compression import PUBLISHED, Choice, bytes_and_recall, pixel_by_pixel
from embexplore.ui.view.modes.compression_rail import HINTS
from embexplore.ui.words import percent

if TYPE_CHECKING:
    from embexplore.ui.view.modes.compression import CompressionView

DOTS = 600
"""Pixels in the scatter: more hide each other."""


class CompressionStrip:
    """Two panels; `panels` are what the strip shows."""

    def __init__(self, view: "CompressionView") -> None:
        self._app, self._mode = view.app, view.mode
        self._pareto, self._scatter = (Chart(colors=self._app.colors, axis_labels=on) for on in (False, True))
        self._pareto.on_tap(self._tapped)
        whose = escape(
            f"Recall of the 10 nearest, {PUBLISHED.name}, {PUBLISHED.source}: marks to orient by", quote=True
        )
        key = f'<span class="emx-key">● best &nbsp; ○ other &nbsp; <span title="{whose}">× published</span></span>'
        title = parts.row(
            parts.heading("What a byte buys", "recall@10 by bytes a pixel", HINTS["recall"]), parts.text(key)
        )
        self._scatter_title = parts.heading("Pixel by pixel")
        self._bought = parts.styled(ipw.VBox([title, self._pareto]), "emx-panel", "emx-wide")
        self._compared = parts.panel(self._scatter_title, self._scatter)
        self.panels: list[ipw.Widget] = [self._bought, self._compared]
        self._shown: list[Choice] = []
        self._codecs: list[str] = []

    def update(self) -> None:
        """Both panels, of what is asked and what was measured so far."""
        self._update_scatter()
        self.update_costs()

    def _update_scatter(self) -> None:
        mode = self._mode
        parts.show(self._compared, shown=mode.is_asked)
        if not mode.is_asked:
            return
        left, right = (values.values.reshape(-1) for values in mode.sides())
        known = np.flatnonzero(np.isfinite(left) & np.isfinite(right))
        some = np.random.default_rng(0).permutation(known)[:DOTS]
        words = f"{percent(mode.changed_sides, 1)} change side"
        self._scatter_title.value = parts.heading_html("Pixel by pixel", words)
        if len(some):
            self._scatter.colors = dict(self._app.colors)
            names = in_words(mode.left), in_words(mode.right)
            chart = pixel_by_pixel(left[some], right[some], names, cut=mode.cut, colors=self._app.colors)
            self._scatter.show(chart, describe=f"The right map (upward) against the left: {words} of the threshold.")

    def update_costs(self) -> None:
        """What was measured so far."""
        mode = self._mode
        names = (mode.left, mode.right)
        measured = {name: row for name in dict.fromkeys([*PRESETS, *WHOLE, *names]) if (row := mode.row(name))}
        sides = dict(zip(names, ("left", "right"), strict=True))
        best = _best({name: (row["bytes_per_pixel"], row["recall_at_10"]) for name, row in measured.items()})
        self._shown = [
            Choice(
                row["bytes_per_pixel"],
                row["recall_at_10"],
                _called(name, sides.get(name)),
                sides.get(name) or best[name],
            )
            for name, row in measured.items()
        ]
        self._codecs = list(measured)
        again = mode.row(mode.right, mode.recheck or 200)
        if again is not None and mode.right != mode.book.own:
            called = f"{mode.recheck or 200} re-checked"
            self._shown.append(Choice(again["bytes_scanned_per_pixel"], again["recall_at_10"], called, "again"))
        if self._shown:
            self._pareto.colors = dict(self._app.colors)
            told = "; ".join(f"{c.name}: {c.size:g} bytes, {c.recall:.2f}" for c in self._shown)
            chart = bytes_and_recall(self._shown, d=mode.dimensions, colors=self._app.colors)
            self._pareto.show(chart, describe=f"Recall of the ten nearest by bytes a pixel. {told}.")

    def _tapped(self, _: float, __: float, found: dict[str, int]) -> None:
        number = found.get("codecs.glyph")
        if number is not None and number < len(self._codecs):
            self._app.attempt(lambda: self._mode.choose(self._codecs[number]))


def _best(points: dict[str, tuple[float, float]]) -> dict[str, str]:
    """`best` for what no other codec beats in bytes and recall, `other` for the rest."""
    from embexplore.core.recall import undominated

    if not points:
        return {}
    sizes, recalls = (np.array(column) for column in zip(*points.values(), strict=True))
    return {
        name: "best" if is_best else "other" for name, is_best in zip(points, undominated(sizes, recalls), strict=True)
    }


def _called(name: str, side: str | None) -> str:
    return f"{in_words(name)}, {side}" if side else in_words(name)
