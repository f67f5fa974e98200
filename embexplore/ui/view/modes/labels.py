"""Labels on screen: a map of classes from a few points, which point to label next, and how right the map is."""

from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as ipw

from embexplore.io.labels import write_labels
from embexplore.ui.modes.labels import METHODS
from embexplore.ui.view import parts
from embexplore.ui.view.card import Card
from embexplore.ui.view.marks import Mark
from embexplore.ui.view.modes.base import ModeView
from embexplore.ui.view.modes.labels_map import LabelCards, LabelPins
from embexplore.ui.view.modes.labels_rail import LabelsRail
from embexplore.ui.view.modes.labels_strip import OTHER_BLOCKS, LabelsStrip
from embexplore.ui.view.modes.saved import Saved
from embexplore.ui.words import count, degrees, percent

if TYPE_CHECKING:
    from embexplore.ui.view.exports import Write

WAYS = "Nearest examples: the most alike points vote. Class averages: the most alike mean. Logistic regression: a line between classes."
NEIGHBORS = "By nearest examples: so many of the most alike points vote."
STRENGTH = "By logistic regression: a larger C follows every point more closely, a smaller one draws calmer borders."


class LabelsView(ModeView):
    """Map 7 classes from 29 points in 2024 by nearest examples."""

    name = "labels"
    aside = "neighbors, block size, opacity"
    dragged = frozenset({"labels.least_sure", "opacity"})

    def build(self) -> None:
        does, mode, explorer = self.app.does, self.mode, self.explorer
        self.tools = self._tools()
        years = [(str(year), year) for year in sorted(explorer.cube.emb.years)]
        self._year = parts.token(years, explorer.year, does(lambda year: setattr(explorer, "year", year)))
        ways = [(words, name) for name, words in METHODS.items()]
        self._method = parts.token(ways, mode.method, does(lambda way: setattr(mode, "method", way)))
        self._counted = parts.text()
        by = parts.text("by")
        self.sentence = [self._counted, self._year, by, self._method, parts.text(parts.help_mark(WAYS))]
        self.saved = Saved(self.app)
        self._pins, self._cards = LabelPins(self), LabelCards(self)
        self._rail, self._strip = LabelsRail(self), LabelsStrip(self)
        self.rail, self.strip = self._rail.sections, self._strip.panels

    def update(self, changed: frozenset[str]) -> None:
        super().update(changed)
        mode = self.mode
        names, points = count(len(mode.classes), "class", "classes"), count(len(mode.points), "point")
        self._counted.value = f"Map <b class='emx-word'>{names}</b> from <b class='emx-word'>{points}</b> in"
        self._year.value, self._method.value = self.explorer.year, mode.method
        self._update_tools()
        if not changed <= self.dragged:
            self._rail.update()
            self._k.value, self._strength.value, self._block.value = mode.k, mode.strength, mode.block
            self._strip.update()
            self.saved.keep(changed)
        self._strip.update_sure()

    def follow(self, changed: frozenset[str]) -> None:
        if "labels.least_sure" in changed:
            self._strip.follow()

    def click(self, tool: str, lon: float, lat: float) -> None:
        if tool == "add":
            self.mode.add(lon, lat)
        elif tool == "inspect":
            super().click(tool, lon, lat)

    def press(self, key: str) -> None:
        tools = {"p": "add", "i": "inspect"}
        if key.isdigit() and 1 <= int(key) <= len(self.mode.classes):
            self.mode.chosen = int(key)
        elif key in tools:
            self.app.map.tools.value = tools[key]

    def marks(self) -> list[Mark]:
        return [*self.pinned_mark(), *self._pins.marks()]

    def card(self) -> Card | None:
        return self._cards.card()

    def readout(self, lon: float, lat: float) -> str:
        place = degrees(lon, lat)
        if not self.mode.is_ready:
            return place
        values = self.explorer.values(self.mode.layers()[-1])
        number = self.explorer.value_at(values[..., 0], lon, lat)
        if not number:
            return place
        name = escape(self.mode.classifier.classes[int(number) - 1])
        sure = self.explorer.value_at(values[..., 1], lon, lat) or 0
        return f"{place} &nbsp; {name} <b>{percent(sure)}</b> sure"

    def exports(self) -> list[tuple[str, str, "Write"]]:
        if not self.mode.points:
            return super().exports()
        labels = ("Labels (GeoJSON)", self.saved.name, self.write_points)
        if not self.mode.is_ready:
            return [labels, *super().exports()]
        year = self.explorer.year
        maps = [
            (f"{words} (GeoTIFF)", f"{name}-{year}.tif", partial(self._write_map, name))
            for words, name in (("Classes", "label"), ("How sure", "confidence"))
        ]
        areas = ("Areas (CSV)", f"classes-{year}.csv", lambda path: self.mode.areas().to_csv(path, index=False))
        return [labels, *maps, areas, *super().exports()]

    def extra(self) -> list[ipw.Widget]:
        does, mode = self.app.does, self.mode
        self._k = parts.number(mode.k, 1, 50, 1, does(lambda v: setattr(mode, "k", int(v))))
        self._strength = parts.number(mode.strength, 1e-3, 1e6, 1, does(lambda v: setattr(mode, "strength", v)))
        self._block = parts.number(mode.block, 1, 1e6, 50, does(lambda v: setattr(mode, "block", v)))
        lines = (
            ("Neighbors", self._k, NEIGHBORS),
            ("C (logistic)", self._strength, STRENGTH),
            ("Test blocks, m", self._block, OTHER_BLOCKS),
        )
        return [parts.labeled(*line) for line in lines]

    def _tools(self) -> parts.Options:
        name = self.mode.classes[self.mode.chosen - 1]
        short = name if len(name) <= 18 else f"{name[:17]}…"
        return (f"Add {short}", "add"), ("Move or remove", "edit"), ("Inspect", "inspect")

    def _update_tools(self) -> None:
        """The first tool names the chosen class."""
        tools = self._tools()
        if tools != self.tools:
            self.tools = tools
            held = self.app.map.tools.value
            self.app.map.tools.options = list(tools)
            self.app.map.tools.value = held if held in ("add", "edit", "inspect") else "add"

    def write_points(self, path: Path) -> None:
        """The points as GeoJSON, with where they come from."""
        write_labels(self.mode.table, path, provenance=self.stamp("labeled points"))

    def _write_map(self, name: str, path: Path) -> None:
        from embexplore.io.export import write_cog

        words = ", ".join(f"{i} {each}" for i, each in enumerate(self.mode.classifier.classes, 1))
        write_cog(self.mode.map[name], path, provenance=self.stamp(f"{name} of classes {words}"))
