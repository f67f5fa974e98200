"""float16: half the bytes of float32, and a rounding that no search sees."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.registry import register
from embexplore.core.cosine import ValueMap, scan, unit_queries
from embexplore.core.memory import pixels, window
from embexplore.core.parallel import in_tiles

LARGEST = float(np.finfo(np.float16).max)
ROUNDING = 2.0**-11
"""Half a unit in the last of 11 bits, relative to the value."""
LEAST = 2.0**-25
"""Half a step of the values below 2⁻¹⁴, which are 2⁻²⁴ apart."""
TILE = 1 << 14
"""Pixels that are widened at a time: 4 MiB of 64 bands."""


@register
@dataclass(frozen=True, eq=False)
class Float16(Codec):
    """Every value rounded to IEEE half precision; NaN in all bands where there is no data.

    Values beyond ±65504, the largest, become that. Nothing is fitted.
    Source: IEEE 754-2019, section 3.6 (binary16).
    """

    name: ClassVar[str] = "float16"
    dtype: ClassVar[type[np.generic]] = np.float16
    nodata: ClassVar[float] = float("nan")

    def code_size(self, d: int) -> int:
        """One half a band."""
        return d

    def encode(self, vectors: Vectors) -> Codes:
        """The nearest halves; a vector with any NaN or inf becomes NaN in all bands."""
        x = np.asarray(vectors, np.float32)
        codes = np.clip(x, -LARGEST, LARGEST).astype(np.float16)
        codes[~np.isfinite(x).all(axis=-1)] = np.nan
        return codes

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """The codes in float32; one with any NaN or inf is NaN in all bands."""
        vectors = np.asarray(codes, np.float16).astype(np.float32)
        vectors[~np.isfinite(vectors).all(axis=-1)] = np.nan
        return vectors

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Cosine; see `Codec.similarity`. Widened by tiles: kernels have no arithmetic for halves."""
        halves = np.asarray(codes, np.float16)
        shape, d = halves.shape[:-1], halves.shape[-1]
        units = np.atleast_2d(unit_queries(query, d))
        memory, n = pixels(halves).memory, int(np.prod(shape))
        scores = np.empty((len(units), n), np.float32)

        def work(start: int, stop: int) -> None:
            for first in range(start, stop, TILE):
                here = slice(first, min(first + TILE, stop))
                wide = window(memory, here.start, here.stop, d).astype(np.float32)
                scores[:, here] = scan(units, wide, ValueMap(), threads=1)

        if n:
            in_tiles(work, n)
        return scores.reshape((*np.shape(query)[:-1], *shape))

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """Half a unit in the last place of the largest component, and what lies beyond ±65504."""
        peak = np.abs(np.asarray(vectors, np.float64)).max(axis=-1, initial=0)
        bound = np.maximum(np.maximum(peak * ROUNDING, LEAST), peak - LARGEST)
        return np.asarray(bound * (1 + 2.0**-22), np.float32)  # rounded to float32, upwards
