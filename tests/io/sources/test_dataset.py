"""Any xarray object with a band dimension, and Datasets of the shape that Xee opens."""

import itertools
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from archive import unit_codes

from embexplore.cube.build import grid_of
from embexplore.errors import InvalidInput, MissingDependency, SourceUnavailable
from embexplore.io.fetch import fetch
from embexplore.io.ingest import ingest
from embexplore.io.open import open_cube
from embexplore.io.sources import detect
from embexplore.io.sources.alphaearth import BANDS
from embexplore.io.sources.earthengine import open_collection, require_xee, utm_of

LEFT, TOP = 300_000.0, 4_900_000.0
X = LEFT + 10 * (np.arange(30) + 0.5)
Y = TOP - 10 * (np.arange(20) + 0.5)
WHOLE = (slice(0, 20), slice(0, 30))


def array(values, years=(2023, 2024), **attrs):
    return xr.DataArray(
        values,
        dims=("time", "band", "y", "x"),
        coords={"time": list(years), "y": Y, "x": X},
        attrs={"crs": "EPSG:32616"} | attrs,
        name="embeddings",
    )


@pytest.fixture
def values(rng):
    return rng.normal(size=(2, 12, 20, 30)).astype(np.float32)


@pytest.mark.parametrize("order", list(itertools.permutations(("time", "band", "y", "x"))))
def test_dims_come_in_any_order(values, order):
    source = detect(array(values).transpose(*order))
    assert (source.name, source.codec.name, source.years) == ("dataset", "float32", (2023, 2024))
    np.testing.assert_array_equal(source.read(2024, slice(3, 9), slice(20, 30)).codes, values[1, :, 3:9, 20:30])


@pytest.mark.parametrize("lazy", [False, True])
def test_a_south_up_dataset_with_old_names_and_dates_is_turned_round(values, tmp_path, lazy):
    data = array(values, pd.to_datetime(["2024-01-01", "2023-01-01"])).isel(y=slice(None, None, -1))
    data = data.rename(band="feature", y="northing", x="easting").to_dataset()
    data["embeddings"].attrs, data.attrs = {}, {"proj:code": "EPSG:32616"}
    if lazy:
        data = data.chunk(northing=7, easting=11)
    cube = open_cube(ingest(tmp_path / "d.zarr", data))
    assert grid_of(cube).transform == (10, 0, LEFT, 0, -10, TOP)
    assert list(cube.time) == [2023, 2024]
    np.testing.assert_array_equal(cube.embeddings.values, values[::-1])


def test_alphaearth_codes_stay_codes_and_are_checked(rng):
    codes = unit_codes(rng, 20, 30)[None]
    codes[0, 5, 1, 2] = -128
    source = detect(array(codes, [2024]))
    read = source.read(2024, *WHOLE).codes
    assert (source.codec.name, read.dtype) == ("alphaearth", np.int8)
    assert (read[:, 1, 2] == -128).all()
    np.testing.assert_array_equal(read[:, 5:], codes[0, :, 5:])
    with pytest.raises(InvalidInput, match=r"expected 1 ± 0\.02"):
        detect(array(np.full_like(codes, 3), [2024])).read(2024, *WHOLE)
    with pytest.raises(InvalidInput, match=r"63 int8 bands"):
        detect(array(codes[:, :63], [2024]))


def test_one_year_is_told_by_a_scalar_or_by_the_caller(values):
    one = array(values).isel(time=0)
    assert detect(one).years == (2023,)
    bare = one.drop_vars("time")
    assert detect(bare, year=2019).years == (2019,)
    with pytest.raises(InvalidInput, match=r"do not say their year.*--year"):
        detect(bare)


def test_a_bbox_crops(values):
    whole = detect(array(values))
    source = detect(array(values), bbox=whole.grid.crop(slice(4, 9), slice(2, 7)).bbox)
    row, column = whole.grid.offset(source.grid)
    rows, columns = source.grid.shape
    assert rows * columns < 20 * 30
    read = source.read(2023, slice(0, rows), slice(0, columns)).codes
    np.testing.assert_array_equal(read, values[0, :, row : row + rows, column : column + columns])


