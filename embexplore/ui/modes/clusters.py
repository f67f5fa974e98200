"""Clusters: the cube split into groups of alike pixels."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import param
import xarray as xr
from numpy.typing import NDArray

from embexplore.core.clusters import Clusters as Groups
from embexplore.cube.years import resolve_year
from embexplore.errors import InvalidInput
from embexplore.ui import colormaps
from embexplore.ui.code import call
from embexplore.ui.modes.base import Layer, Legend, Mode, Painted, Swatch
from embexplore.ui.modes.labeled import LabeledPoint
from embexplore.ui.words import percent

if TYPE_CHECKING:
    from pandas import DataFrame

TYPICAL = 3
"""Points of a group that Labels begins with."""
MOST = 30
"""Groups at most: more are neither told apart by color nor by number."""


class Clusters(Mode):
    """Split a year into so many groups, fitted on the cube or on the area."""

    title = "Clusters"
    result = "groups"
    verb = "Grouping"

    n = param.Integer(default=8, bounds=(2, MOST), doc="How many groups.")
    fitted_on = param.Selector(default="cube", objects=["cube", "area"], doc="Where the groups are learned.")
    fitted_year = param.Integer(default=None, doc="The year they are learned in; None: the latest.")
    sample = param.Integer(default=20_000, bounds=(1_000, 200_000), doc="Random pixels that they are learned on.")
    seed = param.Integer(default=0, bounds=(0, 2**32 - 1), doc="Of the sample and the start.")
    alone = param.Integer(default=None, bounds=(1, MOST), doc="The only group that is shown; None: all.")

    @property
    def is_quick(self) -> bool:
        """Whether the groups are known: fitting them takes about a second."""
        return self.explorer.shared.knows(self._key)

    @property
    def groups(self) -> Groups:
        """The fitted groups, the largest first."""
        return self._fitting()

    @property
    def map(self) -> xr.DataArray:
        """The number of every pixel's group (y, x), in memory: 1 … n, 0 for no data."""
        return self.explorer.values(self.layers()[-1])

    @property
    def table(self) -> "DataFrame":
        """Pixels, hectares and share of every group."""
        return self.explorer.part.emb.tally(self.map)

    def shares(self) -> NDArray[np.float64]:
        """Share of every group in every year `(years, n)`: the same groups, mapped in each."""
        maps = [self.explorer.values(self._layer(year)) for year in sorted(self.explorer.cube.emb.years)]
        return np.stack([self.explorer.part.emb.tally(each)["share"].to_numpy() for each in maps])

    def check(self) -> None:
        """The year to learn in is one of the cube's, and the group that is alone one of the groups."""
        resolve_year(self.explorer.cube, self.fitted_year)
        if self.alone is not None and self.alone > self.n:
            raise InvalidInput(f"it shows group {self.alone} of {self.n}.")

    def isolate(self, number: int) -> None:
        """Show a group alone; the one that is alone already: all of them."""
        with self.explorer.step():
            self.alone = None if self.alone == number or number > self.n else number

    def number_at(self, lon: float, lat: float) -> int:
        """The group of the pixel at a place; 0 where there is none."""
        return int(self.explorer.value_at(self.map, lon, lat) or 0)

    def to_labels(self) -> None:
        """Go on in Labels: a class for each group, each with the places most like its center, to be checked and named."""
        score = self.explorer.part.emb
        year, points = self.explorer.year, []
        for number, center in enumerate(self.groups.centers_, 1):
            typical = score.top(score.search(center, year=year), k=TYPICAL, min_distance=100)
            places = zip(typical.geometry.x, typical.geometry.y, strict=True)
            points += [LabeledPoint(float(lon), float(lat), year, f"Group {number}") for lon, lat in places]
        labels: Any = self.explorer.modes["labels"]
        names = [f"Group {number}" for number in range(1, self.n + 1)]
        with self.explorer.step():
            labels.param.update(points=points, classes=names, chosen=1, skipped=[])
            self.explorer.mode = "labels"

    def layers(self) -> Sequence[Layer]:
        """The groups in color."""
        return (self._layer(self.explorer.year),)

    def legend(self) -> Legend:
        """The colors from the largest group to the smallest."""
        if self.alone is not None:
            color = "#" + bytes(self.colors[self.alone - 1]).hex()
            lines = (Swatch(color, f"group {self.alone}"), Swatch("emx-ground", "gray: other groups"))
            return Legend(f"One of {self.n} groups, {self.explorer.year}", swatches=lines)
        bands = self.colors.repeat(-(-256 // self.n), axis=0)
        return Legend(f"{self.n} groups, {self.explorer.year}", bands, "1 the largest", f"{self.n} the smallest")

    def finding(self) -> str:
        """The share of the largest group, or of the one that is shown, and which is most distinct."""
        shares, where = self.table["share"], "the area" if self.explorer.area else self.explorer.whole_name
        if self.alone is not None:
            covered, size = self.alone - 1, self.table["hectares"]
            return f"Group {self.alone} covers {percent(shares[covered], 1)} of {where}: {size[covered]:,.1f} ha."
        clear = int(self.groups.distinctness_.argmax()) + 1
        most = int(shares.argmax()) + 1
        told = f"Group {most} covers most of {where}, {percent(shares[most - 1])}; group {clear} stands out most."
        return told if self.n <= len(colormaps.CLASSES) else f"{told} Colors repeat: click a group to see it alone."

    def preparation(self, whole: str) -> list[str]:
        """The groups, where they are fitted on the whole cube."""
        return [self._fit(whole)] if self._is_fitted_on_cube else []

    def code(self, cube: str, whole: str) -> list[str]:
        """The groups, their map and how much each covers."""
        fit = [] if self._is_fitted_on_cube else [self._fit(cube)]
        year = self.explorer.year
        return [
            *fit,
            f"groups = {call(f'{cube}.emb.cluster', 'clusters', year=year)}.compute()",
            f"areas = {cube}.emb.tally(groups)",
        ]

    @property
    def colors(self) -> NDArray[np.uint8]:
        """A color (n, 3) for each group."""
        return colormaps.class_colors(self.n)

    @property
    def _is_fitted_on_cube(self) -> bool:
        return self.fitted_on == "cube" or self.explorer.area is None

    @property
    def _place(self) -> xr.Dataset:
        return self.explorer.shared.whole if self._is_fitted_on_cube else self.explorer.part

    @property
    def _options(self) -> dict[str, int]:
        year = resolve_year(self.explorer.cube, self.fitted_year)
        return {"year": year, "sample_size": self.sample, "random_state": self.seed}

    @property
    def _key(self) -> tuple[object, ...]:
        area = None if self._is_fitted_on_cube else repr(self.explorer.area)
        return ("clusters", self.n, *self._options.values(), area)

    @property
    def _fitting(self) -> Callable[[], Groups]:
        """What gives the groups of these settings, also when others are asked for by then."""
        learn = partial(self._place.emb.fit_clusters, self.n, **self._options)
        return partial(self.explorer.shared.once, self._key, learn)

    def _layer(self, year: int) -> Layer:
        paint = partial(paint_groups, colors=self.colors, alone=self.alone)
        return Layer((*self._key, "in", year), partial(_cluster, self._fitting, year), paint)

    def _fit(self, cube: str) -> str:
        return f"clusters = {call(f'{cube}.emb.fit_clusters', str(self.n), **self._options)}"


def paint_groups(values: NDArray[np.uint8], *, colors: NDArray[np.uint8], alone: int | None) -> Painted:
    """Group n in color n, from 1, of `colors` (n, 3); where one is `alone`, the others are clear."""
    palette = np.zeros((len(colors) + 1, 4), np.uint8)
    palette[1:, :3], palette[1:, 3] = colors, 255
    if alone is not None:
        palette[np.arange(len(palette)) != alone, 3] = 0
    return Painted(values.astype(np.uint8), palette)


def _cluster(fitting: Callable[[], Groups], year: int, cube: xr.Dataset) -> xr.DataArray:
    """Fitting takes long: it belongs to what is computed, not to what is asked for."""
    return cube.emb.cluster(fitting(), year=year)
