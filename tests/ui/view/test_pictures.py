"""Pictures of the part on screen: drawn without a scan, sharper where a large cube has more detail."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

import embexplore as ex
from embexplore.cube.build import grid_of, make_cube
from embexplore.cube.grid import Grid
from embexplore.ui import answers, levels
from embexplore.ui.ground import colors_layer
from embexplore.ui.render.mercator import OUTSIDE, index_of
from embexplore.ui.render.viewport import Viewport, bounds_of
from embexplore.ui.view.app import App
from embexplore.ui.view.pictures import Pictures

GRID = Grid("EPSG:32733", (10.0, 0.0, 300000.0, 0.0, -10.0, 6250000.0), (300, 400))


@pytest.fixture(scope="module")
def large():
    """A cube in memory with stripes one pixel wide: every second row is alike, which only full detail shows."""
    vectors = np.random.default_rng(0).normal(0, 0.05, (1, 4, *GRID.shape)).astype(np.float32)
    vectors[0, 0, ::2] += 1
    vectors[0, 1, 1::2] += 1
    about = ex.Provenance(source="test", model="test")
    codec = ex.make_codec("float32")
    return make_cube(vectors, codec=codec, grid=GRID, years=(2024,), provenance=about, bands="ABCD", chunk=64)


@pytest.fixture
def view(large, monkeypatch):
    """The view of an Explorer that takes 100 × 100 pixels for the most that stands for the whole."""
    monkeypatch.setattr(levels, "LARGEST", 10000)
    monkeypatch.setattr(levels, "SNAP", 16)
    return App(ex.Explorer(large))


def look_at(view, zoom, size=(300.0, 200.0)):
    """As the browser says it after a zoom into the middle."""
    (south, west), (north, east) = bounds_of(GRID)
    lat, lon = (south + north) / 2, (west + east) / 2
    down, across = (north - south) / 2 / zoom, (east - west) / 2 / zoom
    view.map.map.set_trait("pixel_bounds", ((0.0, 0.0), size))
    view.map.map.set_trait("bounds", ((lat - down, lon - across), (lat + down, lon + across)))


def ask(view):
    lon, lat = GRID.lonlat(GRID.x[200], GRID.y[150])
    view.explorer.similar.search(float(lon), float(lat))
    view.explorer.similar.threshold = 0.5


def answer(view):
    overlay = view.map._beside.answers["right"]
    data = base64.b64decode(overlay.url.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")), overlay.bounds


def test_zoomed_in_a_large_cube_shows_its_own_pixels(view):
    ask(view)
    look_at(view, 8)
    picture, bounds = answer(view)
    np.testing.assert_array_equal(bounds, view.map.map.bounds)
    index = index_of(GRID, view.map.viewport)
    is_alike = (index // GRID.shape[1]) % 2 == 0  # the planted stripes
    assert (index != OUTSIDE).all()
    np.testing.assert_array_equal(picture[..., 3] > 0, is_alike)


def test_the_whole_of_a_large_cube_is_shown_from_its_coarse_level(view):
    ask(view)
    look_at(view, 1, size=(60.0, 40.0))
    assert view.map.painter.pictures.unsharp([], view.map.viewport)[0] is None
    score = view.explorer.values()
    assert score.size <= 10000
    index = index_of(grid_of(score), view.map.viewport)
    kept = np.append(score.values.ravel() >= np.float32(0.5), False)  # the last one: outside
    np.testing.assert_array_equal(answer(view)[0][..., 3] > 0, kept[index])


def test_a_window_is_computed_once_and_thresholds_and_pans_within_it_scan_nothing(view):
    ask(view)
    look_at(view, 8)
    scans = view.explorer.answers.scans
    for threshold in (0.2, 0.4, 0.6):
        view.explorer.similar.threshold = threshold
    look_at(view, 1)
    look_at(view, 8)
    assert view.explorer.answers.scans == scans


def test_the_ground_is_not_painted_again_for_a_threshold(view):
    ask(view)
    ground = view.map.painter.pictures.ground
    before = ground.url
    drawn = []
    ground.observe(drawn.append)
    view.explorer.similar.threshold = 0.3
    assert drawn == []
    assert ground.url == before


def test_an_area_beside_the_screen_leaves_the_coarse_map(view):
    ask(view)
    west, south, *_ = GRID.bbox
    corner = [(west + 0.001, south + 0.001), (west + 0.003, south + 0.001), (west + 0.003, south + 0.003)]
    view.explorer.area = {"type": "Polygon", "coordinates": [[*corner, corner[0]]]}
    look_at(view, 8)
    assert not (answer(view)[0][..., 3] > 0).any()
    assert view.explorer.problem == ""


def test_a_ground_that_was_painted_in_part_is_painted_again_when_it_is_whole(large, monkeypatch):
    explorer = ex.Explorer(large.chunk({"y": 64, "x": 64}))
    viewport = Viewport(bounds_of(GRID), 60, 40)

    def painted(pictures):
        pictures.paint([], [], viewport)
        return pictures.ground.url, pictures.coarse.url

    filling, partly = Pictures(explorer, bounds_of(GRID)), []

    def scan(lazy, *, out, **_):
        values = lazy.compute().values
        out[: len(out) // 2] = values[: len(out) // 2]
        partly.append(painted(filling))
        out[...] = values

    monkeypatch.setattr(answers, "scan", scan)
    explorer.values(colors_layer(explorer))
    whole = painted(Pictures(explorer, bounds_of(GRID)))
    assert painted(filling) == whole
    assert all(part != full for part, full in zip(partly[0], whole, strict=True))
