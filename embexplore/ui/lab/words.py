"""What the lab says: the head, the codec that is looked at, what it costs, how far it is. HTML; names are escaped."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from embexplore.cube.pieces import dimension_of
from embexplore.cube.years import describe_years
from embexplore.ui.labbook import LabBook
from embexplore.ui.report.tables import fixed, money, percent, size

if TYPE_CHECKING:
    from embexplore.ui.lab.model import Bill, Lab

KEY = (
    '<div class="key"><span>● nothing stored smaller finds as much</span><span>○ others</span>'
    "<span>◇ two stages: the finer codes are stored too</span><span>faint × published figures, to orient by</span>"
    "<span>lines: 95 % intervals</span></div>"
)
EMPTY = '<div class="empty"><div><b>Tick codecs and measure them.</b><br>Each is fitted on half of the ground and tested on the other half.</div></div>'


def head(lab: "Lab", back: str = "") -> str:
    """The title, what the cube is, and the way back to the Explorer where there is one."""
    book, d = LabBook.of(lab), dimension_of(lab.cube)
    height, width = lab.cube.emb.grid.shape
    facts = [f"{d} dimensions", f"{width} × {height} pixels", describe_years(lab.cube.emb.years)]
    facts.append(f"stored as {book.own}, {book.bytes_of(book.own, d):g} bytes a pixel")
    link = f'<a href="{escape(back, quote=True)}">Explorer</a>' if back else ""
    return f'<div class="head"><h1>{escape(lab.title)}: what every byte buys</h1><p>{escape(" · ".join(facts))}</p>{link}</div>'


def looked_at(lab: "Lab") -> str:
    """The row that is looked at, as a card."""
    row = lab.row
    if row is None or lab.report is None:
        return ""
    recall = f"recall_at_{lab.report.about['k']}"
    k = int(lab.report.about["k"])
    low, high = (fixed(1)(k * row[f"{recall}_{end}"]) for end in ("low", "high"))
    lines: list[tuple[str, str, Any]] = [
        ("stored, a pixel", "bytes_per_pixel", lambda value: f"{value:g} bytes"),
        ("read by a search", "bytes_scanned_per_pixel", lambda value: f"{value:g} bytes"),
        ("on disk, this year", "bytes_on_disk", size),
        ("mean error of the cosine", "score_error", fixed(4)),
        ("change: flipped pixels", "change_flipped", percent),
        ("color, of 255", "color_difference", fixed(1)),
        ("told right by neighbors", "knn_accuracy", fixed(3)),
        ("told right by a linear probe", "linear_accuracy", fixed(3)),
        ("search of 512² pixels", "queries_per_second", lambda value: f"{value:,.0f} a second"),
        ("encoding 512² pixels", "encode_seconds", lambda value: f"{value:.2f} s"),
    ]
    said = "".join(
        f'<div class="line"><span>{label}</span><b>{write(row[name])}</b></div>'
        for label, name, write in lines
        if row.get(name) is not None and row[name] == row[name]
    )
    return (
        f'<div class="name"><i></i>{escape(row["codec"])}</div>'
        f'<div class="big"><b>{k * row[recall]:.1f}</b><span>of the {k} nearest found<br>'
        f"<small>{low}–{high}, {lab.report.about['queries']} queries</small></span></div>{said}"
    )


def costs(bills: "Sequence[Bill]", chosen: str, own: str, years: int) -> str:
    """What ground takes and costs, in the chosen codec and as stored."""
    if not bills:
        return '<p class="note">Measure first, then choose a codec.</p>'
    rows = "".join(
        f"<tr><th>{escape(bill.ground)}</th><td>{size(bill.chosen.bytes)}</td><td>{money(bill.chosen.money_per_year)}</td>"
        f"<td>{size(bill.own.bytes)}</td><td>{money(bill.own.money_per_year)}</td></tr>"
        for bill in bills
    )
    maps = "one yearly map" if years == 1 else f"{years} yearly maps"
    heads = f"<th>{maps}</th><th>{escape(chosen)}</th><th>a year</th><th>as stored ({escape(own)})</th><th>a year</th>"
    note = (
        "Codes before lossless compression, without side information, at 10 m pixels. All land is 1.5 trillion of them."
    )
    return (
        f'<table class="costs"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table><p class="note">{note}</p>'
    )


def running(sentence: str, share: float) -> str:
    """How far the measuring is."""
    return f'<div role="status" class="note">{escape(sentence)}</div><span class="bar"><i style="width:{100 * share:.1f}%"></i></span>'


def wrong(sentence: str) -> str:
    """Why something was not possible."""
    return f'<div role="alert" class="wrong"><b>Not possible.</b> {escape(sentence)}</div>' if sentence else ""
