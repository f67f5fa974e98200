"""Charts of change: how much there is beside stable ground, when it happened, and one pixel from year to year."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.ui.view.charts.backend import holoviews


def beside_stable(
    shares: NDArray[np.floating],
    stable: NDArray[np.floating],
    edges: NDArray[np.floating],
    *,
    cut: float,
    top: float,
    ramp: NDArray[np.uint8],
    colors: Mapping[str, str],
) -> Any:
    """Shares of all pixels `(n,)` by change, gray up to `cut`, then as on the map; dashed: of stable ground.

    Heights are square roots, so that rare changes show beside what is common.
    """
    hv = holoviews()
    middles = (edges[1:] + edges[:-1]) / 2
    place = np.clip((middles - cut) / max(top - cut, 1e-6), 0, 1)
    drawn = [
        "#" + bytes(ramp[round(p * (len(ramp) - 1))]).hex() if middle > cut else colors["bar"]
        for p, middle in zip(place, middles, strict=True)
    ]
    heights, dashed = np.sqrt(shares), np.sqrt(stable)
    gap = 0.08 * np.diff(edges)
    highest = max(float(heights.max(initial=0)), float(dashed.max(initial=0)), 1e-3)
    bars = hv.Rectangles((edges[:-1] + gap, np.zeros(len(heights)), edges[1:] - gap, heights, drawn), vdims="color")
    bars = bars.opts(color="color", line_width=0, xlim=(edges[0], edges[-1]), ylim=(0, 1.05 * highest))
    usual = hv.Curve((middles, dashed), "change", "share", label="stable")
    usual = usual.opts(color=colors["ink"], line_dash="dashed", line_width=1.8)
    line = hv.VLine(cut, label="cut").opts(color=colors["ink"], line_width=2)
    return (bars * usual * line).opts(yaxis=None, xlabel="", show_grid=False, padding=0, show_legend=False)


def by_year(hectares: Mapping[int, float], *, drawn: Sequence[str], ink: str) -> Any:
    """A bar for each year with its hectares above it, in colors `drawn`; numbers in `ink`."""
    hv = holoviews()
    years, sizes = list(hectares), list(hectares.values())
    most = max([*sizes, 1e-6])
    left = np.arange(len(years)) - 0.44
    boxes = hv.Rectangles((left, np.zeros(len(years)), left + 0.88, sizes, list(drawn)), vdims="color", label="years")
    boxes = boxes.opts(color="color", line_width=0)
    words = [f"{size:.0f}" if size >= 10 or size == 0 else f"{size:.1f}" for size in sizes]
    labels = hv.Labels((np.arange(len(years)), np.array(sizes) + 0.2 * most, words), ["x", "y"], "text")
    labels = labels.opts(text_font_size="13px", text_color=ink)
    ticks = [(i, f"’{year % 100:02d}") for i, year in enumerate(years)]
    return (boxes * labels).opts(
        yaxis=None, xlabel="", xticks=ticks, show_grid=False, ylim=(0, 1.45 * most), xlim=(-0.5, len(years) - 0.5)
    )


def steps(
    years: Sequence[int],
    values: NDArray[np.floating],
    floors: Sequence[float],
    *,
    colors: Mapping[str, str],
) -> Any:
    """The change of one pixel from year to year over what is usual; the largest is a ring with its size."""
    hv = holoviews()
    usual = np.nan_to_num(np.asarray(floors, float))
    band = hv.Area((years, np.zeros(len(years)), usual), "year", ["low", "high"], label="usual")
    curve = hv.Curve((years, values), "year", "change", label="change").opts(color=colors["b"], line_width=2.5)
    dots = hv.Points((years, values), ["year", "change"], label="dots").opts(color=colors["b"], size=8)
    known = np.isfinite(values)
    largest = int(np.where(known, values, -1).argmax())
    at = [(years[largest], float(values[largest]))] if known.any() else []
    ring = hv.Points(at, ["year", "change"], label="largest")
    ring = ring.opts(color=colors["ground"], line_color=colors["b"], line_width=2.5, size=12)
    high = 1.2 * max(float(np.nanmax(values)) if known.any() else 0.0, 1.6 * float(usual.max()))
    ticks = [(year, f"’{year % 100:02d}") for year in years[:: -(-len(years) // 6)]]
    return hv.Overlay([band.opts(color=colors["noise"], line_width=0), curve, dots, ring]).opts(
        xlabel="",
        ylabel="",
        xticks=ticks,
        yticks=3,
        ylim=(0, high),
        xlim=(years[0] - 0.4, years[-1] + 0.4),
        gridstyle={"xgrid_line_color": None},
        show_grid=True,
        show_legend=False,
    )
