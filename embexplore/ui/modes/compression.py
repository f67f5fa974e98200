"""Compression: what fewer bytes a pixel would do to this search, or to the change map."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import param
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.sizes import COUNTRIES, PRICE
from embexplore.core.codecs import make_codec
from embexplore.core.shade import shade
from embexplore.cube import schema
from embexplore.cube.pieces import dimension_of
from embexplore.errors import InvalidInput
from embexplore.ui import colormaps
from embexplore.ui.code import call, in_python
from embexplore.ui.ground import fit_code
from embexplore.ui.modes.base import Layer, Legend, Mode, Painted, Swatch
from embexplore.ui.modes.change_colors import paint_change
from embexplore.ui.modes.compression_codecs import BITS, capitalized, codec_name, in_words, settings_of, share_of
from embexplore.ui.modes.compression_lab import RECHECKED, Lab
from embexplore.ui.words import percent

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from embexplore.ui.explorer import Explorer

PICTURES = ("swipe", "difference", "left", "right")
WITHIN = 99.0
"""Percent of the differences that the colors of the difference span: a few pixels do not pale all others."""
TABLES = 8
"""Tables of best places that one Explorer remembers."""


class Compression(Mode):
    """Compare one code with another, on this search or this change."""

    title = "Compression"
    verb = "Encoding and searching"
    result = "shown"

    left = param.String(default="int8", doc="A codec's registry name, or a chain such as `pca32+int4`.")
    bits = param.Selector(default=1, objects=list(BITS), doc="Bits a number on the right; 1 is the sign.")
    dims = param.Integer(default=None, bounds=(1, None), doc="Principal components kept on the right; None: all.")
    rotate = param.Boolean(default=False, doc="Whether dimensions are mixed before they are rounded.")
    spread = param.Boolean(default=False, doc="Whether components that vary more get more of the bits.")
    recheck = param.Selector(default=0, objects=[0, *RECHECKED], doc="How many of the best are ranked again.")
    question = param.Selector(default="search", objects=["search", "change"])
    picture = param.Selector(default="swipe", objects=list(PICTURES))
    matches = param.Integer(default=20, bounds=(1, 200), doc="Best places that are followed.")
    spacing = param.Number(default=150.0, bounds=(0, None), doc="Meters between them.")
    queries = param.Integer(default=200, bounds=(10, 2000), doc="Pixels that the measured recall searches for.")
    country = param.Selector(default="Germany", objects=list(COUNTRIES))
    price = param.Number(default=PRICE, bounds=(0, None), doc="Dollars a gigabyte and month.")

    def __init__(self, explorer: "Explorer") -> None:
        super().__init__(explorer)
        self._tables: OrderedDict[Hashable, GeoDataFrame] = OrderedDict()

    def click(self, lon: float, lat: float) -> None:
        """A plain click searches from there, on both sides."""
        self.explorer.similar.search(lon, lat)

    def choose(self, name: str) -> None:
        """Set the right side to a codec; InvalidInput for one that the sliders cannot make."""
        settings = settings_of(name)
        if settings is None:
            raise InvalidInput(f"{name!r} is none that the sliders can make: choose bits, PCA and rotation.")
        self.param.update(**settings)

    def check(self) -> None:
        """The left side is the cube's own code, or one that can be made."""
        if self.left != self.lab.own:
            make_codec(self.left)

    @property
    def lab(self) -> Lab:
        """Fitted codecs and measured rows, shared by all sessions of the cube."""
        return Lab.of(self.explorer)

    @property
    def dimensions(self) -> int:
        """How many numbers a vector of the cube has."""
        return dimension_of(self.explorer.cube)

    @property
    def right(self) -> str:
        """The registry name of the right side's codec."""
        kept = None if self.dims is None or self.dims >= self.dimensions else self.dims
        return codec_name(self.bits, kept, rotate=self.rotate, spread=self.spread)

    @property
    def is_asked(self) -> bool:
        """Whether there is something to compare: an example, or two years."""
        if self.question == "search":
            return bool(self.explorer.similar.examples)
        return len(self.explorer.cube.emb.years) > 1

    @property
    def cut(self) -> float:
        """What counts on both maps: the threshold of the search, or the noise floor of change."""
        return self.explorer.similar.cut if self.question == "search" else self.explorer.change.cut

    def sides(self) -> tuple[xr.DataArray, xr.DataArray]:
        """Both maps (y, x), in memory."""
        left, right = (self._layer(name, "both") for name in (self.left, self.right))
        return self.explorer.values(left), self.explorer.values(right)

    @property
    def limit(self) -> float:
        """The difference that gets the last color."""
        left, right = self.sides()
        return max(float(np.nanpercentile(np.abs(right.values - left.values), WITHIN)), 1e-3)

    @property
    def changed_sides(self) -> float:
        """The share of the pixels with data that are kept on one side only."""
        left, right = (values.values for values in self.sides())
        known = np.isfinite(left) & np.isfinite(right)
        cut = np.float32(self.cut)
        return float(((left > cut) != (right > cut))[known].mean()) if known.any() else 0.0

    @property
    def hits(self) -> "GeoDataFrame":
        """The best places of the left side, and whether the right side finds them: column `found`."""
        ask = self.explorer.key_of(self._layer(self.left, "both")), self.right, self.recheck, self.matches, self.spacing
        if ask not in self._tables:
            left, right = self.sides()
            part = self.explorer.part
            best = part.emb.top(left, k=self.matches, min_distance=self.spacing)
            again = {"recheck": max(self.recheck, len(best)), "exact": self._exact()} if self.recheck else {}
            self._tables[ask] = part.emb.kept(best, right, min_distance=self.spacing, **again)
            while len(self._tables) > TABLES:
                self._tables.popitem(last=False)
        return self._tables[ask]

    def row(self, name: str, recheck: int = 0) -> dict[str, Any] | None:
        """What a codec costs, if it was measured already: a row of `cube.emb.tradeoff`."""
        if name == self.lab.own:
            return self._own_row()
        rows = self.lab.known(name, self.explorer, self.queries)
        return None if rows is None else rows[(0, *RECHECKED).index(recheck)]

    def measure(self, name: str) -> None:
        """Measure a codec on pixels that it is not fitted on; some tenths of a second, once."""
        if name != self.lab.own:
            self.lab.rows(name, self.explorer, self.queries)

    def layers(self) -> Sequence[Layer]:
        """Both sides, and last what is drawn: the left, the right, or what lies between them."""
        if not self.is_asked:
            return ()
        left, right = self._layer(self.left, "left"), self._layer(self.right, "right")
        if self.picture == "swipe":
            return left, right
        if self.picture == "difference":
            key = ("difference", left.key, right.key)
            return left, right, Layer(key, self._difference, self._paint_difference, fill=np.nan)
        if self.picture == "left":
            return right, self._layer(self.left, "both")
        return left, self._layer(self.right, "both")

    def legend(self) -> Legend | None:
        """The same colors on both sides, or where the right says more and less."""
        if not self.is_asked:
            return None
        marks = (
            Swatch("emx-key-hit", "best place, found by both"),
            Swatch("emx-key-lost", "best place lost on the right"),
        )
        marks = marks if self.question == "search" else ()
        if self.picture == "difference":
            more = "alike" if self.question == "search" else "changed"
            ends = f"−{self.limit:.2f} less {more}", f"+{self.limit:.2f} more {more}"
            return Legend(
                f"{capitalized(in_words(self.right))} beside {in_words(self.left)}", _diverging(), *ends, marks
            )
        if self.question == "search":
            title = f"How alike, {self.explorer.year}"
            return Legend(title, self.explorer.similar.ramp, f"{self.cut:.2f} alike", "1.00 the same", marks)
        change = self.explorer.change
        first, second = change.span
        ends = f"{self.cut:.2f} a little", f"{change.top:.2f} a different place"
        gray = Swatch("emx-ground", "gray: within the usual noise")
        return Legend(f"How much changed, {first} → {second}", change.ramp, *ends, (gray,))

    def finding(self) -> str:
        """How many of the best places the right side keeps, or how many pixels of change flip."""
        if not self.is_asked:
            return ""
        d = self.dimensions
        bytes_ = share_of(self.lab.bytes_of(self.right, d), self.lab.bytes_of(self.left, d))
        name = capitalized(in_words(self.right))
        if self.question == "change":
            return (
                f"{name} puts {percent(self.changed_sides, 1)} of the pixels on the other side of the noise, {bytes_}."
            )
        hits = self.hits
        again = f" with {self.recheck} re-checked" if self.recheck else ""
        return f"{name} keeps {int(hits.found.sum())} of the {len(hits)} best places{again} {bytes_}."

    def preparation(self, whole: str) -> list[str]:
        """What is searched for, and both codes, fitted on the whole cube."""
        first = self.explorer.similar if self.question == "search" else self.explorer.change
        codes = [
            f"{side} = {whole}"
            if name == self.lab.own
            else f"{side} = {call(f'{whole}.emb.encode', in_python(name), random_state=0)}"
            for side, name in (("left", self.left), ("right", self.right))
        ]
        return [*(first.preparation(whole) if self.is_asked else []), *codes]

    def code(self, cube: str, whole: str) -> list[str]:
        """Both maps, the best places, and the table of what codecs cost."""
        if not self.is_asked:
            return [f"shown = {call(f'{cube}.emb.pca_rgb', fit_code(self.explorer, whole), year=self.explorer.year)}"]
        clip = "" if cube == whole else ".emb.clip(area)"
        maps = [f"{side}_map = {side}{clip}.emb.{self._asking()}.compute()" for side in ("left", "right")]
        names = [name for name in dict.fromkeys([self.left, self.right]) if name != self.lab.own]
        table = call(
            f"{cube}.emb.tradeoff", in_python(names), year=self.explorer.year, queries=self.queries, random_state=0
        )
        shown = {"left": "left_map", "difference": "right_map - left_map"}.get(self.picture, "right_map")
        return [*maps, *self._code_of_places(cube), *([f"table = {table}"] if names else []), f"shown = {shown}"]

    def _asking(self) -> str:
        similar = self.explorer.similar
        if self.question == "change":
            return f"change{self.explorer.change.span}"
        unlike = ["negatives=unlike"] if similar.negatives else []
        return call("search", "like", *unlike, combine=similar.combine, year=self.explorer.year)

    def _code_of_places(self, cube: str) -> list[str]:
        if self.question == "change":
            return []
        best = call(f"{cube}.emb.top", "left_map", k=self.matches, min_distance=self.spacing)
        if not self.recheck:
            return [
                f"hits = {best}",
                f"kept = {call(f'{cube}.emb.kept', 'hits', 'right_map', min_distance=self.spacing)}",
            ]
        exact = [] if self.left == self.lab.own else [f"exact = {cube}.emb.{self._asking()}.compute()"]
        name = "exact" if exact else "left_map"
        options = {"min_distance": self.spacing, "recheck": self.recheck}
        return [
            *exact,
            f"hits = {best}",
            f"kept = {call(f'{cube}.emb.kept', 'hits', 'right_map', f'exact={name}', **options)}",
        ]

    def _layer(self, name: str, side: Any) -> Layer:
        """One side's map: the question, asked of the cube in that code."""
        explorer, lab = self.explorer, self.lab
        if self.question == "change":
            first, second = explorer.change.span
            compute = partial(_change_in, lab=lab, name=name, first=first, second=second)
            return Layer(("coded change", name, first, second), compute, self._paint_change, side, np.nan)
        (exact,) = explorer.similar.layers()
        compute = partial(_search_in, lab=lab, name=name, year=explorer.year, search=exact.compute)
        return Layer(("coded", name, exact.key), compute, self._paint, side, np.nan)

    def _exact(self) -> xr.DataArray:
        return self.explorer.values(self.explorer.similar.layers()[-1])

    def _difference(self, _: xr.Dataset) -> xr.DataArray:
        left, right = self.sides()
        return right - left

    def _paint(self, values: NDArray[np.float32]) -> Painted:
        cut = np.float32(self.cut)
        index = shade(values, float(cut), max(1.0, float(cut) + 1e-6))
        index[~(values >= cut)] = 0
        return Painted(index, colormaps.palette(self.explorer.similar.ramp))

    def _paint_change(self, values: NDArray[np.float32]) -> Painted:
        change = self.explorer.change
        return paint_change(values, cut=self.cut, top=change.top, ramp=change.ramp)

    def _paint_difference(self, values: NDArray[np.float32]) -> Painted:
        return Painted(shade(values, -self.limit, self.limit), colormaps.palette(_diverging()))

    def _own_row(self) -> dict[str, Any]:
        """The row of the cube as it is stored: the truth that the others are measured against."""
        size = self.lab.bytes_of(self.lab.own, self.dimensions)
        whole = {f"recall_at_10{end}": 1.0 for end in ("", "_low", "_high")}
        exact = {"score_error": 0.0, "change_flipped": 0.0, "search_speed": float("nan")}
        return {"codec": self.lab.own, "bytes_per_pixel": size, "bytes_scanned_per_pixel": size, **whole, **exact}


def _coded(cube: xr.Dataset, lab: Lab, name: str, years: list[int]) -> xr.Dataset:
    """Some years of a cube in another code."""
    codec = lab.codec(name)
    return cube if codec is None else cube.sel({schema.TIME: years}).emb.encode(codec)


def _search_in(cube: xr.Dataset, *, lab: Lab, name: str, year: int, search: Any) -> xr.DataArray:
    return search(_coded(cube, lab, name, [year]))


def _change_in(cube: xr.Dataset, *, lab: Lab, name: str, first: int, second: int) -> xr.DataArray:
    return _coded(cube, lab, name, [first, second]).emb.change(first, second)


def _diverging() -> NDArray[np.uint8]:
    """`CET_CBTD1` of colorcet: blue over white to orange, told apart by everybody."""
    import colorcet

    return np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colorcet.palette["CET_CBTD1"]], np.uint8)
