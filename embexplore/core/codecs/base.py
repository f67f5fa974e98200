"""What a codec is: how vectors are stored, and how a query is compared with the stored codes.

Shapes are last-axis: `vectors (..., d)`, `codes (..., c)`. A band-first chunk `(d, y, x)` is passed
as `np.moveaxis(chunk, 0, -1)`: a view, which the kernels recognize and scan band by band.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Codes = NDArray[np.generic]
Scales = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Codec(ABC):
    """A way to store vectors. Immutable: `fit` returns a fitted copy, safe to share between threads.

    Dataclass fields are its options (str, int, float, bool, None: plain JSON) and its fitted
    parameters (ndarray, or None before `fit`). A codec declares which tier of a cube its codes live in.
    """

    name: ClassVar[str]
    """Registry name, unique, as written into cubes and typed on the command line."""

    variable: ClassVar[str] = "codes"
    """The cube variable that holds the codes: `embeddings` (one int8 a band, or float32), `bits` or `codes`."""

    dtype: ClassVar[type[np.generic]] = np.int8
    """Type of one code element."""

    nodata: ClassVar[int | float | None] = None
    """The code that means no data in every element, of which readers look at the first; None: no such code, the cube
    keeps a `valid` mask (or the pixel's scale tells, where there are scales).
    """

    may_follow: ClassVar[bool] = False
    """Whether a transform may come before it, as in `pca32+int4`: its codes need neither scales nor a no-data code."""

    has_scales: ClassVar[bool] = False
    """Whether each pixel also carries a float32 scale (`scales`), passed beside the codes."""

    @property
    def spec(self) -> str:
        """What `make_codec` makes this codec from; the name of most."""
        return self.name

    def fit(self, vectors: Vectors, *, random_state: int | None = None) -> Self:
        """This codec with parameters learned from `vectors (n, d)`; codecs without any return themselves."""
        return self

    @property
    def is_fitted(self) -> bool:
        """Whether `encode` can be called."""
        return True

    @abstractmethod
    def code_size(self, d: int) -> int:
        """Number of code elements of a `d`-dimensional vector."""

    @abstractmethod
    def encode(self, vectors: Vectors) -> Codes:
        """Codes `(..., c)` of `vectors (..., d)`; a vector with any NaN or inf becomes `nodata` in all elements."""

    @abstractmethod
    def decode(self, codes: Codes, scales: Scales | None = None) -> Vectors:
        """Vectors `(..., d)` float32 of `codes (..., c)`, not renormalized; NaN where there is no data."""

    @abstractmethod
    def similarity(self, query: Vectors, codes: Codes, scales: Scales | None = None) -> NDArray[np.float32]:
        """Cosine in [-1, 1] of `query (d,)` and every code `(...,)`, without decoding them; NaN for no data.

        `query (m, d)` scans once for m queries and answers `(m, ...)`.
        """

    @abstractmethod
    def error_bound(self, vectors: Vectors) -> NDArray[np.float32]:
        """Largest `|decode(encode(v)) - v|` of any component, `(...,)`, that the codec promises for each vector."""

    def scales(self, vectors: Vectors) -> Scales | None:
        """Per-pixel scales `(...,)` that belong to `encode(vectors)`; None for codecs without them."""
        return None

    def bytes_per_pixel(self, d: int) -> float:
        """Payload of one pixel in bytes: codes and per-pixel scales; side information is apart."""
        return self.code_size(d) * np.dtype(self.dtype).itemsize + 4 * self.has_scales

    @property
    def side_bytes(self) -> int:
        """Bytes of side information: everything that was learned, stored once a cube."""
        return sum(values.nbytes for values in self.parameters.values())

    @property
    def parameters(self) -> dict[str, NDArray[np.generic]]:
        """The fitted arrays by name: what a cube stores beside the codes."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}

    def to_dict(self) -> dict[str, str | int | float | bool | None]:
        """Name and options as plain JSON, without the arrays of `parameters`."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        options = {name: value for name, value in values.items() if not isinstance(value, np.ndarray)}
        return {"name": self.spec, **options}

    @classmethod
    def from_dict(
        cls, options: Mapping[str, object], parameters: Mapping[str, NDArray[np.generic]] | None = None
    ) -> Self:
        """The codec of `to_dict()` and `parameters`; unknown keys are ignored, so newer cubes still open."""
        known = {field.name for field in fields(cls)}
        values = {**options, **(parameters or {})}
        return cls(**{name: value for name, value in values.items() if name in known})
