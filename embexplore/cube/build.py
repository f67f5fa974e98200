"""Make a cube Dataset in memory from arrays, and read back the codecs that a cube names."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from embexplore.core.codecs import Codec, codec_from_dict
from embexplore.cube import schema
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance
from embexplore.errors import NotACube


def make_cube(
    codes: Any,
    *,
    codec: Codec,
    grid: Grid,
    years: Sequence[int],
    provenance: Provenance,
    bands: Sequence[str] | None = None,
    scales: Any = None,
    valid: Any = None,
    chunk: int = schema.CHUNK,
) -> xr.Dataset:
    """A cube of one tier from codes that lie in memory (or in dask).

    Parameters
    ----------
    codes : array of shape (time, band or code, y, x)
        In `codec`'s type; numpy or dask.
    codec : Codec
        Fitted; its `variable` decides the tier.
    scales, valid : array of shape (time, y, x), optional
        Per-pixel scales (float32) and data mask (uint8), where the codec needs them.
    chunk : int
        Rows and columns of the chunk grid.
    """
    second = schema.BAND if codec.variable == schema.EMBEDDINGS else schema.CODE
    variables: dict[str, Any] = {codec.variable: ((schema.TIME, second, schema.Y, schema.X), codes)}
    for name, values in ((schema.SCALES, scales), (schema.VALID, valid)):
        if values is not None:
            variables[name] = ((schema.TIME, schema.Y, schema.X), values)
    coordinates: dict[str, Any] = {
        schema.TIME: np.asarray(years, np.int32),
        schema.Y: grid.y,
        schema.X: grid.x,
    }
    if bands is not None and second == schema.BAND:
        coordinates[schema.BAND] = list(bands)
    cube = xr.Dataset(variables, coordinates)
    cube.attrs[schema.ATTRS] = {"schema": schema.SCHEMA_VERSION, "codecs": {}, "provenance": provenance.to_dict()}
    return with_chunk_grid(with_crs(with_codec(cube, codec), grid.crs), chunk)


def with_codec(cube: xr.Dataset, codec: Codec) -> xr.Dataset:
    """The cube with `codec` named in its attributes and the codec's parameters as variables."""
    cube = cube.copy()
    names = {parameter: f"{codec.variable}_{parameter}" for parameter in codec.parameters}
    for parameter, values in codec.parameters.items():
        dims = tuple(f"{names[parameter]}_{axis}" for axis in range(values.ndim))
        if values.ndim == 1 and schema.BAND in cube.sizes and len(values) == cube.sizes[schema.BAND]:
            dims = (schema.BAND,)
        cube[names[parameter]] = (dims, values)
    ours = dict(cube.attrs[schema.ATTRS])
    ours["codecs"] = {**ours["codecs"], codec.variable: {**codec.to_dict(), "parameters": names}}
    cube.attrs[schema.ATTRS] = ours
    return cube


def with_crs(cube: xr.Dataset, crs: str) -> xr.Dataset:
    """The cube with a CF `spatial_ref` coordinate, as rioxarray and odc-geo read it."""
    from pyproj import CRS

    attrs = CRS.from_user_input(crs).to_cf()
    attrs["spatial_ref"] = attrs["crs_wkt"]
    return cube.assign_coords({schema.SPATIAL_REF: xr.Variable((), np.int32(0), attrs)})


def with_chunk_grid(cube: xr.Dataset, chunk: int) -> xr.Dataset:
    """The cube with `chunk_row (y)` and `chunk_column (x)`: every pixel's index on the chunk grid."""
    return cube.assign_coords(
        {
            schema.CHUNK_ROW: (schema.Y, np.arange(cube.sizes[schema.Y], dtype=np.int32) // chunk),
            schema.CHUNK_COLUMN: (schema.X, np.arange(cube.sizes[schema.X], dtype=np.int32) // chunk),
        }
    )


def codec_of(cube: xr.Dataset, variable: str, *, year: int | None = None, chunk: tuple[int, int] = (0, 0)) -> Codec:
    """The fitted codec of a tier; `year` and `chunk` (row, column) choose parameters that differ by chunk."""
    options = dict(cube.attrs[schema.ATTRS]["codecs"][variable])
    parameters = {}
    for parameter, name in options.pop("parameters", {}).items():
        values = cube[name]
        if schema.TIME in values.dims:
            values = values.sel({schema.TIME: year})
        if schema.CHUNK_Y in values.dims:
            values = values.isel({schema.CHUNK_Y: chunk[0], schema.CHUNK_X: chunk[1]})
        parameters[parameter] = np.asarray(values.data)
    return codec_from_dict(options, parameters)


def crs_of(cube: xr.Dataset) -> str:
    """The cube's CRS: `EPSG:n` where it has a code, else WKT; NotACube without one."""
    from pyproj import CRS

    if "crs_wkt" not in getattr(cube.coords.get(schema.SPATIAL_REF), "attrs", {}):
        raise NotACube(f"this Dataset has no CRS (coordinate `{schema.SPATIAL_REF}`): it is not a cube.")
    crs = CRS.from_wkt(cube.coords[schema.SPATIAL_REF].attrs["crs_wkt"])
    authority = crs.to_authority(min_confidence=100)
    return ":".join(authority) if authority else str(crs.to_wkt())


def grid_of(cube: xr.Dataset) -> Grid:
    """The grid of a cube, or of any slice of it."""
    crs = crs_of(cube)
    return Grid.from_centers(cube[schema.X].values, cube[schema.Y].values, crs)


def provenance_of(cube: xr.Dataset) -> Provenance:
    """The cube's provenance."""
    return Provenance.from_dict(cube.attrs[schema.ATTRS]["provenance"])
