"""Run a function over a cube chunk by chunk: numpy in, numpy out; dask in, dask out, one task a chunk.

Every map of the package (search, change, colors) is `map_chunks` of a small function over
`ChunkView`s; every reduction (PCA, polygon means) is a loop over `iterate_chunks`. The rectangles,
their tiers and codecs come from `pieces`; here they are computed and put together.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import DTypeLike, NDArray

from embexplore.core.codecs import Codec
from embexplore.core.parallel import processors
from embexplore.cube import schema
from embexplore.cube.pieces import Arrays, ChunkView, Piece, make_view, prepared, split, tier_names


def map_chunks(
    cube: xr.Dataset,
    years: Sequence[int],
    function: Callable[..., NDArray[Any]],
    *,
    dtype: DTypeLike,
    fill: float | None = None,
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
        Of the result.
    fill : float, optional
        What the result holds in chunks that were never written and outside a clipped area: NaN for floats
        and 0 for integers by default. Elsewhere `function` itself says what no data looks like.
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
    cube = prepared(cube)
    arrays = Arrays(cube, tuple(years))
    names = tier_names(cube, tier)
    is_lazy = any(arrays.is_lazy(name) for name in names)
    pieces = split(cube, arrays, names, is_lazy=is_lazy)
    run = _map_dask if is_lazy else _map_numpy
    inside = cube.coords[schema.INSIDE].values if schema.INSIDE in cube.coords else None
    kind = np.dtype(dtype)
    empty: np.generic = np.full(1, _fill(kind) if fill is None else fill, kind)[0]
    data = run(arrays, pieces, function, tuple(leading.values()), empty, inside)
    kept = (schema.Y, schema.X, schema.SPATIAL_REF, schema.CHUNK_ROW, schema.CHUNK_COLUMN, schema.INSIDE)
    coordinates = {name: cube.coords[name] for name in kept if name in cube.coords}
    result = xr.DataArray(xr.Variable((*leading, schema.Y, schema.X), data), coordinates)
    return _with_tier(result, pieces)


def iterate_chunks(cube: xr.Dataset, year: int, tier: str = "best") -> Iterator[ChunkView]:
    """The chunks of a year that hold data in the area, one in memory at a time, the next one being read."""
    cube = prepared(cube)
    arrays = Arrays(cube, (year,))
    pieces = split(cube, arrays, tier_names(cube, tier), is_lazy=True)
    inside = cube.coords[schema.INSIDE].values if schema.INSIDE in cube.coords else None
    wanted = [piece for piece in chain.from_iterable(pieces) if not piece.is_empty and _is_inside(inside, piece)]
    if not wanted:
        return
    with ThreadPoolExecutor(1) as reader:
        pending = [reader.submit(arrays.view, piece, 0, inside) for piece in wanted[:1]]
        for following in [*wanted[1:], None]:
            view = pending.pop().result()
            if following is not None:
                pending.append(reader.submit(arrays.view, following, 0, inside))
            yield view


def _is_inside(inside: NDArray[np.bool_] | None, piece: Piece) -> bool:
    return inside is None or bool(inside[piece.rows, piece.columns].any())


def _fill(dtype: np.dtype[Any]) -> float | int:
    return np.nan if dtype.kind == "f" else 0


def _apply(
    function: Callable[..., NDArray[Any]],
    bindings: Sequence[tuple[Codec, tuple[str, ...]]],
    piece: Piece,
    inside: NDArray[np.bool_] | None,
    fill: np.generic,
    *blocks: NDArray[Any],
) -> NDArray[Any]:
    """One chunk's result; `inside` is the piece's own part of the mask."""
    views, remaining = [], list(blocks)
    for codec, names in bindings:
        mine, remaining = remaining[: len(names)], remaining[len(names) :]
        views.append(make_view(codec, names, piece, None, *mine))
    result = np.asarray(function(*views)).astype(fill.dtype, copy=False)
    if inside is not None and not inside.all():
        result[..., ~inside] = fill
    return result


def _bindings(arrays: Arrays, piece: Piece) -> list[tuple[Codec, tuple[str, ...]]]:
    pairs = zip(piece.tiers, piece.codecs, strict=True)
    return [(codec, arrays.beside(tier, codec)) for tier, codec in pairs if tier is not None and codec is not None]


def _map_numpy(
    arrays: Arrays,
    pieces: list[list[Piece]],
    function: Callable[..., NDArray[Any]],
    leading: tuple[int, ...],
    fill: np.generic,
    inside: NDArray[np.bool_] | None,
) -> NDArray[Any]:
    last = pieces[-1][-1]
    out = np.full((*leading, last.rows.stop, last.columns.stop), fill)

    def compute(piece: Piece) -> None:
        bindings = _bindings(arrays, piece)
        window = (..., piece.rows, piece.columns)
        blocks = [np.asarray(arrays.array(name, i)[window]) for i, (_, names) in enumerate(bindings) for name in names]
        mask = None if inside is None else inside[piece.rows, piece.columns]
        out[window] = _apply(function, bindings, piece, mask, fill, *blocks)

    wanted = [piece for piece in chain.from_iterable(pieces) if not piece.is_empty and _is_inside(inside, piece)]
    if len(wanted) == 1:  # one call over the whole map: the kernels share it among threads themselves
        compute(wanted[0])
    else:
        with ThreadPoolExecutor(processors()) as pool:
            list(pool.map(compute, wanted))
    return out


def _map_dask(
    arrays: Arrays,
    pieces: list[list[Piece]],
    function: Callable[..., NDArray[Any]],
    leading: tuple[int, ...],
    fill: np.generic,
    inside: NDArray[np.bool_] | None,
) -> Any:
    import dask.array as da
    from dask.highlevelgraph import HighLevelGraph

    rows = tuple(piece.rows.stop - piece.rows.start for piece, *_ in pieces)
    columns = tuple(piece.columns.stop - piece.columns.start for piece in pieces[0])
    sources = _Sources(arrays, rows, columns)
    tasks: dict[tuple[int, int], Any] = {}
    for i, j in np.ndindex(len(rows), len(columns)):
        piece = pieces[i][j]
        if piece.is_empty or not _is_inside(inside, piece):
            tasks[i, j] = (partial(np.full, (*leading, rows[i], columns[j]), fill),)
            continue
        bindings = _bindings(arrays, piece)
        mask = None if inside is None else inside[piece.rows, piece.columns]
        keys = [sources.key(name, n, i, j) for n, (_, names) in enumerate(bindings) for name in names]
        tasks[i, j] = (partial(_apply, function, bindings, piece, mask, fill), *keys)
    name = f"map-chunks-{_token(function, pieces, leading, fill, inside, sources)}"
    graph: dict[Any, Any] = {(name, *(0 for _ in leading), *index): task for index, task in tasks.items()}
    layered = HighLevelGraph.from_collections(name, graph, dependencies=sources.collections)
    return da.Array(layered, name, (*((size,) for size in leading), rows, columns), dtype=fill.dtype)


class _Sources:
    """The dask arrays that a lazy map reads, on the map's own chunks."""

    def __init__(self, arrays: Arrays, rows: tuple[int, ...], columns: tuple[int, ...]) -> None:
        self._arrays, self._chunks = arrays, (rows, columns)
        self._lazy: dict[tuple[str, int], Any] = {}

    @property
    def collections(self) -> list[Any]:
        """All that were asked for."""
        return list(self._lazy.values())

    def key(self, name: str, index: int, i: int, j: int) -> tuple[str | int, ...]:
        """The task that gives chunk `i, j` of a variable in the `index`-th year."""
        import dask.array as da

        if (name, index) not in self._lazy:
            array = self._arrays.array(name, index)
            chunks = (*array.shape[:-2], *self._chunks)
            is_lazy = hasattr(array, "dask")
            self._lazy[name, index] = array.rechunk(chunks) if is_lazy else da.from_array(array, chunks=chunks)
        lazy = self._lazy[name, index]
        return (lazy.name, *(0 for _ in lazy.shape[:-2]), i, j)


