"""Kinds of answers: what to expect, how to read what somebody typed, and when two of them agree."""

# ruff: noqa: D102 (the protocol documents the methods of its kinds)

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

FEW = 5
"""So many names are listed; of more, the first is an example."""


class Kind(Protocol):
    """What an answer is. `read` raises TypeError or ValueError for anything else."""

    @property
    def expects(self) -> str:
        """What to type, as a part of a sentence."""

    def read(self, answer: Any) -> Any:
        """The answer in the form that `agree` takes."""

    def agree(self, given: Any, truth: Any) -> bool:
        """Whether both say the same."""


@dataclass(frozen=True)
class Number:
    """A number, right to the decimals that were asked for.

    Attributes
    ----------
    decimals : int
        Rounded or not, an answer agrees if it lies within half a unit of the last of them.
    example : float
        Shown where an answer is missing; not the right one.
    """

    decimals: int
    example: float

    @property
    def expects(self) -> str:
        return f"a number such as {self.example:.{self.decimals}f}"

    def read(self, answer: Any) -> float:
        return float(answer)

    def agree(self, given: float, truth: Any) -> bool:
        rounding = 1e-9  # of a decimal fraction as a float; far below what anybody types
        return abs(given - round(float(truth), self.decimals)) <= 0.5 * 10.0**-self.decimals + rounding


@dataclass(frozen=True)
class Name:
    """One of some names; upper and lower case, and blanks around it, do not matter.

    Attributes
    ----------
    among : sequence of str
    """

    among: Sequence[str]

    @property
    def expects(self) -> str:
        if len(self.among) > FEW:
            return f'a name such as "{self.among[0]}"'
        return "one of " + ", ".join(f'"{name}"' for name in self.among)

    def read(self, answer: Any) -> str:
        name = _plain(answer)
        if name not in {_plain(known) for known in self.among}:
            raise ValueError(answer)
        return name

    def agree(self, given: str, truth: Any) -> bool:
        return given == _plain(truth)


def _plain(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(name)
    return name.strip().casefold()
