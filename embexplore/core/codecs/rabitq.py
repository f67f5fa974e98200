"""RaBitQ: sign bits around a center after a random rotation, and what makes their dot products right on average."""

from dataclasses import dataclass, replace
from functools import cached_property
from math import lgamma
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from embexplore.core.bits import pack, unpack
from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.registry import define, register
from embexplore.core.cosine import unit_queries
from embexplore.core.fields import Fields
from embexplore.core.lookup import Lookup, table_sums
from embexplore.core.parallel import one_thread
from embexplore.core.transforms.rotations import random_rotation
from embexplore.errors import InvalidInput

STEPS = 255


@register
@dataclass(frozen=True, eq=False)
class RaBitQ(Codec):
    """Bit b is (P·(x − c))_b > 0, with r = |x − c| in a byte, and a in another: the cosine of x − c and its bits.

    With s = ±1 by the bits, ⟨P·(x − c), s⟩ = √d·r·a, so s·r/(√d·a) has the right dot product with x − c, and over
    random rotations P with any query. With |x| = 1 and so ⟨c, x⟩ = (1 + |c|² − r²)/2,

        ⟨q, x⟩ ≈ r/(√d·a)·⟨P·(q − c), s⟩ + ⟨q, c⟩ + (1 − |c|² − r²)/2

    is unbiased, but for the rounding of r and a to bytes. Vectors are taken to be of unit length, as cubes hold them.
    There is no no-data code: the cube keeps a `valid` mask. A vector with NaN has the code 0.

    Taking q about the center matters: with q itself the error grows by |q| / |q − c|, and recall on the Wisconsin
    chip falls from 0.6 to 0.2.

    Source: Gao and Long 2024, RaBitQ: quantizing high-dimensional vectors with a theoretical error bound for
    approximate nearest neighbor search (SIGMOD), sections 3.1 to 3.3. It keeps r and a in float32.

    Attributes
    ----------
    has_angle : bool
        Keep a. Without it, its mean over all rotations stands in: still unbiased, a byte less. On the Wisconsin chip
        the error is the same and the recall higher, since vectors of small a no longer lead by their large errors.
    seed : int
        Of the rotation.
    center : ndarray of shape (d,), float32
        Mean of the vectors it was fitted on; None before `fit`.
    axes : ndarray of shape (d, d), float32
        The rotation P.
    """

    has_angle: bool = True
    seed: int = 0
    center: NDArray[np.float32] | None = None
    axes: NDArray[np.float32] | None = None

    name: ClassVar[str] = "rabitq"
    dtype: ClassVar[type[np.generic]] = np.uint8

    @property
    def spec(self) -> str:
        """`rabitq`, and `rabitq-lite` without a."""
        return "rabitq" if self.has_angle else "rabitq-lite"

    @property
    def is_fitted(self) -> bool:
        """Whether the center is known."""
        return self.center is not None and self.axes is not None

    def fit(self, vectors: Vectors, *, random_state: int | None = None) -> Self:
        """Learn the center from `vectors (n, d)`; vectors with NaN or inf are left out."""
        x = np.asarray(vectors, np.float32).reshape(-1, np.shape(vectors)[-1])
        x = x[np.isfinite(x).all(axis=-1)]
        if not len(x):
            raise InvalidInput(f"{self.spec} was fitted on no data: every vector has NaN or inf. Fit it where data is.")
        axes = random_rotation(x.shape[1], self.seed).astype(np.float32)
        return replace(self, center=x.mean(axis=0, dtype=np.float64).astype(np.float32), axes=axes)

    @property
    def _parts(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if self.center is None or self.axes is None:
            raise InvalidInput(f"this {self.spec} codec has no center yet: call fit(vectors) first.")
        return np.asarray(self.center, np.float32), np.asarray(self.axes, np.float32)

    @property
    def _farthest(self) -> float:
        """A vector of unit length lies no farther from the center: what 255 stands for in r."""
        return 1 + float(np.linalg.norm(self._parts[0].astype(np.float64)))

    def code_size(self, d: int) -> int:
        """One byte for eight bands, one for r and one for a."""
        return -(-d // 8) + 1 + self.has_angle

    def encode(self, vectors: Vectors) -> Codes:
        """Packed bits, big-endian, then round(255·r / (1 + |c|)), then round(255·a)."""
        center, axes = self._parts
        x = np.asarray(vectors, np.float32)
        if x.shape[-1] != len(center):
            raise ValueError(f"vectors of {x.shape[-1]} bands: this codec has {len(center)}")
        is_known = np.isfinite(x).all(axis=-1, keepdims=True)
        with one_thread():  # chunks are encoded side by side already
            z = (np.where(is_known, x, center) - center) @ axes.T
        r = np.linalg.norm(z, axis=-1)
        numbers = [np.minimum(np.rint(r * (STEPS / self._farthest)), STEPS)]
        if self.has_angle:
            a = np.abs(z).sum(axis=-1) / np.where(r > 0, r * np.sqrt(len(center)), 1)
            numbers.append(np.where(r > 0, np.clip(np.rint(a * STEPS), 1, STEPS), STEPS))
        bits = pack((z > 0) & (numbers[0] > 0)[..., None])  # at the center there is no side
        codes = np.concatenate([bits, np.stack(numbers, axis=-1).astype(np.uint8)], axis=-1)
        return np.where(is_known, codes, np.uint8(0))

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """Vectors c + r·Pᵀ·s/√d, at the right distance from the center; the caller masks no data."""
        center, axes = self._parts
        v = np.asarray(codes, np.uint8)
        r = v[..., -(-len(center) // 8)] * np.float32(self._farthest / STEPS)
        signs = np.where(unpack(v, len(center)), np.float32(1), np.float32(-1))
        with one_thread():
            return np.asarray(center + (r / np.float32(np.sqrt(len(center))))[..., None] * (signs @ axes))

    @cached_property
    def _tables(self) -> tuple[Lookup, NDArray[np.float32]]:
        """How bits are read, and the tables `(2, entries)` of r and of 1/a, or of 1/a's stand-in."""
        d = len(self._parts[0])
        sides, filling, numbers = np.array([-1.0, 1.0]), -d % 8, np.arange(STEPS + 1)
        fields = Fields.of([*[1] * d, filling, *[8] * (1 + self.has_angle)])
        nothing = [np.zeros((1 << width, 0)) for width in fields.widths[d:]]
        zeros = [np.zeros(1 << width) for width in fields.widths]
        distances = numbers * (self._farthest / STEPS)
        angles = STEPS / np.maximum(numbers, 1) if self.has_angle else np.full(STEPS + 1, 1 / mean_angle(d))
        tables = [fields.table([*zeros[: d + 1], distances, *zeros[d + 2 :]]), fields.table([*zeros[:-1], angles])]
        return Lookup(fields, [*[sides] * d, *nothing]), np.stack(tables)

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """The unbiased estimate of the cosine; see `Codec.similarity`. The caller masks no data.

        It may pass 1 by its own error: cut off there, the nearest could not be told apart.
        """
        center, axes = (part.astype(np.float64) for part in self._parts)
        units = np.atleast_2d(unit_queries(query, len(center))).astype(np.float64)
        meaning, tables = self._tables
        dots = meaning.dots(np.nan_to_num(units - center) @ axes.T / np.sqrt(len(center)))
        v = np.asarray(codes, np.uint8)
        r, angle, *sums = table_sums(v, meaning, np.concatenate([tables, dots]))
        scores = np.asarray(sums, np.float32).reshape(len(units), len(r))
        scores *= r * angle
        scores += (1 - r**2 - np.float32(center @ center)) / 2
        scores += (units @ center).astype(np.float32)[:, None]  # NaN for a query without direction
        return scores.reshape((*np.shape(query)[:-1], *v.shape[:-1]))

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """How far each vector lies from what it is decoded to."""
        x = np.asarray(vectors, np.float32)
        decoded = self.decode(self.encode(x))
        rounding = 4 * x.shape[-1] * np.finfo(np.float32).eps * (np.abs(x).max(axis=-1, initial=0) + self._farthest)
        return np.asarray(np.abs(decoded - x).max(axis=-1, initial=0) + rounding, np.float32)


def mean_angle(d: int) -> float:
    """The mean of a, the cosine of a random direction in d dimensions and the nearest of the 2**d of signs.

    It is √d times the mean |component| of a unit vector, and nears √(2/π).
    """
    return float(np.sqrt(d / np.pi) * np.exp(lgamma(d / 2) - lgamma((d + 1) / 2)))


define("rabitq", RaBitQ)
define("rabitq-lite", RaBitQ, has_angle=False)
