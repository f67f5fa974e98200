"""The rail of Compression: sliders of the right side, what it costs, and what it saves."""

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from embexplore.analysis.sizes import COUNTRIES
from embexplore.ui.labbook import RECHECKED
from embexplore.ui.modes.compression_codecs import BITS, DIMENSIONS, in_bytes, in_words
from embexplore.ui.view import parts, sliders
from embexplore.ui.words import percent

if TYPE_CHECKING:
    from embexplore.ui.view.modes.compression import CompressionView

HINTS = {
    "bits": "How finely each number is rounded: 8 bits are 256 steps, 1 bit is its sign around the mean.",
    "dims": "Fewer numbers: only the directions in which this cube varies most.",
    "rotate": "Mix the dimensions before rounding, so that none holds more than another.",
    "spread": "Directions in which near neighbors differ get more of the bits, those in which they hardly do none.",
    "recheck": "A cheap search first, then its best once more with the cube's own codes; both lie on disk.",
    "recall": "Of the 10 truly nearest pixels, how many are found; measured on blocks that the code was not fitted on.",
    "error": "How far a similarity from these codes lies from the exact one, on average.",
    "flipped": "Pixels that are above the usual noise of change on one side only.",
    "speed": "One search through 512 × 512 pixels on this machine.",
}


class CompressionRail:
    """Three sections; `sections` are what the rail shows."""

    def __init__(self, view: "CompressionView") -> None:
        self._view, self._mode = view, view.mode
        self._d = view.mode.dimensions
        self.sections: list[ipw.Widget] = [self._right_side(), self._costs_section(), self._saves_section()]

    def update(self) -> None:
        """Sliders, numbers and sizes of what the mode is set to."""
        mode = self._mode
        self._bits.value, self._recheck.value = mode.bits, mode.recheck
        dims = self._d if mode.dims is None else min(mode.dims, self._d)
        if dims not in [value for _, value in self._dims.options]:
            self._dims.options = _stops(self._d, dims)
        self._dims.value = dims
        self._rotate.value, self._spread.value = mode.rotate and not mode.spread, mode.spread
        self._rotate.disabled = mode.spread
        said = {"bits": "1 · sign" if mode.bits == 1 and not mode.spread else f"{mode.bits}"}
        if mode.spread:
            said["bits"] = f"{mode.bits} on average"
        said |= {"dims": f"{dims} of {self._d}", "recheck": f"{mode.recheck}" if mode.recheck else "off"}
        if mode.codec:
            said |= {"bits": "–", "dims": "–"}
        self._whole.value = (
            f"{escape(in_words(mode.codec))} is made as a whole: a slider leaves it." if mode.codec else ""
        )
        parts.show(self._whole, shown=bool(mode.codec))
        for name, words in said.items():
            self._values[name].value = f"<b>{words}</b>"
        self._country.value = mode.country
        self.update_costs()
        self._update_saves()

    def update_costs(self, problem: str = "") -> None:
        """What was measured so far."""
        mode = self._mode
        plain, row = mode.row(mode.right), mode.row(mode.right, mode.recheck)
        if plain is None or row is None:
            self._costs.value = f'<p class="emx-muted">{escape(problem) or "Measuring …"}</p>'
            self._again.value = "&nbsp;"
            return
        recall, low, high = (10 * row[f"recall_at_10{end}"] for end in ("", "_low", "_high"))
        lines = [("Mean error of the score", f"{plain['score_error']:.3f}", HINTS["error"])]
        if plain["change_flipped"] == plain["change_flipped"]:
            lines.append(("Change map: flipped pixels", percent(plain["change_flipped"], 1), HINTS["flipped"]))
        if plain["search_speed"] == plain["search_speed"]:
            speed = plain["search_speed"]
            lines.append(("Search speed", f"{speed:.{0 if speed >= 9.5 else 1}f} × int8", HINTS["speed"]))
        interval = f"{low:.1f}–{high:.1f}, {mode.queries} queries"
        self._costs.value = (
            f'<div class="emx-big"><b>{recall:.1f}</b><span>of the 10 nearest found<br>'
            f"<small>{interval} {parts.help_mark(HINTS['recall'])}</small></span></div>"
            + "".join(_line(label, value, hint) for label, value, hint in lines)
        )
        self._again.value = self._about_again()

    def _about_again(self) -> str:
        """What re-checking finds, or would find."""
        mode = self._mode
        number = mode.recheck or 200
        row = mode.row(mode.right, number)
        if row is None or mode.right == mode.book.own:
            return "&nbsp;"
        return f"Re-checking {number} {'finds' if mode.recheck else 'would find'} {10 * row['recall_at_10']:.1f} of 10."

    def _right_side(self) -> ipw.Widget:
        does, mode = self._view.app.does, self._mode
        self._values = {name: parts.text("", "emx-value") for name in ("bits", "dims", "recheck")}
        self._bits = _stepped(
            [(str(bits), bits) for bits in sorted(BITS)], mode.bits, does(lambda bits: mode.slide(bits=bits))
        )
        self._dims = _stepped(_stops(self._d, self._d), self._d, does(self._keep))
        again = [("off", 0), *((str(number), number) for number in RECHECKED)]
        self._recheck = _stepped(again, 0, does(partial(setattr, mode, "recheck")))
        rotate, spread = does(lambda on: mode.slide(rotate=on)), does(lambda on: mode.slide(spread=on))
        self._rotate = parts.checkbox(False, "Rotate first", rotate, "emx-toggle")
        self._spread = parts.checkbox(False, "Spread bits", spread, "emx-toggle")
        self._again, self._whole = parts.text("&nbsp;", "emx-muted"), parts.text("", "emx-muted")
        return parts.section(
            parts.text('<span class="emx-heading"><i class="emx-dot-b"></i>Right side</span>'),
            self._whole,
            self._slider("Bits a number", "bits", self._bits),
            self._slider("Dimensions (PCA)", "dims", self._dims),
            parts.row(
                self._rotate, parts.text(parts.help_mark(HINTS["rotate"])), self._spread,
                parts.text(parts.help_mark(HINTS["spread"])),
            ),
            self._slider("Re-check the best", "recheck", self._recheck),
            self._again,
        )  # fmt: skip

    def _slider(self, label: str, name: str, slider: ipw.Widget) -> ipw.Widget:
        words = parts.text(f"{escape(label)} {parts.help_mark(HINTS[name])}", "emx-grow")
        return parts.styled(ipw.VBox([parts.row(words, self._values[name]), slider]), "emx-setting")

    def _keep(self, dims: int) -> None:
        self._mode.slide(dims=None if dims >= self._d else dims)

    def _costs_section(self) -> ipw.Widget:
        self._costs = parts.text("", "emx-costs")
        return parts.section(parts.heading("What it costs", "against exact search"), self._costs)

    def _saves_section(self) -> ipw.Widget:
        choose = self._view.app.does(partial(setattr, self._mode, "country"))
        self._country = parts.choice([(name, name) for name in COUNTRIES], self._mode.country, choose, "emx-country")
        self._area, self._of_country, self._land = (parts.text("", "emx-costs") for _ in range(3))
        self._smaller = parts.text("", "emx-muted")
        rows = [self._area, parts.row(self._country, parts.styled(self._of_country, "emx-grow")), self._land]
        address = self._view.explorer.lab_address
        link = (
            f'<a href="{escape(address, quote=True)}" target="_blank">Open the lab: all codecs on this cube</a>'
            if address
            else ""
        )
        more = [parts.text(link, "emx-link")] if address else []
        return parts.section(parts.heading("What it saves", "one year"), ipw.VBox(rows), self._smaller, *more)

    def _update_saves(self) -> None:
        mode = self._mode
        names = [mode.left, mode.right]
        table = self._view.explorer.part.emb.sizes(names, country=mode.country, price=mode.price)
        where = "This area" if self._view.explorer.area is not None else "This cube"
        self._area.value = _pair(where, table.area, names)
        self._of_country.value = _pair("", table.country)
        self._land.value = _pair("All land", table.land) + _pair("… stored a year", table.land_price, money=True)
        left, right = table.bytes_per_pixel
        words = f"{_ratio(left / right)} smaller." if right < left else "No smaller." if left == right else "Larger."
        if mode.recheck:
            stored = right + mode.book.bytes_of(mode.book.own, self._d)
            words += f" Re-checking needs the cube's own codes on disk too: {in_bytes(stored)} a pixel."
        self._smaller.value = words


