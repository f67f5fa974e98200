"""The two years of Change, and the years between them."""

from collections.abc import Mapping
from typing import Any

import param

from embexplore.cube.years import resolve_year
from embexplore.errors import InvalidInput
from embexplore.ui.modes.base import Mode


class Span(Mode):
    """A mode that compares two years of a cube."""

    years = param.NumericTuple(default=None, length=2, doc="The two years, the earlier first; None: first and last.")

    @property
    def span(self) -> tuple[int, int]:
        """The two years; InvalidInput where the cube lacks one of them, or has only one itself."""
        known = sorted(self.explorer.cube.emb.years)
        if len(known) < 2:
            raise InvalidInput(f"Change needs two years: this cube has {known[0]}.")
        first, second = (resolve_year(self.explorer.cube, year) for year in self.years or (known[0], known[-1]))
        return min(first, second), max(first, second)

    def restore(self, state: Mapping[str, Any]) -> None:
        """As every mode; InvalidInput for years that this cube lacks."""
        super().restore(state)
        if self.years is not None:
            for year in self.years:
                resolve_year(self.explorer.cube, year)

    @property
    def steps(self) -> list[int]:
        """The later years of the consecutive pairs between the two years."""
        first, second = self.span
        return [year for year in sorted(self.explorer.cube.emb.years) if first < year <= second]
