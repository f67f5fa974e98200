"""The variables that a codec adds to a cube: codes, scales, masks, parameters by chunk; made lazily."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.views import by_strips, has_data, part_of, units_of
from embexplore.core.codecs import Codec
from embexplore.cube import schema
from embexplore.cube.build import with_codec
from embexplore.cube.chunks import iterate_chunks, map_chunks
from embexplore.cube.pieces import TIERS, ChunkView, dimension_of
from embexplore.cube.years import years_of
from embexplore.errors import InvalidInput

Edges = tuple[list[int], list[int]]
"""Rows and columns where chunks of the chunk grid begin, and the sizes of the map last."""


def stored_tiers(cube: xr.Dataset) -> xr.DataArray:
    """The cube's precision; one tier everywhere where it has none."""
    if schema.PRECISION in cube.variables:
        return cube[schema.PRECISION]
    indices = (cube.coords[name].values for name in (schema.CHUNK_ROW, schema.CHUNK_COLUMN))
    shape = (cube.sizes[schema.TIME], *(int(index.max()) + 1 for index in indices))
    return xr.DataArray(np.full(shape, schema.INT8, np.uint8), dims=(schema.TIME, schema.CHUNK_Y, schema.CHUNK_X))


def without_codes(cube: xr.Dataset, codec: Codec) -> xr.Dataset:
    """The cube's coordinates and attributes without its tiers; chunks that were never written stay known."""
    codecs = cube.attrs[schema.ATTRS]["codecs"].values()
    parameters = {name for entry in codecs for name in entry.get("parameters", {}).values()}
    codes = {*TIERS, schema.SCALES, schema.VALID} | parameters
    bare = cube.drop_vars(codes & set(cube.variables))
    if schema.PRECISION in cube.variables:
        tier = schema.BITS_ONLY if codec.variable == schema.BITS else schema.INT8
        bare[schema.PRECISION] = xr.where(cube[schema.PRECISION] > 0, tier, schema.NONE).astype(np.uint8)
    return bare.assign_attrs({schema.ATTRS: {**cube.attrs[schema.ATTRS], "codecs": {}}})


def codes_of(cube: xr.Dataset, codec: Codec) -> dict[str, xr.Variable]:
    """The codec's variables: codes, and per-pixel scales or a data mask where it needs them."""
    variables = {codec.variable: _codes(cube, partial(_encode, codec=codec), codec)}
    if codec.has_scales:
        variables[schema.SCALES] = _years(cube, partial(_scales, codec=codec), dtype=np.float32, fill=np.inf)
    elif codec.nodata is None:
        variables[schema.VALID] = _years(cube, has_data, dtype=np.uint8)
    return variables


def _codes(cube: xr.Dataset, function: Callable[[ChunkView], NDArray[Any]], codec: Codec) -> xr.Variable:
    """Codes `(time, band or code, y, x)` that `function` makes of every chunk."""
    dim = schema.BAND if codec.variable == schema.EMBEDDINGS else schema.CODE
    leading = {dim: codec.code_size(dimension_of(cube))}
    return _years(cube, function, dtype=codec.dtype, fill=codec.nodata, leading=leading)


def _years(cube: xr.Dataset, function: Callable[[ChunkView], NDArray[Any]], **options: Any) -> xr.Variable:
    """A map of every year, `(time, ..., y, x)`."""
    maps = [map_chunks(cube, [year], function, **options).variable for year in years_of(cube)]
    return xr.Variable.concat(maps, schema.TIME)


def _encode(view: ChunkView, codec: Codec) -> NDArray[Any]:
    return np.moveaxis(by_strips(view, lambda strip: codec.encode(units_of(strip))), -1, 0)


def _scales(view: ChunkView, codec: Codec) -> NDArray[Any]:
    return by_strips(view, lambda strip: np.asarray(codec.scales(units_of(strip))))


def codes_by_chunk(cube: xr.Dataset, codec: Codec) -> xr.Dataset:
    """The cube with every chunk of every year fitted by itself, and those parameters on the chunk grid.

    The parameters are learned now, in one pass; a chunk's do not depend on an area that it was clipped to.
    """
    if codec.is_fitted or codec.variable != schema.EMBEDDINGS:
        raise InvalidInput(f"codec {codec.name!r} cannot be fitted chunk by chunk: choose 'int8'.")
    edges = (_edges(cube, schema.CHUNK_ROW), _edges(cube, schema.CHUNK_COLUMN))
    sizes = {schema.Y: tuple(np.diff(edges[0]).tolist()), schema.X: tuple(np.diff(edges[1]).tolist())}
    # Where data is lazy, one block a chunk: a codec is fitted on all of it.
    cube = cube.assign({name: cube[name].chunk(sizes) for name in TIERS if name in cube and cube[name].chunks})
    codes = _codes(cube, partial(_encode_each, codec=codec, edges=edges), codec)
    made, parameters = _fitted_by_chunk(cube, codec)
    encoded = with_codec(without_codes(cube, codec).assign({codec.variable: codes}), made)
    dims = (schema.TIME, schema.CHUNK_Y, schema.CHUNK_X, schema.BAND)
    names = encoded.attrs[schema.ATTRS]["codecs"][codec.variable]["parameters"]
    return encoded.assign({names[key]: (dims, values) for key, values in parameters.items()})


def _fitted_by_chunk(cube: xr.Dataset, codec: Codec) -> tuple[Codec, dict[str, NDArray[Any]]]:
    """One fitted codec, and all of their parameters `(time, chunk_y, chunk_x, band)`; NaN where there is no data."""
    rows, columns = (cube.coords[name].values for name in (schema.CHUNK_ROW, schema.CHUNK_COLUMN))
    shape, made, parameters = stored_tiers(cube).shape, codec, {}
    for t, year in enumerate(years_of(cube)):
        for view in iterate_chunks(cube.drop_vars(schema.INSIDE, errors="ignore"), year):
            vectors = units_of(view)
            if np.isnan(vectors[..., 0]).all():
                continue
            made = codec.fit(vectors)
            for key, values in made.parameters.items():
                table = parameters.setdefault(key, np.full((*shape, *values.shape), np.nan, values.dtype))
                table[t, rows[view.rows.start], columns[view.columns.start]] = values
    if made is codec:
        raise InvalidInput("this cube has no data to fit a codec on.")
    return made, parameters


def _encode_each(view: ChunkView, codec: Codec, edges: Edges) -> NDArray[Any]:
    """Codes `(c, rows, columns)` of a view, each of its chunks fitted by itself."""
    out: NDArray[Any] | None = None
    for rows in _within(edges[0], view.rows):
        for columns in _within(edges[1], view.columns):
            vectors = units_of(part_of(view, rows, columns))
            if out is None:
                shape = (codec.code_size(vectors.shape[-1]), *view.codes.shape[:2])
                out = np.full(shape, codec.nodata, codec.dtype)
            if not np.isnan(vectors[..., 0]).all():
                out[:, rows, columns] = np.moveaxis(codec.fit(vectors).encode(vectors), -1, 0)
    return np.asarray(out)


def _edges(cube: xr.Dataset, name: str) -> list[int]:
    index = cube.coords[name].values
    return [0, *(np.flatnonzero(np.diff(index)) + 1).tolist(), len(index)]


def _within(edges: list[int], window: slice) -> list[slice]:
    """The chunks that lie in a window, relative to it."""
    inner = [edge - window.start for edge in edges if window.start <= edge <= window.stop]
    return [slice(*pair) for pair in pairwise(inner)]
