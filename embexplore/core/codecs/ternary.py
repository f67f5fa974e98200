"""Three levels a band, five of them in a byte: 1.6 bits a band, between one and two."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.registry import register
from embexplore.core.fields import Fields
from embexplore.core.levels import best_of
from embexplore.core.lookup import Lookup, scan_lookup
from embexplore.errors import InvalidInput

TRITS = 5
"""3⁵ = 243 of the 256 numbers of a byte."""
PLACES = 3 ** np.arange(TRITS)[::-1]


@register
@dataclass(frozen=True, eq=False)
class Ternary(Codec):
    """Every band is the nearest of three levels, learned from data; five bands are a number of base 3, first band first.

    The middle level says that a band is not far from usual, which one bit cannot.
    There is no no-data code: the cube keeps a `valid` mask. A vector with NaN has the code 0.
    Source: Lloyd 1982, Least squares quantization in PCM (the levels); the packing is ours.

    Attributes
    ----------
    levels : ndarray of shape (d, 3), float32
        Rising; None before `fit`.
    """

    levels: NDArray[np.float32] | None = None

    name: ClassVar[str] = "ternary"
    dtype: ClassVar[type[np.generic]] = np.uint8
    may_follow: ClassVar[bool] = True

    @property
    def is_fitted(self) -> bool:
        """Whether the levels are known."""
        return self.levels is not None

    def fit(self, vectors: Vectors, *, random_state: int | None = None) -> Self:
        """Learn the levels from `vectors (n, d)`; vectors with NaN or inf are left out."""
        x = np.asarray(vectors, np.float32).reshape(-1, np.shape(vectors)[-1])
        x = x[np.isfinite(x).all(axis=-1)]
        if not len(x):
            raise InvalidInput("ternary was fitted on no data: every vector has NaN or inf. Fit it where data is.")
        return replace(self, levels=np.stack(best_of(x, np.full(x.shape[1], 3))).astype(np.float32))

    @property
    def _levels(self) -> NDArray[np.float32]:
        if self.levels is None:
            raise InvalidInput("this ternary codec has no levels yet: call fit(vectors) first.")
        return np.asarray(self.levels, np.float32)

    def code_size(self, d: int) -> int:
        """One byte for five bands."""
        return -(-d // TRITS)

    @cached_property
    def meaning(self) -> Lookup:
        """What scans need to know: a field a byte, which stands for five bands, the last for those that are left."""
        levels = self._levels
        trits = np.arange(256)[:, None] // PLACES % 3  # numbers from 243 on are never written
        values = [
            np.take_along_axis(part.T, trits[:, : len(part)], axis=0)
            for part in (levels[first : first + TRITS] for first in range(0, len(levels), TRITS))
        ]
        return Lookup(Fields.of([8] * len(values)), values)

    def encode(self, vectors: Vectors) -> Codes:
        """Σ trit·3⁴…3⁰ of five bands; bands that are missing in the last byte count as 0."""
        levels, x = self._levels.astype(np.float64), np.asarray(vectors, np.float32)
        if x.shape[-1] != len(levels):
            raise ValueError(f"vectors of {x.shape[-1]} bands: this codec has {len(levels)}")
        thresholds = ((levels[:, 1:] + levels[:, :-1]) / 2).astype(np.float32)
        trits = np.zeros((*x.shape[:-1], self.code_size(len(levels)) * TRITS), np.uint8)
        trits[..., : len(levels)] = (x >= thresholds[:, 0]).view(np.uint8) + (x >= thresholds[:, 1])
        codes = np.zeros((*x.shape[:-1], self.code_size(len(levels))), np.uint8)
        for place in range(TRITS):
            codes = codes * np.uint8(3) + trits[..., place::TRITS]
        return np.where(np.isfinite(x).all(axis=-1, keepdims=True), codes, np.uint8(0))

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """The levels; the caller masks no data."""
        return self.meaning.vectors(np.asarray(codes, np.uint8))

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Cosine; see `Codec.similarity`. The caller masks no data."""
        return scan_lookup(query, np.asarray(codes, np.uint8), self.meaning)

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """Half the wider gap of each band, or how far the value lies beyond the outer levels."""
        x, levels = np.asarray(vectors, np.float64), self._levels.astype(np.float64)
        gaps = np.diff(levels, axis=1).max(axis=1) / 2
        beyond = np.maximum(levels[:, 0] - x, x - levels[:, 2])
        bounds = np.maximum(gaps, beyond).max(axis=-1, initial=0)
        rounding = 4 * np.finfo(np.float32).eps * (np.abs(x).max(axis=-1, initial=0) + bounds)
        return np.asarray(bounds + rounding, np.float32)
