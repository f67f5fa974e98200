"""Similar on screen: pins in the sentence, the histogram under the threshold, the best places, why one matches."""

from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw
import numpy as np

from embexplore.ui import colormaps
from embexplore.ui.view import parts
from embexplore.ui.view.card import Card
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts.bars import histogram
from embexplore.ui.view.marks import Mark
from embexplore.ui.view.modes.base import ModeView
from embexplore.ui.view.modes.pixel import PixelPanels
from embexplore.ui.view.start import Start
from embexplore.ui.view.thumbnails import thumbnails
from embexplore.ui.view.tree import replace
from embexplore.ui.words import degrees, ground_area, percent

if TYPE_CHECKING:
    from embexplore.ui.view.exports import Write

COMBINE = "How several examples make one question. Unlike ones turn it away from themselves, most in the last way."
ALIKE = "Cosine of the two vectors: 1 is the same, 0 is unrelated."


class SimilarView(ModeView):
    """Find places like ①② and unlike ③ in 2024, at least 0.77 alike."""

    name = "similar"
    aside = "combine, invert, colors, opacity"
    tools = (("New search", "new"), ("+ Like this", "like"), ("− Unlike this", "unlike"), ("Inspect", "inspect"))

    dragged = frozenset({"similar.threshold", "opacity"})

    def build(self) -> None:
        does, mode, explorer = self.app.does, self.mode, self.explorer
        self._ask = parts.text('<span class="emx-ask">click the map</span>')
        self._like, self._unlike = (
            parts.Buttons(parts.styled(ipw.HBox(), "emx-words"), "emx-pin", *css) for css in ((), ("emx-pin-unlike",))
        )
        self._and_unlike = parts.text("and unlike")
        years = [(str(year), year) for year in sorted(explorer.cube.emb.years)]
        self._year = parts.token(years, explorer.year, does(lambda year: setattr(explorer, "year", year)))
        typed = does(lambda value: setattr(mode, "threshold", round(value, 3)))
        self._least = parts.styled(parts.number(0.5, -1, 1, 0.01, typed), "emx-token")
        self._least_words = [
            parts.text(", at least", "emx-tight"),
            self._least,
            parts.text(f"alike {parts.help_mark(ALIKE)}"),
        ]
        pins = [self._ask, self._like.root, self._and_unlike, self._unlike.root]
        self.sentence = [parts.text("Find places like"), *pins, parts.text("in"), self._year, *self._least_words]
        self._examples = parts.styled(ipw.VBox(), "emx-list")
        self._rows: dict[Any, ipw.Widget] = {}
        self._number = parts.number(0.5, -1, 1, 0.001, typed)
        self._histogram = Chart(height=112, colors=self.app.colors)
        self._slider = parts.slider(0.5, 0, 1, 0.001, typed, "emx-above")
        self._share = parts.text("", "emx-muted")
        self._matches = parts.Buttons(parts.styled(ipw.VBox(), "emx-list", "emx-matches"), "emx-item")
        self._thumbnails = parts.text("", "emx-style")
        self._matches_title = parts.heading("Best matches")
        self._rail_asked = [
            parts.section(parts.heading("Examples"), self._examples),
            parts.section(
                parts.row(parts.heading("Keep what is at least"), self._number),
                ipw.VBox([self._histogram, self._slider]),
                self._share,
            ),
            parts.section(self._matches_title, self._matches.root, self._thumbnails, fills=True),
        ]
        self._start = Start(self.app)
        self.rail = [*self._start.sections, *self._rail_asked]
        self.pixel = PixelPanels(self)
        self.strip = self.pixel.panels

    def update(self, changed: frozenset[str]) -> None:
        super().update(changed)
        mode = self.mode
        self._year.value = self.explorer.year
        is_asked = bool(mode.examples)
        self._update_pins()
        for word in self._least_words:
            parts.show(word, shown=is_asked)
        for part in self.rail:
            parts.show(part, shown=(part in self._rail_asked) == is_asked)
        if is_asked:
            self._update_threshold()
        if is_asked and not changed <= self.dragged:
            self._update_lists()
        if not changed <= self.dragged:
            self.pixel.update()

    def follow(self, changed: frozenset[str]) -> None:
        if "similar.threshold" in changed and self.mode.examples:
            self._number.value = self._least.value = cut = self.mode.cut
            self._histogram.patch({"cut.glyph": {"location": cut}})

    def click(self, tool: str, lon: float, lat: float) -> None:
        if tool in ("like", "unlike"):
            self.mode.add(lon, lat, like=tool == "like")
        else:
            super().click(tool, lon, lat)

    def press(self, key: str) -> None:
        tools = {"s": "new", "p": "like", "n": "unlike", "i": "inspect"}
        if key in tools:
            self.app.map.tools.value = tools[key]
        elif key in (",", ".") and self.mode.examples:
            self.mode.threshold = round(self.mode.cut + (0.01 if key == "." else -0.01), 3)

    def marks(self) -> list[Mark]:
        mode = self.mode
        if not mode.examples:
            return self.pinned_mark()
        hits = [
            Mark("hit", row.geometry.x, row.geometry.y, on_click=partial(self._look_at, row.geometry))
            for row in (mode.hits.itertuples() if mode.matches else ())
        ]
        return [*hits, *self.pinned_mark(), *(self._pin(i) for i in range(len(mode.examples)))]

    def card(self) -> Card | None:
        return None if self.mode.examples else self._start.card

    def readout(self, lon: float, lat: float) -> str:
        place = degrees(lon, lat)
        if not self.mode.examples:
            return place
        value = self.explorer.value_at(self.mode.score, lon, lat)
        return place if value is None else f"{place} &nbsp; alike <b>{value:.3f}</b>"

    def exports(self) -> list[tuple[str, str, "Write"]]:
        files = super().exports()
        if not self.mode.examples:
            return files
        name = f"similar-{self.explorer.year}"
        tables = [("GeoParquet", "parquet"), ("GeoJSON", "geojson"), ("CSV", "csv")]
        return [
            ("Scores (GeoTIFF)", f"{name}.tif", self._write_scores),
            *((f"Matches ({kind})", f"{name}.{ending}", self._write_hits) for kind, ending in tables),
            *files,
        ]

    def extra(self) -> list[ipw.Widget]:
        does, mode = self.app.does, self.mode
        ways = [("like their mean", "mean"), ("like any of them", "max"), ("like all of them", "min")]
        ways.append(("their mean, unlike the others", "contrast"))
        self._combine = parts.choice(ways, mode.combine, does(lambda v: setattr(mode, "combine", v)))
        invert = does(lambda v: setattr(mode, "invert", v))
        self._invert = parts.checkbox(mode.invert, "Keep the least alike instead", invert)
        spacing = parts.number(mode.spacing, 0, 1e6, 10, does(lambda v: setattr(mode, "spacing", v)))
        marked = parts.number(mode.matches, 0, 200, 1, does(lambda v: setattr(mode, "matches", int(v))))
        self._spacing, self._marked = spacing, marked
        return [
            parts.labeled("Combine", self._combine, COMBINE),
            self._invert,
            parts.labeled("Matches", marked),
            parts.labeled("Meters apart", spacing),
        ]

    def _update_pins(self) -> None:
        """The numbers in the sentence."""
        examples = self.mode.examples
        numbers = {like: [i for i, one in enumerate(examples) if one.like == like] for like in (True, False)}
        for pins, like in ((self._like, True), (self._unlike, False)):
            pins.show([(str(i + 1), partial(self._go_to, examples[i]), self._name(i)) for i in numbers[like]])
            parts.show(pins.root, shown=bool(numbers[like]))
        parts.show(self._ask, shown=not examples)
        parts.show(self._and_unlike, shown=bool(numbers[False]))

    def _go_to(self, example: Any) -> None:
        self.app.map.zoom_to(example.lon, example.lat)

    def _pin(self, i: int) -> Mark:
        example = self.mode.examples[i]
        moved = lambda lon, lat: self.app.attempt(lambda: self.mode.move(i, lon, lat))  # noqa: E731 (one line, bound to i)
        return Mark(
            "like" if example.like else "unlike", example.lon, example.lat, str(i + 1), self._name(i), on_move=moved
        )

    def _name(self, i: int) -> str:
        example = self.mode.examples[i]
        name = example.name or degrees(example.lon, example.lat)
        return name if example.year == self.explorer.year else f"{name}, {example.year}"

    def _update_threshold(self) -> None:
        mode, score = self.mode, self.mode.score.values
        cut = mode.cut
        counts, edges = np.histogram(score[np.isfinite(score)], bins=64)
        low, high = float(edges[0]), float(edges[-1])
        parts.move_slider(self._slider, min(max(cut, low), high), low, max(high, low + 1e-3))
        (self._slider.remove_class if mode.invert else self._slider.add_class)("emx-above")
        self._number.value = self._least.value = cut
        ramp = colormaps.palette(self.mode.ramp)[1:, :3]
        words = f"{percent(mode.kept.sum() / max(np.isfinite(score).sum(), 1), 1)} kept"
        self._histogram.show(
            histogram(
                counts,
                edges,
                cut=cut,
                ramp=ramp,
                below=self.app.colors["bar"],
                invert=mode.invert,
                ink=self.app.colors["ink"],
            ),
            describe=f"How alike the pixels are: from {low:.2f} to {high:.2f}; at least {cut:.2f} is kept, {words}.",
        )
        grid = self.explorer.part.emb.grid
        self._share.value = f"{words} · {ground_area(grid, int(mode.kept.sum()))}"

    def _update_lists(self) -> None:
        mode = self.mode
        told = [(i, example, self._name(i)) for i, example in enumerate(mode.examples)]
        self._rows = {row: self._rows.get(row) or self._example_row(*row) for row in told}
        replace(self._examples, list(self._rows.values()))
        hits = mode.hits if mode.matches else mode.hits[:0]
        self._matches_title.value = parts.heading_html("Best matches", f"{len(hits)}, {mode.spacing:g} m apart")
        rows = list(hits.itertuples())
        self._matches.show([self._match_row(row) for row in rows])
        self._thumbnails.value = thumbnails(self.explorer, "emx-matches", [row.geometry for row in rows])
        self._combine.value, self._invert.value = mode.combine, mode.invert
        self._spacing.value, self._marked.value = mode.spacing, mode.matches

    def _example_row(self, i: int, example: Any, called: str) -> ipw.Widget:
        look = ["emx-pin"] if example.like else ["emx-pin", "emx-pin-unlike"]
        pin = parts.button(str(i + 1), partial(self._go_to, example), *look, tooltip=called)
        name = parts.text(escape(called), "emx-grow")
        kind = parts.text(f'<span class="emx-muted">{"like" if example.like else "unlike"}</span>')
        drop = parts.icon(
            "close", f"Remove {i + 1}", lambda: self.app.attempt(lambda: self.mode.remove(i)), "emx-icon-only"
        )
        return parts.styled(parts.row(pin, name, kind, drop), "emx-item")

    def _match_row(self, row: Any) -> tuple[str, Callable[[], None], str]:
        place = degrees(row.geometry.x, row.geometry.y)
        rank = str(row.rank).rjust(2, "\u2007")  # as wide as a digit
        label = f"{rank}\u2003{row.similarity:.3f}\u2003{place}"

        def shown() -> None:
            self.app.map.zoom_to(row.geometry.x, row.geometry.y)
            self._look_at(row.geometry)

        return label, shown, "Zoom to it"

    def _look_at(self, point: Any) -> None:
        self.app.attempt(lambda: self.explorer.inspect(point.x, point.y))

    def _write_scores(self, path: Path) -> None:
        from embexplore.io.export import write_cog

        write_cog(self.mode.score, path, provenance=self.stamp("similarity"))

    def _write_hits(self, path: Path) -> None:
        from embexplore.io.export import write_hits

        write_hits(self.mode.hits, path, provenance=self.stamp("best matches"))
