"""The plot of the lab: recall over bytes with intervals; a click selects a codec."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from embexplore.ui.report.published import PUBLISHED
from embexplore.ui.view.charts.backend import holoviews

Row = dict[str, Any]
AXES = ["bytes", "recall"]
WIDE = 1.14
"""Room beside the outermost points, as a factor."""


def pareto(
    rows: Sequence[Row], recall: str, chosen: str, *, d: int, colors: Mapping[str, str]
) -> tuple[Any, list[tuple[Any, list[str]]]]:
    """The whole plot, and the points of it that can be clicked, each with the names of its codecs."""
    hv = holoviews()
    limits = [(size(row), row[f"{recall}_low"], size(row), row[f"{recall}_high"]) for row in rows]
    bars = hv.Segments(limits, [*AXES, "bytes_too", "high"]).opts(color=colors["bar"], line_width=1.5)
    front = hv.Curve(frontier(rows, recall), *AXES).opts(
        color=colors["accent"], alpha=0.4, line_width=2, interpolation="steps-post"
    )
    lifts = hv.Segments(raised(rows, recall), [*AXES, "bytes_too", "high"])
    lifts = lifts.opts(color=colors["b"], line_dash="dotted", line_width=1.5)
    # Two elements: BokehJS mixes up markers that differ within one while a point of it is under the pointer.
    groups = [[row for row in rows if is_again(row) == again] for again in (False, True)]
    marks = [_marks(group, recall, chosen, colors) for group in groups]
    words = hv.Labels(named(rows, recall, chosen), AXES, ["name"]).opts(
        text_font_size="13px", text_color=colors["ink"], text_align="left", text_baseline="bottom"
    )
    sizes = [size(row) for row in rows]
    low = max(0.0, np.floor(10 * min(row[f"{recall}_low"] for row in rows)) / 10 - 0.05)
    powers = [2.0**n for n in range(int(np.floor(np.log2(min(sizes)))), int(np.ceil(np.log2(max(sizes)))) + 1)]
    drawn = (_published(d, colors) * front * lifts * bars * marks[0] * marks[1] * words).opts(
        logx=True, xlim=(min(sizes) / WIDE, max(sizes) * WIDE**4), ylim=(low, 1.04), responsive=True, height=400,
        xticks=[(power, f"{power:g}") for power in powers], xlabel="bytes a pixel that a search reads", ylabel="share of the nearest found",
        show_grid=True, gridstyle={"grid_line_color": colors["line"]}, show_legend=False, toolbar=None,
        bgcolor=colors["ground"], hooks=[lambda plot, _: _dress(plot.state, colors)], default_tools=[],
        fontsize={"ticks": "12px", "labels": "13px"},
    )  # fmt: skip
    return drawn, [(mark, [row["codec"] for row in group]) for mark, group in zip(marks, groups, strict=True)]


def size(row: Row) -> float:
    """Where a row lies: the bytes that its search reads."""
    return float(row["bytes_scanned_per_pixel"])


def frontier(rows: Sequence[Row], recall: str) -> list[tuple[float, float]]:
    """Corners of the steps along single-stage codecs that nothing beats."""
    best = [(size(row), row[recall]) for row in rows if row["is_best"] and not is_again(row)]
    return sorted(best)


def raised(rows: Sequence[Row], recall: str) -> list[tuple[float, float, float, float]]:
    """From each codec up to what its second stage finds."""
    single = {row["codec"]: row for row in rows if not is_again(row)}
    pairs = [(single.get(row["codec"].partition(", ")[0]), row) for row in rows if is_again(row)]
    return [(size(row), base[recall], size(row), row[recall]) for base, row in pairs if base is not None]


def named(rows: Sequence[Row], recall: str, chosen: str) -> list[tuple[float, float, str]]:
    """Names beside points, where none lies over another: the chosen one first, then what nothing beats."""
    taken: list[tuple[float, float, float]] = []
    placed = []
    order = sorted(rows, key=lambda row: (row["codec"] != chosen, is_again(row), not row["is_best"], -row[recall]))
    for row in order:
        if is_again(row) and row["codec"] != chosen:
            continue
        across, up, wide = np.log2(size(row)), row[recall], 0.15 + 0.075 * len(row["codec"])
        if not any(across < end and start < across + wide and abs(up - height) < 0.035 for start, end, height in taken):
            taken.append((across, across + wide, up))
            placed.append((size(row), up, f"  {row['codec']}"))
    return placed


def is_again(row: Row) -> bool:
    """Whether a row is of a search in two stages."""
    return ", " in row["codec"]


def _marks(rows: Sequence[Row], recall: str, chosen: str, colors: Mapping[str, str]) -> Any:
    """The points of one stage."""
    shown = ["name", "said", "fill", "edge", "size"]
    marker = "diamond" if any(map(is_again, rows)) else "circle"
    return holoviews().Points([_dot(row, recall, chosen, colors) for row in rows], AXES, shown, label=marker).opts(
        marker=marker, color="fill", line_color="edge", line_width=2, size="size", tools=["tap", "hover"],
        nonselection_alpha=1, selection_alpha=1, hover_tooltips=[("", "@name"), ("recall", "@said"), ("bytes", "@bytes")],
    )  # fmt: skip


def _dot(row: Row, recall: str, chosen: str, colors: Mapping[str, str]) -> tuple[Any, ...]:
    said = f"{row[recall]:.3f} ({row[f'{recall}_low']:.3f}–{row[f'{recall}_high']:.3f})"
    if row["codec"] == chosen:
        look = colors["b"], colors["b"], 15
    elif is_again(row):
        look = colors["ground"], colors["b"], 9
    elif row["is_best"]:
        look = colors["accent"], colors["accent"], 11
    else:
        look = colors["ground"], colors["bar"], 9
    return size(row), row[recall], row["codec"], said, *look


def _published(d: int, colors: Mapping[str, str]) -> Any:
    """Figures of other embeddings, faint: a bar from the lowest to the highest that was found."""
    hv = holoviews()
    known = [
        (bits * d / 8, low, bits * d / 8, high, f"{series.name}, {series.source}: {low:g}" + ("" if low == high else f" to {high:g}"))
        for series in PUBLISHED
        for bits, (low, high) in series.recall.items()
    ]  # fmt: skip
    faint = {"color": colors["bar"], "alpha": 0.45}
    lines = hv.Segments([each[:4] for each in known], [*AXES, "bytes_too", "high"]).opts(line_width=4, **faint)
    ends = hv.Points([(each[0], each[3], each[4]) for each in known], AXES, ["name"])
    ends = ends.opts(marker="x", size=8, line_width=1.6, tools=["hover"], hover_tooltips=[("", "@name")], **faint)
    return lines * ends


def _dress(figure: Any, colors: Mapping[str, str]) -> None:
    """The page's colors on what HoloViews has no option for."""
    figure.border_fill_color = colors["ground"]
    figure.outline_line_color = None
    for axis in (*figure.xaxis, *figure.yaxis):
        axis.major_label_text_color = axis.axis_label_text_color = colors["ink2"]
        axis.axis_label_text_font_style, axis.axis_label_text_font_size = "normal", "13px"
        axis.axis_line_color = axis.major_tick_line_color = axis.minor_tick_line_color = None
