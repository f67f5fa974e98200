"""Change: what changed between two years, beyond the usual noise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import param
import xarray as xr
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.cube.build import grid_of
from embexplore.cube.years import resolve_year
from embexplore.errors import InvalidInput
from embexplore.ui import colormaps
from embexplore.ui.ground import colors_layer
from embexplore.ui.modes.base import Layer, Legend, Painted, Swatch
from embexplore.ui.modes.change_code import code, preparation
from embexplore.ui.modes.change_colors import paint_change, paint_years, stepped, years_on
from embexplore.ui.modes.span import Span
from embexplore.ui.once import Once
from embexplore.ui.words import ground_area, hectares, percent

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from embexplore.analysis.noise import NoiseFloor

PICTURES = ("change", "year", "swipe", "side")
"""The change, the year of the largest one, or both years beside each other under a divider or on two maps."""

KEPT = 16
"""Noise floors and tables of regions that one Explorer remembers."""


class Change(Span):
    """Show what changed from one year to another, beyond the usual noise."""

    title = "Change"
    verb = "Comparing"

    threshold = param.Number(default=None, bounds=(0, 2), doc="1 − cosine that counts; None: the noise floor.")
    percentile = param.Number(99.0, bounds=(50, 99.9), doc="Percent of the stable ground that stays below the floor.")
    stable = param.Dict(default=None, doc="A GeoJSON area known to be stable; None: told from the cube's years.")
    picture = param.Selector(default="change", objects=list(PICTURES))
    when = param.Integer(default=None, doc="Only what changed most in this year; None: in any.")
    min_pixels = param.Integer(9, bounds=(1, None), doc="Smaller regions are not listed.")
    regions = param.Integer(20, bounds=(0, 200), doc="Regions that are listed and numbered on the map.")
    truth = param.Boolean(default=False, doc="Whether the true changes are outlined; only Null Island knows them.")

    def __init__(self, explorer: Any) -> None:
        super().__init__(explorer)
        self._known = Once(KEPT)

    @property
    def result(self) -> str:  # type: ignore[override]
        """What the code calls the map: it depends on the picture."""
        return {"change": "change", "year": "year"}.get(self.picture, "after")

    def compare(self, first: int, second: int) -> None:
        """Show what changed between two years; InvalidInput for one that the cube lacks, and for the same twice."""
        years = [resolve_year(self.explorer.cube, year) for year in (first, second)]
        if years[0] == years[1]:
            raise InvalidInput(f"{first} to {second} is one year: choose two.")
        self.param.update(years=(min(years), max(years)), threshold=None, when=None)

    def check(self) -> None:
        """Two different years, a year between them, and stable ground on the cube."""
        if self.years is not None and self.years[0] == self.years[1]:
            raise InvalidInput(f"{self.years[0]} to {self.years[1]} is one year: choose two.")
        if self.when is not None and self.when not in self.steps:
            raise InvalidInput(f"nothing can have changed most in {self.when} between these years.")
        if self.stable is not None:
            self.explorer.shared.whole.emb.clip(self.stable)

    @property
    def noise(self) -> "NoiseFloor":
        """What stable ground stays below between the two years, told from the whole cube."""
        return self._noise_of(self.span, self.percentile, self.stable)()

    @property
    def cut(self) -> float:
        """The change that counts: what was set, or the noise floor on three digits."""
        return self._floor()()

    @property
    def change(self) -> xr.DataArray:
        """The change (y, x) between the two years, in memory."""
        return self.explorer.values(self._change_layer())

    @property
    def year(self) -> xr.DataArray:
        """The later year (y, x) of the two consecutive ones, between the two years, that differ most; in memory."""
        return self.explorer.values(self._year_layer())

    @property
    def above(self) -> NDArray[np.bool_]:
        """The pixels (y, x) that changed more than counts, in any year."""
        return self.change.values > np.float32(self.cut)

    @property
    def kept(self) -> NDArray[np.bool_]:
        """The pixels (y, x) that changed more than counts, and in the year asked for."""
        return self.above if self.when is None else self.above & (self.year.values == np.float32(self.when))

    def by_year(self) -> dict[int, float]:
        """Hectares above the threshold, by the year of their largest change."""
        years, grid = self.year.values[self.above], grid_of(self.change)
        return {year: hectares(grid, int((years == np.float32(year)).sum())) for year in self.steps}

    def table(self) -> "GeoDataFrame":
        """The largest connected changes of what is kept."""
        ask = partial(self.explorer.shared.whole.emb.change_regions, self._in_year(), floor=self.cut, **self.counts())
        key = ("regions", self.span, self.cut, self.when, repr(self.explorer.area), self.min_pixels, self.regions)
        return self._known.of(key, ask)

    def layers(self) -> Sequence[Layer]:
        """The change, when it was largest, and last what is drawn of them, or the colors of both years."""
        first, second = self.span
        before, after = (colors_layer(self.explorer, year) for year in self.span)
        colors = [replace(before, side="left"), replace(after, side="right")]
        asked = [*colors, self._change_layer(), self._year_layer()]
        if self.picture in ("swipe", "side"):
            return [*asked[2:], *colors]
        if self.picture == "year":
            key = ("change year", first, second, self.cut, self.when)
            paint = partial(paint_years, colors=self.year_colors())
            return [*asked, Layer(key, lambda _: self.year.where(self.kept), paint, fill=np.nan)]
        if self.when is not None:
            key = ("change", first, second, self.when)
            return [*asked, replace(self._change_layer(), key=key, compute=lambda _: self._in_year())]
        return [*colors, self._year_layer(), self._change_layer()]

    def legend(self) -> Legend:
        """From the threshold to a different place, the years by color, or which side is which."""
        first, second = self.span
        gray = Swatch("emx-ground", self._gray())
        if self.picture == "change":
            low, high = f"{self.cut:.2f} a little", f"{self.top:.2f} a different place"
            return Legend(f"How much changed, {first} → {second}", self.ramp, low, high, (gray,))
        if self.picture == "year":
            ramp = stepped(self.year_colors())
            return Legend("When it changed most", ramp, str(self.steps[0]), str(self.steps[-1]), (gray,))
        return Legend(f"{first} left, {second} right", note="alike colors, alike places")

    def finding(self) -> str:
        """What share changed more than stable ground does."""
        known = max(int(np.isfinite(self.change.values).sum()), 1)
        kept = int(self.kept.sum())
        where = "the area" if self.explorer.area else self.explorer.whole_name
        share, size = percent(kept / known, 1), ground_area(grid_of(self.change), kept)
        when = "" if self.when is None else f", most in {self.when}"
        if self.threshold is None:
            return f"{share} of {where} changed more than stable ground does ({self.cut:.3f}){when}: {size}."
        return f"{share} of {where} changed more than {self.cut:.3f}{when}: {size}. {self.false_alarms()}"

    def false_alarms(self) -> str:
        """How much stable ground would pass the threshold, as a sentence."""
        passing = self.noise.passing(self.cut)
        if passing <= 1 / 1000:
            return "Fewer than 1 in 1,000 stable pixels would pass."
        return f"1 in {round(1 / passing):,} stable pixels would pass."

    def preparation(self, whole: str) -> list[str]:
        """The noise floor, told from the whole cube."""
        return preparation(self, whole)

    def code(self, cube: str, whole: str) -> list[str]:
        """The change, when it was largest, what is above the noise, and its regions."""
        return code(self, cube, whole)

    @property
    def ramp(self) -> NDArray[np.uint8]:
        """The colors (n, 3) of change, from a little to a different place."""
        ramps = colormaps.CHANGE, colormaps.CHANGE[::-1]
        return colormaps.ramp(self.explorer.ramp, *ramps, dark_page=self.explorer.dark)

    @property
    def top(self) -> float:
        """The change that gets the last color: what one pixel in a thousand exceeds, in tenths."""
        return self._top(self._change_layer(), self.cut)

    def year_colors(self) -> dict[int, NDArray[np.uint8]]:
        """The color (3,) of every year in which something can have changed."""
        return years_on(self.ramp, self.steps)

    def _change_layer(self) -> Layer:
        first, second = self.span
        layer = Layer(("change", first, second), partial(_change, first=first, second=second), fill=np.nan)
        return replace(layer, paint=partial(self._paint, layer, floor=self._floor(), ramp=self.ramp))

    def _year_layer(self) -> Layer:
        years = [self.span[0], *self.steps]
        paint = partial(paint_years, colors=self.year_colors())
        return Layer(("change year", *years), partial(_year, years=years), paint, fill=np.nan)

    def _paint(
        self, layer: Layer, values: NDArray[np.float32], *, floor: Callable[[], float], ramp: NDArray[np.uint8]
    ) -> Painted:
        cut = floor()
        return paint_change(values, cut=cut, top=self._top(layer, cut), ramp=ramp)

    def _top(self, layer: Layer, cut: float) -> float:
        largest = self.explorer.told(layer, "top", _exceeded_by_few)
        return max(float(np.ceil(10 * largest)) / 10, cut + 0.1)

    def _floor(self) -> Callable[[], float]:
        """What gives the change that counts by these settings, also when others are asked for by then."""
        if self.threshold is not None:
            return partial(float, self.threshold)
        tell = self._noise_of(self.span, self.percentile, self.stable)
        return lambda: round(tell().floor, 3)

    def _noise_of(
        self, span: tuple[int, int], percentile: float, stable: Mapping[str, Any] | None
    ) -> "Callable[[], NoiseFloor]":
        ask = partial(self.explorer.shared.whole.emb.noise_floor, *span, percentile=percentile, stable=stable)
        return lambda: self._known.of(("noise", span, percentile, repr(stable)), ask)

    def _gray(self) -> str:
        if self.when is not None:
            return f"gray: not most in {self.when}, or too little"
        return "gray: within the usual noise" if self.threshold is None else f"gray: less than {self.cut:.3f}"

    def _in_year(self) -> xr.DataArray:
        """The change of what changed most in the year asked for."""
        return self.change if self.when is None else self.change.where(self.year == self.when)

    def counts(self) -> dict[str, int]:
        """Which regions are listed, as keywords of `change_regions`."""
        return {"min_pixels": self.min_pixels, "k": max(self.regions, 1)}


def _exceeded_by_few(change: xr.DataArray) -> float:
    """The change that one pixel in a thousand exceeds; 0 where there is none yet."""
    found = change.values[np.isfinite(change.values)]
    return float(np.percentile(found, 99.9)) if found.size else 0.0


def _change(cube: xr.Dataset, *, first: int, second: int) -> xr.DataArray:
    return cube.emb.change(first, second)


def _year(cube: xr.Dataset, *, years: list[int]) -> xr.DataArray:
    """The year of the largest change among consecutive pairs of some years."""
    return cube.sel({schema.TIME: years}).emb.largest_change().year
