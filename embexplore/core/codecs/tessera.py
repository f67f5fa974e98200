"""Tessera's int8 code: one scale a pixel; the scale also says water (NaN) and no data (+inf)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.registry import register
from embexplore.core.cosine import ValueMap, scan
from embexplore.errors import InvalidInput


@register
@dataclass(frozen=True, eq=False)
class Tessera(Codec):
    """x = scale·v with one float32 scale a pixel, v in −127 … 127 (−128 is a value, not no data).

    A scale that is not finite means no value: NaN is water, +inf no data. The cosine does not
    depend on a positive scale, so a scan only asks whether it is finite.
    Source: https://github.com/ucam-eo/geotessera, `embedding = q * scale[..., None]`.
    """

    name: ClassVar[str] = "tessera"
    variable: ClassVar[str] = "embeddings"
    dtype: ClassVar[type[np.generic]] = np.int8
    has_scales: ClassVar[bool] = True

    @property
    def meaning(self) -> ValueMap:
        """What the kernels need to know."""
        return ValueMap()

    def code_size(self, d: int) -> int:
        """One byte a band; the scale is apart."""
        return d

    def scales(self, vectors: Vectors) -> Scales:
        """Largest |x| of each vector over 127; +inf where it has NaN or inf."""
        x = np.asarray(vectors, np.float32)
        peak = np.abs(x).max(axis=-1, initial=0)
        return np.where(np.isfinite(x).all(axis=-1), peak / np.float32(127), np.float32(np.inf)).astype(np.float32)

    def encode(self, vectors: Vectors) -> Codes:
        """Codes v = round(x / scale); 0 where there is no data, which only the scale tells."""
        x = np.asarray(vectors, np.float32)
        scale = self.scales(x)
        has_value = np.isfinite(scale) & (scale > 0)
        steps = np.where(has_value[..., None], x, 0) / np.where(has_value, scale, 1)[..., None]
        return np.clip(np.round(steps), -127, 127).astype(np.int8)

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """Vectors x = scale·v; NaN where the scale is not finite."""
        scale = _required(scales)
        return np.asarray(
            np.asarray(codes, np.int8) * np.where(np.isfinite(scale), scale, np.nan)[..., None], np.float32
        )

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Cosine; see `Codec.similarity`."""
        return scan(query, np.asarray(codes, np.int8), self.meaning, scales=_required(scales))

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """Half a step of the vector's own scale."""
        scale = self.scales(vectors).astype(np.float64)
        return (scale * (0.5 + 127 * 4 * np.finfo(np.float32).eps)).astype(np.float32)


def _required(scales: Scales | None) -> Scales:
    if scales is None:
        raise InvalidInput("tessera codes were given without their scales: pass one float32 scale a pixel.")
    return np.asarray(scales, np.float32)
