"""Product quantization: a vector falls into sub-vectors, each one byte, the number of the nearest of 256 learned ones."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codebooks import distinct, learned, nearest
from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.registry import define, register
from embexplore.core.fields import Fields
from embexplore.core.learned_rotation import learned_rotation, parts_of
from embexplore.core.lookup import Lookup, scan_lookup
from embexplore.core.matrix import times
from embexplore.core.parallel import one_thread
from embexplore.errors import InvalidInput

GRAIN = 2.0**-18
"""Entries are this much of the largest component apart, at least, and none smaller but zero."""


@register
@dataclass(frozen=True, eq=False)
class Product(Codec):
    """Each of some sub-vectors is the nearest of 256 entries of its own codebook, learned by k-means.

    Sub-vectors are as even as can be, the first ones a band longer; never more than bands. A codebook fitted on
    fewer than 256 different vectors holds just those. There is no no-data code: the cube keeps a `valid` mask.
    A vector with NaN has the code 0.

    Source: Jégou, Douze and Schmid 2011, Product quantization for nearest neighbor search; the rotation: Ge, He, Ke
    and Sun 2013, Optimized product quantization.

    Attributes
    ----------
    subvectors : int
        Bytes of a code.
    is_rotated : bool
        Learn a rotation first that lowers the error (OPQ).
    entries : ndarray of shape (256, d), float32
        All codebooks side by side; None before `fit`.
    axes : ndarray of shape (d, d), float32
        The rotation; None without one.
    """

    subvectors: int = 8
    is_rotated: bool = False
    entries: NDArray[np.float32] | None = None
    axes: NDArray[np.float32] | None = None

    name: ClassVar[str] = "product"
    dtype: ClassVar[type[np.generic]] = np.uint8

    @property
    def may_follow(self) -> bool:  # type: ignore[override]
        """A transform may come before `pq8`, not before the rotation of `opq8`."""
        return not self.is_rotated

    def __post_init__(self) -> None:
        if self.subvectors < 1:
            raise InvalidInput(f"subvectors={self.subvectors}: expected 1 at least, one byte each.")

    @property
    def spec(self) -> str:
        """`pq8` for eight sub-vectors, `opq8` with the rotation."""
        return f"{'opq' if self.is_rotated else 'pq'}{self.subvectors}"

    @property
    def is_fitted(self) -> bool:
        """Whether the codebooks are known."""
        return self.entries is not None

    def fit(self, vectors: Vectors, *, random_state: int | None = None) -> Self:
        """Learn codebooks, and the rotation, from `vectors (n, d)`; vectors with NaN or inf are left out."""
        x = np.asarray(vectors, np.float32).reshape(-1, np.shape(vectors)[-1])
        x = x[np.isfinite(x).all(axis=-1)]
        if len(x) < 2:
            raise InvalidInput(f"{self.spec} was fitted on {len(x)} vectors with data: it needs two at least.")
        parts, seed = parts_of(x.shape[1], self.subvectors), random_state or 0
        axes = learned_rotation(x, parts, seed)[0] if self.is_rotated else None
        with one_thread():
            z = x if axes is None else x @ axes.T
            books = [learned(z[:, part], seed) for part in parts]
        grain = GRAIN * float(np.abs(x).max())
        return replace(self, entries=np.concatenate([distinct(book, grain) for book in books], axis=1), axes=axes)

    def code_size(self, d: int) -> int:
        """One byte a sub-vector."""
        return min(self.subvectors, d)

    @cached_property
    def _books(self) -> list[NDArray[np.float32]]:
        if self.entries is None:
            raise InvalidInput(f"this {self.spec} codec has no codebooks yet: call fit(vectors) first.")
        entries = np.asarray(self.entries, np.float32)
        return [np.ascontiguousarray(entries[:, part]) for part in parts_of(entries.shape[1], self.subvectors)]

    @cached_property
    def meaning(self) -> Lookup:
        """What scans need to know: the entries of every sub-vector."""
        return Lookup(Fields.of([8] * len(self._books)), self._books)

    def encode(self, vectors: Vectors) -> Codes:
        """The number of the nearest entry of each sub-vector; one with any NaN or inf has the code 0."""
        x, books = np.asarray(vectors, np.float32), self._books
        d = self.meaning.bands
        if x.shape[-1] != d:
            raise ValueError(f"vectors of {x.shape[-1]} bands: this codec has {d}")
        z = x if self.axes is None else times(x, np.asarray(self.axes, np.float32).T)
        return nearest(z.reshape(-1, d), books).reshape((*x.shape[:-1], len(books)))

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """The entries side by side, turned back; the caller masks no data."""
        z = self.meaning.vectors(np.asarray(codes, np.uint8))
        return z if self.axes is None else times(z, np.asarray(self.axes, np.float32))

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Cosine; see `Codec.similarity`. The caller masks no data."""
        return scan_lookup(query, np.asarray(codes, np.uint8), self.meaning, axes=self.axes)

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """How far each vector lies from the entries nearest to it: how far that may be, no codebook says."""
        x = np.asarray(vectors, np.float32)
        return np.asarray(np.abs(self.decode(self.encode(x)) - x).max(axis=-1, initial=0))


for _count in (4, 8, 16, 24, 32, 48, 64):
    define(Product(_count).spec, Product, is_listed=_count in (8, 16, 32), subvectors=_count)
    define(Product(_count, True).spec, Product, is_listed=_count in (8, 16), subvectors=_count, is_rotated=True)
