"""What lies under every answer: the first components as gray, or in colors while nothing was asked."""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.ui import colormaps
from embexplore.ui.modes.base import Layer, Painted

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer
    from embexplore.ui.shared import Shared


def colors_layer(explorer: "Explorer", year: int | None = None) -> Layer:
    """The embedding's colors in a year, by default that on the map: components fitted on the whole cube."""
    year = explorer.year if year is None else year
    return Layer(("rgb", year), partial(_rgb, shared=explorer.shared, year=year), in_color)


def ground_layer(explorer: "Explorer", year: int | None = None) -> Layer:
    """The same as a quiet gray: rivers and roads read without a basemap. One scan serves both."""
    colors = colors_layer(explorer, year)
    grays = colormaps.GROUND_DARK if explorer.dark else colormaps.GROUND
    return Layer(colors.key, colors.compute, partial(_in_gray, grays=grays))


def colors_code(explorer: "Explorer", cube: str, whole: str) -> list[str]:
    """Lines of code that compute `rgb`, the colors that the map shows until something is asked."""
    return [
        f"pca = {fit_code(explorer, whole)}",
        f"rgb = {cube}.emb.pca_rgb(pca, year={explorer.year}).compute()",
    ]


def fit_code(explorer: "Explorer", whole: str) -> str:
    """The fit of these colors as code."""
    order = explorer.shared.directions
    picked = f".pick({order})" if order != [0, 1, 2] else ""
    return f"{whole}.emb.fit_pca({order[-1] + 1}, random_state=0){picked}"


def _rgb(cube: xr.Dataset, *, shared: "Shared", year: int) -> xr.DataArray:
    """Fitting takes long on a large cube: it belongs to what is computed, not to what is asked for."""
    return cube.emb.pca_rgb(shared.colors(), year=year)


def in_color(values: NDArray[Any]) -> Painted:
    """Colors (h, w, rgb) as they are, clear where there is no data."""
    return Painted(np.dstack([values, _has_data(values)]))


def _in_gray(values: NDArray[Any], *, grays: tuple[int, int]) -> Painted:
    shares = (values @ np.array([0.5, 0.3, 0.2], np.float32)).astype(np.uint8)  # the first component says most
    index = np.where(_has_data(values) > 0, np.maximum(shares, 1), 0)
    ramp = np.repeat(np.linspace(*grays, 255).round().astype(np.uint8)[:, None], 3, axis=1)
    return Painted(index.astype(np.uint8), colormaps.palette(ramp))


def _has_data(values: NDArray[Any]) -> NDArray[np.uint8]:
    return np.where(values.any(axis=-1), 255, 0).astype(np.uint8)
