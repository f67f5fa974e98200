"""How a cube falls into rectangles of one tier and one codec each, and the arrays behind them."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.core.codecs import Codec
from embexplore.cube import schema
from embexplore.cube.build import codec_of
from embexplore.cube.compute import computed
from embexplore.cube.years import years_of
from embexplore.errors import InvalidInput, NotACube

TIERS = (schema.EMBEDDINGS, schema.CODES, schema.BITS)
"""Variables that hold codes, best first."""


@dataclass(frozen=True, eq=False)
class ChunkView:
    """The codes of one rectangle of one year, bound to the codec that made them.

    Attributes
    ----------
    codec : Codec
        Fitted, with the parameters of this very chunk.
    codes : ndarray of shape (rows, columns, c)
        A view; in memory usually band first.
    scales : ndarray of shape (rows, columns) or None
    valid : ndarray of shape (rows, columns), bool, or None
        False where the codes mean nothing.
    tier : str
        The variable that the codes come from.
    rows, columns : slice
        Where the rectangle lies in the cube.
    inside : ndarray of shape (rows, columns), bool, or None
        False outside a clipped area.
    """

    codec: Codec
    codes: NDArray[Any]
    scales: NDArray[np.float32] | None
    valid: NDArray[np.bool_] | None
    tier: str
    rows: slice
    columns: slice
    inside: NDArray[np.bool_] | None = None

    def similarity(self, query: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosine of `query (d,)` or `(m, d)` and every pixel, `(rows, columns)` or `(m, rows, columns)`."""
        return self._masked(self.codec.similarity(query, self.codes, self.scales), axis=-1)

    def decode(self) -> NDArray[np.float32]:
        """Decoded vectors `(rows, columns, d)`, NaN where there is no data."""
        return self._masked(self.codec.decode(self.codes, self.scales), axis=-2)

    def vectors(self) -> NDArray[np.float32]:
        """Decoded vectors `(n, d)` of the pixels with data inside the area, row by row."""
        decoded = self.decode()
        keep = ~np.isnan(decoded[..., 0])
        return decoded[keep if self.inside is None else keep & self.inside]

    def _masked(self, values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
        if self.valid is not None and not self.valid.all():
            values[(..., ~self.valid) if axis == -1 else ~self.valid] = np.nan
        return values


@dataclass(frozen=True)
class Piece:
    """One rectangle: where it lies, and per year the tier to read (None: nothing was written) and its codec."""

    rows: slice
    columns: slice
    tiers: tuple[str | None, ...]
    codecs: tuple[Codec | None, ...]

    @property
    def is_empty(self) -> bool:
        """Whether a year was never written here."""
        return None in self.tiers


def prepared(cube: xr.Dataset) -> xr.Dataset:
    """The cube with a time dim, and with its small variables (parameters, precision, coordinates) in memory."""
    if schema.ATTRS not in cube.attrs:
        raise NotACube("this Dataset names no codec: make it a cube with `make_cube`, or open one with `open_cube`.")
    if schema.TIME not in cube.dims:
        time_free = {schema.SCALES, schema.VALID, schema.PRECISION, *TIERS} & set(cube.variables)
        years = np.atleast_1d(cube[schema.TIME].values)
        timed = {name: cube[name].drop_vars(schema.TIME).expand_dims({schema.TIME: years}) for name in time_free}
        cube = cube.drop_vars([schema.TIME, *time_free]).assign(timed)
    codecs = cube.attrs[schema.ATTRS]["codecs"].values()
    small = {name for codec in codecs for name in codec.get("parameters", {}).values()} | {schema.PRECISION}
    lazy = {name for name in small | set(cube.coords) if name in cube.variables and cube[name].chunks is not None}
    return cube.assign({name: cube[name].compute() for name in lazy}) if lazy else cube


def tier_names(cube: xr.Dataset, tier: str) -> tuple[str, ...]:
    """The variables to read codes from, best first; `best` means all that the cube has."""
    present = tuple(name for name in TIERS if name in cube.variables)
    if tier == "best":
        if not present:
            raise NotACube(f"this Dataset has none of the variables {', '.join(TIERS)}: it is not a cube.")
        return present
    if tier not in present:
        raise InvalidInput(f"tier={tier!r}: this cube has {', '.join(present)}.")
    return (tier,)


def dimension_of(cube: xr.Dataset) -> int:
    """The length of the cube's decoded vectors."""
    if schema.BAND in cube.sizes:
        return int(cube.sizes[schema.BAND])
    codec = codec_of(cube, tier_names(cube, "best")[0], year=years_of(cube)[0])
    code = np.zeros((1, cube.sizes[schema.CODE]), codec.dtype)
    return int(codec.decode(code, np.ones(1, np.float32)).shape[-1])


class Arrays:
    """The arrays of some years of a cube, by tier, each `(c, y, x)` or `(y, x)`."""

    def __init__(self, cube: xr.Dataset, years: tuple[int, ...]) -> None:
        self.years = years
        self._cube = cube
        self._cache: dict[tuple[str, int], Any] = {}

    def array(self, name: str, index: int) -> Any:
        """The data of a variable in the `index`-th year, codes first."""
        if (name, index) not in self._cache:
            values = self._cube[name]
            second = [dim for dim in values.dims if dim not in (schema.TIME, schema.Y, schema.X)]
            values = values.transpose(schema.TIME, *second, schema.Y, schema.X)
            position = years_of(self._cube).index(self.years[index])
            self._cache[name, index] = values.variable[position].data
        return self._cache[name, index]

    def is_lazy(self, name: str) -> bool:
        """Whether a variable is a dask array."""
        return hasattr(self._cube[name].data, "dask")

    def beside(self, tier: str, codec: Codec) -> tuple[str, ...]:
        """The per-pixel variables that a tier needs beside its codes."""
        needs_valid = codec.nodata is None and not codec.has_scales and schema.VALID in self._cube.variables
        named = ((schema.SCALES, codec.has_scales), (schema.VALID, needs_valid))
        return (tier, *(name for name, needed in named if needed))

    def view(self, piece: Piece, index: int, inside: NDArray[np.bool_] | None = None) -> ChunkView:
        """The chunk of a piece in the `index`-th year, read into memory."""
        tier, codec = piece.tiers[index], piece.codecs[index]
        if tier is None or codec is None:
            raise NotACube("this chunk was never written.")
        names = self.beside(tier, codec)
        parts = (self.array(name, index)[..., piece.rows, piece.columns] for name in names)
        blocks = [computed(part) if hasattr(part, "dask") else part for part in parts]
        return make_view(codec, names, piece, inside, *blocks)


def make_view(
    codec: Codec, names: tuple[str, ...], piece: Piece, inside: NDArray[np.bool_] | None, *blocks: NDArray[Any]
) -> ChunkView:
    """The view of the arrays `names` of a piece, read as `blocks`; `inside` is the whole cube's mask."""
    by_name = dict(zip(names, blocks, strict=True))
    return ChunkView(
        codec=codec,
        codes=np.moveaxis(by_name[names[0]], 0, -1),
        scales=by_name.get(schema.SCALES),
        valid=by_name[schema.VALID].astype(bool) if schema.VALID in by_name else None,
        tier=names[0],
        rows=piece.rows,
        columns=piece.columns,
        inside=None if inside is None else inside[piece.rows, piece.columns],
    )


def split(cube: xr.Dataset, arrays: Arrays, names: tuple[str, ...], *, is_lazy: bool) -> list[list[Piece]]:
    """The rectangles to compute, by row and column: chunks where chunks differ or data is lazy, else the whole map."""
    differs = schema.PRECISION in cube.variables or _has_chunk_parameters(cube)
    y_edges, x_edges = {0, cube.sizes[schema.Y]}, {0, cube.sizes[schema.X]}
    if differs or is_lazy:
        y_edges |= _grid_edges(cube, schema.CHUNK_ROW)
        x_edges |= _grid_edges(cube, schema.CHUNK_COLUMN)
    for name in names if is_lazy else ():
        if arrays.is_lazy(name):
            *_, y_chunks, x_chunks = arrays.array(name, 0).chunks
            y_edges |= set(np.cumsum(y_chunks).tolist())
            x_edges |= set(np.cumsum(x_chunks).tolist())
    rows = [slice(*pair) for pair in pairwise(sorted(y_edges))]
    columns = [slice(*pair) for pair in pairwise(sorted(x_edges))]
    binding = Binding(cube, arrays.years, names)
    return [[binding.piece(row, column) for column in columns] for row in rows]


class Binding:
    """Chooses tier and codec of a rectangle that lies in one chunk."""

    def __init__(self, cube: xr.Dataset, years: tuple[int, ...], names: tuple[str, ...]) -> None:
        self._cube, self._years, self._names = cube, years, names
        self._chunk_rows, self._chunk_columns = (
            cube.coords[name].values if name in cube.coords else np.zeros(cube.sizes[dim], np.int32)
            for name, dim in ((schema.CHUNK_ROW, schema.Y), (schema.CHUNK_COLUMN, schema.X))
        )
        position = years_of(cube).index
        stored = cube[schema.PRECISION].values if schema.PRECISION in cube.variables else None
        self._precision = None if stored is None else {year: stored[position(year)] for year in years}
        self._by_chunk = _has_chunk_parameters(cube)
        self._codecs: dict[tuple[Any, ...], Codec] = {}

    def piece(self, rows: slice, columns: slice) -> Piece:
        """The rectangle with its tiers and codecs, one per year."""
        chunk = (int(self._chunk_rows[rows.start]), int(self._chunk_columns[columns.start]))
        tiers = tuple(self._tier(year, chunk) for year in self._years)
        pairs = zip(tiers, self._years, strict=True)
        codecs = tuple(None if tier is None else self._codec(tier, year, chunk) for tier, year in pairs)
        return Piece(rows, columns, tiers, codecs)

    def _tier(self, year: int, chunk: tuple[int, int]) -> str | None:
        if self._precision is None:
            return self._names[0]
        stored = int(self._precision[year][chunk])
        has = {schema.BITS: stored & schema.BITS_ONLY}
        return next((name for name in self._names if has.get(name, stored & schema.INT8)), None)

    def _codec(self, tier: str, year: int, chunk: tuple[int, int]) -> Codec:
        key = (tier, year, chunk) if self._by_chunk else (tier,)
        if key not in self._codecs:
            self._codecs[key] = codec_of(self._cube, tier, year=year, chunk=chunk)
        return self._codecs[key]


def _has_chunk_parameters(cube: xr.Dataset) -> bool:
    codecs = cube.attrs[schema.ATTRS]["codecs"].values()
    names = [name for codec in codecs for name in codec.get("parameters", {}).values()]
    return any({schema.TIME, schema.CHUNK_Y} & set(cube[name].dims) for name in names)


def _grid_edges(cube: xr.Dataset, name: str) -> set[int]:
    if name not in cube.coords:
        return set()
    return set((np.flatnonzero(np.diff(cube.coords[name].values)) + 1).tolist())
