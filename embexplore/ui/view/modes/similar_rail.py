"""The rail of Similar: the examples, the threshold under its histogram, and the best matches."""

from collections.abc import Callable
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw
import numpy as np

from embexplore.ui import colormaps
from embexplore.ui.view import parts
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts.bars import histogram
from embexplore.ui.view.thumbnails import thumbnails
from embexplore.ui.view.tree import replace
from embexplore.ui.words import degrees, ground_area, percent

if TYPE_CHECKING:
    from embexplore.ui.view.modes.similar import SimilarView


class SimilarRail:
    """Three sections about what was asked; `sections` are what the rail shows."""

    def __init__(self, view: "SimilarView") -> None:
        self._view, self._app, self._mode = view, view.app, view.mode
        self._rows: dict[Any, ipw.Widget] = {}
        self._examples = parts.styled(ipw.VBox(), "emx-list")
        examples = parts.section(parts.heading("Examples"), self._examples)
        self.sections: list[ipw.Widget] = [examples, self._threshold(), self._best()]

    def update_threshold(self) -> None:
        """The histogram, and how much is kept."""
        mode, score = self._mode, self._mode.score.values
        cut = mode.cut
        counts, edges = np.histogram(score[np.isfinite(score)], bins=64)
        low, high = float(edges[0]), float(edges[-1])
        parts.move_slider(self._slider, min(max(cut, low), high), low, max(high, low + 1e-3))
        (self._slider.remove_class if mode.invert else self._slider.add_class)("emx-above")
        self._number.value = cut
        ramp = colormaps.palette(self._mode.ramp)[1:, :3]
        words = f"{percent(mode.kept.sum() / max(np.isfinite(score).sum(), 1), 1)} kept"
        self._histogram.show(
            histogram(
                counts,
                edges,
                cut=cut,
                ramp=ramp,
                below=self._app.colors["bar"],
                invert=mode.invert,
                ink=self._app.colors["ink"],
            ),
            describe=f"How alike the pixels are: from {low:.2f} to {high:.2f}; at least {cut:.2f} is kept, {words}.",
        )
        grid = self._view.explorer.part.emb.grid
        self._share.value = f"{words} · {ground_area(grid, int(mode.kept.sum()))}"

    def update_lists(self) -> None:
        """The examples, and the best places with a picture of each."""
        mode = self._mode
        told = [(i, example, self._view.name_of(i)) for i, example in enumerate(mode.examples)]
        self._rows = {row: self._rows.get(row) or self._example_row(*row) for row in told}
        replace(self._examples, list(self._rows.values()))
        hits = mode.hits if mode.matches else mode.hits[:0]
        self._matches_title.value = parts.heading_html("Best matches", f"{len(hits)}, {mode.spacing:g} m apart")
        rows = list(hits.itertuples())
        self._matches.show([self._match_row(row) for row in rows])
        self._thumbnails.value = thumbnails(self._view.explorer, "emx-matches", [row.geometry for row in rows])

    def follow(self) -> None:
        """Number and line of a threshold that is dragged."""
        self._number.value = cut = self._mode.cut
        self._histogram.patch({"cut.glyph": {"location": cut}})

    def _threshold(self) -> ipw.Widget:
        self._number = parts.number(0.5, -1, 1, 0.001, self._view.keep)
        self._histogram = Chart(height=112, colors=self._app.colors)
        self._slider = parts.slider(0.5, 0, 1, 0.001, self._view.keep, "emx-above")
        self._share = parts.text("", "emx-muted")
        return parts.section(
            parts.row(parts.heading("Keep what is at least"), self._number),
            ipw.VBox([self._histogram, self._slider]),
            self._share,
        )

    def _best(self) -> ipw.Widget:
        self._matches = parts.Buttons(parts.styled(ipw.VBox(), "emx-list", "emx-matches"), "emx-item")
        self._thumbnails = parts.text("", "emx-style")
        self._matches_title = parts.heading("Best matches")
        return parts.section(self._matches_title, self._matches.root, self._thumbnails, fills=True)

    def _example_row(self, i: int, example: Any, called: str) -> ipw.Widget:
        look = ["emx-pin"] if example.like else ["emx-pin", "emx-pin-unlike"]
        pin = parts.button(str(i + 1), partial(self._view.go_to, example), *look, tooltip=called)
        name = parts.text(escape(called), "emx-grow")
        kind = parts.text(f'<span class="emx-muted">{"like" if example.like else "unlike"}</span>')
        drop = parts.icon(
            "close", f"Remove {i + 1}", lambda: self._app.attempt(lambda: self._mode.remove(i)), "emx-icon-only"
        )
        return parts.styled(parts.row(pin, name, kind, drop), "emx-item")

    def _match_row(self, row: Any) -> tuple[str, Callable[[], None], str]:
        place = degrees(row.geometry.x, row.geometry.y)
        rank = str(row.rank).rjust(2, "\u2007")  # as wide as a digit
        label = f"{rank}\u2003{row.similarity:.3f}\u2003{place}"

        def shown() -> None:
            self._app.map.zoom_to(row.geometry.x, row.geometry.y)
            self._view.look_at(row.geometry)

        return label, shown, "Zoom to it"
