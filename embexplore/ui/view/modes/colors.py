"""Colors on screen: which direction is which channel, how much each holds, and what they are made of."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw
import numpy as np

from embexplore.cube.build import grid_of
from embexplore.errors import NoData, OutOfBounds
from embexplore.ui.modes.colors import COLORS
from embexplore.ui.view import parts
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts import colors as drawn
from embexplore.ui.view.charts.lines import vector
from embexplore.ui.view.modes.base import ModeView
from embexplore.ui.words import degrees, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from embexplore.ui.view.exports import Write

DIRECTION = (
    "A direction is a mix of all dimensions along which pixels differ most; each next one adds what the others miss."
)
LOADINGS = "How much each dimension counts in the three directions, in the colors of their channels."
SCATTER = "Each dot is a pixel in its own color. Click one to see where it lies on the map."
VECTOR = "The numbers that the model gives this pixel. Alike numbers, alike places."
STRETCH = "At 2 and 98, the darkest 2 % of the pixels become black and the brightest 2 % full color."
SETS = [("first 3 directions", (1, 2, 3)), ("directions 2 to 4", (2, 3, 4)), ("directions 4 to 6", (4, 5, 6))]
PROSE = (
    "<p>Alike colors are alike places. A color has no name of its own: which direction is red is only a choice, "
    "and another cube gives other directions.</p>"
)


class ColorsView(ModeView):
    """Color 2024 by its first 3 directions, fitted on the cube."""

    name = "colors"
    aside = "stretch, colors, opacity"

    def build(self) -> None:
        does, mode, explorer = self.app.does, self.mode, self.explorer
        known = [(str(year), year) for year in sorted(explorer.cube.emb.years)]
        self._year = parts.token(known, explorer.year, does(partial(setattr, explorer, "year")))
        self._set = parts.token(SETS[:1], (1, 2, 3), does(lambda channels: mode.choose(*channels)))
        self._fit = parts.token([("the cube", "cube")], "cube", does(self._fit_on))
        words = [parts.text("Color"), parts.text("by its"), parts.text(", fitted on", "emx-tight")]
        asked = parts.text(parts.help_mark(DIRECTION))
        self.sentence = [words[0], self._year, words[1], self._set, words[2], self._fit, asked]
        self._build_rail()
        self._loadings, self._scatter, self._vector = (Chart(colors=self.app.colors) for _ in range(3))
        self._scatter.on_tap(self._tapped)
        self._vector_title = parts.heading("Its vector", hint=VECTOR)
        self._scatter_title = parts.heading("Pixels between two directions", hint=SCATTER)
        self._hint = parts.text("Click a pixel to see its vector.", "emx-hint")
        vector_panel = parts.styled(ipw.VBox([self._vector_title, self._hint, self._vector]), "emx-panel")
        self.strip = [
            parts.panel(parts.heading("Directions", "what they are made of", LOADINGS), self._loadings),
            parts.panel(self._scatter_title, self._scatter),
            vector_panel,
        ]
        self._dots: tuple[Any, NDArray[np.float64], NDArray[np.float64]] | None = None

    def _build_rail(self) -> None:
        does, mode = self.app.does, self.mode
        numbers = [(f"direction {i}", i) for i in range(1, mode.directions + 1)]
        self._channels = [
            parts.choice(numbers, mode.channels[i], does(partial(self._choose, i)), "emx-channel") for i in range(3)
        ]
        self._held = [parts.text("", "emx-muted") for _ in range(3)]
        rows = [
            parts.row(
                parts.text(f'<i class="emx-channel-dot emx-{name}"></i>{name.capitalize()}', "emx-grow"), choice, held
            )
            for name, choice, held in zip(COLORS, self._channels, self._held, strict=True)
        ]
        swap = parts.button("Swap the colors", lambda: self.app.attempt(self._swap), "emx-quiet")
        self._variance = Chart(height=104, colors=self.app.colors)
        self._variance_title = parts.heading("Share by direction")
        same = does(partial(setattr, mode, "all_years"))
        self._same = parts.checkbox(mode.all_years, "Same colors in all years", same)
        self._same_note = parts.text("", "emx-muted")
        self.rail = [
            parts.section(parts.heading("Channels"), *rows, swap),
            parts.section(self._variance_title, self._variance),
            parts.section(self._same, self._same_note),
            parts.section(parts.heading("What you are looking at"), parts.text(PROSE, "emx-prose")),
        ]

    def update(self, changed: frozenset[str]) -> None:
        super().update(changed)
        if changed and changed <= {"pinned"}:
            self._update_pixel()
            return
        mode = self.mode
        self._year.value = self.explorer.year
        own = (
            []
            if mode.channels in dict(map(reversed, SETS))
            else [(f"directions {_listed(mode.channels)}", mode.channels)]
        )
        fitting = [(name, channels) for name, channels in SETS if max(channels) <= mode.directions]
        self._set.options, self._set.value = [*fitting, *own], mode.channels
        places = [("the cube", "cube"), ("this part of the map", "view")]
        places += [("the area", "area")] if self.explorer.area else []
        places += [] if mode.fit_area is None else [(f"{mode.fit_name} as it was", "kept")]
        self._fit.options, self._fit.value = places, "cube" if mode.fit_area is None else "kept"
        self._update_rail()
        self._update_strip()

    def readout(self, lon: float, lat: float) -> str:
        return degrees(lon, lat)

    def exports(self) -> list[tuple[str, str, "Write"]]:
        name = f"colors-{self.explorer.year}"
        return [
            ("Colors (GeoTIFF)", f"{name}.tif", self._write_map),
            *super().exports(),
        ]

    def extra(self) -> list[ipw.Widget]:
        does, mode = self.app.does, self.mode
        low = does(lambda value: setattr(mode, "stretch", (value, mode.stretch[1])))
        high = does(lambda value: setattr(mode, "stretch", (mode.stretch[0], value)))
        self._low, self._high = parts.number(2, 0, 49, 1, low), parts.number(98, 51, 100, 1, high)
        lines = (("Darkest, percent", self._low), ("Brightest, percent", self._high))
        return [parts.labeled(*each, STRETCH) for each in lines]

    def _choose(self, channel: int, direction: int) -> None:
        chosen = list(self.mode.channels)
        chosen[channel] = direction
        self.mode.choose(*chosen)

    def _swap(self) -> None:
        red, green, blue = self.mode.channels
        self.mode.choose(green, blue, red)

    def _fit_on(self, where: str) -> None:
        if where == "cube":
            self.mode.fit_on(None)
        elif where == "area":
            self.mode.fit_on(self.explorer.area, "the area")
        elif where == "view" and self.explorer.bounds:
            self.mode.fit_on(_polygon(self.explorer.bounds), "this part of the map")

    def _update_rail(self) -> None:
        mode, shares = self.mode, self.mode.shares
        for choice, held, channel in zip(self._channels, self._held, mode.channels, strict=True):
            choice.value, held.value = channel, percent(float(shares[channel - 1]))
        self._low.value, self._high.value = mode.stretch
        note = f"first {len(shares)}: {percent(float(shares.sum()))}"
        self._variance_title.value = parts.heading_html("Share by direction", note, DIRECTION)
        self._variance.show(
            drawn.variance(shares, mode.channels, drawn=self._lines, bar=self.app.colors["bar"]),
            describe="; ".join(f"direction {i}: {percent(float(share))}" for i, share in enumerate(shares, 1)),
        )
        self._same.value = mode.all_years
        same = "Fitted on all years together: a place that keeps its color did not change."
        alone = f"Fitted on {self.explorer.year} alone: colors of other years mean something else."
        self._same_note.value = same if mode.all_years else alone

    def _update_strip(self) -> None:
        mode = self.mode
        self._loadings.show(
            drawn.loadings(mode.loadings(), drawn=self._lines, line=self.app.colors["line"]),
            describe=f"Weights of the dimensions in directions {_listed(mode.channels)}.",
        )
        found, colors = mode.dots()
        has_data = np.isfinite(found.values[..., 0])
        lon, lat = grid_of(found).lonlat(*np.meshgrid(found.x.values, found.y.values))
        shown = ["#" + bytes(color).hex() for color in colors[has_data]]
        self._dots = shown, found.values[has_data].astype(float), np.stack([lon[has_data], lat[has_data]], axis=1)
        note = f"red {mode.channels[0]} →, green {mode.channels[1]} ↑"
        self._scatter_title.value = parts.heading_html("Pixels", note, SCATTER)
        self._update_pixel()

    def _update_pixel(self) -> None:
        values = self._pinned()
        here = None
        if values is not None:
            at = self.mode.pca.transform(values[np.newaxis])[0]
            here = float(at[0]), float(at[1])
        colors = self.app.colors
        if self._dots is not None:
            shown, places, _ = self._dots
            chart = drawn.scatter(places[:, :2], shown, here=here, ink=colors["ink"], ground=colors["ground"])
            self._scatter.show(chart, describe=f"{len(places)} pixels by the directions of red and green.")
        if values is not None:
            chart = vector(values, beside=None, bar=colors["bar"], line=colors["accent"])
            self._vector.show(chart, describe=f"The {len(values)} numbers of this pixel.")
        parts.show(self._hint, shown=values is None)
        parts.show(self._vector, shown=values is not None)

    def _pinned(self) -> "NDArray[np.float32] | None":
        """The vector of the pinned pixel, if there is one."""
        if self.explorer.pinned is None:
            return None
        try:
            return self.explorer.shared.vector(*self.explorer.pinned, self.explorer.year)
        except (NoData, OutOfBounds) as reason:
            self._hint.value = str(reason)
            return None

    def _tapped(self, x: float, y: float, _: dict[str, int]) -> None:
        """Pin the pixel whose dot is nearest to the tap."""
        if self._dots is None or not len(self._dots[1]):
            return
        _, places, lonlat = self._dots
        spread = np.maximum(np.ptp(places[:, :2], axis=0), 1e-12)
        lon, lat = lonlat[(((places[:, :2] - (x, y)) / spread) ** 2).sum(axis=1).argmin()]
        self.app.attempt(lambda: self.explorer.inspect(float(lon), float(lat)))

    @property
    def _lines(self) -> tuple[str, str, str]:
        return drawn.DARK if self.explorer.dark else drawn.LIGHT

    def _write_map(self, path: Path) -> None:
        from embexplore.io.export import write_cog

        write_cog(self.explorer.values(), path, provenance=self.stamp("principal components as colors"))


def _listed(channels: tuple[int, ...]) -> str:
    return ", ".join(map(str, channels))


def _polygon(bounds: Any) -> dict[str, Any]:
    """The part of the map on screen as a GeoJSON polygon."""
    (south, west), (north, east) = bounds
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return {"type": "Polygon", "coordinates": [[[round(x, 6), round(y, 6)] for x, y in ring]]}
