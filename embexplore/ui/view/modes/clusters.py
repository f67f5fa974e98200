"""Clusters on screen: how many groups, how much each covers, how distinct it is, and where a pixel belongs."""

from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as ipw

from embexplore.errors import NoData, OutOfBounds
from embexplore.ui.view import parts
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts.classes import areas_by_year, bars_html
from embexplore.ui.view.charts.lines import vector
from embexplore.ui.view.modes.base import ModeView
from embexplore.ui.view.modes.classlist import ClassList, ClassRow, hexes
from embexplore.ui.words import degrees, percent

if TYPE_CHECKING:
    from embexplore.ui.view.exports import Write

GROUPS = "k-means: pixels with alike vectors form a group. Nobody named them; the largest is number 1."
DISTINCT = "1: far from all other groups. 0: on the border to the next. Mean over the group's pixels."
SEED = "Where the search for groups begins. The same seed gives the same groups; another shows how firm they are."
SAMPLE = "The groups are found from so many pixels, picked at random; then every pixel joins its nearest."
MANY = 4 << 20
"""Pixels of a map above which areas by year are counted only when asked for: it scans every year."""


class ClustersView(ModeView):
    """Split 2024 into 8 groups, fitted on the cube."""

    name = "clusters"
    aside = "seed, sample, colors, opacity"

    def build(self) -> None:
        does, mode, explorer = self.app.does, self.mode, self.explorer
        years = [(str(year), year) for year in sorted(explorer.cube.emb.years)]
        self._year = parts.token(years, explorer.year, does(lambda year: setattr(explorer, "year", year)))
        numbers = [(f"{n} groups", n) for n in (*range(2, 13), 15, 20, 25, 30)]
        self._n = parts.token(numbers, mode.n, does(lambda n: mode.param.update(n=n, alone=None)))
        where = [("the cube", "cube"), ("the area", "area")]
        self._on = parts.token(where, mode.fitted_on, does(lambda on: setattr(mode, "fitted_on", on)))
        split, into, fitted = (parts.text(word) for word in ("Split", "into", "fitted on"))
        self.sentence = [split, self._year, into, self._n, fitted, self._on, parts.text(parts.help_mark(GROUPS))]
        self._list = ClassList(lambda number: self.app.attempt(lambda: mode.isolate(number)))
        self._all = parts.button("Show all groups", lambda: self.app.attempt(lambda: setattr(mode, "alone", None)))
        self._to_labels = parts.button("Name them in Labels", self._go_to_labels, "emx-quiet")
        self._title = parts.heading("Groups", "click one to see it alone")
        self.rail = [
            parts.section(self._title, self._list.root, parts.styled(self._all, "emx-link"), fills=True),
            parts.section(
                parts.heading("What are they?"),
                parts.text(
                    "Nobody told the model what is where. Give groups a name by labeling a few points.", "emx-muted"
                ),
                parts.row(self._to_labels),
            ),
        ]
        self._by_year, self._vector = (Chart(colors=self.app.colors) for _ in range(2))
        self._distinct = parts.text("", "emx-scrolls")
        self._vector_title = parts.heading("Its vector")
        self._hint = parts.text("Click a pixel to see its vector and the center of its group.", "emx-hint")
        self._year_panel = parts.panel(parts.heading("Area by year", "of all groups"), self._by_year)
        self._count = parts.button("Count all years", self._count_years, "emx-quiet")
        self._year_panel.children = [*self._year_panel.children, self._count]
        self._is_counted = False
        self._about = parts.styled(ipw.VBox([self._vector_title, self._vector]), "emx-column")
        pixel = ipw.VBox([self._about, self._hint])
        self.strip = [
            self._year_panel,
            parts.panel(parts.heading("How distinct", "by group", DISTINCT), self._distinct),
            parts.styled(pixel, "emx-panel"),
        ]

    def update(self, changed: frozenset[str]) -> None:
        super().update(changed)
        mode = self.mode
        self._year.value, self._on.value = self.explorer.year, mode.fitted_on
        if mode.n not in [value for _, value in self._n.options]:
            self._n.options = [*self._n.options, (f"{mode.n} groups", mode.n)]
        self._n.value = mode.n
        self._seed.value, self._sample.value = mode.seed, mode.sample
        parts.show(self._all, shown=mode.alone is not None)
        colors = hexes(mode.colors)
        rows = [
            ClassRow(row.number, colors[row.number - 1], row.name, f"{row.hectares:,.0f} ha", percent(row.share))
            for row in mode.table.itertuples()
        ]
        self._list.show(rows, mode.alone)
        names = [f"Group {number}" for number in range(1, mode.n + 1)]
        self._distinct.value = bars_html(names, mode.groups.distinctness_, colors, weakest=False)
        self._update_pixel()
        self._update_years(colors)

    def readout(self, lon: float, lat: float) -> str:
        number = self.mode.number_at(lon, lat)
        return f"{degrees(lon, lat)} &nbsp; <b>group {number}</b>" if number else degrees(lon, lat)

    def press(self, key: str) -> None:
        if key.isdigit() and 1 <= int(key) <= self.mode.n:
            self.mode.isolate(int(key))
        elif key == "i":
            self.app.map.tools.value = "inspect"

    def extra(self) -> list[ipw.Widget]:
        does, mode = self.app.does, self.mode
        self._seed = parts.number(mode.seed, 0, 1e6, 1, does(lambda v: setattr(mode, "seed", int(v))))
        self._sample = parts.number(mode.sample, 1e3, 2e5, 1e3, does(lambda v: setattr(mode, "sample", int(v))))
        return [parts.labeled("Seed", self._seed, SEED), parts.labeled("Pixels fitted on", self._sample, SAMPLE)]

    def exports(self) -> list[tuple[str, str, "Write"]]:
        year = self.explorer.year
        return [
            ("Groups (GeoTIFF)", f"groups-{year}.tif", self._write_groups),
            ("Areas (CSV)", f"groups-{year}.csv", lambda path: self.mode.table.to_csv(path, index=False)),
            *super().exports(),
        ]

    def _update_pixel(self) -> None:
        explorer, colors = self.explorer, self.app.colors
        values = None
        if explorer.pinned is not None:
            try:
                values = explorer.shared.vector(*explorer.pinned, explorer.year)
            except (NoData, OutOfBounds) as reason:
                self._hint.value = str(reason)
        number = self.mode.number_at(*explorer.pinned) if values is not None else 0
        parts.show(self._about, shown=number > 0)
        parts.show(self._hint, shown=number == 0)
        if number:
            told = f"bars — the center of group {number}"
            self._vector_title.value = parts.heading_html("Its vector", told)
            center = self.mode.groups.centers_[number - 1]
            drawn = vector(values, beside=center, bar=colors["bar"], line=colors["accent"])
            alike = float(center @ values)
            self._vector.show(drawn, describe=f"This pixel is {alike:.2f} alike to the center of group {number}.")

    def _update_years(self, colors: list[str]) -> None:
        years = sorted(self.explorer.cube.emb.years)
        grid = self.explorer.part.emb.grid
        self._is_counted |= len(years) * grid.shape[0] * grid.shape[1] <= MANY
        parts.show(self._count, shown=not self._is_counted)
        parts.show(self._by_year, shown=self._is_counted and len(years) > 1)
        parts.show(self._year_panel, shown=len(years) > 1)
        if not self._is_counted or len(years) < 2:
            return
        mode, shares = self.mode, self.mode.shares()
        if mode.alone is not None:
            colors = [c if i + 1 == mode.alone else self.app.colors["line"] for i, c in enumerate(colors)]
        drawn = areas_by_year(years, shares, colors, now=self.explorer.year, ink=self.app.colors["ink"])
        first, last = shares[0], shares[-1]
        moved = int(abs(last - first).argmax())
        words = f"Group {moved + 1} changed most: from {percent(first[moved])} in {years[0]} to {percent(last[moved])}."
        self._by_year.show(drawn, describe=words)

    def _count_years(self) -> None:
        self._is_counted = True
        self.app.refresh(frozenset({"clusters.n"}))

    def _go_to_labels(self) -> None:
        self.app.attempt(self.mode.to_labels)

    def _write_groups(self, path: Path) -> None:
        from embexplore.io.export import write_cog

        write_cog(self.mode.map, path, provenance=self.stamp(f"{self.mode.n} groups of alike pixels"))
