"""Figures of a map for the table that a verb prints: exact counts, quantiles to a ten-thousandth, one strip at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embexplore.core.noise import noise_above

if TYPE_CHECKING:
    import xarray as xr

BINS = 20_000
"""Bins over [0, 2], the range of 1 − cosine: quantiles are right to 0.0001."""
CENTERS = (np.arange(BINS) + 0.5) * 2 / BINS


@dataclass(frozen=True)
class Summary:
    """Of the pixels with data: how many there are, and what they hold.

    `high` is the 95 % quantile; `usual` is the median plus three robust standard deviations, which ground
    that did not change stays below (`core.noise` says why).
    """

    pixels: int
    data: int
    median: float
    high: float
    usual: float
    largest: float
    row: int
    column: int


class _Running:
    """What is kept of one layer while its strips pass."""

    def __init__(self) -> None:
        self.histogram = np.zeros(BINS, np.int64)
        self.pixels = 0
        self.largest = (-np.inf, -1, -1)

    def update(self, values: NDArray[np.floating], first_row: int) -> None:
        self.pixels += values.size
        data = values[np.isfinite(values)]
        if not data.size:
            return
        self.histogram += np.histogram(np.clip(data, 0, 2), BINS, (0, 2))[0]
        row, column = np.unravel_index(int(np.nanargmax(values)), values.shape)
        if values[row, column] > self.largest[0]:
            self.largest = (float(values[row, column]), first_row + int(row), int(column))

    def summary(self) -> Summary:
        data = int(self.histogram.sum())
        value, row, column = self.largest
        if not data:
            return Summary(self.pixels, 0, np.nan, np.nan, np.nan, np.nan, row, column)
        median = _quantile(CENTERS, self.histogram, 0.5)
        spread = np.abs(CENTERS - median)
        order = np.argsort(spread, kind="stable")
        usual = noise_above(median, _quantile(spread[order], self.histogram[order], 0.5))
        high = _quantile(CENTERS, self.histogram, 0.95)  # the middle of a bin may lie above all that it holds
        return Summary(self.pixels, data, min(median, value), min(high, value), usual, value, row, column)


def _quantile(values: NDArray[np.floating], counts: NDArray[np.int64], share: float) -> float:
    """The smallest of ascending values that this share of all counts does not exceed."""
    return float(values[np.searchsorted(np.cumsum(counts), share * counts.sum())])


def strips(layers: "xr.DataArray") -> Iterator[tuple[int, NDArray[np.floating]]]:
    """First row and values of strips of `(layer, y, x)`; a lazy array is computed once, in rows of its own chunks."""
    heights = layers.chunks[1] if layers.chunks else (layers.shape[1],)
    first = 0
    for height in heights:
        yield first, np.asarray(layers[:, first : first + height].data)
        first += height


def summarize(layers: "xr.DataArray") -> list[Summary]:
    """One Summary for each layer of `(layer, y, x)`."""
    running = [_Running() for _ in range(layers.shape[0])]
    for first, strip in strips(layers):
        for kept, values in zip(running, strip, strict=True):
            kept.update(values, first)
    return [kept.summary() for kept in running]


def count_years(largest: "xr.DataArray", years: Sequence[int], floor: float) -> tuple[list[int], list[int]]:
    """How many pixels had their largest change in each year: all of them, and those above a floor.

    `largest` has two layers: the largest change, and the year of it.
    """
    everywhere, above = np.zeros(len(years), np.int64), np.zeros(len(years), np.int64)
    for _, (change, year) in strips(largest):
        everywhere += [int((year == number).sum()) for number in years]
        above += [int(((year == number) & (change > floor)).sum()) for number in years]
    return everywhere.tolist(), above.tolist()
