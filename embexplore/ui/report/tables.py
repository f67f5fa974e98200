"""The report's tables: numbers aligned, each with its interval below, the best of a column marked."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from embexplore.analysis.costs import money_per_year
from embexplore.analysis.sizes import COUNTRIES, LAND_PIXELS, PIXELS_PER_KM2

Row = dict[str, Any]
NONE = "–"
GERMANY = "Germany"


@dataclass(frozen=True)
class Column:
    """A column of numbers: where they come from, how they are written, and whether they have limits."""

    head: str
    name: str
    write: Callable[[float], str]
    limits: bool = True


def fixed(digits: int) -> Callable[[float], str]:
    """Writes so many digits after the point."""
    return lambda value: f"{value:,.{digits}f}".replace("-", "−")


def percent(value: float) -> str:
    """`6.55 %`; small shares keep two digits that mean something."""
    share = 100 * value
    return f"{share:.{2 if share < 10 else 1}f}\u00a0%"


def size(value: float) -> str:
    """`41.2 MB`, in powers of 1000 up to petabytes."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(value) < 999.5:
            return f"{value:.0f}\u00a0{unit}" if unit == "B" else f"{value:.{0 if value >= 100 else 1}f}\u00a0{unit}"
        value /= 1000
    return f"{value:,.1f}\u00a0PB"


def money(value: float) -> str:
    """`$ 1,234`; cents below 10."""
    return f"$\u00a0{value:,.{0 if value >= 10 else 2}f}"


def search_table(rows: Sequence[Row], k: int) -> str:
    """What a search finds, and how fast."""
    recall = f"recall_at_{k}"
    columns = [
        Column("stored, bytes", "bytes_per_pixel", lambda value: f"{value:g}", limits=False),
        Column("side, bytes", "side_bytes", fixed(0), limits=False),
        Column("on disk", "bytes_on_disk", size, limits=False),
        Column(f"recall@{k}", recall, fixed(3)),
        Column("by distance", f"recall_euclidean_at_{k}", fixed(3)),
        Column("order of all", "rank_correlation", fixed(4)),
        Column("cosine error", "score_error", fixed(5)),
        Column("queries/s", "queries_per_second", fixed(0), limits=False),
        Column("encode, s", "encode_seconds", fixed(2), limits=False),
    ]
    return _table(rows, columns)


def map_table(rows: Sequence[Row]) -> str:
    """What maps lose."""
    columns = [
        Column("stored, bytes", "bytes_per_pixel", lambda value: f"{value:g}", limits=False),
        Column("flipped", "change_flipped", percent),
        Column("order of change", "change_correlation", fixed(4)),
        Column("finds true change", "change_auc", fixed(3)),
        Column("color, of 255", "color_difference", fixed(2)),
        Column("variance lost", "reconstruction_error", percent),
    ]
    return _table([row for row in rows if not _is_again(row)], columns)


def class_table(rows: Sequence[Row], method: str) -> str:
    """How well classes are told by one method."""
    known = [row for row in rows if not _is_again(row)]
    columns = [
        Column("stored, bytes", "bytes_per_pixel", lambda value: f"{value:g}", limits=False),
        Column("right", f"{method}_accuracy", fixed(3)),
        Column("lost since float32", f"{method}_accuracy_lost", fixed(3)),
        Column("mean F1", f"{method}_macro_f1", fixed(3)),
        Column("worst F1", f"{method}_worst_f1", fixed(2)),
    ]
    return _table(known, columns, words=("worst class", f"{method}_worst_class"))


def f1_table(rows: Sequence[Row], method: str, classes: Mapping[str, int]) -> str:
    """F1 of every class, darker where it is lower; `classes` says how many points each has."""
    known = [row for row in rows if not _is_again(row)]
    head = "".join(f'<th scope="col">{escape(name)}<br>{count}</th>' for name, count in classes.items())
    body = []
    for row in known:
        cells = [row[f"{method}_f1_{name}"] for name in classes]
        shades = [
            f'<td style="--share:{0 if math.isnan(cell) else 1 - cell:.2f}">{_or_none(cell, fixed(2))}</td>'
            for cell in cells
        ]
        body.append(f'<tr><th scope="row">{escape(row["codec"])}</th>{"".join(shades)}</tr>')
    return f'<div class="wide"><table class="shaded"><thead><tr><th scope="col">points</th>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def cost_table(rows: Sequence[Row], pixels: int, price: float) -> str:
    """Bytes and money: this area, a country, all land; one year's map."""
    country = COUNTRIES[GERMANY] * PIXELS_PER_KM2
    head = ["this area", f"{GERMANY}", "a year there", "all land", "a year there"]
    body = []
    for row in rows:
        each = row["bytes_per_pixel"]
        cells = [size(each * pixels), size(each * country), money(money_per_year(each * country, price))]
        cells += [size(each * LAND_PIXELS), money(money_per_year(each * LAND_PIXELS, price))]
        body.append(_line(row, "".join(f"<td>{cell}</td>" for cell in cells)))
    heads = "".join(f'<th scope="col">{name}</th>' for name in head)
    return f'<div class="wide"><table><thead><tr><th>codec</th>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def _table(rows: Sequence[Row], columns: Sequence[Column], words: tuple[str, str] | None = None) -> str:
    shown = [column for column in columns if any(not _missing(row.get(column.name)) for row in rows)]
    heads = "".join(f'<th scope="col">{escape(column.head)}</th>' for column in shown)
    heads += f'<th scope="col">{words[0]}</th>' if words else ""
    body = []
    for row in rows:
        cells = "".join(_cell(row, column) for column in shown)
        cells += f"<td>{escape(str(row[words[1]]))}</td>" if words else ""
        body.append(_line(row, cells))
    return f'<div class="wide"><table><thead><tr><th scope="col">codec</th>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def _line(row: Row, cells: str) -> str:
    first, _, again = row["codec"].partition(", ")
    name = f'<span class="then">then</span> {escape(again)}' if again else escape(first)
    kind = "again" if again else "best" if row["is_best"] else ""
    return f'<tr class="{kind}"><th scope="row">{name}</th>{cells}</tr>'


def _cell(row: Row, column: Column) -> str:
    value = row.get(column.name)
    if value is None or _missing(value):
        return "<td></td>" if _is_again(row) else f"<td>{NONE}</td>"
    low: Any = row.get(f"{column.name}_low")
    high: Any = row.get(f"{column.name}_high")
    if not column.limits or _missing(low) or _missing(high):
        return f"<td>{column.write(value)}</td>"
    return f"<td>{column.write(value)}<small>{column.write(low)}–{column.write(high)}</small></td>"


def _or_none(value: float, write: Callable[[float], str]) -> str:
    return NONE if _missing(value) else write(value)


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _is_again(row: Row) -> bool:
    return ", " in row["codec"]
