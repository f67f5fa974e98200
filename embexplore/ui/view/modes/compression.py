"""Compression on screen: two codes of one cube under a divider, what the right one loses, and what a byte buys."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw
import numpy as np

from embexplore.errors import EmbexploreError
from embexplore.ui.modes.compression_codecs import PRESETS, in_bytes, in_words, settings_of
from embexplore.ui.view import parts
from embexplore.ui.view.card import Card
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts.compression import Choice, bytes_and_recall, pixel_by_pixel
from embexplore.ui.view.marks import Mark
from embexplore.ui.view.modes.base import ModeView
from embexplore.ui.view.modes.compression_rail import HINTS, CompressionRail
from embexplore.ui.view.work import running_loop
from embexplore.ui.words import degrees, percent

if TYPE_CHECKING:
    from embexplore.ui.view.exports import Write

DOTS = 600
"""Pixels in the scatter: more hide each other."""


class CompressionView(ModeView):
    """Compare int8 · 64 bytes with binary · 8 bytes on this search."""

    name = "compression"
    tools = (("New search", "new"), ("Inspect", "inspect"))

    def build(self) -> None:
        does, mode = self.app.does, self.mode
        self._left = parts.token([("", "")], "", does(partial(setattr, mode, "left")))
        self._right = parts.token([("", "")], "", does(mode.choose), "emx-token-b")
        questions = [("this search", "search")]
        if len(self.explorer.cube.emb.years) > 1:
            questions.append(("this change", "change"))
        self._question = parts.token(questions, "search", does(partial(setattr, mode, "question")))
        words = [parts.text(word) for word in ("Compare", "with", "on")]
        self.sentence = [words[0], self._left, words[1], self._right, words[2], self._question]
        pictures = [("Swipe", "swipe"), ("Difference", "difference"), ("Left", "left"), ("Right", "right")]
        self._pictures = parts.segmented(pictures, mode.picture, does(partial(setattr, mode, "picture")), "emx-views")
        self.switch = [self._pictures]
        self._rail = CompressionRail(self)
        self.rail = self._rail.sections
        self._pareto, self._scatter = Chart(colors=self.app.colors), Chart(colors=self.app.colors)
        self._pareto.on_tap(self._tapped)
        key = '<span class="emx-key">● best at its size &nbsp; ○ other &nbsp; × published</span>'
        title = parts.row(
            parts.heading("What a byte buys", "recall@10 by bytes a pixel", HINTS["recall"]), parts.text(key)
        )
        self._scatter_title = parts.heading("Pixel by pixel")
        self._bought = parts.styled(ipw.VBox([title, self._pareto]), "emx-panel", "emx-wide")
        self._compared = parts.panel(self._scatter_title, self._scatter)
        self.strip = [self._bought, self._compared]
        self._shown: list[Choice] = []
        self._measuring = _Measuring(self._measured)

    def update(self, changed: frozenset[str]) -> None:
        super().update(changed)
        mode = self.mode
        self._update_sentence()
        names = [f"{in_words(name)} · {in_bytes(mode.lab.bytes_of(name, mode.dimensions))}" for name in self._names()]
        is_swiped = mode.picture == "swipe" and mode.is_asked
        self.app.map.arrange("swipe" if is_swiped else "single", *names)
        self._rail.update()
        self._update_scatter()
        self._update_pareto()
        if mode.is_asked or changed & {"mode"} or not changed:
            self._measure()

    def marks(self) -> list[Mark]:
        mode = self.mode
        if not mode.is_asked or mode.question != "search":
            return self.pinned_mark()
        return [
            *(self._hit(row) for row in mode.hits.itertuples()),
            *self.pinned_mark(),
        ]

    def stop(self) -> None:
        super().stop()
        self._measuring.close()

    def card(self) -> Card | None:
        if self.mode.is_asked:
            return None
        where = self.explorer.whole_name
        return Card(f"<h3>Click anything on {where}</h3><p>Both codes search for it, side by side.</p>")

    def readout(self, lon: float, lat: float) -> str:
        place = degrees(lon, lat)
        if not self.mode.is_asked:
            return place
        left, right = (self.explorer.value_at(values, lon, lat) for values in self.mode.sides())
        if left is None or right is None:
            return place
        names = [in_words(name) for name in self._names()]
        return (
            f'{place} &nbsp; <span class="emx-a">{names[0]} <b>{left:.3f}</b></span> &nbsp; '
            f'<span class="emx-b">{names[1]} <b>{right:.3f}</b></span>'
        )

    def exports(self) -> list[tuple[str, str, "Write"]]:
        files = super().exports()
        if not self.mode.is_asked:
            return files
        name = f"compression-{self.explorer.year}"
        maps = [("Left map (GeoTIFF)", 0), ("Right map (GeoTIFF)", 1)]
        return [
            *((label, f"{name}-{('left', 'right')[side]}.tif", partial(self._write_map, side)) for label, side in maps),
            ("What codecs cost (CSV)", f"{name}.csv", self._write_table),
            *files,
        ]

    def extra(self) -> list[ipw.Widget]:
        does, mode = self.app.does, self.mode
        numbers = {
            "Queries": ("queries", 10, 2000, 10, int),
            "Dollars a GB and month": ("price", 0, 1, 0.001, float),
            "Best places": ("matches", 1, 200, 1, int),
            "Meters apart": ("spacing", 0, 1e6, 10, float),
        }
        lines = []
        for label, (name, low, high, step, kind) in numbers.items():
            change = does(lambda value, name=name, kind=kind: setattr(mode, name, kind(value)))
            lines.append(parts.labeled(label, parts.number(getattr(mode, name), low, high, step, change)))
        return lines

    def _names(self) -> tuple[str, str]:
        return self.mode.left, self.mode.right

    def _hit(self, row: Any) -> Mark:
        words = f"{row.rank}: {row.similarity:.3f} alike on the left"
        if row.found:
            return Mark("hit", row.geometry.x, row.geometry.y, title=f"{words}, found by both")
        return Mark("lost", row.geometry.x, row.geometry.y, "×", f"{words}, lost on the right")

    def _update_sentence(self) -> None:
        mode, lab, d = self.mode, self.mode.lab, self.mode.dimensions

        def options(chosen: str, *first: str) -> list[tuple[str, str]]:
            names = dict.fromkeys([*first, *PRESETS, chosen])
            sizes = {name: in_bytes(lab.bytes_of(name, d)) for name in names}
            return [(f"{'as stored' if name == lab.own else in_words(name)} · {sizes[name]}", name) for name in names]

        for token, chosen, choices in (
            (self._left, mode.left, options(mode.left, lab.own)),
            (self._right, mode.right, options(mode.right)),
        ):
            if tuple(choices) != tuple(token.options):
                token.options = choices
            token.value = chosen
        self._question.value, self._pictures.value = mode.question, mode.picture

    def _update_scatter(self) -> None:
        mode = self.mode
        parts.show(self._compared, shown=mode.is_asked)
        if not mode.is_asked:
            return
        left, right = (values.values.reshape(-1) for values in mode.sides())
        known = np.flatnonzero(np.isfinite(left) & np.isfinite(right))
        some = np.random.default_rng(0).permutation(known)[:DOTS]
        words = f"{percent(mode.changed_sides, 1)} change side"
        self._scatter_title.value = parts.heading_html("Pixel by pixel", words)
        if len(some):
            self._scatter.colors = dict(self.app.colors)
            chart = pixel_by_pixel(left[some], right[some], cut=mode.cut, colors=self.app.colors)
            self._scatter.show(chart, describe=f"The right map (upward) against the left: {words} of the threshold.")

    def _update_pareto(self) -> None:
        mode = self.mode
        measured = {name: row for name in dict.fromkeys([*PRESETS, *self._names()]) if (row := mode.row(name))}
        sides = dict(zip(self._names(), ("left", "right"), strict=True))
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
        if again is not None and mode.right != mode.lab.own:
            called = f"{mode.recheck or 200} re-checked"
            self._shown.append(Choice(again["bytes_scanned_per_pixel"], again["recall_at_10"], called, "again"))
        if self._shown:
            self._pareto.colors = dict(self.app.colors)
            told = "; ".join(f"{c.name}: {c.size:g} bytes, {c.recall:.2f}" for c in self._shown)
            chart = bytes_and_recall(self._shown, d=mode.dimensions, colors=self.app.colors)
            self._pareto.show(chart, describe=f"Recall of the ten nearest by bytes a pixel. {told}.")

    def _tapped(self, _: float, __: float, found: dict[str, int]) -> None:
        number = found.get("codecs.glyph")
        if number is not None and number < len(self._codecs) and settings_of(self._codecs[number]) is not None:
            self.app.attempt(lambda: self.mode.choose(self._codecs[number]))

    def _measure(self) -> None:
        """Measure both sides, then what else the chart shows, beside the page."""
        mode = self.mode
        needed = [name for name in dict.fromkeys([mode.right, mode.left]) if mode.row(name) is None]
        others = [name for name in PRESETS if name not in needed and mode.row(name) is None]
        self._measuring.start(mode.measure, needed, others)

    def _measured(self, problem: str) -> None:
        """One more codec was measured, or none can be."""
        if self.explorer.mode != self.name:
            return
        with self.app.updating():
            self._rail.update_costs(problem)
            if not problem:
                self._update_pareto()

    def _write_map(self, side: int, path: Path) -> None:
        from embexplore.io.export import write_cog

        name = self._names()[side]
        write_cog(self.mode.sides()[side], path, provenance=self.stamp(f"similarity from {name} codes"))

    def _write_table(self, path: Path) -> None:
        import pandas as pd

        rows = [row for name in dict.fromkeys([*self._names(), *PRESETS]) if (row := self.mode.row(name))]
        pd.DataFrame(rows).to_csv(path, index=False)


class _Measuring:
    """Measures codecs one after the other in a thread; a newer question ends an older one.

    Where no loop runs (a script, a test) only what is needed is measured, at once.
    """

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="embexplore-measure")
        self._number = 0
        self._task: asyncio.Task[None] | None = None

    def start(self, measure: Callable[[str], object], needed: Sequence[str], others: Sequence[str]) -> None:
        """Measure what is needed, then the others, and tell after each."""
        self._number += 1
        loop = running_loop()
        if loop is None:
            for name in needed:
                self._told(_problem_of(measure, name))
        elif needed or others:
            self._task = loop.create_task(self._go(measure, [*needed, *others], self._number))

    def close(self) -> None:
        """Measure no more."""
        self._number += 1
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _go(self, measure: Callable[[str], object], names: Sequence[str], number: int) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0.2)  # the picture and its words first
        for name in names:
            if number != self._number:
                return
            problem = await loop.run_in_executor(self._pool, _problem_of, measure, name)
            if number == self._number:
                self._told(problem)
            if problem:
                return


def _problem_of(measure: Callable[[str], object], name: str) -> str:
    """Measure; why that was not possible, or an empty text."""
    try:
        measure(name)
    except EmbexploreError as error:
        return str(error)
    return ""


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
