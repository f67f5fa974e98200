"""What the group attributes say is what the grid is, and conventions are matched on their UUID."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from embexplore.core.codecs import make_codec
from embexplore.cube.conventions import (
    GEOEMB,
    MULTISCALES,
    PROJ,
    SPATIAL,
    declares,
    read_crs,
    read_grid,
    read_levels,
    write_conventions,
)
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance
from embexplore.errors import NotACube

FACTS = {"codecs": (make_codec("alphaearth"),), "dimensions": 64, "provenance": Provenance("COGs", "AlphaEarth", "1")}
CUSTOM = CRS.from_proj4("+proj=laea +lat_0=10 +lon_0=20 +datum=WGS84 +units=m").to_wkt()

grids = st.builds(
    Grid,
    st.sampled_from(["EPSG:32631", "EPSG:4326", "EPSG:3857", CUSTOM]),
    st.tuples(
        st.floats(0.001, 100),
        st.just(0.0),
        st.floats(-1e6, 1e6),
        st.just(0.0),
        st.floats(-100, -0.001),
        st.floats(-1e6, 1e6),
    ),
    st.tuples(st.integers(1, 9000), st.integers(1, 9000)),
)


@given(grids)
def test_the_grid_comes_back_as_it_was_written(grid):
    back = read_grid(write_conventions(grid, **FACTS))
    assert back.transform == grid.transform
    assert back.shape == grid.shape
    assert CRS.from_user_input(back.crs) == CRS.from_user_input(grid.crs)


@given(grids)
def test_the_transform_is_that_of_the_upper_left_corner_as_the_convention_demands(grid):
    attrs = write_conventions(grid, **FACTS)
    a, _, c, _, _, f = attrs["spatial:transform"]
    np.testing.assert_array_equal(c + a * (np.arange(grid.shape[1]) + 0.5), grid.x)
    left, _, _, top = attrs["spatial:bbox"]
    assert (left, top) == (c, f)
    assert attrs["spatial:dimensions"] == ["y", "x"]


def test_conventions_are_matched_on_uuid_and_never_on_name():
    attrs = write_conventions(Grid("EPSG:32631", (10.0, 0.0, 0.0, 0.0, -10.0, 0.0), (4, 4)), **FACTS)
    assert all(declares(attrs, convention) for convention in (SPATIAL, PROJ, GEOEMB))
    assert not declares(attrs, MULTISCALES)
    renamed = {"zarr_conventions": [{**SPATIAL, "name": "place"}]}
    lookalike = {"zarr_conventions": [{**SPATIAL, "uuid": "0"}]}
    assert declares(renamed, SPATIAL)
    assert not declares(lookalike, SPATIAL)
    assert read_grid({**attrs, **lookalike}) is None


def test_a_pyramid_lists_every_level_with_its_own_grid():
    grid = Grid("EPSG:32631", (10.0, 0.0, 0.0, 0.0, -10.0, 0.0), (5, 8))
    half = Grid("EPSG:32631", (20.0, 0.0, 0.0, 0.0, -20.0, 0.0), (3, 4))
    attrs = write_conventions(grid, levels=[half], **FACTS)
    assert read_levels(attrs) == (".", "1")
    assert attrs["multiscales"]["layout"][1] == {
        "asset": "1",
        "derived_from": ".",
        "transform": {"scale": [2.0, 2.0], "translation": [0.0, 0.0]},
        "spatial:shape": [3, 4],
        "spatial:transform": [20.0, 0.0, 0.0, 0.0, -20.0, 0.0],
    }
    assert read_levels(write_conventions(grid, **FACTS)) == (".",)


def test_the_quantizer_is_named_where_the_proposal_has_no_word_for_it():
    grid = Grid("EPSG:32631", (10.0, 0.0, 0.0, 0.0, -10.0, 0.0), (4, 4))
    power = write_conventions(grid, **FACTS)["geoemb:quantization"]
    assert power["method"] == "signed_square"
    assert power["link"].startswith("https://")
    scaled = write_conventions(grid, **{**FACTS, "codecs": (make_codec("tessera"),)})["geoemb:quantization"]
    assert (scaled["method"], scaled["scale_array"], scaled["nodata"]) == ("per_pixel_scale", "scales", "+inf")
    assert "geoemb:quantization" not in write_conventions(grid, **{**FACTS, "codecs": (make_codec("float32"),)})


@pytest.mark.parametrize(
    "attrs", [{"proj:code": "EPSG:32631"}, {"proj:wkt2": CUSTOM}, {"proj:projjson": CRS(32631).to_json_dict()}]
)
def test_every_way_to_name_a_crs_is_read(attrs):
    assert CRS.from_user_input(read_crs(attrs)) == CRS.from_user_input(next(iter(attrs.values())))


def test_a_missing_or_unknown_crs_is_said():
    with pytest.raises(NotACube, match="no coordinate system: expected `proj:code`"):
        read_crs({})
    with pytest.raises(NotACube, match="proj:code='EPSG:0' is no coordinate system"):
        read_crs({"proj:code": "EPSG:0"})
