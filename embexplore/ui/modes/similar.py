"""Similar: where it looks like the examples, and unlike others."""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import param
import xarray as xr
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.errors import InvalidInput, NoData
from embexplore.ui import colormaps
from embexplore.ui.code import call
from embexplore.ui.ground import colors_code
from embexplore.ui.modes.base import Layer, Legend, Painted, Swatch
from embexplore.ui.modes.examples import Examples
from embexplore.ui.modes.similar_colors import is_kept, paint_similarity
from embexplore.ui.words import count, ground_area, percent

if TYPE_CHECKING:
    from geopandas import GeoDataFrame


AUTOMATIC = 0.1
"""Without a threshold, the share of pixels that are kept: the most alike tenth."""


class Similar(Examples):
    """Find places like these and unlike those, at least so much alike."""

    title = "Similar"
    verb = "Searching"

    combine = param.Selector(default="mean", objects=["mean", "max", "min", "contrast"])
    invert = param.Boolean(default=False, doc="Whether the least alike are kept instead.")
    threshold = param.Number(default=None, bounds=(-1, 1), doc="Cosine that is kept; None: the most alike tenth.")
    matches = param.Integer(default=20, bounds=(0, 200), doc="Best places that are marked.")
    spacing = param.Number(default=150.0, bounds=(0, None), doc="Meters between marked places.")

    @property
    def result(self) -> str:  # type: ignore[override]
        """What the code calls the map: colors until there is an example."""
        return "score" if self.examples else "rgb"

    def click(self, lon: float, lat: float) -> None:
        """A plain click is a new search."""
        self.search(lon, lat)

    def search(self, lon: float, lat: float) -> None:
        """Forget the examples and find places like this one. NoData or OutOfBounds where there is none."""
        example = self._example(lon, lat, like=True)
        with self.explorer.step():
            self.param.update(examples=[example], threshold=None)
            self.explorer.pinned = (lon, lat)

    @property
    def score(self) -> xr.DataArray:
        """The similarity map (y, x), in memory; InvalidInput without an example."""
        return self.explorer.values(self._scored())

    @property
    def cut(self) -> float:
        """The threshold that is used: the one that was set, or what keeps a tenth, on two digits."""
        return self._tenth(self._scored(), invert=self.invert) if self.threshold is None else float(self.threshold)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """The pixels (y, x) that are alike enough, or with `invert` those that are not."""
        return is_kept(self.score.values, self.cut, invert=self.invert)

    @property
    def hits(self) -> "GeoDataFrame":
        """The best places, `spacing` apart, at their similarity; with `invert` the least alike."""
        what = ("hits", self.invert, self.matches, self.spacing)
        return self.explorer.told(self._scored(), what, self._best)

    def usual(self, lon: float, lat: float) -> tuple[float, float] | None:
        """What similarity this place keeps from a year to the next, if it is stable like 99 % of stable ground.

        A change of at most f = 1 − cos(a) turns the vector by at most a: the similarity cos(b) with any query
        stays between cos(b + a) and cos(b − a) (triangle inequality on the sphere). None without a floor.
        """
        now, years = self.explorer.year, sorted(self.explorer.cube.emb.years)
        place = max(years.index(now), 1)
        value = self.explorer.value_at(self.score, lon, lat)
        if len(years) < 2 or value is None:
            return None
        try:
            floor = self.explorer.shared.drift(years[place - 1], years[place])
        except NoData:
            return None
        turn, apart = math.acos(max(1 - floor, -1.0)), math.acos(min(max(value, -1.0), 1.0))
        return math.cos(min(apart + turn, math.pi)), math.cos(max(apart - turn, 0.0))

    def layers(self) -> Sequence[Layer]:
        """The heat map of what is kept."""
        if not self.examples:
            return ()
        layer = self._scored()
        look = {"threshold": self.threshold, "invert": self.invert, "ramp": self.ramp}
        return (replace(layer, paint=partial(self._paint, layer, **look)),)

    def legend(self) -> Legend | None:
        """From the threshold to the most alike, in words."""
        if not self.examples:
            return None
        cut, ramp = self.cut, self.ramp
        gray = Swatch("emx-ground", f"gray: {'more' if self.invert else 'less'} alike than {cut:.2f}")
        if self.invert:
            return Legend(f"How different, {self.explorer.year}", ramp, f"{cut:.2f} alike", "least alike", (gray,))
        return Legend(f"How alike, {self.explorer.year}", ramp, f"{cut:.2f} alike", "1.00 the same", (gray,))

    def finding(self) -> str:
        """What share is kept, and how much ground that is."""
        if not self.examples:
            return ""
        score, kept = self.score, int(self.kept.sum())
        share = kept / max(int(np.isfinite(score.values).sum()), 1)
        where = "the area" if self.explorer.area else self.explorer.whole_name
        side = "at most" if self.invert else "at least"
        found = f"{percent(share, 1)} of {where} is {side} {self.cut:.2f} alike: {ground_area(grid_of(score), kept)}."
        return f"{found}{self._about_matches()}{_about_tiers(score)}"

    def preparation(self, whole: str) -> list[str]:
        """The vectors of the examples."""
        lines = []
        for name, examples in (("like", self.positives), ("unlike", self.negatives)):
            if examples:
                calls = [call("cube.emb.at", lon=e.lon, lat=e.lat, year=e.year) for e in examples]
                lines.append(f"{name} = [{calls[0]}]" if len(calls) == 1 else _listed(name, calls))
        return lines

    def code(self, cube: str, whole: str) -> list[str]:
        """The search and its best places."""
        if not self.examples:
            asked = "# score: give an example first; until then the map shows the embedding's colors"
            return [asked, *colors_code(self.explorer, cube, whole)]
        unlike = {"negatives": "unlike"} if self.negatives else {}
        keywords = ", ".join(
            [*(f"{k}={v}" for k, v in unlike.items()), f'combine="{self.combine}"', f"year={self.explorer.year}"]
        )
        kept = f"kept = score {'<=' if self.invert else '>='} {self.cut}"
        best = call(f"{cube}.emb.top", "-score" if self.invert else "score", **self._top())
        return [f"score = {cube}.emb.search(like, {keywords}).compute()", kept, f"hits = {best}"]

    def _top(self) -> dict[str, Any]:
        return {"k": max(self.matches, 1), "min_distance": self.spacing}

    @property
    def ramp(self) -> NDArray[np.uint8]:
        """The colors (n, 3) of what is kept, from the threshold to the most alike."""
        ramps = colormaps.SIMILARITY, colormaps.SIMILARITY_DARK
        return colormaps.ramp(self.explorer.ramp, *ramps, dark_page=self.explorer.dark)

    def _scored(self) -> Layer:
        """The score, whatever of it is kept and in whichever colors; InvalidInput without an example."""
        if not self.examples:
            raise InvalidInput("There is no example yet: click the map, or call search(lon, lat).")
        year = self.explorer.year
        places = tuple((example.lon, example.lat, example.year, example.like) for example in self.examples)
        compute = partial(_search, positives=self.query(), negatives=self.against(), combine=self.combine, year=year)
        return Layer(("similar", places, self.combine, year), compute, fill=np.nan)

    def _paint(self, layer: Layer, values: NDArray[np.float32], *, threshold: float | None, **look: Any) -> Painted:
        cut = self._tenth(layer, invert=look["invert"]) if threshold is None else float(threshold)
        end = self.explorer.told(layer, "least", _least) if look["invert"] else 1.0
        return paint_similarity(values, cut=cut, end=end, **look)

    def _tenth(self, layer: Layer, *, invert: bool) -> float:
        share = AUTOMATIC if invert else 1 - AUTOMATIC
        return self.explorer.told(layer, ("tenth", invert), partial(_quantile, share=share))

    def _best(self, score: xr.DataArray) -> "GeoDataFrame":
        hits = self.explorer.part.emb.top(-score if self.invert else score, **self._top())
        return hits.assign(similarity=-hits["similarity"]) if self.invert else hits

    def _about_matches(self) -> str:
        marked = min(self.matches, len(self.hits)) if self.matches else 0
        return f" The {count(marked, 'best place')} {'is' if marked == 1 else 'are'} marked." if marked else ""


def _search(cube: xr.Dataset, **question: Any) -> xr.DataArray:
    return cube.emb.search(question.pop("positives"), **question)


def _quantile(score: xr.DataArray, *, share: float) -> float:
    """The score that `share` of the pixels stay below, on two digits; 1 where there is none yet."""
    found = score.values[np.isfinite(score.values)]
    return round(float(np.quantile(found, share)), 2) if found.size else 1.0


def _least(score: xr.DataArray) -> float:
    return float(np.fmin.reduce(score.values, axis=None))


def _about_tiers(score: xr.DataArray) -> str:
    """A sentence where some chunks were searched in bits only."""
    if "tier" not in score.coords:
        return ""
    rows, columns = (score.coords[name].values for name in (schema.CHUNK_ROW, schema.CHUNK_COLUMN))
    in_bits = score.coords["tier"].values == schema.BITS_ONLY
    chunks = {(int(rows[y]), int(columns[x])) for y, x in zip(*np.nonzero(in_bits), strict=True)}
    return f" Approximate in {count(len(chunks), 'chunk')}." if chunks else ""


def _listed(name: str, calls: list[str]) -> str:
    return "\n".join([f"{name} = [", *(f"    {one}," for one in calls), "]"])
