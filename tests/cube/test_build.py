"""A cube made in memory names its codec, grid, years and origin, and gives all of them back."""

import numpy as np
import pytest
import xarray as xr

from embexplore.core.codecs import make_codec
from embexplore.cube.build import codec_of, crs_of, grid_of, make_cube, provenance_of
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance
from embexplore.cube.validate import validate

GRID = Grid("EPSG:32631", (10.0, 0.0, 200000.0, 0.0, -10.0, 20000.0), (20, 16))
ORIGIN = Provenance("a test", "Test", "1", "By us.", "CC0-1.0")


@pytest.fixture
def vectors(rng):
    x = rng.normal(size=(2, 20, 16, 12)).astype(np.float32)
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def built(vectors, name):
    codec = make_codec(name).fit(vectors.reshape(-1, vectors.shape[-1]), random_state=0)
    options = {"scales": codec.scales(vectors)} if codec.has_scales else {}
    if codec.nodata is None and not codec.has_scales:
        options["valid"] = np.ones(vectors.shape[:-1], np.uint8)
    codes = np.moveaxis(codec.encode(vectors), -1, 1)
    bands = [f"A{i:02d}" for i in range(12)]
    cube = make_cube(
        codes, codec=codec, grid=GRID, years=(2020, 2021), provenance=ORIGIN, bands=bands, chunk=8, **options
    )
    return cube, codec


@pytest.mark.parametrize("name", ["float32", "alphaearth", "int8", "tessera", "binary", "binary-sign"])
def test_every_codec_makes_a_cube_that_gives_it_back(vectors, name):
    cube, codec = built(vectors, name)
    validate(cube, sample=False)
    back = codec_of(cube, codec.variable)
    assert type(back) is type(codec)
    assert back.to_dict() == codec.to_dict()
    for parameter, values in codec.parameters.items():
        np.testing.assert_array_equal(back.parameters[parameter], values)
    codes = np.moveaxis(cube[codec.variable].values, 1, -1)
    scales = cube.scales.values if codec.has_scales else None
    np.testing.assert_array_equal(back.decode(codes, scales), codec.decode(codes, scales))


def test_grid_years_crs_and_origin_are_those_given(vectors):
    cube, _ = built(vectors, "alphaearth")
    assert grid_of(cube) == GRID
    assert crs_of(cube) == "EPSG:32631"
    assert provenance_of(cube) == ORIGIN
    assert cube.time.values.tolist() == [2020, 2021]
    assert cube.time.dtype == np.int32
    assert list(cube.band.values[:2]) == ["A00", "A01"]


def test_any_slice_knows_its_own_grid_and_its_chunks(vectors):
    cube, _ = built(vectors, "alphaearth")
    part = cube.isel(y=slice(6, 18), x=slice(8, 16))
    assert grid_of(part) == GRID.crop(slice(6, 18), slice(8, 16))
    assert part.chunk_row.values.tolist() == [0] * 2 + [1] * 8 + [2] * 2
    assert set(part.chunk_column.values.tolist()) == {1}


def test_parameters_that_differ_by_chunk_and_year_are_chosen_by_both(vectors):
    cube, codec = built(vectors, "int8")
    per_chunk = np.arange(2 * 3 * 2 * 12, dtype=np.float32).reshape(2, 3, 2, 12)
    cube = cube.assign(embeddings_scale=(("time", "chunk_y", "chunk_x", "band"), per_chunk))
    found = codec_of(cube, "embeddings", year=2021, chunk=(2, 1))
    np.testing.assert_array_equal(found.parameters["scale"], per_chunk[1, 2, 1])
    np.testing.assert_array_equal(found.parameters["offset"], codec.parameters["offset"])


def test_lazy_codes_stay_lazy_and_equal(vectors):
    eager, codec = built(vectors, "alphaearth")
    lazy = make_cube(
        eager.embeddings.chunk({"y": 8, "x": 8}).data,
        codec=codec,
        grid=GRID,
        years=(2020, 2021),
        provenance=ORIGIN,
        bands=list(eager.band.values),
        chunk=8,
    )
    assert lazy.embeddings.chunks is not None
    xr.testing.assert_identical(lazy.compute(), eager)


def test_a_crs_without_a_code_comes_back_as_wkt(vectors):
    custom = "+proj=laea +lat_0=10 +lon_0=20 +datum=WGS84 +units=m"
    grid = Grid(custom, GRID.transform, GRID.shape)
    codec = make_codec("float32")
    cube = make_cube(np.moveaxis(vectors, -1, 1), codec=codec, grid=grid, years=(2020, 2021), provenance=ORIGIN)
    from pyproj import CRS

    assert crs_of(cube).startswith("PROJCRS")
    assert CRS.from_user_input(crs_of(cube)).to_cf()["grid_mapping_name"] == "lambert_azimuthal_equal_area"
