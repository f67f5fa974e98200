"""A list of classes or groups in the rail: number and color, name, a note and a share; a click chooses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import ipywidgets as ipw

from embexplore.ui.view import parts


@dataclass(frozen=True)
class ClassRow:
    """One class: its number on the map, `#rrggbb`, and what is told of it."""

    number: int
    color: str
    name: str
    note: str = ""
    share: str = ""


class ClassList:
    """Rows that are made once and reused; `choose(number)` after a click."""

    def __init__(self, choose: Callable[[int], object]) -> None:
        self._choose = choose
        self._rows: list[_Row] = []
        self.root = parts.styled(ipw.VBox(), "emx-list", "emx-classes")

    def show(self, rows: Sequence[ClassRow], chosen: int | None) -> None:
        """These rows, one of them chosen."""
        while len(self._rows) < len(rows):
            number = len(self._rows) + 1
            self._rows.append(_Row(lambda number=number: self._choose(number)))
        for made, row in zip(self._rows, rows, strict=False):
            made.show(row, is_chosen=row.number == chosen)
        for made in self._rows:
            parts.show(made.root, shown=made in self._rows[: len(rows)])
        self.root.children = [made.root for made in self._rows]


class _Row:
    def __init__(self, choose: Callable[[], object]) -> None:
        self._dot = parts.text("", "emx-dot-box")
        self._name = parts.button("", choose, "emx-class-name")
        self._told = parts.text("", "emx-told")
        self.root = parts.styled(ipw.HBox([self._dot, self._name, self._told]), "emx-item", "emx-class")

    def show(self, row: ClassRow, *, is_chosen: bool) -> None:
        self._dot.value = dot(row.number, row.color)
        self._name.description = row.name
        self._name.tooltip = row.name
        self._told.value = f"<span>{escape(row.note)}</span><span>{escape(row.share)}</span>"
        (self.root.add_class if is_chosen else self.root.remove_class)("emx-chosen")


def dot(number: int, color: str) -> str:
    """A class's number on its color, as its points on the map."""
    return f'<span class="emx-dot" style="background:{escape(color, quote=True)}">{number}</span>'


def hexes(colors: Sequence[Sequence[int]]) -> list[str]:
    """Colors `(n, 3)` as `#rrggbb`."""
    return ["#" + bytes(bytearray(int(part) for part in color)).hex() for color in colors]
