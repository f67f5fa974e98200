"""Charts of classes and groups: areas by year, accuracy while labeling; and bars that are plain HTML."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.ui.view.charts.backend import holoviews


def areas_by_year(
    years: Sequence[int], shares: NDArray[np.floating], colors: Sequence[str], *, now: int, ink: str
) -> Any:
    """Shares `(years, n)` stacked to 1, the first at the bottom; a line marks the year `now`."""
    hv = holoviews()
    tops = np.cumsum(shares, axis=1)
    bases = tops - shares
    bands = [
        hv.Area((years, bases[:, i], tops[:, i]), "year", ["low", "high"]).opts(color=color, line_width=0, alpha=1)
        for i, color in enumerate(colors)
    ]
    line = hv.VLine(now, label="now").opts(color=ink, line_width=2)
    ticks = [(year, f"’{year % 100:02d}") for year in years[:: -(-len(years) // 6)]]
    return hv.Overlay([*bands, line]).opts(
        yaxis=None,
        xlabel="",
        xticks=ticks,
        xlim=(years[0] - 0.3, years[-1] + 0.3),
        ylim=(0, 1),
        show_grid=False,
        show_legend=False,
    )


def while_labeling(curve: Mapping[str, Any], *, color: str, quiet: str, band: str) -> Any:
    """Accuracy in percent by number of points: yours as a line, random orders dashed in a band."""
    hv = holoviews()
    points = np.asarray(curve["points"])
    mine, random, low, high = (
        100 * np.asarray(curve[name]) for name in ("accuracy", "random", "random_low", "random_high")
    )
    spread = hv.Area((points, low, high), "points", ["low", "high"]).opts(color=band, line_width=0)
    others = hv.Curve((points, random), "points", "accuracy").opts(color=quiet, line_width=2, line_dash="dashed")
    yours = hv.Curve((points, mine), "points", "accuracy").opts(color=color, line_width=2.5)
    last = hv.Points(([points[-1]], [mine[-1]]), ["points", "accuracy"]).opts(color=color, size=10)
    ticks = [(int(points[0]), str(points[0])), (int(points[-1]), f"{points[-1]} points")]
    return hv.Overlay([spread, others, yours, last]).opts(
        xlabel="",
        ylabel="",
        xticks=ticks,
        yticks=[0, 50, 100],
        ylim=(0, 104),
        xlim=(points[0] - 0.02 * np.ptp(points), points[-1] + 0.18 * np.ptp(points)),
        gridstyle={"xgrid_line_color": None},
        show_grid=True,
        show_legend=False,
    )


def bars_html(names: Sequence[str], values: Sequence[float], colors: Sequence[str], *, weakest: bool = True) -> str:
    """A bar in [0, 1] for each name, with its number; the weakest is bold."""
    least = int(np.argmin(values)) if weakest and len(values) > 1 else -1
    rows = []
    for i, (name, value, color) in enumerate(zip(names, values, colors, strict=True)):
        width, told = 100 * min(max(value, 0), 1), f"{value:.2f}".lstrip("0") if value < 1 else "1.0"
        number = f"<b>{told}</b>" if i == least else told
        rows.append(
            f'<div class="emx-bars-row"><span>{escape(name)}</span>'
            f'<i><u style="width:{width:.0f}%;background:{color}"></u></i><span>{number}</span></div>'
        )
    return f'<div class="emx-bars">{"".join(rows)}</div>'
