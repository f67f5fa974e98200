"""The picture of the report: recall over the bytes that a search reads, with intervals and what nothing beats."""

import math
from collections.abc import Sequence
from html import escape
from typing import Any

from embexplore.ui.report.placing import Box, Label, place
from embexplore.ui.report.published import PUBLISHED

WIDTH = 1040.0
HEIGHT, TALL, MANY = 560.0, 720.0, 20
"""Height of the drawing, and of one with more codecs than so many, whose names need room."""
LEFT, RIGHT, TOP, BOTTOM = 56.0, 24.0, 18.0, 50.0
Row = dict[str, Any]
Place = tuple[str, float, float]


class Axes:
    """From bytes and recall to the drawing: bytes on a logarithmic axis."""

    def __init__(self, rows: Sequence[Row], recall: str) -> None:
        sizes = [math.log2(row["bytes_scanned_per_pixel"]) for row in rows]
        self.first, self.last = math.floor(min(sizes) - 0.4), math.ceil(max(sizes) + 0.4)
        lowest = min(row[f"{recall}_low"] for row in rows)
        self.floor = max(0.0, math.floor(10 * lowest - 0.5) / 10)
        self.height = TALL if len(rows) > MANY else HEIGHT
        self.frame = Box(LEFT, TOP, WIDTH - RIGHT, self.height - BOTTOM)

    def x(self, size: float) -> float:
        """Of a number of bytes."""
        share = (math.log2(size) - self.first) / (self.last - self.first)
        return float(LEFT + share * (WIDTH - LEFT - RIGHT))

    def y(self, recall: float) -> float:
        """Of a share; 1 lies a little below the upper edge."""
        top = TOP + 22
        return float(top + (1 - recall) / (1 - self.floor) * (self.frame.bottom - top))


def pareto(rows: Sequence[Row], recall: str, d: int) -> str:
    """The plot as SVG, its colors from the page's stylesheet.

    Parameters
    ----------
    rows : sequence of dict
        Of the table; those in two stages are drawn above the codec that their search reads.
    recall : str
        The column.
    d : int
        Numbers in a vector: where published figures lie, which are known by bits a number.
    """
    axes = Axes(rows, recall)
    points = sorted(rows, key=lambda row: (not row["is_best"], _is_again(row), -row[recall]))
    places = [(row["codec"], axes.x(row["bytes_scanned_per_pixel"]), axes.y(row[recall])) for row in points]
    labels = place(_named(places), axes.frame)
    parts = [_grid(axes), _references(axes, d), _front(axes, rows, recall), _stages(axes, rows, recall)]
    parts += [_mark(row, x, y, axes, recall) for row, (_, x, y) in zip(points, places, strict=True)]
    parts += [_label(label, *places[number][1:], points[number]) for number, label in labels.items() if label.name]
    box = f"0 0 {WIDTH:g} {axes.height:g}"
    title = "Recall over bytes a pixel, a point a codec"
    return f'<svg class="pareto" viewBox="{box}" role="img" aria-label="{title}">{"".join(parts)}</svg>'


def _is_again(row: Row) -> bool:
    return ", " in row["codec"]


def _named(places: Sequence[Place]) -> list[Place]:
    """What is written at each point: of second looks only the first, since all lie along one line."""
    named: list[Place] = []
    for name, x, y in places:
        again = name.partition(", ")[2]
        short = f"then {again}" if again else name
        named.append(("" if again and any(short == other for other, _, _ in named) else short, x, y))
    return named


def _grid(axes: Axes) -> str:
    frame, parts = axes.frame, []
    step = 0.1 if axes.floor < 0.75 else 0.05
    for number in range(round((1 - axes.floor) / step) + 1):
        share = axes.floor + number * step
        y = axes.y(share)
        parts.append(f'<path class="grid" d="M{frame.left:.1f} {y:.1f}H{frame.right:.1f}"/>')
        parts.append(
            f'<text class="tick" x="{frame.left - 8:.1f}" y="{y + 4:.1f}" text-anchor="end">{share:.2f}</text>'
        )
    for power in range(axes.first, axes.last + 1):
        x = axes.x(2.0**power)
        parts.append(f'<path class="grid" d="M{x:.1f} {frame.top:.1f}V{frame.bottom:.1f}"/>')
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="{frame.bottom + 18:.1f}" text-anchor="middle">{2.0**power:g}</text>'
        )
    middle = (frame.left + frame.right) / 2
    said = "bytes a pixel that a search reads"
    return (
        "".join(parts)
        + f'<text class="axis" x="{middle:.1f}" y="{axes.height - 8:.1f}" text-anchor="middle">{said}</text>'
    )


