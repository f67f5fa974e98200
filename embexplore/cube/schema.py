"""The names of a cube's dims, variables and attributes, written down once.

A cube is a Dataset of dims `(time, band, y, x)`:

==========================  ==============================  =========================================
variable                    dims                            holds
==========================  ==============================  =========================================
`embeddings`                (time, band, y, x)              int8 codes (fill −128) or float32 (fill NaN)
`bits`                      (time, code, y, x)              uint8, binary codes packed big-endian
`codes`                     (time, code, y, x)              codes of any other codec
`scales`                    (time, y, x)                    float32 per-pixel scale, where the codec has one
`valid`                     (time, y, x)                    uint8 mask, where codes have no no-data code
`precision`                 (time, chunk_y, chunk_x)        uint8: 0 none, 1 int8, 2 bits, 3 both
`embeddings_*`, `bits_*` …  their own                       fitted codec parameters, see `codecs` below
==========================  ==============================  =========================================

Coordinates: `time` int32 years, `band` names (A00…), `x`, `y` pixel centers (y descending),
`spatial_ref` (CF), and in memory `chunk_row (y)`, `chunk_column (x)`: the index on the chunk grid of
every pixel row and column, which survive any `isel` and so bind a slice to its chunks.
A parameter with dims `chunk_y, chunk_x` (and `time`) differs by chunk.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

TIME: Final = "time"
BAND: Final = "band"
CODE: Final = "code"
Y: Final = "y"
X: Final = "x"
CHUNK_Y: Final = "chunk_y"
CHUNK_X: Final = "chunk_x"
CHUNK_ROW: Final = "chunk_row"
CHUNK_COLUMN: Final = "chunk_column"
SPATIAL_REF: Final = "spatial_ref"
INSIDE: Final = "inside"
"""Boolean coordinate `(y, x)` of a clipped cube: results carry no data where it is false."""

EMBEDDINGS: Final = "embeddings"
BITS: Final = "bits"
CODES: Final = "codes"
SCALES: Final = "scales"
VALID: Final = "valid"
PRECISION: Final = "precision"

NONE, INT8, BITS_ONLY, BOTH = 0, 1, 2, 3
"""Values of `precision`: a chunk's `embeddings` (or `codes`) tier is bit 1, its `bits` tier is bit 2."""

NODATA: Final = -128
CHUNK: Final = 256
"""Rows and columns of a chunk: whole-map scans and ~5 ms pixel reads (docs/storage.md has the table)."""

ATTRS: Final = "embexplore"
"""The Dataset attribute with everything of ours: `{"schema": 1, "codecs": …, "provenance": …}`.

`codecs` maps a variable to `{"name": …, options…, "parameters": {parameter: variable name}}`.
"""
SCHEMA_VERSION: Final = 1


@dataclass(frozen=True)
class Provenance:
    """Where the embeddings come from; stamped on every cube and every export.

    Attributes
    ----------
    source : str
        What they were read from, in words: `AlphaEarth COGs`, `Null Island, seed 0`.
    model : str
        `AlphaEarth Foundations`, `Tessera`, `Null Island`.
    version : str
        Model or dataset version, `""` where the source does not say.
    attribution : str
        The sentence that the license asks for.
    license : str
        `CC-BY-4.0`, `CC0-1.0`, …, or `""`.
    """

    source: str
    model: str
    version: str = ""
    attribution: str = ""
    license: str = ""

    @property
    def variant(self) -> str:
        """What must be equal for embeddings to be comparable: model and version."""
        return f"{self.model} {self.version}".strip()

    def to_dict(self) -> dict[str, str]:
        """Plain JSON, as it lies in `attrs["embexplore"]["provenance"]`."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, str]) -> "Provenance":
        """The provenance of `to_dict()`; unknown keys are ignored."""
        return cls(**{name: str(values.get(name, "")) for name in cls.__dataclass_fields__})
