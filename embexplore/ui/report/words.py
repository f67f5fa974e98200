"""The report in sentences: the answer first, the pitfalls, and what was measured on what."""

from collections.abc import Sequence
from html import escape
from typing import Any

Row = dict[str, Any]
BUDGETS = (8, 16, 32, 64)
"""Bytes a pixel that readers think in: an eighth to all of int8's 64."""


def answer(rows: Sequence[Row], about: dict[str, Any]) -> str:
    """The best codec of each budget, as large numbers, and the best search in two stages."""
    recall = f"recall_at_{about['k']}"
    single = [row for row in rows if ", " not in row["codec"]]
    cards, shown = [], set()
    for budget in BUDGETS:
        fitting = [row for row in single if row["bytes_per_pixel"] <= budget]
        best = max(fitting, key=lambda row: (row[recall], -row["bytes_per_pixel"]), default=None)
        if best is not None and best["codec"] not in shown:
            shown.add(best["codec"])
            cards.append(_card(f"{best['bytes_per_pixel']:g} bytes", best, recall))
    again = [row for row in rows if ", " in row["codec"]]
    if again:
        best = max(again, key=lambda row: (row[recall], -row["bytes_scanned_per_pixel"]))
        cards.append(
            _card(f"{best['bytes_scanned_per_pixel']:g} bytes read, {best['bytes_per_pixel']:g} stored", best, recall)
        )
    said = f"Recall of the {about['k']} nearest on ground that no codec was fitted on, best of each size:"
    return f'<p>{said}</p><ul class="cards">{"".join(cards)}</ul>'


def _card(size: str, row: Row, recall: str) -> str:
    name = escape(row["codec"].replace(", ", " then "))
    limits = f"{row[f'{recall}_low']:.3f}–{row[f'{recall}_high']:.3f}"
    return f"<li><span>{size}</span><b>{row[recall]:.3f}</b><small>{limits}</small><em>{name}</em></li>"


def pitfalls(about: dict[str, Any]) -> str:
    """What these numbers do not say."""
    said = [
        (
            "<b>These pixels, this year.</b> Recall depends on how alike neighbors are: another area gives another number. "
            "Measure it on yours."
        ),
        f"<b>The truth is the cube's own code</b>, {escape(str(about['codec']))}. What that lost before is lost for every row.",
        (
            f"<b>Recall is among {about['tested_pixels']:,} tested pixels.</b> In a larger map more pixels crowd around each "
            "query, and the same code finds fewer of the nearest."
        ),
        (
            "<b>Intervals are of this ground.</b> Whole blocks of 16 × 16 pixels are drawn again and again, since neighbors are "
            "alike; they do not say how another place would differ. Below some twenty blocks they are too narrow."
        ),
        "<b>Two codecs whose intervals overlap</b> may still differ, and two of many that do not may differ by chance.",
        "<b>The best of many rows</b> looks a little better than it is: it was chosen by the numbers that it is shown with.",
        "<b>Side information</b> (levels, rotations, codebooks) is stored once a cube: nothing for a country, much for a field.",
        "<b>Speed is of this machine</b>, with whatever else ran on it.",
        "<b>Published figures</b> are of other embeddings and searches: marks to orient by, not to compare with.",
    ]
    if about["since"] is not None:
        said.append(
            "<b>Flipped pixels lie near the floor.</b> A high share where little changes is noise around the threshold, "
            "not lost change."
        )
    return f"<ul>{''.join(f'<li>{line}</li>' for line in said)}</ul>"


def facts(about: dict[str, Any]) -> str:
    """A list of names and values."""
    rows, columns = about["shape"]
    years = f"{about['year']}" + ("" if about["since"] is None else f", change since {about['since']}")
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    lines = [
        ("cube", about["cube"]),
        ("model", f"{about['model']} {about['version']}".strip()),
        ("source", about["source"]),
        ("attribution", f"{about['attribution']} {about['license']}".strip()),
        ("stored as", f"{about['codec']}, {about['stored_bytes_per_pixel']:g} bytes a pixel and year"),
        ("years", years),
        ("ground", f"{columns} × {rows} pixels of {about['resolution'][0]:.3g} m, {about['crs']}"),
        ("place", ", ".join(f"{edge:.4f}" for edge in about["bbox"]) + " (west, south, east, north)"),
        ("area", about.get("aoi") or "all of it"),
        ("split", "checkerboard of blocks of 16 × 16 pixels: fitted on one color, tested on the other"),
        ("fitted on", f"{about['fitted_pixels']:,} vectors"),
        ("tested on", f"{about['tested_pixels']:,} pixels, {about['queries']} of them queries"),
        ("labels", about.get("labels") or "none"),
        ("true change", about.get("changed") or "not given"),
        ("seed", about["random_state"]),
        ("intervals", "95 %, percentile bootstrap of whole blocks"),
        ("versions", versions),
    ]
    if about.get("left_out"):
        lines.append(("left out", "; ".join(f"{name}: {why}" for name, why in about["left_out"].items())))
    cells = "".join(
        f"<div><dt>{name}</dt><dd>{escape(str(value))}</dd></div>" for name, value in lines if value not in ("", None)
    )
    return f'<dl class="facts">{cells}</dl>'
