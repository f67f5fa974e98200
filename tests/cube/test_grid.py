"""The grid: pixel centers, windows and places, set against rasterio's and pyproj's own arithmetic."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio.transform import Affine, rowcol, xy

from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput, OutOfBounds

UTM = Grid("EPSG:32631", (10.0, 0.0, 200000.0, 0.0, -10.0, 20000.0), (50, 40))

grids = st.builds(
    lambda a, c, e, f, shape: Grid("EPSG:32631", (a, 0.0, c, 0.0, -e, f), shape),
    st.floats(0.5, 60),
    st.floats(2e5, 8e5),
    st.floats(0.5, 60),
    st.floats(1e4, 9e6),
    st.tuples(st.integers(2, 200), st.integers(2, 200)),
)


@given(grids)
def test_centers_are_those_of_rasterio(grid):
    rows, columns = grid.shape
    xs, _ = xy(Affine(*grid.transform), np.zeros(columns), np.arange(columns))
    _, ys = xy(Affine(*grid.transform), np.arange(rows), np.zeros(rows))
    # Coordinates below 1e7: a few float64 units in the last place.
    np.testing.assert_allclose(grid.x, xs, rtol=1e-14)
    np.testing.assert_allclose(grid.y, ys, rtol=1e-14)


@given(grids)
def test_a_grid_is_known_from_its_centers(grid):
    back = Grid.from_centers(grid.x, grid.y, grid.crs)
    assert back.shape == grid.shape
    np.testing.assert_allclose(back.transform, grid.transform, rtol=1e-9)


@given(st.integers(0, 49), st.integers(0, 39))
def test_every_pixel_is_found_from_its_own_place(row, column):
    lon, lat = UTM.lonlat(UTM.x[column], UTM.y[row])
    assert UTM.pixel(float(lon), float(lat)) == (row, column)
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:32631", always_xy=True).transform(lon, lat)
    assert rowcol(Affine(*UTM.transform), x, y) == (row, column)


@given(st.integers(0, 49), st.integers(0, 39))
def test_a_crs_round_trip_stays_within_a_thousandth_of_a_pixel(row, column):
    x, y = UTM.xy(*UTM.lonlat(UTM.x[column], UTM.y[row]))
    assert np.hypot(x - UTM.x[column], y - UTM.y[row]) < 0.001 * UTM.resolution[0]


def test_places_outside_are_refused_with_the_bounds_of_the_cube():
    with pytest.raises(
        OutOfBounds, match=r"lon=50, lat=50 lies outside this cube, which covers lon \d.*, lat \d.*inside"
    ):
        UTM.pixel(50, 50)


def test_a_latitude_typed_first_is_recognized():
    west = Grid(crs="EPSG:32616", transform=(10, 0, 358400, 0, -10, 4906600), shape=(97, 98))
    with pytest.raises(
        OutOfBounds, match=r"covers lon -88\.7751 to -88\.7625, .*Did you mean lon=-88\.77, lat=44\.295\?"
    ):
        west.pixel(44.295, -88.77)


@settings(max_examples=40)
@given(st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.05, 1), st.floats(0.05, 1)))
def test_a_window_holds_every_pixel_whose_center_lies_in_the_box(parts):
    west, south, east, north = UTM.bbox
    bbox = (
        west + parts[0] * (east - west),
        south + parts[1] * (north - south),
        west + (parts[0] + parts[2]) * (east - west),
        south + (parts[1] + parts[3]) * (north - south),
    )
    rows, columns = UTM.window(bbox)
    lon, lat = UTM.lonlat(*np.meshgrid(UTM.x, UTM.y))
    inside = (lon > bbox[0]) & (lon < bbox[2]) & (lat > bbox[1]) & (lat < bbox[3])
    outside = np.ones(UTM.shape, bool)
    outside[rows, columns] = False
    assert not (inside & outside).any()


def test_a_box_that_crosses_nothing_or_is_upside_down_is_refused():
    with pytest.raises(OutOfBounds, match="crosses nothing here"):
        UTM.window((50, 50, 51, 51))
    with pytest.raises(InvalidInput, match="expected west < east"):
        UTM.window((1, 0, 0, 1))


def test_the_whole_box_is_the_whole_grid():
    assert UTM.window(UTM.bbox) == (slice(0, 50), slice(0, 40))


@given(st.integers(0, 48), st.integers(1, 50), st.integers(0, 38), st.integers(1, 40))
def test_a_crop_has_the_same_pixels_and_knows_its_offset(top, height, left, width):
    part = UTM.crop(slice(top, min(top + height, 50)), slice(left, min(left + width, 40)))
    np.testing.assert_array_equal(part.x, UTM.x[left : left + width])
    np.testing.assert_array_equal(part.y, UTM.y[top : top + height])
    assert UTM.offset(part) == (top, left)


def test_grids_that_do_not_share_pixels_have_no_offset():
    for transform in ((10.0, 0.0, 200005.0, 0.0, -10.0, 20000.0), (20.0, 0.0, 200000.0, 0.0, -20.0, 20000.0)):
        with pytest.raises(InvalidInput, match="do not share their pixels"):
            UTM.offset(Grid("EPSG:32631", transform, (4, 4)))


@pytest.mark.parametrize(
    ("transform", "shape", "sentence"),
    [
        ((10.0, 1.0, 0.0, 0.0, -10.0, 0.0), (4, 4), "without rotation"),
        ((10.0, 0.0, 0.0, 0.0, 10.0, 0.0), (4, 4), "north-up"),
        ((10.0, 0.0, 0.0, 0.0, -10.0, 0.0), (0, 4), "at least one row"),
    ],
)
def test_grids_that_are_not_north_up_are_refused(transform, shape, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        Grid("EPSG:32631", transform, shape)


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        ([0.0, 1.0, 3.0], [1.0, 0.0], "x: expected evenly spaced, ascending"),
        ([0.0, 1.0], [0.0, 1.0], "y: expected evenly spaced, descending"),
        ([1.0, 0.0], [1.0, 0.0], "x: expected evenly spaced, ascending"),
        ([], [1.0], "x: expected a non-empty 1-D coordinate"),
    ],
)
def test_coordinates_that_are_no_grid_are_refused(x, y, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        Grid.from_centers(x, y, "EPSG:32631")
