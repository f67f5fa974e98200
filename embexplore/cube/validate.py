"""Say what is wrong with a Dataset that should be a cube: one sentence a breach, all of them at once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr

from embexplore.core.codecs import Codec
from embexplore.core.normcheck import NORM_TOLERANCE, median_norm
from embexplore.cube import schema
from embexplore.cube.build import codec_of, crs_of
from embexplore.cube.chunks import iterate_chunks
from embexplore.cube.grid import Grid
from embexplore.cube.pieces import TIERS
from embexplore.errors import InvalidInput, NotACube

SAMPLE_PIXELS = 1024

_DIMS = {
    schema.EMBEDDINGS: (schema.TIME, schema.BAND, schema.Y, schema.X),
    schema.BITS: (schema.TIME, schema.CODE, schema.Y, schema.X),
    schema.CODES: (schema.TIME, schema.CODE, schema.Y, schema.X),
    schema.SCALES: (schema.TIME, schema.Y, schema.X),
    schema.VALID: (schema.TIME, schema.Y, schema.X),
    schema.PRECISION: (schema.TIME, schema.CHUNK_Y, schema.CHUNK_X),
}
_DTYPES = {
    schema.EMBEDDINGS: ("int8", "float32"),
    schema.BITS: ("uint8",),
    schema.SCALES: ("float32",),
    schema.VALID: ("uint8", "bool"),
    schema.PRECISION: ("uint8",),
}


def validate(cube: xr.Dataset, *, sample: bool = True) -> None:
    """Raise NotACube, naming every breach of the schema; return nothing where there is none.

    Parameters
    ----------
    sample : bool
        Also read some pixels of one chunk and check that AlphaEarth codes decode to unit length.
    """
    problems = [problem for check in _CHECKS for problem in check(cube)]
    if not problems and sample:
        problems = list(_linear_looking(cube))
    if problems:
        raise NotACube(" ".join(problems))


def _tiers(cube: xr.Dataset) -> list[str]:
    return [name for name in TIERS if name in cube.variables]


def _ours(cube: xr.Dataset) -> Mapping[str, Any]:
    ours = cube.attrs.get(schema.ATTRS)
    return ours if isinstance(ours, Mapping) else {}


def _version(cube: xr.Dataset) -> Iterator[str]:
    version = _ours(cube).get("schema", schema.SCHEMA_VERSION)
    if version != schema.SCHEMA_VERSION:
        yield f"Schema {version}: this embexplore reads schema {schema.SCHEMA_VERSION}; install one that is as new as the cube."


def _variables(cube: xr.Dataset) -> Iterator[str]:
    if not _tiers(cube):
        yield f"No embeddings: expected a variable {', '.join(TIERS[:-1])} or {TIERS[-1]}, found {sorted(map(str, cube.data_vars))}."
    for name, dims in _DIMS.items():
        if name in cube.variables and cube[name].dims != dims:
            yield f"{name} has dims {cube[name].dims}: expected {dims}; use `.transpose` or `.rename`."
    for name, allowed in _DTYPES.items():
        if name in cube.variables and str(cube[name].dtype) not in allowed:
            yield f"{name} is {cube[name].dtype}: expected {' or '.join(allowed)}."


def _years(cube: xr.Dataset) -> Iterator[str]:
    if schema.TIME not in cube.coords:
        yield "No coordinate time: expected calendar years as int32."
        return
    time = np.atleast_1d(cube[schema.TIME].values)
    if time.dtype.kind not in "iu":
        yield f"time is {time.dtype}: expected calendar years as int32, such as 2024."
    elif len(set(time.tolist())) != len(time):
        yield f"time holds a year twice: {time.tolist()}."
    elif time.dtype != np.int32:
        yield f"time is {time.dtype}: expected int32; use `.astype('int32')`."


def _places(cube: xr.Dataset) -> Iterator[str]:
    missing = [name for name in (schema.Y, schema.X) if name not in cube.coords]
    if missing:
        yield f"No coordinate {' and '.join(missing)}: expected pixel centers."
        return
    y = cube[schema.Y].values
    if y.size > 1 and y[0] < y[-1]:
        yield "y ascends: expected north-up, y descending; use `.isel(y=slice(None, None, -1))`."
        return
    try:
        Grid.from_centers(cube[schema.X].values, y, "EPSG:4326")
    except InvalidInput as error:
        yield str(error)


def _crs(cube: xr.Dataset) -> Iterator[str]:
    if schema.SPATIAL_REF not in cube.coords:
        yield "No coordinate system: expected a coordinate spatial_ref with the attribute crs_wkt."
        return
    from pyproj.exceptions import CRSError

    try:
        crs_of(cube)
    except (KeyError, CRSError) as error:
        yield f"spatial_ref names no coordinate system that PROJ knows ({error})."


def _codecs(cube: xr.Dataset) -> Iterator[str]:
    named = _ours(cube).get("codecs")
    if not isinstance(named, Mapping):
        yield f"No codecs: expected attrs[{schema.ATTRS!r}]['codecs'] to say how each variable was encoded."
        return
    for variable in _tiers(cube):
        if variable not in named:
            yield f"{variable} has no codec: expected one of attrs[{schema.ATTRS!r}]['codecs']."
            continue
        missing = sorted(set(named[variable].get("parameters", {}).values()) - set(cube.variables))
        if missing:
            yield f"The codec of {variable} lacks its parameters: {', '.join(missing)}."
            continue
        yield from _codec_fits(cube, variable)


def _codec_fits(cube: xr.Dataset, variable: str) -> Iterator[str]:
    try:
        codec = _first_codec(cube, variable)
    except (InvalidInput, TypeError, ValueError) as error:
        yield f"The codec of {variable} cannot be made: {error}"
        return
    if codec.variable != variable:
        yield f"Codec {codec.name!r} belongs to {codec.variable}, not to {variable}."
    if np.dtype(codec.dtype) != cube[variable].dtype:
        yield f"{variable} is {cube[variable].dtype}: codec {codec.name!r} makes {np.dtype(codec.dtype)}."
    if codec.has_scales and schema.SCALES not in cube.variables:
        yield f"No scales: codec {codec.name!r} needs one float32 a pixel."
    if codec.nodata is None and not codec.has_scales and schema.VALID not in cube.variables:
        yield f"No valid: codec {codec.name!r} has no code for no data, so a mask (time, y, x) must say it."
    if "_FillValue" in cube[variable].attrs or cube[variable].encoding.get("_FillValue") is not None:
        yield f"{variable} carries a CF _FillValue, which turns codes into floats on open: use Zarr's fill_value."


def _first_codec(cube: xr.Dataset, variable: str) -> Codec:
    years = np.atleast_1d(cube[schema.TIME].values)
    return codec_of(cube, variable, year=int(years[0]))


def _precision(cube: xr.Dataset) -> Iterator[str]:
    if schema.PRECISION not in cube.variables:
        return
    precision = cube[schema.PRECISION]
    if precision.dims != _DIMS[schema.PRECISION]:
        return
    rows, columns = precision.shape[1:]
    for name, dim, count in ((schema.CHUNK_ROW, schema.Y, rows), (schema.CHUNK_COLUMN, schema.X, columns)):
        if name in cube.coords and cube[name].dims == (dim,) and int(cube[name].max()) >= count:
            yield f"precision has {count} chunks along {dim}: {name} reaches {int(cube[name].max())}."
    values = precision.values
    if values.size and values.max() > schema.BOTH:
        yield f"precision holds {int(values.max())}: expected 0 none, 1 int8, 2 bits or 3 both."
    has_first = {schema.EMBEDDINGS, schema.CODES} & set(_tiers(cube))
    if (values & schema.INT8).any() and not has_first:
        yield "precision says that chunks have embeddings, but there is no such variable."
    if (values & schema.BITS_ONLY).any() and schema.BITS not in cube.variables:
        yield "precision says that chunks have bits, but there is no such variable."


def _provenance(cube: xr.Dataset) -> Iterator[str]:
    provenance = _ours(cube).get("provenance")
    if not isinstance(provenance, Mapping) or not provenance.get("source") or not provenance.get("model"):
        yield f"No provenance: expected attrs[{schema.ATTRS!r}]['provenance'] with at least source and model."


_CHECKS: tuple[Callable[[xr.Dataset], Iterator[str]], ...] = (
    _version,
    _variables,
    _years,
    _places,
    _crs,
    _codecs,
    _precision,
    _provenance,
)


def _linear_looking(cube: xr.Dataset) -> Iterator[str]:
    """The sentence for AlphaEarth codes that were made by another formula."""
    if _ours(cube)["codecs"].get(schema.EMBEDDINGS, {}).get("name") != "alphaearth":
        return
    codec = _first_codec(cube, schema.EMBEDDINGS)
    codes = _some_pixels(cube, codec)
    if codes is None:
        return
    norm = median_norm(codec, codes)
    if abs(norm - 1) > NORM_TOLERANCE:
        yield (
            f"Decoded AlphaEarth vectors have length {norm:.3f}, expected 1 ± {NORM_TOLERANCE}: the codes look linear, "
            "or scaled by another formula. Ingest the source's own int8 files, or name the right codec."
        )


def _some_pixels(cube: xr.Dataset, codec: Codec) -> Any:
    """Codes `(n, c)` of up to SAMPLE_PIXELS pixels with data, of the first chunk that has any; None without data."""
    for year in np.atleast_1d(cube[schema.TIME].values):
        for view in iterate_chunks(cube, int(year), tier=schema.EMBEDDINGS):
            flat = np.asarray(view.codes).reshape(-1, view.codes.shape[-1])
            flat = flat[(flat != codec.nodata).all(axis=-1)]
            if len(flat):
                return flat[:: max(len(flat) // SAMPLE_PIXELS, 1)]
    return None
