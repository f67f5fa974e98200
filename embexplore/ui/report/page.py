"""The page: what was measured on what, the picture, the tables, and what to be careful of."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embexplore.ui.report.pareto import pareto
from embexplore.ui.report.published import PUBLISHED
from embexplore.ui.report.spectrum import spectrum_plot
from embexplore.ui.report.tables import class_table, cost_table, f1_table, map_table, search_table
from embexplore.ui.report.words import answer, facts, pitfalls
from embexplore.ui.view.theme import DARK, LIGHT

if TYPE_CHECKING:
    from embexplore.core.dimension import Dimension

Row = dict[str, Any]
METHODS = {"knn": "Nearest neighbors", "linear": "Linear probe"}


def page(rows: Sequence[Row], about: dict[str, Any], shape: "Dimension") -> str:
    """The report as HTML that stands alone.

    Parameters
    ----------
    rows : sequence of dict
        The rows of `tradeoff`.
    about : dict
        What was measured on what: provenance, years, pixels, versions, `price`.
    shape : Dimension
        Of the same cube.

    Returns
    -------
    str
        One document: no script, no font, no picture from elsewhere.
    """
    rows = _ordered(rows)
    parts = [_header(rows, about), *(_section(*each) for each in sections(rows, about, shape).items())]
    title = f"What every byte buys: {escape(_name(about))}"
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{title}</title><style>{_style()}</style>'
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body><main>\n{chr(10).join(parts)}\n</main></body></html>\n'


def sections(rows: Sequence[Row], about: dict[str, Any], shape: "Dimension") -> dict[str, str]:
    """What the page says below its head, as HTML by title; arguments as `page` takes them."""
    rows = _ordered(rows)
    return {
        "Recall for bytes": _picture(rows, about),
        "Search": _search(rows, about),
        "Maps": _maps(rows, about),
        **_classes(rows, about),
        "How many directions": _directions(shape),
        "What storing costs": _costs(rows, about),
        "Careful": pitfalls(about),
        "Measured on": facts(about),
    }


def _ordered(rows: Sequence[Row]) -> list[Row]:
    """Large codes first, each followed by its search in two stages."""
    whole = {row["codec"].partition(", ")[0]: row["bytes_scanned_per_pixel"] for row in rows}

    def key(row: Row) -> tuple[float, str, int]:
        name, _, again = row["codec"].partition(", ")
        return -float(whole[name]), name, len(again)

    return sorted(rows, key=key)


def _name(about: dict[str, Any]) -> str:
    return Path(str(about["cube"]).rstrip("/")).name or str(about["cube"])


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>"


def _header(rows: Sequence[Row], about: dict[str, Any]) -> str:
    made = f"{about['model']} {about['version']}".strip()
    under = f"{escape(_name(about))} · {escape(made)} · {about['year']}"
    return f'<header><h1>What every byte buys</h1><p class="under">{under}</p>{answer(rows, about)}</header>'


def _picture(rows: Sequence[Row], about: dict[str, Any]) -> str:
    key = [
        '<span><svg viewBox="0 0 14 14"><g class="mark best"><circle cx="7" cy="7" r="5"/></g></svg>nothing stored smaller finds as much</span>',
        '<span><svg viewBox="0 0 14 14"><g class="mark other"><circle cx="7" cy="7" r="4"/></g></svg>others</span>',
        '<span><svg viewBox="0 0 14 14"><g class="mark again"><path d="M7 1l6 6l-6 6l-6-6z"/></g></svg>two stages: the finer codes are stored too</span>',
    ]
    key += [
        f'<span><svg viewBox="0 0 14 14"><g class="published p{number}"><path d="M0 7H14"/></g></svg>'
        f"{escape(series.name)} ({escape(series.source)})</span>"
        for number, series in enumerate(PUBLISHED)
    ]
    lines = f"Lines through points are 95 % intervals. Recall of the {about['k']} truly nearest pixels."
    plot = pareto(rows, f"recall_at_{about['k']}", int(about["dimensions"]))
    return f'<figure>{plot}<figcaption><div class="key">{"".join(key)}</div>{lines}</figcaption></figure>'


def _search(rows: Sequence[Row], about: dict[str, Any]) -> str:
    weighed = int(about["weighed_pixels"])
    said = (
        f"<b>recall@{about['k']}</b>: of the nearest by cosine, how many are found. <b>By distance</b>: the same by Euclidean "
        "distance. <b>Order of all</b>: rank correlation of the cosines. <b>Queries/s</b> of 512² pixels, and seconds to "
        f"<b>encode</b> as many, on this machine. <b>On disk</b>: one year of {weighed:,} pixels, really written with "
        "overviews; in two stages both codes."
    )
    return f"<p>{said}</p>{search_table(rows, int(about['k']))}"


def _maps(rows: Sequence[Row], about: dict[str, Any]) -> str:
    change = (
        "There is one year: no change to compare. "
        if about["since"] is None
        else f"<b>Flipped</b>: pixels whose change from {about['since']} to {about['year']} lies on the other side of the "
        f"noise floor ({about['floor']:.3f}). <b>Order of change</b>: rank correlation of both maps. "
    )
    truth = "<b>Finds true change</b>: area under the ROC curve. " if about.get("changed") else ""
    said = f"{change}{truth}<b>Color</b>: mean difference of a picture by three principal components."
    return f"<p>{said}</p>{map_table(rows)}"


def _classes(rows: Sequence[Row], about: dict[str, Any]) -> dict[str, str]:
    if not about.get("classes"):
        return {}
    parts = [
        (
            f"<p>{about['labeled_points']:,} labeled points of {len(about['classes'])} classes in tested blocks; each is told "
            "from other squares of ground. All that is known of a point is its code.</p>"
        )
    ]
    for method, title in METHODS.items():
        if f"{method}_accuracy" in rows[0]:
            chance = f"{about['shuffled'][method]:.2f}"
            parts.append(f'<h3>{title}</h3><p class="control">Control: with shuffled labels {chance} are right.</p>')
            parts.append(class_table(rows, method))
            parts.append(f"<h4>F1 by class</h4>{f1_table(rows, method, about['classes'])}")
    return {"Classes": "".join(parts)}


def _directions(shape: "Dimension") -> str:
    cells = [
        ("TwoNN", f"{shape.two_nn:.1f}"),
        ("maximum likelihood", f"{shape.likelihood:.1f}"),
        ("local PCA", f"{shape.local_pca:.1f}"),
        ("effective (spectrum)", f"{shape.effective:.1f}"),
        ("axes for 90 %", f"{shape.kept(0.9)}"),
        ("axes for 99 %", f"{shape.kept(0.99)}"),
    ]
    numbers = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in cells)
    said = (
        f"Intrinsic dimension of {shape.points:,} different vectors, by what their nearest neighbors say, and the spectrum "
        f"of all. The vectors have {len(shape.spectrum)} numbers; the fewer directions they vary in, the fewer bytes they need."
    )
    return f'<p>{said}</p><div class="beside"><figure>{spectrum_plot(shape.spectrum.tolist())}</figure><dl class="numbers">{numbers}</dl></div>'


def _costs(rows: Sequence[Row], about: dict[str, Any]) -> str:
    pixels = int(about["shape"][0]) * int(about["shape"][1])
    said = (
        f"One year's map: codes before lossless compression, without side information, at $\u00a0{float(about['price']):g} a "
        "gigabyte and month. All land is 1.5 trillion pixels of 10 m."
    )
    return f"<p>{said}</p>{cost_table(rows, pixels, float(about['price']))}"


@lru_cache(maxsize=1)
def sheet() -> str:
    """The rules beside this file, without colors."""
    return (Path(__file__).parent / "report.css").read_text(encoding="utf-8")


def _style() -> str:
    """The Explorer's colors, and the rules."""
    light, dark = (";".join(f"--{name}:{color}" for name, color in theme.items()) for theme in (LIGHT, DARK))
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{sheet()}"
