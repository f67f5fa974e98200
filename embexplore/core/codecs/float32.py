"""float32: the vectors themselves, the reference that every other codec is measured against."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.registry import register
from embexplore.core.cosine import ValueMap, scan


@register
@dataclass(frozen=True, eq=False)
class Float32(Codec):
    """Vectors as they are; NaN in all bands where there is no data."""

    name: ClassVar[str] = "float32"
    variable: ClassVar[str] = "embeddings"
    dtype: ClassVar[type[np.generic]] = np.float32
    nodata: ClassVar[float] = float("nan")

    @property
    def meaning(self) -> ValueMap:
        """What the kernels need to know."""
        return ValueMap()

    def code_size(self, d: int) -> int:
        """One float a band."""
        return d

    def encode(self, vectors: Vectors) -> Codes:
        """The vectors; one with any NaN or inf becomes NaN in all bands."""
        codes = np.array(vectors, np.float32)
        codes[~np.isfinite(codes).all(axis=-1)] = np.nan
        return codes

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """The codes; one with any NaN or inf is NaN in all bands."""
        return np.asarray(self.encode(np.asarray(codes, np.float32)), np.float32)

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Cosine; see `Codec.similarity`."""
        return scan(query, np.asarray(codes, np.float32), self.meaning)

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """Zero: nothing is lost."""
        return np.zeros(np.shape(vectors)[:-1], np.float32)
