"""Affine int8: every band's own range cut into 254 equal steps, global or chunk by chunk."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.registry import register
from embexplore.core.cosine import ValueMap, scan
from embexplore.core.values import read, rounded
from embexplore.errors import InvalidInput

NODATA = -128


@register
@dataclass(frozen=True, eq=False)
class Int8(Codec):
    """x = scale·v + offset by band, v in −127 … 127, −128 where there is no data.

    Attributes
    ----------
    scale, offset : ndarray of shape (d,), float32
        Step and center of each band; None before `fit`. A cube may hold others for each chunk:
        scores are cosines of decoded values, so chunks stay comparable.
    """

    scale: NDArray[np.float32] | None = None
    offset: NDArray[np.float32] | None = None

    name: ClassVar[str] = "int8"
    variable: ClassVar[str] = "embeddings"
    dtype: ClassVar[type[np.generic]] = np.int8
    nodata: ClassVar[int] = NODATA

    @property
    def is_fitted(self) -> bool:
        """Whether the bands' ranges are known."""
        return self.scale is not None and self.offset is not None

    def fit(self, vectors: Vectors, *, random_state: int | None = None) -> Self:
        """Learn each band's range from `vectors (n, d)`; vectors with NaN or inf are left out."""
        x = np.asarray(vectors, np.float32).reshape(-1, np.shape(vectors)[-1])
        x = x[np.isfinite(x).all(axis=-1)]
        if not len(x):
            raise InvalidInput("int8 was fitted on no data: every vector has NaN or inf. Fit it where there is data.")
        low, high = x.min(axis=0).astype(np.float64), x.max(axis=0).astype(np.float64)
        # A step below float32's own grain would not survive decode and encode.
        grain = np.maximum(np.maximum(np.abs(low), np.abs(high)) * 2.0**-20, np.finfo(np.float32).tiny * 2.0**20)
        scale = np.maximum((high - low) / 254, grain).astype(np.float32)
        return type(self)(scale=scale, offset=((low + high) / 2).astype(np.float32))

    @property
    def _affine(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        if self.scale is None or self.offset is None:
            raise InvalidInput("this int8 codec has no scale and offset yet: call fit(vectors) first.")
        return np.asarray(self.scale, np.float32), np.asarray(self.offset, np.float32)

    @property
    def meaning(self) -> ValueMap:
        """What the kernels need to know."""
        scale, offset = self._affine
        return ValueMap(scale=scale, offset=offset, nodata=NODATA)

    def code_size(self, d: int) -> int:
        """One byte a band."""
        return d

    def encode(self, vectors: Vectors) -> Codes:
        """Codes v = clip(round((x − offset) / scale), −127, 127); a vector with any NaN or inf becomes −128."""
        return rounded(np.asarray(vectors, np.float32), *self._affine, NODATA)

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """Vectors x = scale·v + offset; NaN in all bands where the first code is −128 (if one is, all are)."""
        return read(np.asarray(codes, np.int8), self.meaning)

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Cosine; see `Codec.similarity`."""
        return scan(query, np.asarray(codes, np.int8), self.meaning)

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """Half a step, and what lies beyond the fitted range."""
        scale, offset = (array.astype(np.float64) for array in self._affine)
        x = np.asarray(vectors, np.float64)
        beyond = np.abs(x - offset) - 127 * scale
        bound = np.maximum(scale / 2, beyond).max(axis=-1, initial=0)
        rounding = 4 * np.finfo(np.float32).eps * (np.abs(x) + np.abs(offset) + 127 * scale).max(axis=-1, initial=0)
        return np.asarray(bound + rounding, np.float32)
