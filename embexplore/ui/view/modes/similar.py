"""Similar on screen: pins in the sentence and on the map, the best places, and its exports."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from embexplore.ui.view import parts
from embexplore.ui.view.card import Card
from embexplore.ui.view.marks import Mark
from embexplore.ui.view.modes.base import ModeView
from embexplore.ui.view.modes.pixel import PixelPanels
from embexplore.ui.view.modes.similar_rail import SimilarRail
from embexplore.ui.view.start import Start
from embexplore.ui.words import degrees

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
        self.keep = does(lambda value: setattr(mode, "threshold", round(value, 3)))
        self._least = parts.styled(parts.number(0.5, -1, 1, 0.01, self.keep), "emx-token")
        self._least_words = [
            parts.text(", at least", "emx-tight"),
            self._least,
            parts.text(f"alike {parts.help_mark(ALIKE)}"),
        ]
        pins = [self._ask, self._like.root, self._and_unlike, self._unlike.root]
        self.sentence = [parts.text("Find places like"), *pins, parts.text("in"), self._year, *self._least_words]
        self._rail = SimilarRail(self)
        self._start = Start(self.app)
        self.rail = [*self._start.sections, *self._rail.sections]
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
            parts.show(part, shown=(part in self._rail.sections) == is_asked)
        if is_asked:
            self._least.value = mode.cut
            self._rail.update_threshold()
        if is_asked and not changed <= self.dragged:
            self._rail.update_lists()
            self._combine.value, self._invert.value = mode.combine, mode.invert
            self._spacing.value, self._marked.value = mode.spacing, mode.matches
        if not changed <= self.dragged:
            self.pixel.update()

    def follow(self, changed: frozenset[str]) -> None:
        if "similar.threshold" in changed and self.mode.examples:
            self._least.value = self.mode.cut
            self._rail.follow()

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
            Mark("hit", row.geometry.x, row.geometry.y, on_click=partial(self.look_at, row.geometry))
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
            parts.labeled("Matches", marked, "Places that are marked on the map and listed."),
            parts.labeled("Meters apart", spacing, "Two marked places lie at least so many meters apart."),
        ]

    def _update_pins(self) -> None:
        """The numbers in the sentence."""
        examples = self.mode.examples
        numbers = {like: [i for i, one in enumerate(examples) if one.like == like] for like in (True, False)}
        for pins, like in ((self._like, True), (self._unlike, False)):
            pins.show([(str(i + 1), partial(self.go_to, examples[i]), self.name_of(i)) for i in numbers[like]])
            parts.show(pins.root, shown=bool(numbers[like]))
        parts.show(self._ask, shown=not examples)
        parts.show(self._and_unlike, shown=bool(numbers[False]))

    def go_to(self, example: Any) -> None:
        """Zoom to an example."""
        self.app.map.zoom_to(example.lon, example.lat)

    def _pin(self, i: int) -> Mark:
        example = self.mode.examples[i]
        moved = lambda lon, lat: self.app.attempt(lambda: self.mode.move(i, lon, lat))  # noqa: E731 (one line, bound to i)
        return Mark(
            "like" if example.like else "unlike", example.lon, example.lat, str(i + 1), self.name_of(i), on_move=moved
        )

    def name_of(self, i: int) -> str:
        """What an example is called: its name or place, and its year where another is shown."""
        example = self.mode.examples[i]
        name = example.name or degrees(example.lon, example.lat)
        return name if example.year == self.explorer.year else f"{name}, {example.year}"

    def look_at(self, point: Any) -> None:
        """Explain the pixel of a place."""
        self.app.attempt(lambda: self.explorer.inspect(point.x, point.y))

    def _write_scores(self, path: Path) -> None:
        from embexplore.io.export import write_cog

        write_cog(self.mode.score, path, provenance=self.stamp("similarity"))

    def _write_hits(self, path: Path) -> None:
        from embexplore.io.export import write_hits

        write_hits(self.mode.hits, path, provenance=self.stamp("best matches"))