def test_what_is_missing_is_said(values):
    data = array(values)
    with pytest.raises(InvalidInput, match=r"no band among them"):
        detect(data.rename(band="z"))
    with pytest.raises(InvalidInput, match=r"have no CRS"):
        detect(data.drop_attrs())
    with pytest.raises(InvalidInput, match=r"no variable of the Dataset has a band dimension \(z\)"):
        detect(xr.Dataset({"z": data.isel(band=0, drop=True)}))
    with pytest.raises(InvalidInput, match=r"several variables have a band dimension \(one, two\)"):
        detect(xr.Dataset({"one": data, "two": data}))
    with pytest.raises(InvalidInput, match=r"several slices of one year"):
        detect(data.assign_coords(time=[2024, 2024]))
    with pytest.raises(InvalidInput, match=r"x: expected evenly spaced"):
        detect(data.assign_coords(x=np.geomspace(1, 1000, 30)))
    infinite = data.copy()
    infinite[0, 0, 0, 0] = np.inf
    with pytest.raises(InvalidInput, match=r"1 pixels hold infinite values"):
        detect(infinite).read(2023, *WHOLE)


def test_zarr_and_netcdf_files_are_opened_as_datasets(values, tmp_path):
    data = array(values).to_dataset().assign_attrs(crs="EPSG:32616")
    data.to_zarr(tmp_path / "plain.zarr", zarr_format=3, consolidated=False)
    files = [tmp_path / "plain.zarr"]
    data.to_netcdf(tmp_path / "plain.nc", engine="scipy", format="NETCDF3_64BIT")
    files.append(tmp_path / "plain.nc")
    for file in files:
        source = detect(file)
        assert source.name == "dataset"
        np.testing.assert_array_equal(source.read(2024, *WHOLE).codes, values[1])
    with pytest.raises(SourceUnavailable, match=r"no such file"):
        detect(tmp_path / "missing.nc")


def xee_dataset(codes, years=(2023, 2024)):
    """What Xee ≥ 0.1 opens: one float64 variable a band on [time, y, x], NaN for masked pixels, each with the CRS in an attribute."""
    vectors = np.where(codes == -128, np.nan, np.sign(codes) * (codes / 127.5) ** 2)
    coordinates = {"time": pd.to_datetime([f"{year}-01-01" for year in years]), "y": Y, "x": X}
    attrs = {"crs": "EPSG:32616"}
    variables = {band: (("time", "y", "x"), vectors[:, number], attrs) for number, band in enumerate(BANDS)}
    return xr.Dataset(variables, coordinates)


@pytest.mark.parametrize("lazy", [False, True])
def test_a_dataset_of_xees_shape_becomes_alphaearths_codes_exactly(rng, tmp_path, lazy):
    codes = np.stack([unit_codes(rng, 20, 30) for _ in range(2)])
    codes[1, :, 3, 4] = -128
    data = xee_dataset(codes)
    if lazy:
        data = data.chunk(time=1, y=8, x=8)
    source = detect(data)
    assert (source.name, source.codec.name, source.years) == ("earthengine", "alphaearth", (2023, 2024))
    cube = open_cube(ingest(tmp_path / "ee.zarr", data))
    np.testing.assert_array_equal(cube.embeddings.values, codes)
    assert "Earth Engine" in cube.attrs["embexplore"]["provenance"]["source"]


def test_missing_bands_of_earth_engine_are_named(rng):
    data = xee_dataset(unit_codes(rng, 20, 30)[None], [2024])
    with pytest.raises(InvalidInput, match=r"63 bands where 64 are expected: A17 missing"):
        detect(data.drop_vars("A17"), "earthengine")


def test_without_xee_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "xee", None)
    with pytest.raises(MissingDependency, match=r"embexplore\[earthengine\]"):
        fetch("earthengine", tmp_path / "c.zarr", bbox=(0.1, 0.1, 0.2, 0.2), years=2024)


def test_xees_own_grid_is_the_grid_that_is_asked_for():
    """Xee's `fit_geometry` itself runs here; the service behind it cannot."""
    pytest.importorskip("xee")
    import shapely

    _, xee = require_xee()
    grid = xee.helpers.fit_geometry(
        geometry=shapely.box(-89.1, 43.0, -89.0, 43.1), grid_crs=utm_of(-89.05, 43.05), grid_scale=(10, -10)
    )
    assert grid["crs"] == "EPSG:32616"
    assert grid["crs_transform"][0::4] == (10, -10)
    with pytest.raises(SourceUnavailable, match=r"ee\.Initialize"):
        open_collection((-89.1, 43.0, -89.09, 43.01), [2024])


@pytest.mark.parametrize(
    ("lon", "lat", "code"), [(0.1, 0.1, 32631), (-89, 43, 32616), (20, -30, 32734), (179.9, 1, 32660)]
)
def test_utm_zones_are_numbered_from_the_date_line(lon, lat, code):
    assert utm_of(lon, lat) == f"EPSG:{code}"
