"""Compression on screen: two codes of one cube under a divider, what the right one loses, and what a byte buys."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from embexplore.ui.modes.compression_codecs import PRESETS, WHOLE, in_bytes, in_words
from embexplore.ui.view import parts
from embexplore.ui.view.card import Card
from embexplore.ui.view.exports import Slow
from embexplore.ui.view.marks import Mark
from embexplore.ui.view.modes.base import ModeView
from embexplore.ui.view.modes.compression_measuring import Measuring
from embexplore.ui.view.modes.compression_rail import CompressionRail
from embexplore.ui.view.modes.compression_strip import CompressionStrip
from embexplore.ui.words import degrees

if TYPE_CHECKING:
    from embexplore.ui.view.exports import Write


MORE = {
    "queries": "Pixels that are searched for: more of them narrow the intervals, and take longer.",
    "price": "What your storage asks for a gigabyte and month.",
    "matches": "Places that are marked: found by both sides, or lost on the right.",
    "spacing": "Two marked places lie at least so many meters apart.",
}


class CompressionView(ModeView):
    """Compare int8 · 64 bytes with binary · 8 bytes on this search."""

    name = "compression"
    aside = "queries, price, best places"
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
        self._strip = CompressionStrip(self)
        self.strip = self._strip.panels
        self._measuring = Measuring(self._measured)

    def update(self, changed: frozenset[str]) -> None:
        super().update(changed)
        mode = self.mode
        self._update_sentence()
        names = [f"{in_words(name)} · {in_bytes(mode.book.bytes_of(name, mode.dimensions))}" for name in self._names()]
        is_swiped = mode.picture == "swipe" and mode.is_asked
        self.app.map.arrange("swipe" if is_swiped else "single", *names)
        self._rail.update()
        self._strip.update()
        if mode.is_asked or changed & {"mode"} or not changed:
            self._measure()

    def marks(self) -> list[Mark]:
        mode = self.mode
        hits = mode.hits.itertuples() if mode.is_asked else ()
        return [*map(self._hit, hits), *self.pinned_mark()]

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

    def exports(self) -> list[tuple[str, str, "Write | Slow"]]:
        name = f"compression-{self.explorer.year}"
        files = [("Report (HTML)", f"{name}.html", Slow("Measuring", self._report, "codecs")), *super().exports()]
        if not self.mode.is_asked:
            return files
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
            lines.append(parts.labeled(label, parts.number(getattr(mode, name), low, high, step, change), MORE[name]))
        return lines

    def _names(self) -> tuple[str, str]:
        return self.mode.left, self.mode.right

    def _hit(self, row: Any) -> Mark:
        much = f"{row.similarity:.3f} alike" if self.mode.question == "search" else f"{row.change:.3f} of change"
        words = f"{row.rank}: {much} on the left"
        if row.found:
            return Mark("hit", row.geometry.x, row.geometry.y, title=f"{words}, found by both")
        return Mark("lost", row.geometry.x, row.geometry.y, "×", f"{words}, lost on the right")

    def _update_sentence(self) -> None:
        mode, book, d = self.mode, self.mode.book, self.mode.dimensions

        def options(chosen: str, *first: str) -> list[tuple[str, str]]:
            names = dict.fromkeys([*first, *PRESETS, *WHOLE, chosen])
            sizes = {name: in_bytes(book.bytes_of(name, d)) for name in names}
            return [(f"{'as stored' if name == book.own else in_words(name)} · {sizes[name]}", name) for name in names]

        for token, chosen, choices in (
            (self._left, mode.left, options(mode.left, book.own)),
            (self._right, mode.right, options(mode.right)),
        ):
            if tuple(choices) != tuple(token.options):
                token.options = choices
            token.value = chosen
        self._question.value, self._pictures.value = mode.question, mode.picture

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
                self._strip.update_costs()

    def _write_map(self, side: int, path: Path) -> None:
        from embexplore.io.export import write_cog

        name = self._names()[side]
        write_cog(self.mode.sides()[side], path, provenance=self.stamp(f"similarity from {name} codes"))

    def _report(self, progress: Callable[[int, int], object], cancelled: Callable[[], bool]) -> "Write":
        page = self.mode.report(progress, cancelled).html()
        return lambda path: path.write_text(page, encoding="utf-8")

    def _write_table(self, path: Path) -> None:
        import pandas as pd

        rows = [row for name in dict.fromkeys([*self._names(), *PRESETS, *WHOLE]) if (row := self.mode.row(name))]
        pd.DataFrame(rows).to_csv(path, index=False)