def _stops(d: int, chosen: int) -> list[tuple[str, int]]:
    return [(str(n), n) for n in sorted({*(n for n in DIMENSIONS if n < d), d, chosen})]


def _stepped(options: Sequence[tuple[str, int]], value: int, action: Any) -> ipw.SelectionSlider:
    """A slider that stops at some numbers."""
    made = sliders.SelectionSlider(options=options, value=value, readout=False)
    made.observe(lambda change: action(change["new"]), "value")
    return made


def _line(label: str, value: str, hint: str = "") -> str:
    return f'<div class="emx-line"><span>{escape(label)} {parts.help_mark(hint)}</span><b>{value}</b></div>'


def _pair(label: str, sizes: Sequence[float], names: Sequence[str] = (), *, money: bool = False) -> str:
    """A line with a number for each side; under their names where `names` are given."""
    said = [_dollars(size) if money else _size(size) for size in sizes]
    head = ""
    if names:
        words = [in_words(name) for name in names]
        shown = [escape(word if len(word) < 10 else side) for word, side in zip(words, ("left", "right"), strict=True)]
        head = (
            f'<div class="emx-pair"><span></span><b class="emx-a">{shown[0]}</b><b class="emx-b">{shown[1]}</b></div>'
        )
    return f'{head}<div class="emx-pair"><span>{escape(label)}</span><span>{said[0]}</span><span>{said[1]}</span></div>'


def _size(size: float) -> str:
    """Bytes in the unit that leaves one to three digits: `2.2 MB`, `96 TB`."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if size < 999.5 or unit == "TB":
            return f"{size:.{1 if size < 9.95 and unit != 'bytes' else 0}f} {unit}"
        size /= 1000
    return ""


def _dollars(amount: float) -> str:
    return f"${amount:,.0f}"


def _ratio(ratio: float) -> str:
    return f"{ratio:.{0 if abs(ratio - round(ratio)) < 0.05 else 1}f} times"
