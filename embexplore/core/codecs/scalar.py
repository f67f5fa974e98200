"""A few bits a band: every band rounds to levels of its own, packed without gaps, and a float query reads them."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.registry import define, register
from embexplore.core.fields import Fields
from embexplore.core.level_kernels import round_and_pack
from embexplore.core.levels import allocate, best_levels, even_levels
from embexplore.core.lookup import Lookup, scan_lookup
from embexplore.core.nearby import differences
from embexplore.core.parallel import GRAIN, in_tiles
from embexplore.errors import InvalidInput

GRIDS = {"even": even_levels, "best": best_levels}
"""How the levels of a band are found: equal steps, or the smallest error (Lloyd–Max)."""


@register
@dataclass(frozen=True, eq=False)
class Scalar(Codec):
    """Every band is the nearest of 2**bits levels, learned from data.

    There is no no-data code: the cube keeps a `valid` mask beside the codes. A vector with NaN has code 0.

    Attributes
    ----------
    bits : int
        1 … 8 for each band; with `allocated`, the mean over all bands.
    grid : {"even", "best"}
        Levels an equal step apart, or where the mean squared error is smallest.
    allocated : bool
        Bands of large variance get more bits, by reverse water-filling; best after `pca`.
    is_shared : bool
        One range for all bands instead of one for each: less side information, coarser steps. Even levels only.
    is_near : bool
        Errors count by how much nearest neighbors differ in a band: more recall than `allocated` alone, and a larger
        mean error. After `pca`; only where allocated.
    widths : ndarray of shape (d,), uint8
        Bits of each band; None before `fit`.
    levels : ndarray of shape (sum of 2**widths,), float32
        Levels of each band, rising, one band after the other; with `is_shared` those of one. None before `fit`.
    """

    bits: int = 4
    grid: str = "even"
    allocated: bool = False
    widths: NDArray[np.uint8] | None = None
    levels: NDArray[np.float32] | None = None
    is_shared: bool = False
    is_near: bool = False

    name: ClassVar[str] = "scalar"
    dtype: ClassVar[type[np.generic]] = np.uint8
    may_follow: ClassVar[bool] = True

    def __post_init__(self) -> None:
        is_odd = (self.allocated and self.grid != "best") or (self.is_shared and self.grid != "even")
        is_odd |= self.is_near and not self.allocated
        if not 1 <= self.bits <= 8 or self.grid not in GRIDS or is_odd:
            given = f"bits={self.bits}, grid={self.grid!r}, allocated={self.allocated}"
            given += f", is_shared={self.is_shared}, is_near={self.is_near}"
            expected = "1 to 8 bits, a grid 'even' or 'best', 'best' where allocated, 'even' where shared"
            raise InvalidInput(f"{given}: expected {expected}, and near only where allocated.")

    @property
    def spec(self) -> str:
        """`int4`, `lloyd4`, `water4`, `near4` for four bits; even steps of eight and one: `uint8`, `binary-asymmetric`."""
        if self.is_shared:
            return f"int{self.bits}-global"
        if self.grid == "even" and not self.allocated:
            return {1: "binary-asymmetric", 8: "uint8"}.get(self.bits, f"int{self.bits}")
        if self.is_near:
            return f"near{self.bits}"
        return f"{'water' if self.allocated else 'lloyd'}{self.bits}"

    @property
    def is_fitted(self) -> bool:
        """Whether the levels are known."""
        return self.widths is not None and self.levels is not None

    def fit(self, vectors: Vectors, *, random_state: int | None = None) -> Self:
        """Learn the levels from `vectors (n, d)`; vectors with NaN or inf are left out."""
        x = np.asarray(vectors, np.float32).reshape(-1, np.shape(vectors)[-1])
        x = x[np.isfinite(x).all(axis=-1)]
        if not len(x):
            raise InvalidInput(f"{self.spec} was fitted on no data: every vector has NaN or inf. Fit it where data is.")
        d = x.shape[1]
        weights = differences(x, random_state=random_state) if self.is_near else None
        widths = allocate(x, self.bits * d, weights) if self.allocated else np.full(d, self.bits, np.uint8)
        columns = (x.reshape(-1, 1), widths[:1]) if self.is_shared else (x, widths)
        levels = np.concatenate(GRIDS[self.grid](*columns)).astype(np.float32)
        return replace(self, widths=widths, levels=levels)

    def code_size(self, d: int) -> int:
        """So many bits for each band, in whole bytes."""
        return -(-d * self.bits // 8)

    @cached_property
    def meaning(self) -> Lookup:
        """What scans need to know: the fields, and the levels of each."""
        if self.widths is None or self.levels is None:
            raise InvalidInput(f"this {self.spec} codec has no levels yet: call fit(vectors) first.")
        widths, levels = np.asarray(self.widths, np.uint8), np.asarray(self.levels, np.float32)
        if self.is_shared:
            return Lookup(Fields.of(widths), [levels] * len(widths))
        ends = np.cumsum(1 << widths.astype(np.int64))
        return Lookup(Fields.of(widths), np.split(levels, ends[:-1]))

    @cached_property
    def _thresholds(self) -> NDArray[np.float32]:
        """Halfway between levels, a row a band: what the kernel compares with."""
        most = max((len(band) for band in self.meaning.values), default=1)
        levels = np.full((len(self.meaning.values), most), np.inf)
        for row, band in zip(levels, self.meaning.values, strict=True):
            row[: len(band)] = band
        return np.asarray((levels[:, 1:] + levels[:, :-1]) / 2, np.float32)

    def encode(self, vectors: Vectors) -> Codes:
        """The number of the nearest level of each band, packed; one with any NaN or inf has the code 0."""
        x = np.asarray(vectors, np.float32)
        thresholds, widths = self._thresholds, np.array(self.meaning.fields.widths, np.int64)
        if x.shape[-1] != len(widths):
            raise ValueError(f"vectors of {x.shape[-1]} bands: this codec has {len(widths)}")
        flat = np.ascontiguousarray(x.reshape(-1, x.shape[-1]))
        codes = np.zeros((len(flat), self.meaning.fields.nbytes), np.uint8)

        def work(start: int, stop: int) -> None:
            here = slice(start, stop)
            round_and_pack(flat[here], thresholds, widths, codes[here])

        in_tiles(work, len(flat), grain=GRAIN)
        return codes.reshape((*x.shape[:-1], codes.shape[1]))

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """The levels; the caller masks no data."""
        return self.meaning.vectors(np.asarray(codes, np.uint8))

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Cosine; see `Codec.similarity`. The caller masks no data."""
        return scan_lookup(query, np.asarray(codes, np.uint8), self.meaning)

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """Half the widest gap of each band, or how far the value lies beyond the outer levels."""
        x = np.asarray(vectors, np.float64)
        bounds = np.zeros(x.shape[:-1])
        for band, levels in enumerate(self.meaning.values):
            gap = np.diff(levels.astype(np.float64)).max(initial=0) / 2
            beyond = np.maximum(levels[0] - x[..., band], x[..., band] - levels[-1])
            bounds = np.maximum(bounds, np.maximum(gap, beyond))
        rounding = 4 * np.finfo(np.float32).eps * (np.abs(x).max(axis=-1, initial=0) + bounds)
        return np.asarray(bounds + rounding, np.float32)


for _bits in range(1, 9):
    define(Scalar(_bits).spec, Scalar, is_listed=_bits in (1, 2, 3, 4), bits=_bits)
    define(Scalar(_bits, "best").spec, Scalar, is_listed=_bits in (2, 4), bits=_bits, grid="best")
    define(Scalar(_bits, is_shared=True).spec, Scalar, is_listed=_bits == 4, bits=_bits, is_shared=True)
    define(Scalar(_bits, "best", True).spec, Scalar, is_listed=_bits in (1, 2), bits=_bits, grid="best", allocated=True)
    _near = Scalar(_bits, "best", True, is_near=True)
    define(_near.spec, Scalar, is_listed=_bits in (1, 2), bits=_bits, grid="best", allocated=True, is_near=True)
