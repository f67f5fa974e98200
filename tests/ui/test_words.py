"""Places typed by people, and areas told to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput
from embexplore.ui.words import degrees, hectares, place_from


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_what_is_written_is_read_again(lon, lat):
    assert place_from(degrees(lon, lat)) == pytest.approx((lon, lat), abs=0.5e-4)


@pytest.mark.parametrize(
    "typed", ["0.12, 0.11", "0.12 0.11", "(0.12,0.11)", "0.12° E 0.11° N", "0.11N 0.12E", " 0.1200°E, 0.1100°N "]
)
def test_places_are_read_in_the_ways_people_write_them(typed):
    assert place_from(typed) == (0.12, 0.11)


def test_west_and_south_are_negative():
    assert place_from("34.5° S 58.4° W") == (-58.4, -34.5)


@pytest.mark.parametrize("typed", ["", "here", "0.12", "1, 2, 3", "0.12, 91", "200, 0"])
def test_what_is_no_place_is_a_sentence(typed):
    with pytest.raises(InvalidInput, match="expected longitude, latitude"):
        place_from(typed)


def test_hectares_are_those_of_the_ground():
    from pyproj import Geod

    meters = Grid("EPSG:32632", (10, 0, 500_000, 0, -10, 5_500_000), (100, 100))
    assert hectares(meters, 100) == 1.0
    feet = Grid("EPSG:2263", (10, 0, 980_000, 0, -10, 200_000), (100, 100))
    assert hectares(feet, 100) == pytest.approx((1200 / 3937) ** 2)  # of the US survey foot
    step = 1e-4
    degree = Grid("EPSG:4326", (step, 0, 9.0, 0, -step, 49.6 + 50 * step), (100, 100))
    west, south, east, north = 9.0, 49.6 - step / 2, 9.0 + step, 49.6 + step / 2
    area, _ = Geod(ellps="WGS84").polygon_area_perimeter([west, east, east, west], [south, south, north, north])
    assert hectares(degree, 100) == pytest.approx(area / 100)