def _token(
    function: Callable[..., NDArray[Any]],
    pieces: list[list[Piece]],
    leading: tuple[int, ...],
    fill: np.generic,
    inside: NDArray[np.bool_] | None,
    sources: _Sources,
) -> str:
    """What makes two lazy maps the same; each codec counts once, however many chunks share it."""
    from dask.base import tokenize

    tiers = [piece.tiers for piece in chain.from_iterable(pieces)]
    bound = [codec for piece in chain.from_iterable(pieces) for codec in piece.codecs]
    codecs = {id(codec): codec for codec in bound}
    order = {key: number for number, key in enumerate(codecs)}
    where = [order[id(codec)] for codec in bound]
    names = [source.name for source in sources.collections]
    return str(tokenize(function, tiers, list(codecs.values()), where, leading, fill, inside, names))


def _with_tier(result: xr.DataArray, pieces: list[list[Piece]]) -> xr.DataArray:
    """The map with `tier (y, x)`, when its chunks do not all come from the same tier."""
    bits = {True: schema.BITS_ONLY, False: schema.INT8}
    values = [
        schema.NONE if piece.is_empty else bits[schema.BITS in piece.tiers] for piece in chain.from_iterable(pieces)
    ]
    if len(set(values) - {schema.NONE}) < 2:
        return result
    tier = np.zeros((result.sizes[schema.Y], result.sizes[schema.X]), np.uint8)
    for piece, value in zip(chain.from_iterable(pieces), values, strict=True):
        tier[piece.rows, piece.columns] = value
    meanings = {"flag_values": [schema.NONE, schema.INT8, schema.BITS_ONLY], "flag_meanings": "none int8 bits"}
    return result.assign_coords(tier=((schema.Y, schema.X), tier, meanings))
