"""The examples of Similar: places to be like, and places to be unlike."""

from dataclasses import dataclass

import numpy as np
import param
from numpy.typing import NDArray

from embexplore.core.query import combine as combined
from embexplore.errors import InvalidInput
from embexplore.ui.modes.base import Mode
from embexplore.ui.places import name_of

MOST_EXAMPLES = 50
"""More would make a sentence that nobody reads, and a scan for each with `max` and `min`."""


@dataclass(frozen=True)
class Example:
    """A pixel to be like, or unlike, as it was in the year in which it was picked."""

    lon: float
    lat: float
    year: int
    like: bool = True
    name: str = ""


class Examples(Mode):
    """A mode that asks with examples: as long as there is one, one of them is to be like."""

    records = {"examples": Example}  # noqa: RUF012 (read only)

    examples = param.List(default=[], doc="`Example`s in the order of their numbers on the map.")

    def add(self, lon: float, lat: float, *, like: bool = True) -> None:
        """One more example, or one more to be unlike."""
        if len(self.examples) >= MOST_EXAMPLES:
            raise InvalidInput(f"There are {MOST_EXAMPLES} examples already: remove one first.")
        if not like and not self.positives:
            raise InvalidInput("Unlike what? Click a place to be like first, then what to turn away from.")
        example = self._example(lon, lat, like=like)
        with self.explorer.step():
            self.examples = [*self.examples, example]
            self.explorer.pinned = (lon, lat)

    def move(self, number: int, lon: float, lat: float) -> None:
        """Put example `number` (from 0) elsewhere: a pin was dragged."""
        moved = self._example(lon, lat, like=self.examples[number].like)
        self.examples = [moved if i == number else example for i, example in enumerate(self.examples)]

    def remove(self, number: int) -> None:
        """Forget example `number` (from 0); without one to be like, the others go too."""
        kept = [example for i, example in enumerate(self.examples) if i != number]
        self.examples = kept if any(example.like for example in kept) else []

    def check(self) -> None:
        """Every example is a pixel with data, and one of them is to be like."""
        for example in self.examples:
            self._vector(example)
        if self.examples and not self.positives:
            raise InvalidInput("it has no example to be like, only some to be unlike.")

    @property
    def positives(self) -> list[Example]:
        """The examples to be like."""
        return [example for example in self.examples if example.like]

    @property
    def negatives(self) -> list[Example]:
        """The examples to be unlike."""
        return [example for example in self.examples if not example.like]

    def query(self) -> NDArray[np.float32]:
        """The vectors (n, band) to be like; of the examples as they were picked."""
        return np.stack([self._vector(example) for example in self.positives])

    def against(self) -> NDArray[np.float32] | None:
        """The vectors (n, band) to be unlike, or None."""
        return np.stack([self._vector(example) for example in self.negatives]) if self.negatives else None

    def direction(self) -> NDArray[np.float32]:
        """The unit vector (band,) that the search looks along: the combined query, or the mean of several."""
        return combined(self.query(), self.against(), "mean")

    def _example(self, lon: float, lat: float, *, like: bool) -> Example:
        year = self.explorer.year
        self.explorer.shared.vector(lon, lat, year)
        return Example(lon, lat, year, like, name_of(self.explorer.shared, lon, lat))

    def _vector(self, example: Example) -> NDArray[np.float32]:
        return self.explorer.shared.vector(example.lon, example.lat, example.year)
