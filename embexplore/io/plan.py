"""What is about to be written: grid, years, codecs, layout. A value; nothing here touches a file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np

from embexplore.core.codecs import Codec
from embexplore.cube import schema
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance
from embexplore.errors import InvalidInput

COMPRESSIONS = ("default", "small", "none", "archive")
SHARD_FROM_CHUNKS = 256
"""Chunks a year from which cubes are sharded: below, a year is a few hundred files, which any file system takes."""
SHARD_BYTES = 64 * 2**20
"""Codes in one shard at most: what each writing thread holds in memory."""


@dataclass(frozen=True)
class Plan:
    """A cube to be written, or the years to be added to one.

    Attributes
    ----------
    grid : Grid
    years : tuple of int
        In the order in which they are written; `open_cube` sorts.
    bands : tuple of str
        Names of the decoded bands.
    codecs : tuple of Codec
        One per variable, fitted, the best first. Their parameters are stored beside the codes.
    provenance : Provenance
    fingerprint : str
        Identity of what is read: an interrupted write resumes only with the same one.
    chunk : int
        Rows and columns of a chunk; smaller grids have one chunk of their own size.
    shard : int, None or "auto"
        Rows and columns of a shard, a multiple of `chunk`; None: one file a chunk.
    compression : "default", "small", "none" or "archive"
        `small` is slower to read than the default, and any reader can.
        `archive` is the smallest, and only zarr-python and embexplore read it.
    per_chunk : tuple of str
        Variables whose codec parameters differ by chunk: `read` returns them, `codecs` shows their shapes.
    overviews : bool
        Whether to write half-resolution levels until one chunk holds the map.
    attrs : mapping
        Further plain JSON for `attrs["embexplore"]`.
    """

    grid: Grid
    years: tuple[int, ...]
    bands: tuple[str, ...]
    codecs: tuple[Codec, ...]
    provenance: Provenance
    fingerprint: str = ""
    chunk: int = schema.CHUNK
    shard: int | Literal["auto"] | None = "auto"
    compression: str = "default"
    per_chunk: tuple[str, ...] = ()
    overviews: bool = True
    attrs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.compression not in COMPRESSIONS:
            raise InvalidInput(f"compression={self.compression!r}: choose one of {', '.join(COMPRESSIONS)}.")
        if not self.years or len(set(self.years)) != len(self.years):
            raise InvalidInput(f"years={list(self.years)}: expected at least one year, each once.")
        if self.chunk < 2 or self.chunk % 2:
            raise InvalidInput(f"chunk={self.chunk}: expected an even number, so that overviews halve it.")
        if isinstance(self.shard, int) and (self.shard < self.chunk or self.shard % self.chunk):
            raise InvalidInput(f"shard={self.shard}: expected a multiple of chunk={self.chunk}.")
        names = [codec.variable for codec in self.codecs]
        if not names or len(set(names)) != len(names):
            raise InvalidInput(f"codecs for {names}: expected at least one codec, and one per variable.")
        for codec in self.codecs:
            if not codec.is_fitted:
                raise InvalidInput(f"codec {codec.name!r} is not fitted yet: call `codec.fit(vectors)` first.")

    @cached_property
    def shard_size(self) -> int | None:
        """Rows and columns of a shard, with `auto` decided; None for one file a chunk."""
        if self.shard != "auto":
            return self.shard
        chunks = np.prod([-(-size // self.chunk) for size in self.grid.shape])
        if chunks < SHARD_FROM_CHUNKS:
            return None
        a_chunk = self.chunk**2 * max(codec.bytes_per_pixel(len(self.bands)) for codec in self.codecs)
        side = 1
        while (2 * side) ** 2 * a_chunk <= SHARD_BYTES:
            side *= 2
        return self.chunk * side if side > 1 else None

    @property
    def needs_valid(self) -> bool:
        """Whether some tier has no no-data code and no scale, so that the cube keeps a `valid` mask."""
        return any(codec.nodata is None and not codec.has_scales for codec in self.codecs)

    @cached_property
    def levels(self) -> tuple[Grid, ...]:
        """The grid and its overviews, each half as fine, until one chunk holds all."""
        grids = [self.grid]
        while self.overviews and max(grids[-1].shape) > self.chunk:
            grids.append(_halved(grids[-1]))
        return tuple(grids)

    def codec(self, variable: str) -> Codec:
        """The codec of a variable."""
        return next(codec for codec in self.codecs if codec.variable == variable)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything above: two plans with the same digest write the same bytes."""
        parameters = {
            f"{codec.variable}_{name}": hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
            for codec in self.codecs
            for name, values in codec.parameters.items()
        }
        told = {
            "grid": [self.grid.crs, self.grid.transform, self.grid.shape],
            "years": self.years,
            "bands": self.bands,
            "codecs": [codec.to_dict() for codec in self.codecs],
            "parameters": parameters,
            "provenance": self.provenance.to_dict(),
            "fingerprint": self.fingerprint,
            "layout": [self.chunk, self.shard_size, self.compression, self.per_chunk, len(self.levels)],
            "attrs": dict(self.attrs),
        }
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=float).encode()).hexdigest()


def _halved(grid: Grid) -> Grid:
    a, b, c, d, e, f = grid.transform
    rows, columns = (-(-size // 2) for size in grid.shape)
    return Grid(grid.crs, (2 * a, b, c, d, 2 * e, f), (rows, columns))
