"""Compression: what fewer bytes a pixel would do to this search, or to the change map."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import param
import xarray as xr

from embexplore.analysis.sizes import COUNTRIES, PRICE
from embexplore.cube.pieces import dimension_of
from embexplore.ui.labbook import RECHECKED, LabBook
from embexplore.ui.modes.base import Layer, Legend, Mode, Side, Swatch
from embexplore.ui.modes.compression_code import code, preparation
from embexplore.ui.modes.compression_codecs import (
    BITS,
    PRESETS,
    WHOLE,
    capitalized,
    codec_name,
    in_words,
    settings_of,
    share_of,
)
from embexplore.ui.modes.compression_layers import coded_layer, difference_layer, diverging, most
from embexplore.ui.report import Report
from embexplore.ui.words import percent

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

PICTURES = ("swipe", "difference", "left", "right")


class Compression(Mode):
    """Compare one code with another, on this search or this change."""

    title = "Compression"
    verb = "Encoding and searching"
    result = "shown"

    left = param.String(default="int8", doc="A codec's registry name, or a chain such as `pca32+int4`.")
    codec = param.String(default="", doc="A whole codec on the right, such as `pq8`; empty: what bits, dims … say.")
    bits = param.Selector(default=1, objects=list(BITS), doc="Bits a number on the right; 1 is the sign.")
    dims = param.Integer(default=None, bounds=(1, None), doc="Principal components kept on the right; None: all.")
    rotate = param.Boolean(default=False, doc="Whether dimensions are mixed before they are rounded.")
    spread = param.Boolean(default=False, doc="Whether bits go where near neighbors differ.")
    recheck = param.Selector(default=0, objects=[0, *RECHECKED], doc="How many of the best are ranked again.")
    question = param.Selector(default="search", objects=["search", "change"])
    picture = param.Selector(default="swipe", objects=list(PICTURES))
    matches = param.Integer(default=20, bounds=(1, 200), doc="Best places that are followed.")
    spacing = param.Number(default=150.0, bounds=(0, None), doc="Meters between them.")
    queries = param.Integer(default=200, bounds=(10, 2000), doc="Pixels that the measured recall searches for.")
    country = param.Selector(default="Germany", objects=list(COUNTRIES))
    price = param.Number(default=PRICE, bounds=(0, None), doc="Dollars a gigabyte and month.")

    def click(self, lon: float, lat: float) -> None:
        """A plain click searches from there, on both sides."""
        self.explorer.similar.search(lon, lat)

    def choose(self, name: str) -> None:
        """Set the right side to a codec, by the sliders where they can make it; InvalidInput for one that is none."""
        settings = settings_of(name)
        if settings is not None:
            self.slide(**settings)
        else:
            self._check_codec(name)
            self.codec = name

    def slide(self, **settings: Any) -> None:
        """Set the right side to what the sliders say, some of `bits`, `dims`, `rotate`, `spread` moved."""
        self.param.update(codec="", **settings)

    def check(self) -> None:
        """Both sides are the cube's own code, or one that can be made."""
        for name in (self.left, self.right):
            self._check_codec(name)

    @property
    def is_quick(self) -> bool:
        """Whether both codecs are fitted: that takes from nothing to some seconds."""
        return not self.is_asked or all(self.book.is_fitted(name) for name in (self.left, self.right))

    @property
    def book(self) -> LabBook:
        """Fitted codecs and measured rows, shared by all sessions of the cube."""
        return LabBook.of(self.explorer)

    @property
    def dimensions(self) -> int:
        """How many numbers a vector of the cube has."""
        return dimension_of(self.explorer.cube)

    @property
    def right(self) -> str:
        """The registry name of the right side's codec: `codec`, or what the sliders say."""
        if self.codec:
            return self.codec
        kept = None if self.dims is None or self.dims >= self.dimensions else self.dims
        return codec_name(self.bits, kept, rotate=self.rotate, spread=self.spread)

    @property
    def is_asked(self) -> bool:
        """Whether there is something to compare: an example, or two years."""
        if self.question == "search":
            return bool(self.explorer.similar.examples)
        return len(self.explorer.cube.emb.years) > 1

    @property
    def sought(self) -> str:
        """What a hit is called."""
        return "best place" if self.question == "search" else "largest change"

    @property
    def cut(self) -> float:
        """What counts on both maps: the threshold of the search, or the noise floor of change."""
        return self.explorer.similar.cut if self.question == "search" else self.explorer.change.cut

    def sides(self) -> tuple[xr.DataArray, xr.DataArray]:
        """Both maps (y, x), in memory."""
        left, right = self._both()
        return self.explorer.values(left), self.explorer.values(right)

    @property
    def limit(self) -> float:
        """The difference that gets the last color."""
        return self.explorer.told(self._difference(), "limit", most)

    @property
    def changed_sides(self) -> float:
        """The share of the pixels with data that are kept on one side only."""
        left, right = (values.values for values in self.sides())
        known = np.isfinite(left) & np.isfinite(right)
        cut = np.float32(self.cut)
        return float(((left > cut) != (right > cut))[known].mean()) if known.any() else 0.0

    @property
    def hits(self) -> "GeoDataFrame":
        """The most alike or most changed places of the left side, and whether the right finds them: column `found`."""
        left, right = self._both()
        what = ("found", left.key, self.recheck, self.matches, self.spacing)
        return self.explorer.told(right, what, partial(self._found, left))

    def row(self, name: str, recheck: int = 0) -> dict[str, Any] | None:
        """What a codec costs, if it was measured already: a row of `cube.emb.tradeoff`."""
        return self.book.row(name, self.explorer, queries=self.queries, recheck=recheck)

    def measure(self, name: str) -> None:
        """Measure a codec on pixels that it is not fitted on, once; it takes little longer than to fit it."""
        if name != self.book.own:
            self.book.rows(name, self.explorer, self.queries)

    def report(self, progress: Callable[[int, int], object], cancelled: Callable[[], bool]) -> Report:
        """What both codecs and those of the chart cost on the area that is drawn, with the labels that there are.

        `progress(done, total)` counts codecs; Cancelled where `cancelled()` says so.
        """
        app = self.explorer
        others = [name for name in WHOLE if self.row(name) is not None]
        names = list(dict.fromkeys([self.left, self.right, *PRESETS, *others]))
        labels = app.labels.table if app.labels.points else None
        how = {"queries": self.queries, "price": self.price, "title": app.title, "labels": labels}
        return self.book.report(names, app, **how, progress=progress, cancelled=cancelled)

    def layers(self) -> Sequence[Layer]:
        """Both sides, and last what is drawn: the left, the right, or what lies between them."""
        if not self.is_asked:
            return ()
        left, right = self._layer(self.left, "left"), self._layer(self.right, "right")
        if self.picture == "swipe":
            return left, right
        if self.picture == "difference":
            return left, right, self._difference()
        if self.picture == "left":
            return right, self._layer(self.left, "both")
        return left, self._layer(self.right, "both")

    def legend(self) -> Legend | None:
        """The same colors on both sides, or where the right says more and less."""
        if not self.is_asked:
            return None
        marks = (
            Swatch("emx-key-hit", f"{self.sought}, found by both"),
            Swatch("emx-key-lost", f"{self.sought} lost on the right"),
        )
        if self.picture == "difference":
            more = "alike" if self.question == "search" else "changed"
            ends = f"−{self.limit:.2f} less {more}", f"+{self.limit:.2f} more {more}"
            return Legend(
                f"{capitalized(in_words(self.right))} beside {in_words(self.left)}", diverging(), *ends, marks
            )
        if self.question == "search":
            exact = self.explorer.similar.legend()
            return None if exact is None else replace(exact, swatches=marks)
        change = self.explorer.change
        first, second = change.span
        ends = f"{self.cut:.2f} a little", f"{change.top:.2f} a different place"
        gray = Swatch("emx-ground", "gray: within the usual noise")
        return Legend(f"How much changed, {first} → {second}", change.ramp, *ends, (*marks, gray))

    def finding(self) -> str:
        """How many of the best places or largest changes the right side keeps, and how many pixels of change flip."""
        if not self.is_asked:
            return ""
        d = self.dimensions
        bytes_ = share_of(self.book.bytes_of(self.right, d), self.book.bytes_of(self.left, d))
        name = capitalized(in_words(self.right))
        hits = self.hits
        again = f" with {self.recheck} re-checked" if self.recheck else ""
        keeps = f"{name} keeps {int(hits.found.sum())} of the {len(hits)} {self.sought}s{again}"
        if self.question == "search":
            return f"{keeps} {bytes_}."
        return f"{keeps}, and {percent(self.changed_sides, 1)} of the pixels cross the noise, {bytes_}."

    def preparation(self, whole: str) -> list[str]:
        """What is searched for, and both codes, fitted on the whole cube."""
        return preparation(self, whole)

    def code(self, cube: str, whole: str) -> list[str]:
        """Both maps, the best places, and the table of what codecs cost."""
        return code(self, cube, whole)

    def _check_codec(self, name: str) -> None:
        """Its size asks every step of a chain; InvalidInput where there is no such one."""
        self.book.bytes_of(name, self.dimensions)

    def _exact(self) -> Layer:
        """The question, asked of the cube itself."""
        if self.question == "search":
            return self.explorer.similar.layers()[-1]
        change = self.explorer.change
        return next(layer for layer in change.layers() if layer.key == ("change", *change.span))

    def _layer(self, name: str, side: Side) -> Layer:
        """The same, asked of the cube in a code."""
        years = (self.explorer.year,) if self.question == "search" else self.explorer.change.span
        return coded_layer(self._exact(), self.book, name, years, side)

    def _both(self) -> tuple[Layer, Layer]:
        return self._layer(self.left, "both"), self._layer(self.right, "both")

    def _difference(self) -> Layer:
        return difference_layer(self.explorer, *self._both())

    def _found(self, left: Layer, right: xr.DataArray) -> "GeoDataFrame":
        part, apart = self.explorer.part, {"min_distance": self.spacing}
        best = part.emb.top(self.explorer.values(left), k=self.matches, **apart)
        if not self.recheck:
            return part.emb.kept(best, right, **apart)
        exact = self.explorer.values(self._exact())
        return part.emb.kept(best, right, recheck=max(self.recheck, len(best)), exact=exact, **apart)
