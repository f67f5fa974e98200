"""Lines: one pixel over the years, and its vector beside that of the search."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.ui.view.charts.backend import holoviews


def over_years(
    years: Sequence[int],
    values: NDArray[np.floating],
    *,
    now: int | None,
    color: str,
    noise: tuple[float, float] | None = None,
    noise_color: str = "#e9eef1",
    ground: str = "#ffffff",
    limits: tuple[float, float] | None = None,
) -> Any:
    """Values `(n,)` of one pixel by year; the year `now` is a ring, `noise` a band of usual values."""
    hv = holoviews()
    low, high = limits or _limits(values)
    band = hv.Area(([years[0], years[-1]], [noise[0]] * 2, [noise[1]] * 2), vdims=["low", "high"]) if noise else None
    curve = hv.Curve((years, values), "year", "value").opts(color=color, line_width=2.5)
    dots = hv.Points((years, values), ["year", "value"]).opts(color=color, size=8)
    here = [(y, v) for y, v in zip(years, values, strict=True) if y == now and np.isfinite(v)]
    ring = hv.Points(here, ["year", "value"], label="now").opts(color=ground, line_color=color, line_width=2.5, size=11)
    parts = [band.opts(color=noise_color, line_width=0)] if band is not None else []
    ticks = [(year, f"’{year % 100:02d}") for year in years[:: -(-len(years) // 6)]]
    drawn = hv.Overlay([*parts, curve, dots, ring])
    pad = 0.4
    return drawn.opts(
        xlabel="",
        ylabel="",
        xticks=ticks,
        yticks=4,
        ylim=(low, high),
        xlim=(years[0] - pad, years[-1] + pad),
        gridstyle={"xgrid_line_color": None},
        show_grid=True,
        show_legend=False,
    )


def vector(values: NDArray[np.floating], *, beside: NDArray[np.floating] | None, bar: str, line: str) -> Any:
    """A vector `(d,)` as bars, and another one as a stepped line over them."""
    hv = holoviews()
    x = np.arange(len(values))
    most = float(np.nanmax(np.abs(np.concatenate([values, *([] if beside is None else [beside])])))) or 1.0
    bars = hv.Rectangles((x - 0.5, np.minimum(values, 0), x + 0.5, np.maximum(values, 0))).opts(color=bar, line_width=0)
    parts = [bars]
    if beside is not None:
        parts.append(
            hv.Curve((x, beside), "dimension", "value").opts(color=line, line_width=1.6, interpolation="steps-mid")
        )
    last = len(values) - 1
    return hv.Overlay(parts).opts(
        yaxis=None,
        xlabel="",
        xticks=[(0, "0"), (last, f"dimension {last}")],
        ylim=(-1.08 * most, 1.08 * most),
        xlim=(-0.5, last + 0.5),
        show_grid=False,
    )


def _limits(values: NDArray[np.floating]) -> tuple[float, float]:
    """Limits of an axis of similarities: up to 1 and room for its dot, down to a tenth below the lowest.

    The room is too small for a tick of its own: no cosine is 1.05.
    """
    low = float(np.nanmin(values)) if np.isfinite(values).any() else 0.0
    bottom = float(np.floor(10 * (low - 0.1)) / 10)
    return bottom, 1 + min(0.08 * (1 - bottom), 0.049)
