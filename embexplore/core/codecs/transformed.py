"""A linear map first, then another code: PCA to fewer bands, a rotation, or both."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs.base import Codec, Codes, Scales, Vectors
from embexplore.core.codecs.binary import Binary
from embexplore.core.codecs.registry import codec_from_dict, make_codec, register
from embexplore.core.codecs.scalar import Scalar
from embexplore.core.lookup import Lookup, scan_lookup
from embexplore.core.matrix import times
from embexplore.core.transforms import fit_steps, kept_dimensions
from embexplore.errors import InvalidInput

_INNER = "inner_"


@register
@dataclass(frozen=True, eq=False)
class Transformed(Codec):
    """z = axes · x is what another codec stores; x̂ = axesᵀ · ẑ + rest.

    Its registry name is written as a chain, `pca32+rotate+int4`. A query is mapped by the same axes, so
    codes are searched as they are. There is no no-data code: the cube keeps a `valid` mask.

    Attributes
    ----------
    steps : str
        Of `core.transforms`, such as `pca32+rotate`.
    coded : str
        Registry name of the codec that follows: one of packed levels, or `binary`.
    seed : int
        Of the rotation.
    axes : ndarray of shape (k, d), float32
        Orthonormal rows; None before `fit`.
    rest : ndarray of shape (d,), float32
        The mean outside the axes, which every vector gets back.
    inner : Codec
        Fitted on z.
    """

    steps: str = "rotate"
    coded: str = "int4"
    seed: int = 0
    axes: NDArray[np.float32] | None = None
    rest: NDArray[np.float32] | None = None
    inner: Codec | None = None

    name: ClassVar[str] = "transformed"
    dtype: ClassVar[type[np.generic]] = np.uint8

    @property
    def spec(self) -> str:
        """The chain of names: `make_codec` makes this codec from it."""
        return f"{self.steps}+{self.coded}"

    @property
    def is_fitted(self) -> bool:
        """Whether axes and levels are known."""
        return self.axes is not None and self.inner is not None and self.inner.is_fitted

    def fit(self, vectors: Vectors, *, random_state: int | None = None) -> Self:
        """Learn axes, then levels along them, from `vectors (n, d)`; vectors with NaN or inf are left out."""
        x = np.asarray(vectors, np.float32).reshape(-1, np.shape(vectors)[-1])
        x = x[np.isfinite(x).all(axis=-1)]
        if len(x) < 2:
            raise InvalidInput(f"{self.spec} was fitted on {len(x)} vectors with data: it needs two at least.")
        linear = fit_steps(self.steps, x, self.seed)
        axes = linear.axes.astype(np.float32)
        z = x @ axes.T
        inner = _inner_of(self.coded).fit(z, random_state=random_state)
        if isinstance(inner, Binary):  # its table is of cosines before the map
            inner = inner.calibrated(x, inner.encode(z), random_state=random_state)
        return replace(self, axes=axes, rest=linear.rest.astype(np.float32), inner=inner)

    @property
    def _parts(self) -> tuple[NDArray[np.float32], NDArray[np.float32], Codec]:
        if self.axes is None or self.rest is None or self.inner is None:
            raise InvalidInput(f"this {self.spec} codec has no axes yet: call fit(vectors) first.")
        return np.asarray(self.axes, np.float32), np.asarray(self.rest, np.float32), self.inner

    def code_size(self, d: int) -> int:
        """What the codec that follows needs for the dimensions that are kept."""
        inner = _inner_of(self.coded) if self.inner is None else self.inner
        return inner.code_size(kept_dimensions(self.steps, d))

    def encode(self, vectors: Vectors) -> Codes:
        """Codes of axes · x."""
        axes, _, inner = self._parts
        return inner.encode(times(np.asarray(vectors, np.float32), axes.T))

    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """Vectors axesᵀ · ẑ + rest; the caller masks no data."""
        axes, rest, inner = self._parts
        return times(np.asarray(inner.decode(codes), np.float32), axes, rest)

    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Cosine, of codes of bits the expected one; see `Codec.similarity`. The caller masks no data."""
        axes, rest, inner = self._parts
        meaning = getattr(inner, "meaning", None)
        if isinstance(meaning, Lookup):
            return scan_lookup(query, np.asarray(codes, np.uint8), meaning, axes=axes, rest=rest)
        return inner.similarity(np.asarray(query, np.float32) @ axes.T, codes)

    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """The length of what is outside the axes and of the largest error in all bands inside."""
        _, _, inner = self._parts
        axes, rest = (np.asarray(part, np.float64) for part in self._parts[:2])
        x = np.asarray(vectors, np.float64)
        z = x @ axes.T
        outside = ((x - rest - z @ axes) ** 2).sum(axis=-1)
        inside = len(axes) * np.asarray(inner.error_bound(z.astype(np.float32)), np.float64) ** 2
        lengths = np.sqrt((x**2).sum(axis=-1)) + np.sqrt(rest @ rest) + np.sqrt(inside)
        rounding = (x.shape[-1] + 8) * np.finfo(np.float32).eps * lengths
        return np.asarray(np.sqrt(outside + inside) + rounding, np.float32)

    @property
    def parameters(self) -> dict[str, NDArray[np.generic]]:
        """Axes, rest, and what the codec that follows has learned."""
        if self.inner is None:
            return {}
        return super().parameters | {_INNER + name: values for name, values in self.inner.parameters.items()}

    def to_dict(self) -> dict[str, str | int | float | bool | None]:
        """Options as plain JSON; those of the codec that follows begin with `inner_`."""
        own = {name: value for name, value in super().to_dict().items() if name not in ("axes", "rest", "inner")}
        return own if self.inner is None else own | {_INNER + key: value for key, value in self.inner.to_dict().items()}

    @classmethod
    def from_dict(
        cls, options: Mapping[str, object], parameters: Mapping[str, NDArray[np.generic]] | None = None
    ) -> Self:
        """See `Codec.from_dict`."""
        own = super().from_dict(options, {})
        if not parameters:
            return own
        given = {name.removeprefix(_INNER): value for name, value in parameters.items() if name.startswith(_INNER)}
        chosen = {key.removeprefix(_INNER): value for key, value in options.items() if key.startswith(_INNER)}
        axes, rest = (np.asarray(parameters[name], np.float32) for name in ("axes", "rest"))
        return replace(own, axes=axes, rest=rest, inner=codec_from_dict(chosen, given))


def _inner_of(name: str) -> Codec:
    """An unfitted codec for z; of `int8` the 256 levels without a code for no data, which the cube's mask tells."""
    codec = Scalar(bits=8) if name == "int8" else make_codec(name)
    if not codec.may_follow:
        raise InvalidInput(f"codec {name!r} cannot follow a transform: choose int8, int4, …, binary or lloyd4.")
    return codec
