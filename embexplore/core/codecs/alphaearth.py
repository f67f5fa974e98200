"""AlphaEarth's own int8 code: a signed square, finer near zero than a linear code."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.registry import register
from embexplore.core.cosine import ValueMap, scan
from embexplore.core.signed_square import NODATA, SCALE, encode_signed_square

_TABLE = np.array([np.sign(v) * (v / SCALE) ** 2 for v in [*range(128), *range(-128, 0)]], np.float32)
"""Value of every code, indexed by its bits as uint8."""


@register
@dataclass(frozen=True, eq=False)
class AlphaEarth(Codec):
    """Vectors x = sign(v)·(v / 127.5)², v in −127 … 127, −128 where there is no data.

    Nothing is fitted. Decoded vectors of AlphaEarth have lengths 0.99–1.01, not exactly 1.
    Source: the dataset's README on Source Cooperative (`tge-labs/aef`), and Earth Engine's catalog page.
    """

    name: ClassVar[str] = "alphaearth"
    variable: ClassVar[str] = "embeddings"
    dtype: ClassVar[type[np.generic]] = np.int8
    nodata: ClassVar[int] = NODATA

    @property
    def meaning(self) -> ValueMap:
        """What the kernels need to know."""
        return ValueMap(squared=True, nodata=NODATA, factor=SCALE**-2)

    def code_size(self, d: int) -> int:
        """One byte a band."""
        return d

    def encode(self, vectors: Vectors) -> Codes:
        """Codes v = clip(round(sign(x)·√|x|·127.5), −127, 127); a vector with any NaN or inf becomes −128."""
        return encode_signed_square(np.asarray(vectors, np.float32))

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """Vectors x = sign(v)·(v / 127.5)²; NaN in all bands where the first code is −128 (if one is, all are)."""
        v = np.asarray(codes, np.int8)
        vectors = _TABLE[v.view(np.uint8)]
        vectors[v[..., 0] == NODATA] = np.nan
        return np.asarray(vectors)

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Cosine; see `Codec.similarity`."""
        return scan(query, np.asarray(codes, np.int8), self.meaning)

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """Half a step at the largest component, and what lies beyond the last code, 127²/127.5² = 0.992.

        In √|x| half a step is 0.5 / 127.5, so x moves by at most (√|x| + h)² − x = 2·h·√|x| + h².
        """
        peak = np.abs(np.asarray(vectors, np.float64)).max(axis=-1, initial=0)
        half = 0.5 / SCALE
        bound = np.maximum(2 * half * np.sqrt(peak) + half**2, peak - (127 / SCALE) ** 2)
        return np.asarray(bound * (1 + 1e-5), np.float32)  # float32 arithmetic: a few units in the last place
