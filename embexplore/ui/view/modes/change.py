"""Change on screen: two years in the sentence, four pictures of what changed between them, and its exports."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from embexplore.errors import InvalidInput
from embexplore.ui.view import parts
from embexplore.ui.view.marks import Mark
from embexplore.ui.view.modes.base import ModeView
from embexplore.ui.view.modes.change_pixel import ChangePanels
from embexplore.ui.view.modes.change_rail import ChangeRail
from embexplore.ui.view.years import YearSlider
from embexplore.ui.words import degrees

if TYPE_CHECKING:
    from embexplore.ui.view.exports import Write

USUAL = "The usual noise: 99 % of stable ground changes less between these two years. Change is 1 − cosine, 0 is none."
NOISE = "So much of the stable ground changes less than the floor: 99 lets 1 in 100 of its pixels pass."
SMALLEST = "Regions of fewer pixels that lie together are not listed."
TAGS = 9
"""Regions that are numbered on the map."""


class ChangeView(ModeView):
    """Show what changed from 2017 to 2024, beyond the usual noise."""

    name = "change"
    aside = "stable ground, colors, opacity"
    dragged = frozenset({"change.threshold", "opacity"})

    def build(self) -> None:
        does, mode = self.app.does, self.mode
        known = [(str(year), year) for year in sorted(self.explorer.cube.emb.years)]
        first, second = known[0][1], known[-1][1]
        self._first = parts.token(known, first, does(lambda year: mode.compare(year, self._second.value)))
        self._second = parts.token(known, second, does(lambda year: mode.compare(self._first.value, year)))
        self._beyond = parts.token([("the usual noise", "usual")], "usual", does(self._choose_floor))
        words = ["Show what changed from", "to", ", beyond", parts.help_mark(USUAL)]
        texts = [parts.text(word, *(["emx-tight"] if word.startswith(",") else [])) for word in words]
        self.sentence = [texts[0], self._first, texts[1], self._second, texts[2], self._beyond, texts[3]]
        pictures = [("Change map", "change"), ("Which year", "year"), ("Swipe", "swipe"), ("Side by side", "side")]
        self._pictures = parts.segmented(pictures, mode.picture, does(partial(setattr, mode, "picture")), "emx-views")
        self.switch = [self._pictures]
        self._rail = ChangeRail(self)
        self.rail = self._rail.sections
        self.pixel = ChangePanels(self)
        self.strip = self.pixel.panels

    def update(self, changed: frozenset[str]) -> None:
        mode = self.mode
        first, second = mode.span
        if changed <= {"pinned"} and changed:
            self.pixel.update()
            return
        self._span.update((first, second))
        self._first.value, self._second.value = first, second
        self._pictures.value = mode.picture
        self.app.map.arrange(mode.picture if mode.picture in ("swipe", "side") else "single", str(first), str(second))
        self._update_beyond()
        if not changed or not changed <= self.dragged:
            self._update_more()
            self.pixel.update()
        self._rail.update()

    def follow(self, changed: frozenset[str]) -> None:
        if "change.threshold" in changed:
            self._rail.follow()

    def press(self, key: str) -> None:
        if key in (",", "."):
            self.mode.threshold = round(max(self.mode.cut + (0.01 if key == "." else -0.01), 0), 3)

    def marks(self) -> list[Mark]:
        tags = [
            Mark("tag", x, north, str(row.rank), f"{row.hectares:.1f} ha, {row.change:.2f}, {row.year}",
                 on_click=partial(self._rail.open, row))
            for row in self._rail.rows()[:TAGS]
            for x, north in [((row.geometry.bounds[0] + row.geometry.bounds[2]) / 2, row.geometry.bounds[3])]
        ]  # fmt: skip
        return [*tags, *self.pinned_mark()]

    def readout(self, lon: float, lat: float) -> str:
        place = degrees(lon, lat)
        value = self.explorer.value_at(self.mode.change, lon, lat)
        if value is None:
            return place
        year = self.explorer.value_at(self.mode.year, lon, lat)
        when = "" if year is None else f" &nbsp; most in <b>{year:.0f}</b>"
        return f"{place} &nbsp; change <b>{value:.3f}</b>{when if self.mode.picture == 'year' else ''}"

    def exports(self) -> list[tuple[str, str, "Write"]]:
        name = "change-{}-{}".format(*self.mode.span)
        return [
            ("Change (GeoTIFF)", f"{name}.tif", partial(self._write_map, "change")),
            ("Year of change (GeoTIFF)", f"{name}-year.tif", partial(self._write_map, "year")),
            ("Regions (GeoParquet)", f"{name}.parquet", self._write_regions),
            ("Regions (GeoJSON)", f"{name}.geojson", self._write_regions),
            *super().exports(),
        ]

    def outlines(self) -> list[dict[str, Any]]:
        if not self.mode.truth:
            return []
        from embexplore.io.demo import null_island_truth

        return [dict(shape.__geo_interface__) for shape in null_island_truth().changes.geometry]

    def extra(self) -> list[ipw.Widget]:
        does, mode = self.app.does, self.mode
        self._percentile = parts.number(mode.percentile, 50, 99.9, 0.1, does(partial(setattr, mode, "percentile")))
        smallest = does(lambda pixels: setattr(mode, "min_pixels", int(pixels)))
        self._smallest = parts.number(mode.min_pixels, 1, 1e6, 1, smallest)
        self._told = parts.text("", "emx-muted")
        take = parts.button("Use the drawn area as stable ground", self._take_stable, "emx-quiet")
        self._drop = parts.button("Tell it from the years again", self._drop_stable, "emx-quiet")
        lines = [parts.labeled("Noise, percent", self._percentile, NOISE), self._told, take, self._drop]
        lines.append(parts.labeled("Smallest, pixels", self._smallest, SMALLEST))
        truth = does(partial(setattr, mode, "truth"))
        self._truth = parts.checkbox(mode.truth, "Outline the true changes", truth)
        parts.show(self._truth, shown=self.explorer.shared.is_null_island)
        return [*lines, self._truth]

    def _years(self) -> ipw.Widget | None:
        known = sorted(self.explorer.cube.emb.years)
        if len(known) < 2:
            return None
        self._span = YearSlider(known, (known[0], known[-1]), self.app.does(lambda pair: self.mode.compare(*pair)))
        return self._span.root

    def _choose_floor(self, kind: str) -> None:
        factor = {"usual": None, "double": 2}.get(kind, 0)
        if factor != 0:
            self.mode.threshold = None if factor is None else round(factor * self.mode.noise.floor, 3)

    def _update_beyond(self) -> None:
        own = [] if self.mode.threshold is None else [(f"a change of {self.mode.cut:.3f}", "own")]
        self._beyond.options = [("the usual noise", "usual"), ("twice the usual noise", "double"), *own]
        self._beyond.value = "own" if own else "usual"

    def _update_more(self) -> None:
        self._percentile.value, self._smallest.value = self.mode.percentile, self.mode.min_pixels
        self._truth.value = self.mode.truth
        self._told.value = self.mode.noise.how
        parts.show(self._drop, shown=self.mode.stable is not None)

    def _take_stable(self) -> None:
        def take() -> None:
            if self.explorer.area is None:
                raise InvalidInput("No area is drawn: draw one on ground that you know to be stable first.")
            self.mode.stable, self.explorer.area = self.explorer.area, None

        self.app.attempt(take)

    def _drop_stable(self) -> None:
        self.app.attempt(lambda: setattr(self.mode, "stable", None))

    def _write_map(self, which: str, path: Path) -> None:
        from embexplore.io.export import write_cog

        words = {"change": "change (1 - cosine similarity)", "year": "year of the largest change"}[which]
        write_cog(getattr(self.mode, which), path, provenance=self.stamp(words, *self.mode.span))

    def _write_regions(self, path: Path) -> None:
        from embexplore.io.export import write_hits

        write_hits(self.mode.table(), path, provenance=self.stamp("largest changes", *self.mode.span))
