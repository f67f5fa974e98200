"""The table of `tradeoff` in a hundred columns."""

import math
from typing import TYPE_CHECKING, Any

import typer

from embexplore.cli.answer import size, table

if TYPE_CHECKING:
    from embexplore.ui.report import Report

NONE = "–"
WIDTH = 100
"""Columns that the tables fit, where nobody says how wide the screen is."""


def headline(about: dict[str, Any]) -> str:
    """What was measured on what, in two lines."""
    years = f"{about['year']}" if about["since"] is None else f"{about['year']}, change since {about['since']}"
    return (
        f"Fitted on {about['fitted_pixels']:,} vectors, tested on {about['tested_pixels']:,} of other blocks: {years}.\n"
        f"Recall of the {about['k']} nearest of {about['queries']} queries, with 95 % intervals; * nothing smaller finds "
        "as much."
    )


def show(report: "Report") -> None:
    """The table, and a second one of classes where labels were given."""
    rows, about = report.rows, report.about
    recall = f"recall_at_{about['k']}"
    columns = ["codec", "bytes", "on disk", "recall", "95 %", "", "cos. error", "flipped", "queries/s"]
    table(columns, [_row(row, recall) for row in rows], least=WIDTH)
    if "classes" in about:
        typer.echo(f"\nClasses of {about['labeled_points']:,} points, told from other squares of ground:")
        methods = [name for name in ("knn", "linear") if f"{name}_accuracy" in rows[0]]
        single = [row for row in rows if not math.isnan(row[f"{methods[0]}_accuracy"])]
        heads = [head for name in methods for head in (name, "95 %", "worst class", "F1")]
        table(["codec", *heads], [_classes(row, methods) for row in single], least=WIDTH)
        chance = ", ".join(f"{name} {about['shuffled'][name]:.2f}" for name in methods)
        typer.echo(f"Shuffled labels, as a control: {chance}.")


def _row(row: dict[str, Any], recall: str) -> list[str]:
    first, _, again = row["codec"].partition(", ")
    return [
        f"+ {again}" if again else first,
        f"{row['bytes_per_pixel']:g}",
        NONE if math.isnan(row["bytes_on_disk"]) else size(row["bytes_on_disk"]),
        f"{row[recall]:.3f}",
        f"{row[f'{recall}_low']:.2f}–{row[f'{recall}_high']:.2f}",
        "*" if row["is_best"] else "",
        _number(row["score_error"], 4),
        _percent(row["change_flipped"]),
        _number(row["queries_per_second"], 0),
    ]


def _classes(row: dict[str, Any], methods: list[str]) -> list[str]:
    cells = [row["codec"]]
    for name in methods:
        low, high = row[f"{name}_accuracy_low"], row[f"{name}_accuracy_high"]
        cells += [_number(row[f"{name}_accuracy"], 3), f"{low:.2f}–{high:.2f}"]
        cells += [row[f"{name}_worst_class"][:14], _number(row[f"{name}_worst_f1"], 2)]
    return cells


def _number(value: float, digits: int) -> str:
    return NONE if math.isnan(value) else f"{value:.{digits}f}"


def _percent(share: float) -> str:
    return NONE if math.isnan(share) else f"{100 * share:.2f} %"
