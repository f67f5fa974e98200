"""Labels on screen: classes and their points, the next point to label, how right and how sure the map is."""

from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw
import numpy as np

from embexplore.errors import EmbexploreError
from embexplore.io.labels import read_labels, write_labels
from embexplore.ui.modes.labels import METHODS
from embexplore.ui.view import parts
from embexplore.ui.view.card import Card, Chip
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts.bars import histogram
from embexplore.ui.view.charts.classes import bars_html, while_labeling
from embexplore.ui.view.marks import Mark
from embexplore.ui.view.modes.base import ModeView
from embexplore.ui.view.modes.classlist import ClassList, ClassRow, hexes
from embexplore.ui.view.modes.saved import Saved
from embexplore.ui.view.upload import Upload, content_of
from embexplore.ui.words import count, degrees, percent

if TYPE_CHECKING:
    from embexplore.ui.view.exports import Write

WAYS = "Nearest examples: the most alike points vote. Class averages: the most alike mean. Logistic regression: a line between classes."
OTHER_BLOCKS = "Each point is judged by a map made without any point of its block of land: neighbors would flatter it."
RANDOM = "Dashed: the same points in random order, with the middle 95 %."
SCORE = "F1: of points mapped as this class and points of it, how many are both. 1 is perfect."
GAIN = (
    "Measured on 2,880 real points of four regions, 20 seeds: after 5 to 40 labels, maps from suggested points were "
    "8.3 ± 1.6 points of accuracy better than maps from random ones, at 40 labels 5.3 ± 1.6."
)
"""`pytest tests/benchmarks/test_labeling.py -m bench` prints these numbers; nearest examples, classes equally common."""
BINS = 25
LATER = 0.3
"""Seconds after the last click before the accuracy is told point by point: it takes as long as a click may."""


