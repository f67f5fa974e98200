"""Charts of colors: how much each direction holds, what directions are made of, and pixels between two of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.ui.view.charts.backend import holoviews

LIGHT = ("#c62828", "#1b7f3f", "#1d5fd1")
DARK = ("#ff8a80", "#7fd79b", "#8fb8ff")
"""Red, green and blue that read as lines on a light and a dark page."""


def variance(shares: NDArray[np.floating], channels: Sequence[int], *, drawn: Sequence[str], bar: str) -> Any:
    """A bar for each direction with its share of the variance; those that are channels (from 1) in their color."""
    hv = holoviews()
    colors = [bar] * len(shares)
    for channel, color in reversed(list(zip(channels, drawn, strict=True))):
        colors[channel - 1] = color
    at = np.arange(1, len(shares) + 1)
    bars = hv.Rectangles((at - 0.42, np.zeros(len(at)), at + 0.42, 100 * shares, colors), vdims="color", label="shares")
    bars = bars.opts(color="color", line_width=0)
    ticks = [(int(i), str(i)) for i in at]
    return bars.opts(
        yaxis=None,
        xlabel="",
        xticks=ticks,
        show_grid=False,
        ylim=(0, 108 * float(shares.max())),
        xlim=(0.4, len(at) + 0.6),
    )


def loadings(components: NDArray[np.floating], *, drawn: Sequence[str], line: str) -> Any:
    """How much each of d dimensions counts in three directions `(3, d)`, as stepped lines around zero."""
    hv = holoviews()
    x = np.arange(components.shape[1])
    most = float(np.abs(components).max()) or 1.0
    curves = [
        hv.Curve((x, values), "dimension", "weight", label=name).opts(
            color=color, line_width=1.6, interpolation="steps-mid"
        )
        for name, values, color in zip(("red", "green", "blue"), components, drawn, strict=True)
    ]
    zero = hv.HLine(0, label="zero").opts(color=line, line_width=1)
    last = len(x) - 1
    return hv.Overlay([zero, *curves]).opts(
        yaxis=None,
        xlabel="",
        xticks=[(0, "0"), (last, f"dimension {last}")],
        ylim=(-1.1 * most, 1.1 * most),
        xlim=(-0.5, last + 0.5),
        show_grid=False,
        show_legend=False,
    )


def scatter(
    places: NDArray[np.floating], colors: Sequence[str], *, here: tuple[float, float] | None, ink: str, ground: str
) -> Any:
    """Pixels `(n, 2)` by two directions in their own colors; the pinned one, `here`, is a ring."""
    hv = holoviews()
    dots = hv.Points((*places.T, list(colors)), ["across", "up"], "color", label="pixels")
    dots = dots.opts(color="color", size=5, line_width=0)
    ring = hv.Points([] if here is None else [here], ["across", "up"], label="here")
    ring = ring.opts(color=ground, fill_alpha=0.35, line_color=ink, line_width=2.5, size=13)
    spread = np.ptp(places, axis=0) if len(places) else np.ones(2)
    low, high = (places.min(axis=0), places.max(axis=0)) if len(places) else (np.zeros(2), np.ones(2))
    low, high = low - 0.04 * spread, high + 0.04 * spread
    return (dots * ring).opts(
        xaxis=None, yaxis=None, show_grid=False, xlim=(low[0], high[0]), ylim=(low[1], high[1]), show_legend=False
    )
