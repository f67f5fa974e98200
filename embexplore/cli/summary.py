"""Figures of a map for the table that a verb prints: exact counts, quantiles to a ten-thousandth, one strip at a time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

BINS = 20_000
"""Bins over [0, 2], the range of 1 − cosine: quantiles are right to 0.0001."""


@dataclass(frozen=True)
class Summary:
    """Of the pixels with data: how many there are, and what they hold."""

    pixels: int
    data: int
    median: float
    high: float
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
            return Summary(self.pixels, 0, np.nan, np.nan, np.nan, row, column)
        return Summary(self.pixels, data, self._quantile(0.5), self._quantile(0.95), value, row, column)

    def _quantile(self, share: float) -> float:
        place = int(np.searchsorted(np.cumsum(self.histogram), share * self.histogram.sum()))
        return (place + 0.5) * 2 / BINS


def summarize(layers: "xr.DataArray") -> list[Summary]:
    """One Summary for each layer of `(layer, y, x)`; a lazy array is computed once, in strips of its own chunks."""
    heights = layers.chunks[1] if layers.chunks else (layers.shape[1],)
    running = [_Running() for _ in range(layers.shape[0])]
    first = 0
    for height in heights:
        strip = np.asarray(layers[:, first : first + height].data)
        for kept, values in zip(running, strip, strict=True):
            kept.update(values, first)
        first += height
    return [kept.summary() for kept in running]