class LabelsView(ModeView):
    """Map 7 classes from 29 points in 2024 by nearest examples."""

    name = "labels"
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
        self._build_rail()
        self._build_strip()

    def update(self, changed: frozenset[str]) -> None:
        super().update(changed)
        mode = self.mode
        names, points = count(len(mode.classes), "class", "classes"), count(len(mode.points), "point")
        self._counted.value = f"Map <b class='emx-word'>{names}</b> from <b class='emx-word'>{points}</b> in"
        self._year.value, self._method.value = self.explorer.year, mode.method
        self._update_tools()
        if not changed <= self.dragged:
            self._update_rail()
            self._update_scores()
            self.saved.keep(changed)
            self.app.soon(self._update_growth, after=LATER)
        self._update_sure()

    def follow(self, changed: frozenset[str]) -> None:
        if "labels.least_sure" in changed and self.mode.is_ready:
            self._sure.patch({"cut.glyph": {"location": self.mode.least_sure}})

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
        mode, colors = self.mode, hexes(self.mode.colors)
        numbers = {name: i for i, name in enumerate(mode.classes)}
        pins = [self._pin(i, numbers[point.label], colors) for i, point in enumerate(mode.points)]
        hint = mode.hint()
        asked = [] if hint is None else [Mark("suggest", hint["lon"], hint["lat"], "?", "the next point to label")]
        return [*self.pinned_mark(), *pins, *asked]

    def card(self) -> Card | None:
        mode = self.mode
        if not mode.points:
            return self._start_card()
        hint = mode.hint()
        if hint is None:
            return None
        told = "least certain" if hint["likely"] else "most unlike your points"
        words = f"<b>Label this one next</b> <span class='emx-muted'>{told}: the ? on the map</span>"
        likely = hint["likely"] or [(name, None) for name in mode.classes[:3]]
        chips = [self._answer(name, share, hint) for name, share in likely]
        skip = Chip("Skip", lambda: self.app.attempt(mode.skip))
        css = "emx-ask-next", *(["emx-ask-low"] if self._is_high(hint["lat"]) else [])
        return Card(words, (*chips, skip), css=css, about=(hint["lon"], hint["lat"]))

    def _is_high(self, lat: float) -> bool:
        """Whether a place lies in the upper half of the map: there the card would hide it."""
        viewport = self.app.map.viewport
        return viewport is not None and lat > viewport.center[1]

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
        labels = ("Labels (GeoJSON)", self.saved.name, self._write_labels)
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
        lines = {"Neighbors": self._k, "C (logistic)": self._strength, "Test blocks, m": self._block}
        return [parts.labeled(label, widget) for label, widget in lines.items()]

    # Rail

    def _build_rail(self) -> None:
        does, mode = self.app.does, self.mode
        self._list = ClassList(lambda number: self.app.attempt(partial(setattr, mode, "chosen", number)))
        wide = "emx-grow", "emx-field", "emx-wide"
        self._new = parts.field("+ Add a class", does(self._add_class), *wide)
        self._rename = parts.field("Rename the chosen class", does(self._renamed), *wide)
        drop = parts.icon("close", "Remove the chosen class", self._remove_class, "emx-icon-only")
        self._gain = parts.text("", "emx-prose")
        self._go = parts.button("Go to the next", self._go_to_next, "emx-primary")
        self._hints = parts.button("Hints: on", lambda: self.app.attempt(self._switch_hints), "emx-quiet")
        upload = Upload("Load GeoJSON", ".geojson,.json", does(self._uploaded))
        get = parts.button("Download", lambda: self.app.drawers.toggle("export"), "emx-quiet")
        self.rail = [
            parts.section(
                parts.heading("Classes", "keys 1–9 choose"),
                self._list.root,
                parts.row(self._rename, drop),
                self._new,
                fills=True,
            ),
            parts.section(parts.heading("Which point next?", hint=GAIN), self._gain, parts.row(self._go, self._hints)),
            parts.section(parts.heading("Your labels"), self.saved.told, parts.row(upload, get)),
        ]

    def _update_rail(self) -> None:
        mode, colors = self.mode, hexes(self.mode.colors)
        told = zip(mode.classes, mode.counts(), mode.shares(), strict=True)
        rows = [
            ClassRow(i + 1, colors[i], name, count(points, "point"), percent(share) if mode.is_ready else "")
            for i, (name, points, share) in enumerate(told)
        ]
        self._list.show(rows, mode.chosen)
        self._rename.value = mode.classes[mode.chosen - 1]
        self._hints.description = "Hints: on" if mode.hints else "Hints: off"
        parts.show(self._go, shown=mode.hints and bool(mode.points))
        self._gain.value = (
            "<p>The <b>?</b> stands for the most ground that your points say least about. Following hints found "
            "<b>8 points</b> more accuracy than random clicks, on real data.</p>"
        )
        self._k.value, self._strength.value, self._block.value = mode.k, mode.strength, mode.block

    def _add_class(self, name: str) -> None:
        if name.strip():
            self.mode.add_class(name)
            self._new.value = ""

    def _renamed(self, name: str) -> None:
        self.mode.rename_class(self.mode.chosen, name)

    def _remove_class(self) -> None:
        self.app.attempt(lambda: self.mode.remove_class(self.mode.chosen))

    def _switch_hints(self) -> None:
        self.mode.hints = not self.mode.hints

    def _go_to_next(self) -> None:
        hint = self.mode.hint()
        if hint is not None:
            self.app.map.zoom_to(hint["lon"], hint["lat"])

    def _uploaded(self, message: dict[str, Any]) -> None:
        name, content = content_of(message)
        self.mode.load(read_labels(content, grid=self.explorer.cube.emb.grid, name=name))

    # Tools, marks and cards

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

    def _pin(self, i: int, number: int, colors: list[str]) -> Mark:
        point = self.mode.points[i]
        about = f"{point.label}, {point.year}: with “Move or remove”, drag it or click it away"
        return Mark(
            "class",
            point.lon,
            point.lat,
            str(number + 1),
            about,
            colors[number],
            on_move=_Action(self, "move", i),
            on_click=_Action(self, "remove", i),
        )

    def _answer(self, name: str, share: float | None, hint: Any) -> Chip:
        label = name if share is None else f"{name}  {percent(share)}"
        place = hint["lon"], hint["lat"]
        return Chip(label, lambda: self.app.attempt(lambda: self.mode.add(*place, name)))

    def _start_card(self) -> Card:
        name = escape(self.mode.classes[self.mode.chosen - 1])
        words = (
            f"<h3>Click a place that is {name}</h3><p>Then choose another class and click again: two make a map.</p>"
        )
        chips = []
        if self.explorer.places:
            chips.append(Chip("Start from the named places", self._start_from_places))
        if self.saved.there:
            chips.append(Chip(f"Load {self.saved.name}", self._load_saved))
        return Card(words, tuple(chips))

    def _start_from_places(self) -> None:
        self.app.attempt(self.mode.load_places)

    def _load_saved(self) -> None:
        def load() -> None:
            self.mode.load(read_labels(self.saved.path, grid=self.explorer.cube.emb.grid))
            self.saved.is_ours = True

        self.app.attempt(load)

    # Strip

    def _build_strip(self) -> None:
        self._growth = Chart(colors=self.app.colors)
        self._sure = Chart(colors=self.app.colors)
        self._scores = parts.text("", "emx-scrolls")
        move = self.app.does(lambda value: setattr(self.mode, "least_sure", round(value, 2)))
        self._slider = parts.slider(0, 0, 1, 0.01, move)
        self._growth_title = parts.heading("Accuracy as you label", "%, dashed: random", f"{OTHER_BLOCKS} {RANDOM}")
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
        self.strip = [self._waiting, *self._panels]

    def _update_scores(self) -> None:
        mode = self.mode
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
            curve = self.mode.curve() if self.mode.is_ready else None
        except EmbexploreError:
            curve = None
        if curve is None:
            return
        colors = self.app.colors
        drawn = while_labeling(curve, color=colors["accent"], quiet=colors["ink2"], band=colors["noise"])
        last = curve.iloc[-1]
        self._growth.show(drawn, describe=f"{percent(last.accuracy)} of points right after {int(last.points)} labels.")

    def _update_sure(self) -> None:
        mode = self.mode
        if not mode.is_ready:
            return
        self._slider.value = mode.least_sure
        sure = mode.map["confidence"].values
        known = sure[np.isfinite(sure)]
        counts, edges = np.histogram(known, bins=BINS, range=(0, 1))
        bar = np.array([[int(self.app.colors["bar"][i : i + 2], 16) for i in (1, 3, 5)]], np.uint8)
        drawn = histogram(
            counts, edges, cut=mode.least_sure, ramp=bar, below=self.app.colors["line"], ink=self.app.colors["ink"]
        )
        hidden = float((known < np.float32(mode.least_sure)).mean()) if len(known) else 0.0
        told = (
            f"{percent(hidden)} below {percent(mode.least_sure)} sure" if mode.least_sure else "drag to hide the unsure"
        )
        self._sure_title.value = parts.heading_html("How sure", told)
        self._sure.show(drawn, describe=f"How sure the pixels are; {percent(hidden)} are hidden.")

    def _write_labels(self, path: Path) -> None:
        write_labels(self.mode.table, path, provenance=self.stamp("labeled points"))

    def _write_map(self, name: str, path: Path) -> None:
        from embexplore.io.export import write_cog

        words = ", ".join(f"{i} {each}" for i, each in enumerate(self.mode.classifier.classes, 1))
        write_cog(self.mode.map[name], path, provenance=self.stamp(f"{name} of classes {words}"))


class _Action:
    """What a point's marker does while the tool moves or removes; equal for equal points, so marks are not redrawn."""

    def __init__(self, view: LabelsView, what: str, number: int) -> None:
        self._view, self._key = view, (what, number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Action) and other._key == self._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __call__(self, *place: float) -> None:
        what, number = self._key
        view = self._view
        if view.app.map.tools.value == "edit":
            view.app.attempt(lambda: getattr(view.mode, what)(number, *place))
        elif what == "move":
            view.app.refresh(frozenset({"labels.points"}))  # the marker goes back to its place
