"""What a source is: embeddings on a north-up grid, read window by window in their own codes."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import Codec
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance


@dataclass(frozen=True)
class Block:
    """Codes of one window of one year.

    Attributes
    ----------
    codes : ndarray of shape (c, rows, columns)
        In the source's codec, band first; its no-data code (or NaN) where there is no data.
    scales : ndarray of shape (rows, columns), float32, or None
        For codecs with per-pixel scales: NaN is water, +inf no data.
    """

    codes: NDArray[np.generic]
    scales: NDArray[np.float32] | None = None


class Source(Protocol):
    """Where embeddings come from. Opened once, then read window by window, from several threads."""

    name: str
    grid: Grid
    years: tuple[int, ...]
    bands: tuple[str, ...]
    codec: Codec
    provenance: Provenance

    def read(self, year: int, rows: slice, columns: slice) -> Block:
        """The codes of a window of `grid` in a year: no data where the source has none.

        Raises SourceUnavailable when a file or server does not answer.
        """
        ...

    def fingerprint(self) -> str:
        """What changes when the source's content changes: paths, sizes, options. Guards a resumed ingest."""
        ...
