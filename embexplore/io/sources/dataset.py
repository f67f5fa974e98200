"""Any xarray Dataset or DataArray with a band dimension, its dims in any order, lazy or not."""

import hashlib
import json
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.core.codecs import Codec, make_codec
from embexplore.cube.grid import BBox, Grid
from embexplore.cube.schema import NODATA, Provenance
from embexplore.errors import InvalidInput, SourceUnavailable
from embexplore.io.sources import alphaearth
from embexplore.io.sources.base import Block
from embexplore.io.sources.geotiff import band_names, mask_nan, require_finite
from embexplore.io.sources.zarr_store import open_group

NAMES = {
    "band": ("band", "bands", "feature", "features", "embedding", "dim", "channel"),
    "y": ("y", "Y", "northing", "lat", "latitude"),
    "x": ("x", "X", "easting", "lon", "longitude"),
    "time": ("time", "year", "years"),
}
"""Names under which each dimension is looked for."""


@dataclass
class DatasetSource:
    """The Source of a DataArray `(time, band, y, x)`; windows are computed as they are read."""

    data: xr.DataArray
    grid: Grid
    years: tuple[int, ...]
    bands: tuple[str, ...]
    codec: Codec
    provenance: Provenance
    told: str
    name: str

    def read(self, year: int, rows: slice, columns: slice) -> Block:
        """Codes of a window; see `Source.read`."""
        values = np.asarray(self.data[self.years.index(year), :, rows, columns].data)
        return Block(self._codes(values))

    def fingerprint(self) -> str:
        """A digest of the grid, years and what a lazy array says of itself, or of an eager one's bytes."""
        content = str(self.data.data.name) if hasattr(self.data.data, "dask") else _digest(self.data.values)
        told = [self.name, self.grid.crs, self.grid.transform, self.grid.shape, self.years, content, self.told]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def _codes(self, values: NDArray[Any]) -> NDArray[Any]:
        if self.codec.name == "alphaearth" and values.dtype == np.int8:
            codes = alphaearth.mask_partial(values)
            alphaearth.require_unit_norms(codes, self.told)
            return codes
        vectors = values.astype(np.float32)
        require_finite(vectors, self.told)
        vectors = mask_nan(vectors)
        if self.codec.name == "float32":
            return vectors
        return np.ascontiguousarray(np.moveaxis(self.codec.encode(np.moveaxis(vectors, 0, -1)), -1, 0))


def open_dataset(
    data: xr.Dataset | xr.DataArray, *, year: int | None = None, bbox: BBox | None = None
) -> DatasetSource:
    """The Source of an xarray object.

    64 int8 bands are AlphaEarth's codes (their norms are checked); everything else is kept as float32
    vectors, NaN being no data. A south-up or unsorted-years object is turned round without computing it.

    Raises
    ------
    InvalidInput
        No band dimension, no CRS, uneven coordinates, a year that is not known; when read: infinite values.
    """
    array = to_time_band_y_x(data, year)
    is_alphaearth = array.dtype == np.int8 and array.sizes["band"] == alphaearth.DIMENSIONS
    if array.dtype == np.int8 and not is_alphaearth:
        raise InvalidInput(
            f"{array.sizes['band']} int8 bands: codes without a known quantizer. Decode them to float32 first "
            f"(AlphaEarth has {alphaearth.DIMENSIONS} bands and no data {NODATA})."
        )
    provenance = Provenance("xarray Dataset", str(data.attrs.get("model", "unknown model")))
    return make_source(
        array,
        name="dataset",
        codec=make_codec("alphaearth" if is_alphaearth else "float32"),
        bands=alphaearth.BANDS if is_alphaearth else _band_names(array),
        provenance=alphaearth.provenance("xarray Dataset") if is_alphaearth else provenance,
        crs=crs_of_data(data),
        bbox=bbox,
    )


def open_file(file: str) -> xr.Dataset:
    """A Zarr store or NetCDF file as a Dataset; SourceUnavailable or InvalidInput where that fails."""
    if ".zarr" in file or Path(file).is_dir():
        group = open_group(file)
        return xr.open_zarr(group.store, consolidated=group.metadata.consolidated_metadata is not None)
    try:
        return xr.open_dataset(file)
    except FileNotFoundError:
        raise SourceUnavailable(f"{file}: there is no such file. Check the path.") from None
    except ValueError as error:
        raise InvalidInput(f"{file} is not a Dataset that xarray can read ({error}).") from error


def make_source(
    array: xr.DataArray,
    *,
    name: str,
    codec: Codec,
    bands: tuple[str, ...],
    provenance: Provenance,
    crs: str,
    bbox: BBox | None,
) -> DatasetSource:
    """The Source of an array `(time, band, y, x)` whose `y` descends, cropped to a bounding box."""
    grid = Grid.from_centers(array["x"].values, array["y"].values, crs)
    if bbox is not None:
        rows, columns = grid.window(bbox)
        grid, array = grid.crop(rows, columns), array[:, :, rows, columns]
    years = tuple(int(value) for value in array["time"].values)
    return DatasetSource(array, grid, years, bands, codec, provenance, str(array.name or "the array"), name)


