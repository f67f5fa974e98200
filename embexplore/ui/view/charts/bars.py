"""Bars: a histogram with its threshold, contributions of dimensions, shares of classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.ui.view.charts.backend import holoviews


def histogram(
    counts: NDArray[np.integer],
    edges: NDArray[np.floating],
    *,
    cut: float,
    ramp: NDArray[np.uint8],
    below: str,
    invert: bool = False,
    top: float | None = None,
    ink: str = "#18222a",
) -> Any:
    """Counts `(n,)` between edges `(n + 1,)`: what is kept in the map's colors from `cut` to `top`, the rest gray.

    `invert`: kept is what is at most `cut`, and the ramp runs down to the lowest edge.
    """
    hv = holoviews()
    middles = (edges[1:] + edges[:-1]) / 2
    end = float(edges[0]) if invert else (float(edges[-1]) if top is None else top)
    place = np.clip((middles - cut) / ((end - cut) or 1.0), 0, 1)
    kept = middles <= cut if invert else middles >= cut
    colors = ["#" + bytes(ramp[round(p * (len(ramp) - 1))]).hex() for p in place]
    drawn = [color if k else below for color, k in zip(colors, kept, strict=True)]
    gap = 0.08 * np.diff(edges)
    bars = hv.Rectangles((edges[:-1] + gap, np.zeros(len(counts)), edges[1:] - gap, counts, drawn), vdims="color")
    bars = bars.opts(color="color", line_width=0, xlim=(edges[0], edges[-1]), ylim=(0, max(counts.max(), 1) * 1.05))
    line = hv.VLine(cut, label="cut").opts(color=ink, line_width=2)
    return (bars * line).opts(yaxis=None, xlabel="", show_grid=False, padding=0)


def contributions(names: Sequence[str], parts: NDArray[np.floating], *, color: str) -> Any:
    """The dimensions that add most, largest first: names and parts `(n,)`."""
    hv = holoviews()
    bars = hv.Bars(list(zip(map(str, names), parts, strict=True)), "dimension", "adds")
    return bars.opts(color=color, line_width=0, bar_width=0.88, yaxis=None, xlabel="", show_grid=False)
