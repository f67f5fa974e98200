"""Residual quantization: a vector is the sum of learned vectors, one a stage, each taken for what is left so far."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codebooks import ENTRIES
from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.registry import define, register
from embexplore.core.cosine import unit_queries
from embexplore.core.fields import Fields
from embexplore.core.lookup import Lookup, table_sums
from embexplore.core.memory import pixels
from embexplore.core.parallel import in_tiles, one_thread
from embexplore.core.stage_kernels import squares_of_sums
from embexplore.core.stages import added, learned_stages, numbers_of
from embexplore.errors import InvalidInput


@register
@dataclass(frozen=True, eq=False)
class Residual(Codec):
    """x̂ is the sum of one of 256 entries a stage. Dot products are sums of a table; lengths are added up anew.

    Entries of different stages are not orthogonal, so |x̂|² is no sum of a table, and it matters: on the Wisconsin
    chip at 8 bytes recall is 0.85 with it and 0.52 without. Kept in a byte in the place of a stage it would scan
    faster, at 0.83. There is no no-data code: the cube keeps a `valid` mask. A vector with NaN has the code 0.

    Source: Chen, Guan and Wang 2010, Approximate nearest neighbor search by residual vector quantization; several
    sums are followed from stage to stage, as in Babenko and Lempitsky 2014, Additive quantization.

    Attributes
    ----------
    stages : int
        Bytes of a code.
    entries : ndarray of shape (stages, 256, d), float32
        None before `fit`.
    """

    stages: int = 8
    entries: NDArray[np.float32] | None = None

    name: ClassVar[str] = "residual"
    dtype: ClassVar[type[np.generic]] = np.uint8

    def __post_init__(self) -> None:
        if self.stages < 1:
            raise InvalidInput(f"stages={self.stages}: expected 1 at least, one byte each.")

    @property
    def spec(self) -> str:
        """`rvq8` for eight stages."""
        return f"rvq{self.stages}"

    @property
    def is_fitted(self) -> bool:
        """Whether the stages are known."""
        return self.entries is not None

    def fit(self, vectors: Vectors, *, random_state: int | None = None) -> Self:
        """Learn the stages one after the other from `vectors (n, d)`; vectors with NaN or inf are left out."""
        x = np.asarray(vectors, np.float32).reshape(-1, np.shape(vectors)[-1])
        x = x[np.isfinite(x).all(axis=-1)]
        if len(x) < 2:
            raise InvalidInput(f"{self.spec} was fitted on {len(x)} vectors with data: it needs two at least.")
        with one_thread():
            return replace(self, entries=learned_stages(x, self.stages, random_state or 0))

    def code_size(self, d: int) -> int:
        """One byte a stage."""
        return self.stages

    @property
    def _entries(self) -> NDArray[np.float32]:
        if self.entries is None:
            raise InvalidInput(f"this {self.spec} codec has no stages yet: call fit(vectors) first.")
        return np.ascontiguousarray(self.entries, np.float32)

    @cached_property
    def _dots(self) -> Lookup:
        """What the scan of dot products needs to know: entries that add up, and say nothing of lengths."""
        entries = self._entries
        nothing = [np.zeros(ENTRIES)] * len(entries)
        return Lookup(Fields.of([8] * len(entries)), list(entries), is_additive=True, squared=nothing)

    def encode(self, vectors: Vectors) -> Codes:
        """The number of each stage's entry; one with any NaN or inf has the code 0."""
        x, entries = np.asarray(vectors, np.float32), self._entries
        d = entries.shape[-1]
        if x.shape[-1] != d:
            raise ValueError(f"vectors of {x.shape[-1]} bands: this codec has {d}")
        flat = x.reshape(-1, d)
        is_known = np.isfinite(flat).all(axis=-1)
        codes = np.zeros((len(flat), len(entries)), np.uint8)
        with one_thread():  # chunks are encoded side by side already
            codes[is_known] = numbers_of(flat[is_known], entries)
        return codes.reshape((*x.shape[:-1], len(entries)))

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """The sum of the entries; the caller masks no data."""
        return added(np.asarray(codes, np.uint8), self._entries)

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Cosine; see `Codec.similarity`. The caller masks no data."""
        entries, v = self._entries, np.asarray(codes, np.uint8)
        units = np.atleast_2d(unit_queries(query, entries.shape[-1])).astype(np.float64)
        scores = table_sums(v, self._dots, self._dots.dots(np.nan_to_num(units)))
        squares, memory = np.empty(scores.shape[1], np.float32), pixels(v).memory
        if len(squares):
            in_tiles(lambda start, stop: squares_of_sums(memory, entries, start, stop, squares), len(squares))
        with np.errstate(invalid="ignore", divide="ignore"):
            scores /= np.sqrt(squares)
        np.clip(scores, -1, 1, out=scores)
        scores[np.isnan(units).any(axis=1)] = np.nan
        return scores.reshape((*np.shape(query)[:-1], *v.shape[:-1]))

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """How far each vector lies from the sum of its entries: how far that may be, no codebook says."""
        x = np.asarray(vectors, np.float32)
        return np.asarray(np.abs(self.decode(self.encode(x)) - x).max(axis=-1, initial=0))


for _count in (4, 8, 16, 24, 32):
    define(Residual(_count).spec, Residual, is_listed=_count in (8, 16), stages=_count)
