"""Little pictures beside the rows of a list: the embedding's colors around each place."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from embexplore.ui.ground import colors_layer
from embexplore.ui.render.png import color_png, data_url

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer

REACH = 5
"""Pixels from the middle to the edge."""


def thumbnails(explorer: "Explorer", css: str, points: Sequence[Any], *, year: int | None = None) -> str:
    """A style sheet that puts a picture of 11 × 11 pixels before the n-th row of the list with class `css`.

    Buttons hold text only; their `::before` can hold a picture.
    """
    colors = explorer.values(colors_layer(explorer, year))
    grid, values = explorer.part.emb.grid, colors.values
    rules = [
        f".emx .{css} > :nth-child({n})::before{{background-image:url({_picture(values, *grid.pixel(point.x, point.y))})}}"
        for n, point in enumerate(points, start=1)
    ]
    return f"<style>{''.join(rules)}</style>"


def before_and_after(
    explorer: "Explorer", css: str, places: Sequence[tuple[float, float]], years: tuple[int, int]
) -> str:
    """The same with two pictures in the `::after` of each row: the place `(lon, lat)` in two years."""
    first, second = (explorer.values(colors_layer(explorer, year)).values for year in years)
    grid = explorer.part.emb.grid
    rules = []
    for n, place in enumerate(places, start=1):
        at = grid.pixel(*place)
        pictures = f"url({_picture(first, *at)}),url({_picture(second, *at)})"
        rules.append(f".emx .{css} > :nth-child({n})::after{{background-image:{pictures}}}")
    return f"<style>{''.join(rules)}</style>"


def _picture(values: np.ndarray[Any, np.dtype[np.uint8]], row: int, column: int) -> str:
    top, left = max(row - REACH, 0), max(column - REACH, 0)
    part = values[top : row + REACH + 1, left : column + REACH + 1]
    return data_url(color_png(np.ascontiguousarray(part)))
