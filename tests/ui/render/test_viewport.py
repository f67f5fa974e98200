"""The arithmetic of a web map, set against pyproj's EPSG:3857."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput
from embexplore.ui.render.viewport import POLE, TALLEST, WIDEST, Viewport, bounds_of

VIEW = Viewport(((-34.2, 18.1), (-33.7, 18.9)), 640, 480)


def test_pixels_are_evenly_spaced_in_web_mercator():
    to_mercator = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    x, y = np.linspace(0, 640, 9), np.linspace(0, 480, 9)
    east, north = to_mercator.transform(*VIEW.lonlat(x, y))
    # Meters of up to 4e6 in float64: nanometers; a pixel is a hundred meters.
    np.testing.assert_allclose(np.diff(east, 2), 0, atol=1e-6)
    np.testing.assert_allclose(np.diff(north, 2), 0, atol=1e-6)


@given(st.floats(0, 640), st.floats(0, 480))
def test_a_place_lies_where_its_degrees_were_read(x, y):
    back = VIEW.place(*VIEW.lonlat(x, y))
    np.testing.assert_allclose(back, (x, y), atol=1e-8)


def test_corners_lie_in_the_corners():
    np.testing.assert_allclose(VIEW.lonlat(0, 0), (18.1, -33.7), rtol=1e-12)
    np.testing.assert_allclose(VIEW.lonlat(640, 480), (18.9, -34.2), rtol=1e-12)


def test_the_map_ends_where_web_mercator_is_square():
    assert np.degrees(np.arctan(np.sinh(np.pi))) == pytest.approx(POLE, rel=1e-15)
    whole = Viewport(((-90, -180), (90, 180)), 256, 256)
    np.testing.assert_allclose(whole.place(0, [90, 0, -90])[1], (0, 128, 256), atol=1e-9)


@given(st.floats(1, 9000), st.floats(1, 9000))
def test_a_large_screen_gets_a_smaller_picture_of_the_same_shape(width, height):
    view = Viewport.fitted(VIEW.bounds, width, height)
    assert view.width <= WIDEST
    assert view.height <= TALLEST
    shrink = max(1, width / WIDEST, height / TALLEST)
    assert view.width == max(1, int(width / shrink))
    assert view.height == max(1, int(height / shrink))


@pytest.mark.parametrize(
    ("bounds", "size", "sentence"),
    [
        (((1, 1), (0, 2)), (10, 10), "expected .*south, west"),
        (((0, 2), (1, 1)), (10, 10), "expected .*south, west"),
        (((0, 0), (float("nan"), 1)), (10, 10), "expected .*south, west"),
        (((86, 0), (89, 1)), (10, 10), "expected .*south, west"),
        (((0, 0), (1, 1)), (1401, 10), "Viewport.fitted"),
        (((0, 0), (1, 1)), (10, 0), "1 × 1 to"),
    ],
)
def test_screens_that_are_none_are_refused(bounds, size, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        Viewport(bounds, *size)


def test_bounds_contain_every_pixel_and_run_east_across_the_date_line():
    grid = Grid("EPSG:32701", (10.0, 0.0, 100000.0, 0.0, -10.0, 8200000.0), (3000, 12000))
    (south, west), (north, east) = bounds_of(grid)
    assert west < 180 < east
    lon, lat = grid.lonlat(*np.meshgrid(grid.x[::100], grid.y[::100]))
    lon = np.where(lon < 0, lon + 360, lon)
    assert ((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)).all()
