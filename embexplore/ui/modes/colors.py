"""Colors: the embedding's main directions as red, green and blue."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import param
import xarray as xr
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.cube.pieces import dimension_of
from embexplore.errors import InvalidInput
from embexplore.ui.code import call, in_python
from embexplore.ui.ground import in_color
from embexplore.ui.modes.base import Layer, Legend, Mode
from embexplore.ui.once import Once
from embexplore.ui.words import percent

if TYPE_CHECKING:
    from embexplore.core.pca import PCA

DIRECTIONS = 10
"""Components that are fitted: what a reader may choose from."""

DOTS = 1500
"""Pixels in the scatter, on an even grid."""

KEPT = 8
"""Fits on areas and single years that one Explorer remembers."""


class Colors(Mode):
    """Color a year by its main directions, fitted on the cube or a part of it."""

    title = "Colors"
    result = "rgb"
    verb = "Coloring"

    channels = param.NumericTuple((1, 2, 3), length=3, doc="Directions, from 1, that are red, green and blue.")
    fit_area = param.Dict(default=None, doc="A GeoJSON area that the directions are fitted on; None: the whole cube.")
    fit_name = param.String("the cube", doc="What that area is called.")
    all_years = param.Boolean(default=True, doc="Whether all years are fitted together, so that they share colors.")
    stretch = param.NumericTuple((2, 98), length=2, doc="Percentiles that become the darkest and the brightest.")

    def __init__(self, explorer: Any) -> None:
        super().__init__(explorer)
        self._fits = Once(KEPT)
        usual = tuple(place + 1 for place in explorer.shared.directions)
        self.param.channels.default = usual  # fewer bands, fewer directions
        self.channels = usual

    @property
    def directions(self) -> int:
        """How many directions there are to choose from."""
        return min(DIRECTIONS, dimension_of(self.explorer.cube))

    def choose(self, *channels: int) -> None:
        """Three directions, from 1, as red, green and blue; InvalidInput for one that there is not."""
        if len(channels) != 3 or not all(1 <= channel <= self.directions for channel in channels):
            raise InvalidInput(f"channels={channels}: expected three directions from 1 to {self.directions}.")
        self.channels = tuple(int(channel) for channel in channels)

    def fit_on(self, area: Mapping[str, Any] | None, name: str = "the cube") -> None:
        """Learn the directions on an area, called `name`; None: on the whole cube. OutOfBounds where it holds none."""
        if area is not None:
            self.explorer.shared.whole.emb.clip(dict(area))
        self.param.update(fit_area=None if area is None else dict(area), fit_name=name)

    def restore(self, state: Mapping[str, Any]) -> None:
        """As every mode; InvalidInput for directions that this cube has not."""
        super().restore(state)
        self.choose(*self.channels)

    def check(self) -> None:
        """The stretch is one, and the area to learn from lies on the cube."""
        low, high = self.stretch
        if not 0 <= low < high <= 100:
            raise InvalidInput(f"stretch {low} to {high}: expected percentiles 0 to 100, the lower one first.")
        self.fit_on(self.fit_area, self.fit_name)

    @property
    def fitted(self) -> "PCA":
        """All directions, with the stretch of 2 to 98 percent."""
        shared = self.explorer.shared
        year = None if self.all_years else self.explorer.year
        if self.fit_area is None:
            return shared.pca(self.directions, year)
        key = repr(self.fit_area), year
        return self._fits.of(key, lambda: self._fit(year))

    def _fit(self, year: int | None) -> "PCA":
        part = self.explorer.shared.whole.emb.clip(self.fit_area)
        return part.emb.fit_pca(self.directions, years=year and [year], random_state=0)

    @property
    def pca(self) -> "PCA":
        """The three directions that are the colors, with their stretch."""
        return self.fitted.pick([channel - 1 for channel in self.channels]).stretched(*self.stretch)

    @property
    def shares(self) -> NDArray[np.float64]:
        """The share of the variance in every direction, in [0, 1]."""
        return self.fitted.explained_variance_ratio_

    def layers(self) -> Sequence[Layer]:
        """The three directions as red, green and blue."""
        year = self.explorer.year
        fit = repr(self.fit_area), None if self.all_years else year
        key = ("colors", fit, tuple(self.channels), tuple(self.stretch), year)
        return (Layer(key, partial(_rgb, pca=self.pca, year=year), in_color),)

    def legend(self) -> Legend:
        """Which direction is which color, and what alike colors mean."""
        names = ", ".join(f"{color} {channel}" for color, channel in zip(COLORS, self.channels, strict=True))
        return Legend(f"Main directions, {self.explorer.year}", note=f"{names}: alike colors, alike places")

    def finding(self) -> str:
        """How much of the variance the three colors show."""
        shown = percent(float(self.shares[[channel - 1 for channel in set(self.channels)]].sum()))
        years = "all years" if self.all_years else f"{self.explorer.year}"
        total = dimension_of(self.explorer.cube)
        count = len(set(self.channels))
        return f"{count} of {total} directions show {shown} of what differs in {self.fit_name}, in {years}."

    def code(self, cube: str, whole: str) -> list[str]:
        """The fit and the colors."""
        keywords: dict[str, Any] = {} if self.all_years else {"years": [self.explorer.year]}
        fitted, lines = whole, []
        if self.fit_area is not None:
            fitted, lines = "fitted", [f"fitted = {whole}.emb.clip({in_python(self.fit_area)})"]
        fit = call(f"{fitted}.emb.fit_pca", str(self.directions), **keywords, random_state=0)
        picked = [channel - 1 for channel in self.channels]
        low, high = self.stretch
        return [
            *lines,
            f"pca = {fit}.pick({picked}).stretched({low}, {high})",
            f"rgb = {cube}.emb.pca_rgb(pca, year={self.explorer.year}).compute()",
        ]

    def loadings(self) -> NDArray[np.float64]:
        """How much every dimension counts in the directions of red, green and blue, `(3, d)`."""
        return self.pca.components_

    def dots(self) -> tuple[xr.DataArray, NDArray[np.uint8]]:
        """The three directions of an even grid of pixels in the area, `(y, x, component)`, and their colors."""
        part = self.explorer.part
        step = max(1, int(np.ceil(np.sqrt(part.sizes[schema.Y] * part.sizes[schema.X] / DOTS))))
        thin = {schema.Y: slice(step // 2, None, step), schema.X: slice(step // 2, None, step)}
        found = part.isel(thin).emb.components(self.pca, year=self.explorer.year).compute()
        return found, self.explorer.values().values[thin[schema.Y], thin[schema.X]]


COLORS = ("red", "green", "blue")


def _rgb(cube: xr.Dataset, *, pca: "PCA", year: int) -> xr.DataArray:
    return cube.emb.pca_rgb(pca, year=year)
