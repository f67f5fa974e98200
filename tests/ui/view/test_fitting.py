"""What a map opens with, whatever its size on screen: the whole cube, or the part of a shared view."""

import math

import pytest

import embexplore as ex
from embexplore.ui.render.viewport import Viewport, bounds_of
from embexplore.ui.view.app import App

STEP = 0.25
"""Levels of zoom between two that a map can have."""


@pytest.fixture(scope="module")
def island():
    return ex.null_island()


def told(view, width, height):
    """As the browser says the corners of a map of this size when it is first shown: it says no pixels until it is moved."""
    lat, lon = view.map.map.center
    world = 256 * 2**view.map.map.zoom
    across, up = width / world * 180, height / world * math.pi
    middle = math.asinh(math.tan(math.radians(lat)))
    south, north = (math.degrees(math.atan(math.sinh(middle + side))) for side in (-up, up))
    view.map.map.set_trait("bounds", ((south, lon - across), (north, lon + across)))


def filled(corners, zoom, size):
    """How much of a map of `size` pixels the corners take at a zoom, of its width and of its height."""
    world = 256 * 2**zoom
    left_top, right_bottom = (
        Viewport(((-85, -180), (85, 180)), 1, 1).place(lon, lat)
        for lon, lat in ((corners[0][1], corners[1][0]), (corners[1][1], corners[0][0]))
    )
    across = (right_bottom[0] - left_top[0]) * world
    share_of_world = (math.asinh(math.tan(math.radians(85)))) / math.pi
    down = (right_bottom[1] - left_top[1]) * world * share_of_world
    return max(across / size[0], down / size[1])


@pytest.mark.parametrize("size", [(390, 540), (676, 388), (952, 476), (1592, 756), (1024, 1024)], ids=str)
def test_the_whole_cube_is_as_large_as_it_goes(island, size):
    view = App(ex.Explorer(island))
    told(view, *size)
    whole = bounds_of(island.emb.grid)
    assert filled(whole, view.map.map.zoom, size) <= 1 < filled(whole, view.map.map.zoom + STEP, size)


def test_only_the_first_word_of_the_browser_moves_the_map(island):
    view = App(ex.Explorer(island))
    told(view, 952, 476)
    view.map.map.zoom = 15.0
    told(view, 1592, 756)
    assert view.map.map.zoom == 15.0


def test_a_shared_view_opens_where_it_was(island):
    given = ex.Explorer(island)
    given.bounds = ((0.108, 0.118), (0.112, 0.124))
    view = App(ex.Explorer(island, view=given.share()))
    told(view, 800, 600)
    assert view.map.map.center == pytest.approx([0.11, 0.121], abs=1e-6)
    assert (
        filled(given.bounds, view.map.map.zoom, (800, 600))
        <= 1
        < filled(given.bounds, view.map.map.zoom + STEP, (800, 600))
    )
