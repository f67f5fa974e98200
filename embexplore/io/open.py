"""Open a stored cube: lazy, still in its codes, every chunk verified as it is read."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.cube.build import with_chunk_grid, with_crs
from embexplore.cube.conventions import read_crs, read_levels
from embexplore.cube.validate import validate
from embexplore.errors import EmbexploreError, InvalidInput, NotACube
from embexplore.io.stored_cube import OLDER_NAMES, StoredGroup, dims_of, read_levels_of

_ORDER = (schema.TIME, schema.CHUNK_Y, schema.CHUNK_X, schema.BAND, schema.CODE, schema.Y, schema.X)


def open_cube(path: str | Path, *, level: int = 0) -> xr.Dataset:
    """A cube, lazily: nothing but its metadata and coordinates is read.

    Parameters
    ----------
    path : str or Path
        A folder, or an `http(s)://` or `s3://` address, of a cube or of a Tessera store in either Zarr layout.
    level : int
        0 is the cube itself, 1 its overview at half the resolution, and so on.

    Returns
    -------
    Dataset
        Dask-backed codes on the stored chunks; years sorted, as int32; `x`, `y`, `spatial_ref`,
        `chunk_row`, `chunk_column`. Its `encoding` names the `source`, the `level` and how many `levels` there are.

    Raises
    ------
    NotACube
        It does not meet the schema, or is still being written; the message names the breach.
    SourceUnavailable
        Nothing is there, or a server does not answer.
    CorruptChunk
        A coordinate or parameter is damaged. Damaged codes raise it when they are computed.
    """
    try:
        levels = read_levels_of(path)
    except NotACube:
        if (foreign := _in_place(path)) is None:
            raise
        return foreign
    root = levels[""]
    if schema.ATTRS not in root.attrs and (foreign := _in_place(path)) is not None:
        return foreign
    if not any(group.arrays for group in levels.values()):
        raise NotACube(
            f"{path}: a Zarr group without variables. It may be a cube whose writing failed: write it again."
        )
    if schema.ATTRS not in root.attrs:
        raise NotACube(
            f"{path}: Zarr, but not a cube: no attribute {schema.ATTRS!r} says how the codes were made. "
            "Make a cube of it with `embexplore ingest`."
        )
    names = read_levels(root.attrs)
    if level not in range(len(names)):
        raise InvalidInput(f"level={level}: this cube has levels {', '.join(map(str, range(len(names))))}.")
    cube = _dataset(levels[names[level] if level else ""])
    validate(cube, sample=False)
    cube.encoding = {"source": _absolute(path), "level": level, "levels": len(names)}
    return cube


def _absolute(path: str | Path) -> str:
    """The location that stays the same when the working folder changes."""
    return str(path) if "://" in str(path) else str(Path(path).absolute())


def _in_place(path: str | Path) -> xr.Dataset | None:
    """A Tessera store as a cube, without copying it; None where it is none."""
    from embexplore.io.sources.tessera_zarr import is_tessera, open_tessera_zarr

    try:
        is_known = is_tessera(str(path))
    except EmbexploreError:
        return None
    return open_tessera_zarr([str(path)]).cube() if is_known else None


def _dataset(group: StoredGroup) -> xr.Dataset:
    if group.store.is_remote:
        group.load_small()
    codecs, precision = group.codecs(), group.precision()
    variables: dict[str, xr.Variable] = {}
    for name, array in group.arrays.items():
        dims = dims_of(array)
        target = OLDER_NAMES.get(name, name)
        if {schema.Y, schema.X} <= set(dims):
            data: Any = _lazy(group.reader(name, codecs, precision), name)
        else:
            data = precision if name == schema.PRECISION else group.load(name)
        variable = xr.Variable(dims, data, {k: v for k, v in array.attributes.items() if k != "_FillValue"})
        variables[target] = variable.transpose(*sorted(dims, key=_rank)) if variable.ndim > 1 else variable
    if missing := {schema.TIME, schema.Y, schema.X} - set(variables):
        raise NotACube(f"{group.name}: no coordinate {', '.join(sorted(missing))}.")
    variables[schema.TIME] = _years(variables[schema.TIME])
    cube = xr.Dataset(variables, attrs=dict(group.attrs))
    cube = cube.set_coords([name for name in (schema.SPATIAL_REF, *_chunk_coordinates(cube)) if name in cube])
    cube = _with_crs(cube, group)
    cube = with_chunk_grid(cube, _chunk_of(group))
    order = np.argsort(cube[schema.TIME].values, kind="stable")
    return cube if (np.diff(order) == 1).all() else cube.isel({schema.TIME: order})


def _rank(dim: str) -> int:
    return _ORDER.index(dim) if dim in _ORDER else len(_ORDER)


def _chunk_coordinates(cube: xr.Dataset) -> list[str]:
    return [name for name in (schema.CHUNK_ROW, schema.CHUNK_COLUMN, schema.INSIDE) if name in cube]


def _lazy(reader: Any, name: str) -> Any:
    import dask.array as da
    from dask.base import tokenize

    return da.from_array(reader, reader.array.chunks, name=f"{name}-{tokenize(reader)}", lock=False, asarray=False)


def _chunk_of(group: StoredGroup) -> int:
    """Rows and columns of a chunk: the larger of both, as small grids have one chunk of their own size."""
    sizes = [1]
    for array in group.arrays.values():
        dims = dims_of(array)
        if {schema.Y, schema.X} <= set(dims):
            sizes += [array.chunks[dims.index(schema.Y)], array.chunks[dims.index(schema.X)]]
    return max(sizes)


def _with_crs(cube: xr.Dataset, group: StoredGroup) -> xr.Dataset:
    if schema.SPATIAL_REF in cube.coords and "crs_wkt" in cube[schema.SPATIAL_REF].attrs:
        return cube
    try:
        return with_crs(cube, read_crs(group.attrs))
    except NotACube as error:
        raise NotACube(f"{group.name}: {error}") from error


def _years(time: xr.Variable) -> xr.Variable:
    """Calendar years as int32, from years, from datetimes, or from CF numbers with `units`."""
    if "units" in time.attrs:
        time = xr.decode_cf(xr.Dataset({schema.TIME: time}))[schema.TIME].variable
    values: NDArray[Any] = np.asarray(time.values)
    if values.dtype.kind == "M":
        values = values.astype("datetime64[Y]").astype(int) + 1970
    return xr.Variable(time.dims, values.astype(np.int32))
