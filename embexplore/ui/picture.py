"""The map as one picture on the cube's own grid: the answer over its ground, for a slide or a report."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.ui.ground import colors_layer, ground_layer
from embexplore.ui.modes.base import Painted

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer


def picture(explorer: "Explorer") -> xr.DataArray:
    """What the map shows of the whole area, whatever part is on screen.

    Returns
    -------
    DataArray of dims (y, x, rgb), uint8
        The last layer of the active mode over the gray ground, at the map's opacity; 0, 0, 0 for no data.
    """
    layers = [*explorer.active.layers()] or [colors_layer(explorer)]
    below = explorer.values(ground_layer(explorer))
    colors = _colors(ground_layer(explorer).paint(below.values))
    answer = _colors(layers[-1].paint(explorer.values(layers[-1]).values))
    share = (0.0 if explorer.hidden else explorer.opacity) * answer[..., 3:] / 255
    mixed = np.rint(answer[..., :3] * share + colors[..., :3] * (1 - share)).astype(np.uint8)
    drawn = np.where(colors[..., 3:] > 0, np.maximum(mixed, 1), 0).astype(np.uint8)
    kept = {name: below.coords[name] for name in (schema.Y, schema.X, schema.SPATIAL_REF)}
    return xr.DataArray(drawn, kept, (schema.Y, schema.X, "rgb"), name="picture")


def _colors(painted: Painted) -> NDArray[np.uint8]:
    return painted.pixels if painted.palette is None else painted.palette[painted.pixels]