def _references(axes: Axes, d: int) -> str:
    """Published figures, faint: a bar from the lowest to the highest, a line from one number of bits to the next."""
    parts = []
    for number, series in enumerate(PUBLISHED):
        known = [(bits * d / 8, ends) for bits, ends in sorted(series.recall.items()) if ends[1] >= axes.floor]
        shown = [(axes.x(size), ends) for size, ends in known if axes.first <= math.log2(size) <= axes.last]
        middles = [(x, (low + high) / 2) for x, (low, high) in shown if (low + high) / 2 >= axes.floor]
        way = " L".join(f"{x:.1f} {axes.y(middle):.1f}" for x, middle in middles)
        parts.append(f'<g class="published p{number}"><path d="M{way}"/>' if way else "<g>")
        for x, (low, high) in shown:
            a, b = axes.y(max(low, axes.floor)), axes.y(high)
            words = f"{series.name}, {series.source}: {low:g}" + ("" if low == high else f" to {high:g}")
            foot = f"M{x - 5:.1f} {a:.1f}h10" if low >= axes.floor else ""
            shape = f'<path d="{foot}M{x:.1f} {a:.1f}V{b:.1f}M{x - 5:.1f} {b:.1f}h10"/>'
            parts.append(f"<g><title>{escape(words)}</title>{shape}</g>")
        parts.append("</g>")
    return "".join(parts)


def _front(axes: Axes, rows: Sequence[Row], recall: str) -> str:
    """Steps along the codecs of one stage that nothing beats."""
    best = sorted(
        (row for row in rows if row["is_best"] and not _is_again(row)), key=lambda row: row["bytes_per_pixel"]
    )
    if not best:
        return ""
    way = f"M{axes.x(best[0]['bytes_per_pixel']):.1f} {axes.y(best[0][recall]):.1f}"
    for row in best[1:]:
        way += f"H{axes.x(row['bytes_per_pixel']):.1f}V{axes.y(row[recall]):.1f}"
    return f'<path class="front" d="{way}"/>'


def _stages(axes: Axes, rows: Sequence[Row], recall: str) -> str:
    """What a second look lifts each codec by."""
    single = {row["codec"]: row for row in rows if not _is_again(row)}
    parts = []
    for row in filter(_is_again, rows):
        base = single.get(row["codec"].partition(", ")[0])
        if base is not None:
            x = axes.x(row["bytes_scanned_per_pixel"])
            parts.append(f'<path class="lift" d="M{x:.1f} {axes.y(base[recall]):.1f}V{axes.y(row[recall]):.1f}"/>')
    return "".join(parts)


def _mark(row: Row, x: float, y: float, axes: Axes, recall: str) -> str:
    low, high = axes.y(row[f"{recall}_low"]), axes.y(row[f"{recall}_high"])
    kind = "again" if _is_again(row) else "best" if row["is_best"] else "other"
    words = (
        f"{row['codec']}: {row[recall]:.3f} ({row[f'{recall}_low']:.3f} to {row[f'{recall}_high']:.3f}), "
        f"{row['bytes_per_pixel']:g} bytes stored, {row['bytes_scanned_per_pixel']:g} read"
    )
    bar = f'<path class="bar" d="M{x:.1f} {low:.1f}V{high:.1f}"/>'
    if kind == "again":
        shape = f'<path d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6-6z"/>'
    else:
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{5 if kind == "best" else 4}"/>'
    return f'<g class="mark {kind}"><title>{escape(words)}</title>{bar}{shape}</g>'


def _label(label: Label, x: float, y: float, row: Row) -> str:
    kind = " strong" if row["is_best"] and not _is_again(row) else ""
    line = f'<path class="leader" d="M{x:.1f} {y:.1f}L{label.x:.1f} {label.y:.1f}"/>' if label.far else ""
    words = f'<text class="name{kind}" x="{label.x:.1f}" y="{label.y + 4:.1f}" text-anchor="{label.anchor}">'
    return f"{line}{words}{escape(label.name)}</text>"
