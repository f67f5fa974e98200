"""The rail of Change: the floor under a histogram, when it was, and the largest changes."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw
import numpy as np

from embexplore.ui.view import parts
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts.change import beside_stable, by_year
from embexplore.ui.view.thumbnails import before_and_after
from embexplore.ui.words import percent

if TYPE_CHECKING:
    from embexplore.ui.view.modes.change import ChangeView

HEIGHTS = "Gray: within the noise. Dashed: stable ground. Heights are square roots, so that rare changes show."
BINS = 64
STEP = 0.001
"""Of the threshold."""


class ChangeRail:
    """Three sections; `sections` are what the rail shows."""

    def __init__(self, view: "ChangeView") -> None:
        self._view, self._app, self._mode = view, view.app, view.mode
        self.sections: list[ipw.Widget] = [self._floor(), self._whens(), self._largest()]

    def update(self) -> None:
        """Histogram and floor, years and regions of what the mode is set to."""
        self._update_floor()
        self._update_when()
        self._update_list()

    def follow(self) -> None:
        """Number and line of a threshold that is dragged."""
        cut = self._mode.cut
        self._number.value = cut
        self._histogram.patch({"cut.glyph": {"location": cut}})

    def rows(self) -> list[Any]:
        """The largest changes."""
        return list(self._mode.table().itertuples()) if self._mode.regions else []

    def open(self, row: Any) -> None:
        """Zoom to a region and explain its most changed pixel."""
        lon, lat = self._middle(row)
        self._app.map.zoom_to(lon, lat)
        self._app.attempt(lambda: self._view.explorer.inspect(lon, lat))

    def _floor(self) -> ipw.Widget:
        typed = self._app.does(self._keep_above)
        self._number = parts.number(0.1, 0, 2, STEP, typed)
        self._histogram = Chart(height=112, colors=self._app.colors)
        self._slider = parts.slider(0.1, 0, 1, STEP, typed, "emx-above")
        self._alarms, self._share = parts.text("", "emx-alarms"), parts.text("", "emx-muted")
        return parts.section(
            parts.row(parts.heading("Keep change above", hint=HEIGHTS), self._number),
            parts.styled(ipw.VBox([self._histogram, self._alarms, self._slider]), "emx-over"),
            self._share,
        )

    def _whens(self) -> ipw.Widget:
        self._when_title = parts.heading("When")
        self._when = Chart(height=92, colors=self._app.colors)
        self._when.on_tap(self._tapped)
        return parts.section(self._when_title, self._when)

    def _largest(self) -> ipw.Widget:
        self._list_title = parts.heading("Largest changes")
        self._list = parts.Buttons(parts.styled(ipw.VBox(), "emx-list", "emx-regions"), "emx-item")
        self._thumbnails = parts.text("", "emx-style")
        return parts.section(self._list_title, self._list.root, self._thumbnails, fills=True)

    def _keep_above(self, change: float) -> None:
        """A threshold that was typed or dragged; what a slider only rounded is none."""
        if abs(change - self._mode.cut) > STEP / 2:
            self._mode.threshold = round(change, 3)

    def _update_floor(self) -> None:
        mode = self._mode
        cut, values = mode.cut, mode.change.values
        high = max(mode.top, cut + 0.05)
        with self._slider.hold_sync():
            self._slider.max, self._slider.value = high, min(cut, high)
        self._number.value = cut
        edges = np.linspace(0, high, BINS + 1)
        known = values[np.isfinite(values)]
        share = np.histogram(known, edges)[0] / max(len(known), 1)
        kept = percent(mode.kept.sum() / max(len(known), 1), 1)
        stable = mode.noise.shares(edges) * mode.noise.stable_pixels / mode.noise.pixels
        chart = beside_stable(share, stable, edges, cut=cut, top=mode.top, ramp=mode.ramp, colors=self._app.colors)
        self._histogram.show(chart, describe=f"How much pixels changed; more than {cut:.3f} is kept: {kept}.")
        name = "<b>noise floor</b><br>" if mode.threshold is None else ""
        self._alarms.value = f"{name}{mode.false_alarms().removesuffix('.').replace(' stable', '<br>stable')}"
        self._share.value = f'<span class="emx-dash"></span>stable ground<span class="emx-right">{kept} kept</span>'

    def _update_when(self) -> None:
        mode, found = self._mode, self._mode.by_year()
        note = (
            "hectares, by year of largest change" if mode.when is None else f"only {mode.when}; click it again for all"
        )
        self._when_title.value = parts.heading_html("When", note)
        by_color = mode.year_colors()
        plain = "#" + bytes(mode.ramp[len(mode.ramp) // 2]).hex()
        drawn = ["#" + bytes(by_color[y]).hex() if mode.picture == "year" else plain for y in found]
        faint = [c if mode.when in (None, y) else self._app.colors["line"] for c, y in zip(drawn, found, strict=True)]
        words = "; ".join(f"{year}: {size:.1f} ha" for year, size in found.items())
        self._when.show(by_year(found, drawn=faint, ink=self._app.colors["ink2"]), describe=words)

    def _update_list(self) -> None:
        rows = self.rows()
        self._list_title.value = parts.heading_html(
            "Largest changes", "change, area, year" if rows else "none above the floor"
        )
        self._list.show([self._row(row) for row in rows])
        points = [self._middle(row) for row in rows]
        self._thumbnails.value = before_and_after(self._view.explorer, "emx-regions", points, self._mode.span)

    def _row(self, row: Any) -> tuple[str, Callable[[], None], str]:
        size = f"{row.hectares:.1f}".rjust(6, "\u2007")  # as wide as a digit
        label = f"{row.change:.2f}\u2003{size} ha\u2003{row.year}"
        return label, partial(self.open, row), f"{row.rank}: zoom to it"

    def _middle(self, row: Any) -> tuple[float, float]:
        """The most changed pixel of a region, in degrees."""
        lon, lat = self._view.explorer.grid.lonlat(row.x, row.y)
        return float(lon), float(lat)

    def _tapped(self, x: float, _: float, __: dict[str, int]) -> None:
        steps = self._mode.steps
        if 0 <= round(x) < len(steps):
            year = steps[round(x)]
            self._app.attempt(lambda: setattr(self._mode, "when", None if self._mode.when == year else year))
