"""One bit a band: the sign, plain or around a learned center (mean or median), compared by Hamming distance."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from embexplore.core.bits import hamming_scores, pack, unpack
from embexplore.core.calibration import calibrate
from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.registry import define, register
from embexplore.core.cosine import unit_queries
from embexplore.core.fields import Fields
from embexplore.core.lookup import Lookup
from embexplore.errors import InvalidInput

CENTERS = ("mean", "median")
"""Where a bit turns over."""


def _similarity(
    query_codes: NDArray[np.uint8], codes: NDArray[np.generic], table: NDArray[np.float32], unit: NDArray[np.floating]
) -> NDArray[np.float32]:
    """`table[hamming]` of one query's bits, or of several on a new first axis; NaN for a query without direction."""
    bits = np.asarray(codes, np.uint8)
    rows = [
        hamming_scores(bits, code, table if np.isfinite(direction).all() else np.full_like(table, np.nan))
        for code, direction in zip(np.atleast_2d(query_codes), np.atleast_2d(unit), strict=True)
    ]
    return np.stack(rows) if query_codes.ndim == 2 else rows[0]


@register
@dataclass(frozen=True, eq=False)
class Binary(Codec):
    """Bit b is x_b > center_b; the Hamming distance becomes a cosine through a learned table.

    There is no no-data code: the cube keeps a `valid` mask beside the bits. A vector with NaN has no bits set.

    Attributes
    ----------
    around : {"mean", "median"}
        What the center is. Around the median every bit is set for half of the vectors and says most by itself;
        the mean is nearer to what a dot product sees.
    center : ndarray of shape (d,), float32
        Of the vectors it was fitted on; None before `fit`.
    spread : ndarray of shape (d,), float32
        Mean distance from the center by band: what a bit decodes to.
    calibration : ndarray of shape (d + 1,), float32
        Cosine by number of differing bits, never increasing.
    length : float
        Typical length of the fitted vectors, which a query is scaled to before it is centered.
    """

    center: NDArray[np.float32] | None = None
    spread: NDArray[np.float32] | None = None
    calibration: NDArray[np.float32] | None = None
    length: float = 1.0
    around: str = "mean"

    name: ClassVar[str] = "binary"
    variable: ClassVar[str] = "bits"
    dtype: ClassVar[type[np.generic]] = np.uint8
    may_follow: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.around not in CENTERS:
            raise InvalidInput(f"around={self.around!r}: choose {' or '.join(CENTERS)}.")

    @property
    def spec(self) -> str:
        """`binary` around the mean, `binary-median` around the median."""
        return "binary" if self.around == "mean" else f"binary-{self.around}"

    @property
    def is_fitted(self) -> bool:
        """Whether center and calibration are known."""
        return self.center is not None and self.calibration is not None

    def fit(self, vectors: Vectors, *, random_state: int | None = None) -> Self:
        """Learn center, spread and calibration from `vectors (n, d)`; vectors with NaN or inf are left out."""
        x = np.asarray(vectors, np.float32).reshape(-1, np.shape(vectors)[-1])
        x = x[np.isfinite(x).all(axis=-1)].astype(np.float64)
        if len(x) < 2:
            raise InvalidInput(f"{self.spec} was fitted on {len(x)} vectors with data: it needs two at least.")
        center = x.mean(axis=0) if self.around == "mean" else np.median(x, axis=0)
        bits = x.astype(np.float32) > center.astype(np.float32)
        return replace(
            self,
            center=center.astype(np.float32),
            spread=np.abs(x - center).mean(axis=0).astype(np.float32),
            calibration=calibrate(x, bits, random_state=random_state),
            length=float(np.median(np.linalg.norm(x, axis=-1))) or 1.0,
        )

    def calibrated(self, vectors: Vectors, codes: Codes, *, random_state: int | None = None) -> Self:
        """This codec with the cosines of other vectors `(n, d)` for the bits `(n, c)`: those before a transform."""
        bits = unpack(np.asarray(codes, np.uint8), len(self._center))
        return replace(self, calibration=calibrate(np.asarray(vectors, np.float64), bits, random_state=random_state))

    def code_size(self, d: int) -> int:
        """One byte for eight bands."""
        return -(-d // 8)

    @property
    def _center(self) -> NDArray[np.float32]:
        if self.center is None:
            raise InvalidInput("this binary codec has no center yet: call fit(vectors) first.")
        return np.asarray(self.center, np.float32)

    def encode(self, vectors: Vectors) -> Codes:
        """Packed bits x > center, big-endian."""
        return pack(np.asarray(vectors, np.float32) > self._center)

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """Vectors center ± spread: the mean vector of each side of the center, band by band."""
        return self._sides.vectors(np.asarray(codes, np.uint8))

    @cached_property
    def _sides(self) -> Lookup:
        """What the two values of every bit stand for."""
        center = self._center
        spread = np.ones_like(center) if self.spread is None else np.asarray(self.spread, np.float32)
        return Lookup(Fields.of([1] * len(center)), list(np.stack([center - spread, center + spread], axis=1)))

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Expected cosine by the calibration; see `Codec.similarity`. The caller masks no data."""
        if self.calibration is None:
            raise InvalidInput("this binary codec has no calibration yet: call fit(vectors) first.")
        unit = unit_queries(query, len(self._center))
        bits = np.asarray(self.encode(unit * np.float32(self.length)), np.uint8)
        return _similarity(bits, codes, np.asarray(self.calibration, np.float32), unit)

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """How far each vector lies from center ± spread on its own side."""
        x = np.asarray(vectors, np.float32)
        return np.asarray(np.abs(self.decode(self.encode(x)) - x).max(axis=-1, initial=0))


define("binary", Binary)
define("binary-median", Binary, around="median")


@register
@dataclass(frozen=True, eq=False)
class BinarySign(Codec):
    """Bit b is x_b > 0. The cosine is cos(π·h / d), exact in expectation for random directions.

    Source: Charikar 2002, Similarity estimation techniques from rounding algorithms (SimHash).
    There is no no-data code: the cube keeps a `valid` mask beside the bits.
    """

    d: int | None = None

    name: ClassVar[str] = "binary-sign"
    variable: ClassVar[str] = "bits"
    dtype: ClassVar[type[np.generic]] = np.uint8

    def fit(self, vectors: Vectors, *, random_state: int | None = None) -> Self:
        """Only the number of bands is learned, which `decode` needs where it is no multiple of 8."""
        return type(self)(d=int(np.shape(vectors)[-1]))

    def code_size(self, d: int) -> int:
        """One byte for eight bands."""
        return -(-d // 8)

    def encode(self, vectors: Vectors) -> Codes:
        """Packed bits x > 0, big-endian."""
        return pack(np.asarray(vectors, np.float32) > 0)

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """±1 / √d: the unit vector through the middle of the code's orthant."""
        d = self.d or 8 * codes.shape[-1]
        side = np.float32(1 / np.sqrt(d))
        return np.where(unpack(np.asarray(codes, np.uint8), d), side, -side)

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """cos(π·h / d); see `Codec.similarity`. The caller masks no data."""
        d = np.shape(query)[-1]
        table = np.cos(np.pi * np.arange(d + 1) / d).astype(np.float32)
        unit = unit_queries(query, d)
        return _similarity(np.asarray(self.encode(unit), np.uint8), codes, table, unit)

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """How far each vector lies from the middle of its orthant."""
        x = np.asarray(vectors, np.float32)
        sides = np.where(x > 0, 1, -1) / np.sqrt(x.shape[-1])
        return np.asarray(np.abs(sides.astype(np.float32) - x).max(axis=-1, initial=0))
