"""Charts of compression: what a byte buys, and one map's values against another's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.ui.report import published
from embexplore.ui.view.charts.backend import holoviews

PUBLISHED = next(series for series in published.PUBLISHED if series.source.startswith("published"))
"""What the crosses are."""


@dataclass(frozen=True)
class Choice:
    """One codec in the chart: `look` is left, right, again (the right side re-checked), best or other."""

    size: float
    recall: float
    name: str
    look: str


def bytes_and_recall(choices: Sequence[Choice], *, d: int, colors: Mapping[str, str]) -> Any:
    """Recall@10 by bytes a pixel: a filled dot is the best of its size, a cross was published for other data."""
    hv = holoviews()
    steps = _frontier(choices)
    line = hv.Curve(steps, "bytes", "recall").opts(color=colors["ink2"], line_width=1.6, interpolation="steps-post")
    crosses = hv.Points([(bits * d / 8, low) for bits, (low, _) in PUBLISHED.recall.items()], ["bytes", "recall"])
    crosses = crosses.opts(marker="x", color=colors["bar"], line_width=1.8, size=8)
    looks = {
        "left": (colors["accent"], colors["accent"], 15),
        "right": (colors["b"], colors["b"], 15),
        "again": (colors["ground"], colors["b"], 12),
        "best": (colors["ink"], colors["ink"], 9),
        "other": (colors["ground"], colors["ink"], 9),
    }
    rows = [(c.size, c.recall, c.name, *looks[c.look]) for c in choices]
    dots = hv.Points(rows, ["bytes", "recall"], ["name", "fill", "edge", "size"], label="codecs")
    dots = dots.opts(color="fill", line_color="edge", line_width=2, size="size")
    again = [(c.size, c.recall) for c in choices if c.look in ("right", "again")]
    rise = hv.Path([again] if len(again) == 2 else [[]], ["bytes", "recall"])
    rise = rise.opts(color=colors["b"], line_dash="dotted", line_width=2)
    words = hv.Labels(_labels(choices), ["bytes", "recall"], ["name"])
    words = words.opts(text_font_size="13px", text_color=colors["ink"], text_align="left", text_baseline="bottom")
    sizes = [choice.size for choice in choices] or [8.0]
    low, high = min(6.0 * d / 64, min(sizes) * 0.75), max(2.2 * d, max(sizes) * 2.2)
    powers = _powers(low, high)
    ticks = [(size, f"{size:g} bytes" if size == powers[-1] else f"{size:g}") for size in powers]
    least = min([0.4, *(0.1 * np.floor(10 * choice.recall) for choice in choices)])
    return (line * crosses * rise * dots * words).opts(
        logx=True, xlim=(low, high), ylim=(least - 0.04, 1.13), xticks=ticks, yticks=[0.2, 0.4, 0.6, 0.8, 1.0],
        xlabel="", ylabel="", show_grid=True, gridstyle={"xgrid_line_color": None}, show_legend=False,
    )  # fmt: skip


def pixel_by_pixel(
    left: NDArray[np.floating],
    right: NDArray[np.floating],
    names: tuple[str, str],
    *,
    cut: float,
    colors: Mapping[str, str],
) -> Any:
    """The right map's values `(n,)` against the left's, with the threshold on both and the line where they agree.

    `names` of left and right stand at the axes.
    """
    hv = holoviews()
    both = np.concatenate([left, right, [cut]])
    low, high = float(both.min()), float(both.max())
    pad = 0.04 * max(high - low, 1e-3)
    dots = hv.Points((left, right), ["left", "right"], label="pixels").opts(color=colors["b"], alpha=0.35, size=4)
    same = hv.Curve(([low, high], [low, high])).opts(color=colors["ink2"], line_width=1)
    lines = [kind(cut).opts(color=colors["ink"], line_dash="dashed", line_width=1.4) for kind in (hv.VLine, hv.HLine)]
    return (dots * same * lines[0] * lines[1]).opts(
        xlim=(low - pad, high + pad), ylim=(low - pad, high + pad), xticks=[round(low, 1), round(high, 1)],
        yticks=[round(low, 1), round(high, 1)], xlabel=names[0], ylabel=names[1], show_grid=False, show_legend=False,
    )  # fmt: skip


def _frontier(choices: Sequence[Choice]) -> list[tuple[float, float]]:
    """The best recall that so many bytes buy, as corners; what is re-checked is another trade and stays out."""
    corners: list[tuple[float, float]] = []
    for choice in sorted((c for c in choices if c.look != "again"), key=lambda c: (c.size, -c.recall)):
        if not corners or choice.recall > corners[-1][1]:
            corners.append((choice.size, choice.recall))
    return corners


def _labels(choices: Sequence[Choice]) -> list[tuple[float, float, str]]:
    """Names to the right of the dots, where no other dot or name lies: those of the sides always, then the best."""
    order = {"left": 0, "right": 0, "again": 1, "best": 2}
    taken = [(np.log2(choice.size), choice.recall) for choice in choices]
    placed: list[tuple[float, float, str]] = []
    for choice in sorted((c for c in choices if c.look in order), key=lambda c: (order[c.look], -c.recall)):
        across, height = np.log2(choice.size), choice.recall
        ends = across + 0.2 + 0.05 * len(choice.name)
        is_free = not any(across < x < ends and abs(y - height) < 0.06 for x, y in taken)
        if choice.look in ("left", "right") or is_free:
            placed.append((choice.size, height, f"  {choice.name}"))
            taken += [(x, height) for x in np.arange(across + 0.1, ends, 0.1)]
    return placed


def _powers(low: float, high: float) -> list[float]:
    return [2.0**n for n in range(int(np.ceil(np.log2(low))), int(np.floor(np.log2(high))) + 1)]