def to_time_band_y_x(data: xr.Dataset | xr.DataArray, year: int | None = None) -> xr.DataArray:
    """The array of an xarray object as `(time, band, y, x)`: years as int, sorted; `y` descending, `x` ascending."""
    array = _with_band(data) if isinstance(data, xr.Dataset) else data
    names = {wanted: _find(array, wanted) for wanted in NAMES}
    missing = [wanted for wanted in ("band", "y", "x") if names[wanted] is None]
    if missing:
        raise InvalidInput(f"dims {array.dims}: no {', '.join(missing)} among them. Rename them with `.rename`.")
    array = array.rename({found: wanted for wanted, found in names.items() if found not in (None, wanted)})
    array = _with_years(array, year).transpose("time", "band", "y", "x")
    if array.sizes["y"] > 1 and array["y"][0] < array["y"][-1]:
        array = array.isel(y=slice(None, None, -1))
    if array.sizes["x"] > 1 and array["x"][0] > array["x"][-1]:
        array = array.isel(x=slice(None, None, -1))
    return array.isel(time=np.argsort(array["time"].values))


def crs_of_data(data: xr.Dataset | xr.DataArray) -> str:
    """The CRS of an xarray object: from `spatial_ref`, `proj:code` or a `crs` attribute (Xee's variables have it).

    Raises InvalidInput without one.
    """
    from pyproj import CRS

    places: list[Any] = []
    for coordinate in [data.coords.get(name) for name in ("spatial_ref", "crs")]:
        if coordinate is not None:
            places += [coordinate.attrs.get(key) for key in ("crs_wkt", "spatial_ref")]
    variables = list(data.data_vars.values())[:1] if isinstance(data, xr.Dataset) else []
    places += [each.attrs.get(key) for each in (data, *variables) for key in ("proj:code", "crs", "crs_wkt")]
    found = next((place for place in places if place), None)
    if found is None:
        raise InvalidInput(
            "the data have no CRS (no spatial_ref coordinate, no attribute proj:code or crs), so its pixels lie "
            "nowhere. Give it one, e.g. `data.rio.write_crs('EPSG:32616')`."
        )
    crs = CRS.from_user_input(found)
    authority = crs.to_authority(min_confidence=100)
    return ":".join(authority) if authority else str(crs.to_wkt())


def _with_band(data: xr.Dataset) -> xr.DataArray:
    """The one variable that has a band dimension, `embeddings` first."""
    found = [name for name in data.data_vars if _find(data[name], "band") and _find(data[name], "y")]
    if not found:
        raise InvalidInput(
            f"no variable of the Dataset has a band dimension ({', '.join(map(str, data.data_vars))}). "
            "Stack bands that are variables first: `data.to_dataarray('band')`."
        )
    if "embeddings" in found:
        return data["embeddings"]
    if len(found) > 1:
        raise InvalidInput(f"several variables have a band dimension ({', '.join(map(str, found))}): give one of them.")
    return data[found[0]]


def _find(array: xr.DataArray, wanted: str) -> Hashable | None:
    return next((name for name in NAMES[wanted] if name in array.dims), None)


def _with_years(array: xr.DataArray, year: int | None) -> xr.DataArray:
    if "time" not in array.dims:
        scalar = next((array.coords[name] for name in NAMES["time"] if name in array.coords), None)
        if scalar is not None:
            year = year or int(_years(np.atleast_1d(scalar.values))[0])
        if year is None:
            raise InvalidInput("the data do not say their year. Say which it is: --year 2024 (year=2024).")
        names = [name for name in NAMES["time"] if name in array.coords]
        return array.drop_vars(names).expand_dims(time=[year])
    years = _years(array["time"].values)
    if len(set(years)) != len(years):
        raise InvalidInput(f"time: several slices of one year ({', '.join(map(str, years))}), expected one a year.")
    return array.assign_coords(time=years)


def _years(values: NDArray[Any]) -> NDArray[np.int64]:
    if np.issubdtype(values.dtype, np.datetime64):
        return values.astype("datetime64[Y]").astype(np.int64) + 1970
    if values.dtype == object and hasattr(values[0], "year"):
        return np.array([value.year for value in values], np.int64)
    return values.astype(np.int64)


def _band_names(array: xr.DataArray) -> tuple[str, ...]:
    names = [str(name) for name in array["band"].values] if "band" in array.coords else []
    plain = names == [str(number) for number in range(len(names))] or not names
    return band_names([""] * array.sizes["band"] if plain else names)


def _digest(values: NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()
