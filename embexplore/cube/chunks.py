"""Run a function over a cube chunk by chunk: numpy in, numpy out; dask in, dask out, one task a chunk.

Every map of the package (search, change, colors) is `map_chunks` of a small function over
`ChunkView`s; every reduction (PCA, polygon means) is a loop over `iterate_chunks`. This module
decides which tier of a chunk is read, binds the codec whose parameters belong to the chunk, and
leaves out what lies outside a clipped area.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import DTypeLike, NDArray

from embexplore.core.codecs import Codec
from embexplore.cube import schema
from embexplore.cube.build import codec_of
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
class _Piece:
    """One rectangle: where it lies, and per year the tier to read (None: nothing was written) and its codec."""

    rows: slice
    columns: slice
    tiers: tuple[str | None, ...]
    codecs: tuple[Codec | None, ...]

    @property
    def is_empty(self) -> bool:
        return None in self.tiers


def years_of(cube: xr.Dataset) -> tuple[int, ...]:
    """The years of a cube, in its own order."""
    return tuple(int(year) for year in np.atleast_1d(cube[schema.TIME].values))


def describe_years(years: Sequence[int]) -> str:
    """Years in words: `2017–2024` for a run, else `2017, 2019`."""
    years = sorted(years)
    is_run = len(years) > 2 and years[-1] - years[0] == len(years) - 1
    return f"{years[0]}–{years[-1]}" if is_run else ", ".join(map(str, years))


def resolve_year(cube: xr.Dataset, year: int | None = None) -> int:
    """The year asked for, or the latest; InvalidInput when the cube lacks it."""
    years = years_of(cube)
    if year is None:
        return max(years)
    if year not in years:
        raise InvalidInput(f"year={year}: this cube has {describe_years(years)}.")
    return int(year)


def map_chunks(
    cube: xr.Dataset,
    years: Sequence[int],
    function: Callable[..., NDArray[Any]],
    *,
    dtype: DTypeLike,
    leading: Mapping[str, int] | None = None,
    tier: str = "best",
) -> xr.DataArray:
    """A map computed chunk by chunk.

    Parameters
    ----------
    cube : Dataset
        In memory or lazy; a slice or a clipped part of a cube works too.
    years : sequence of int
        The years that `function` sees, one ChunkView each.
    function : callable
        `function(*views) -> ndarray (*leading, rows, columns)`; picklable for a dask cluster.
    dtype : dtype
        Of the result; float results carry NaN where there is no data, integers 0.
    leading : mapping of str to int, optional
        Names and sizes of dims before `y, x`.
    tier : str
        `best`: the first of embeddings, codes, bits that a chunk has; or one of these names.

    Returns
    -------
    DataArray of dims (*leading, y, x)
        With `x`, `y`, `spatial_ref`; and `tier (y, x)` where chunks of several tiers were used.
    """
    leading = dict(leading or {})
    cube = _prepared(cube)
    arrays = _Arrays(cube, tuple(years))
    names = _tier_names(cube, tier)
    is_lazy = any(arrays.is_lazy(name) for name in names)
    pieces = _pieces(cube, arrays, names, is_lazy=is_lazy)
    run = _map_dask if is_lazy else _map_numpy
    inside = cube.coords[schema.INSIDE].values if schema.INSIDE in cube.coords else None
    data = run(arrays, pieces, function, tuple(leading.values()), np.dtype(dtype), inside)
    kept = (schema.Y, schema.X, schema.SPATIAL_REF, schema.CHUNK_ROW, schema.CHUNK_COLUMN, schema.INSIDE)
    coordinates = {name: cube.coords[name] for name in kept if name in cube.coords}
    result = xr.DataArray(data, coordinates, (*leading, schema.Y, schema.X))
    return _with_tier(result, pieces)


def iterate_chunks(cube: xr.Dataset, year: int, tier: str = "best") -> Iterator[ChunkView]:
    """The chunks of a year that hold data in the area, one in memory at a time, the next one being read."""
    cube = _prepared(cube)
    arrays = _Arrays(cube, (year,))
    pieces = _pieces(cube, arrays, _tier_names(cube, tier), is_lazy=True)
    inside = cube.coords[schema.INSIDE].values if schema.INSIDE in cube.coords else None
    wanted = [piece for piece in pieces.flat if not piece.is_empty and _is_inside(inside, piece)]
    with ThreadPoolExecutor(1) as reader:
        pending = [reader.submit(arrays.view, piece, 0, inside) for piece in wanted[:1]]
        for following in [*wanted[1:], None]:
            view = pending.pop().result()
            if following is not None:
                pending.append(reader.submit(arrays.view, following, 0, inside))
            yield view


def _prepared(cube: xr.Dataset) -> xr.Dataset:
    """The cube with a time dim, and with its small variables (parameters, precision) in memory."""
    if schema.ATTRS not in cube.attrs:
        raise NotACube("this Dataset names no codec: make it a cube with `make_cube`, or open one with `open_cube`.")
    if schema.TIME not in cube.dims:
        time_free = {schema.SCALES, schema.VALID, schema.PRECISION, *TIERS} & set(cube.variables)
        years = np.atleast_1d(cube[schema.TIME].values)
        timed = {name: cube[name].drop_vars(schema.TIME).expand_dims({schema.TIME: years}) for name in time_free}
        cube = cube.drop_vars([schema.TIME, *time_free]).assign(timed)
    codecs = cube.attrs[schema.ATTRS]["codecs"].values()
    small = {name for codec in codecs for name in codec.get("parameters", {}).values()} | {schema.PRECISION}
    return cube.assign({name: cube[name].compute() for name in small if name in cube.variables})


def _tier_names(cube: xr.Dataset, tier: str) -> tuple[str, ...]:
    present = tuple(name for name in TIERS if name in cube.variables)
    if tier == "best":
        if not present:
            raise NotACube(f"this Dataset has none of the variables {', '.join(TIERS)}: it is not a cube.")
        return present
    if tier not in present:
        raise InvalidInput(f"tier={tier!r}: this cube has {', '.join(present)}.")
    return (tier,)


class _Arrays:
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

    def view(self, piece: _Piece, index: int, inside: NDArray[np.bool_] | None = None) -> ChunkView:
        """The chunk of a piece in the `index`-th year, read into memory."""
        tier, codec = piece.tiers[index], piece.codecs[index]
        if tier is None or codec is None:
            raise NotACube("this chunk was never written.")
        names = self.beside(tier, codec)
        parts = (self.array(name, index)[..., piece.rows, piece.columns] for name in names)
        blocks = [part.compute(scheduler="synchronous") if hasattr(part, "dask") else part for part in parts]
        return _view(codec, names, piece, inside, *blocks)


def _view(
    codec: Codec, names: tuple[str, ...], piece: _Piece, inside: NDArray[np.bool_] | None, *blocks: NDArray[Any]
) -> ChunkView:
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


def _pieces(cube: xr.Dataset, arrays: _Arrays, names: tuple[str, ...], *, is_lazy: bool) -> NDArray[np.object_]:
    """The rectangles to compute, as a 2-D array: chunks where chunks differ or data is lazy, else the whole map."""
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
    bind = _Binding(cube, arrays.years, names)
    pieces = np.empty((len(rows), len(columns)), object)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            pieces[i, j] = bind(row, column)
    return pieces


class _Binding:
    """Chooses tier and codec of a rectangle that lies in one chunk."""

    def __init__(self, cube: xr.Dataset, years: tuple[int, ...], names: tuple[str, ...]) -> None:
        self._cube, self._years, self._names = cube, years, names
        self._precision = cube[schema.PRECISION] if schema.PRECISION in cube.variables else None
        self._by_chunk = _has_chunk_parameters(cube)
        self._codecs: dict[tuple[Any, ...], Codec] = {}

    def __call__(self, rows: slice, columns: slice) -> _Piece:
        chunk = (self._index(schema.CHUNK_ROW, rows), self._index(schema.CHUNK_COLUMN, columns))
        tiers = tuple(self._tier(year, chunk) for year in self._years)
        pairs = zip(tiers, self._years, strict=True)
        codecs = tuple(None if tier is None else self._codec(tier, year, chunk) for tier, year in pairs)
        return _Piece(rows, columns, tiers, codecs)

    def _index(self, name: str, window: slice) -> int:
        return int(self._cube.coords[name].values[window.start]) if name in self._cube.coords else 0

    def _tier(self, year: int, chunk: tuple[int, int]) -> str | None:
        if self._precision is None:
            return self._names[0]
        stored = int(self._precision.values[years_of(self._cube).index(year), chunk[0], chunk[1]])
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


def _is_inside(inside: NDArray[np.bool_] | None, piece: _Piece) -> bool:
    return inside is None or bool(inside[piece.rows, piece.columns].any())


def _fill(dtype: np.dtype[Any]) -> float | int:
    return np.nan if dtype.kind == "f" else 0


def _apply(
    function: Callable[..., NDArray[Any]],
    bindings: Sequence[tuple[Codec, tuple[str, ...]]],
    piece: _Piece,
    inside: NDArray[np.bool_] | None,
    dtype: np.dtype[Any],
    *blocks: NDArray[Any],
) -> NDArray[Any]:
    """One chunk's result; `inside` is the piece's own part of the mask."""
    views, remaining = [], list(blocks)
    for codec, names in bindings:
        mine, remaining = remaining[: len(names)], remaining[len(names) :]
        views.append(_view(codec, names, piece, None, *mine))
    result = np.asarray(function(*views)).astype(dtype, copy=False)
    if inside is not None and not inside.all():
        result[..., ~inside] = _fill(dtype)
    return result


def _bindings(arrays: _Arrays, piece: _Piece) -> list[tuple[Codec, tuple[str, ...]]]:
    pairs = zip(piece.tiers, piece.codecs, strict=True)
    return [(codec, arrays.beside(tier, codec)) for tier, codec in pairs if tier is not None and codec is not None]


def _map_numpy(
    arrays: _Arrays,
    pieces: NDArray[np.object_],
    function: Callable[..., NDArray[Any]],
    leading: tuple[int, ...],
    dtype: np.dtype[Any],
    inside: NDArray[np.bool_] | None,
) -> NDArray[Any]:
    last: _Piece = pieces[-1, -1]
    out = np.full((*leading, last.rows.stop, last.columns.stop), _fill(dtype), dtype)

    def compute(piece: _Piece) -> None:
        bindings = _bindings(arrays, piece)
        window = (..., piece.rows, piece.columns)
        blocks = [np.asarray(arrays.array(name, i)[window]) for i, (_, names) in enumerate(bindings) for name in names]
        mask = None if inside is None else inside[piece.rows, piece.columns]
        out[window] = _apply(function, bindings, piece, mask, dtype, *blocks)

    wanted = [piece for piece in pieces.flat if not piece.is_empty and _is_inside(inside, piece)]
    if len(wanted) == 1:  # one call over the whole map: the kernels share it among threads themselves
        compute(wanted[0])
    else:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(compute, wanted))
    return out


def _map_dask(
    arrays: _Arrays,
    pieces: NDArray[np.object_],
    function: Callable[..., NDArray[Any]],
    leading: tuple[int, ...],
    dtype: np.dtype[Any],
    inside: NDArray[np.bool_] | None,
) -> Any:
    import dask.array as da
    from dask.base import tokenize
    from dask.highlevelgraph import HighLevelGraph

    rows = tuple(piece.rows.stop - piece.rows.start for piece in pieces[:, 0])
    columns = tuple(piece.columns.stop - piece.columns.start for piece in pieces[0, :])
    sources: dict[tuple[str, int], Any] = {}

    def source(name: str, index: int) -> Any:
        if (name, index) not in sources:
            array = arrays.array(name, index)
            chunks = (*array.shape[:-2], rows, columns)
            lazy = array.rechunk(chunks) if hasattr(array, "dask") else da.from_array(array, chunks=chunks)
            sources[name, index] = lazy
        return sources[name, index]

    def block(name: str, index: int, i: int, j: int) -> tuple[str | int, ...]:
        array = source(name, index)
        return (array.name, *(0 for _ in array.shape[:-2]), i, j)

    token = tokenize(function, pieces.tolist(), leading, dtype, inside, [arrays.years])
    layer: dict[tuple[Any, ...], Any] = {}
    for (i, j), piece in np.ndenumerate(pieces):
        shape = (*leading, rows[i], columns[j])
        task: Any = (partial(np.full, shape, _fill(dtype), dtype),)
        if not piece.is_empty and _is_inside(inside, piece):
            bindings = _bindings(arrays, piece)
            mask = None if inside is None else inside[piece.rows, piece.columns]
            keys = [block(name, n, i, j) for n, (_, names) in enumerate(bindings) for name in names]
            task = (partial(_apply, function, bindings, piece, mask, dtype), *keys)
        layer[(i, j)] = task
    name = f"map-chunks-{tokenize(token, sorted(source.name for source in sources.values()))}"
    keyed = {(name, *(0 for _ in leading), *index): task for index, task in layer.items()}
    graph = HighLevelGraph.from_collections(name, keyed, dependencies=list(sources.values()))
    chunks = (*((size,) for size in leading), rows, columns)
    return da.Array(graph, name, chunks, dtype=dtype)


def _with_tier(result: xr.DataArray, pieces: NDArray[np.object_]) -> xr.DataArray:
    """The map with `tier (y, x)`, when its chunks do not all come from the same tier."""
    bits = {True: schema.BITS_ONLY, False: schema.INT8}
    values = [schema.NONE if piece.is_empty else bits[schema.BITS in piece.tiers] for piece in pieces.flat]
    if len(set(values) - {schema.NONE}) < 2:
        return result
    tier = np.zeros((result.sizes[schema.Y], result.sizes[schema.X]), np.uint8)
    for piece, value in zip(pieces.flat, values, strict=True):
        tier[piece.rows, piece.columns] = value
    meanings = {"flag_values": [schema.NONE, schema.INT8, schema.BITS_ONLY], "flag_meanings": "none int8 bits"}
    return result.assign_coords(tier=((schema.Y, schema.X), tier, meanings))
