"""Levels and windows of large cubes: stored overviews where there are any, every second pixel elsewhere."""

import numpy as np
import pytest
import xarray as xr

import embexplore as ex
from embexplore.cube.build import grid_of, make_cube
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance
from embexplore.ui import levels
from embexplore.ui.levels import DETAIL, Pyramid
from embexplore.ui.render.mercator import OUTSIDE, index_of
from embexplore.ui.render.viewport import Viewport, bounds_of

GRID = Grid("EPSG:32633", (10.0, 0.0, 300000.0, 0.0, -10.0, 6250000.0), (700, 900))


@pytest.fixture(scope="module")
def cube() -> xr.Dataset:
    """A cube in memory, 700 × 900, chunks of 64."""
    rng = np.random.default_rng(0)
    codes = rng.integers(-127, 128, (2, 4, *GRID.shape), dtype=np.int8)
    about = Provenance(source="test", model="test")
    return make_cube(
        codes, codec=ex.make_codec("alphaearth"), grid=GRID, years=(2023, 2024), provenance=about, chunk=64,
        bands=("A", "B", "C", "D"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def stored(cube, tmp_path_factory) -> xr.Dataset:
    """The same in a store with overviews, opened."""
    path = tmp_path_factory.mktemp("levels") / "cube.zarr"
    ex.save_cube(cube, path)
    return ex.open_cube(path)


@pytest.fixture
def small(monkeypatch):
    """As if 200 × 200 pixels were the most that stands for the whole, with windows on a finer raster."""
    monkeypatch.setattr(levels, "LARGEST", 40000)
    monkeypatch.setattr(levels, "SNAP", 16)


def view_of(grid: Grid, zoom: float, at=(0.5, 0.5), size=(120, 90)) -> Viewport:
    (south, west), (north, east) = bounds_of(grid)
    lat, lon = south + at[0] * (north - south), west + at[1] * (east - west)
    down, across = (north - south) / 2 / zoom, (east - west) / 2 / zoom
    return Viewport(((lat - down, lon - across), (lat + down, lon + across)), *size)


def box(zoom: float):
    """A rectangle in the middle of the grid, as an area."""
    from shapely.geometry import box

    (south, west), (north, east) = view_of(GRID, zoom).bounds
    return box(west, south, east, north)


def test_a_cube_that_fits_is_its_own_whole_and_needs_no_window(cube):
    pyramid = Pyramid(cube)
    assert pyramid.whole is cube
    assert pyramid.is_complete
    assert pyramid.window(view_of(GRID, 20)) is None


@pytest.mark.usefixtures("small")
def test_the_whole_of_a_large_stored_cube_is_its_overview(stored):
    assert stored.encoding["levels"] > 2
    pyramid = Pyramid(stored)
    assert not pyramid.is_complete
    assert pyramid.whole.identical(ex.open_cube(stored.encoding["source"], level=2))
    assert pyramid.whole.sizes["y"] * pyramid.whole.sizes["x"] <= 40000


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "changed",
    [
        lambda cube: cube.isel(y=slice(10, None)),
        lambda cube: cube.isel(time=[1]),
        lambda cube: cube.assign(embeddings=-cube["embeddings"]),
        lambda cube: cube.emb.clip(box(2)),
        lambda cube: cube.compute(),
    ],
    ids=["cropped", "one year", "other codes", "an area", "in memory"],
)
def test_a_cube_that_is_no_longer_its_store_is_thinned_out_instead(stored, changed):
    cube = changed(stored)
    whole = Pyramid(cube).whole
    step = -(-cube.sizes["x"] // whole.sizes["x"])
    assert whole.sizes["y"] * whole.sizes["x"] <= 40000
    assert step > 1 or cube.sizes["y"] * cube.sizes["x"] <= 40000
    xr.testing.assert_identical(whole, cube.isel(y=slice(None, None, step), x=slice(None, None, step)))


@pytest.mark.usefixtures("small")
def test_thinned_out_pixels_stay_where_they_are(cube):
    whole = Pyramid(cube).whole
    lon, lat = GRID.lonlat(float(whole.x[7]), float(whole.y[9]))
    vectors = [each.emb.at(lon=float(lon), lat=float(lat), year=2024) for each in (whole, cube)]
    xr.testing.assert_identical(*vectors)
    assert grid_of(whole).resolution == (40.0, 40.0)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("kind", ["stored", "in memory"])
@pytest.mark.parametrize("at", [(0.5, 0.5), (0.02, 0.97), (0.9, 0.1)])
@pytest.mark.parametrize("zoom", [2.5, 4, 6, 15])
def test_a_window_holds_all_of_the_screen_in_a_bounded_number_of_pixels(kind, at, zoom, cube, stored):
    pyramid = Pyramid(stored if kind == "stored" else cube)
    view = view_of(GRID, zoom, at)
    window = pyramid.window(view)
    assert window is not None
    grid = grid_of(pyramid.read(window))
    assert grid.shape[0] * grid.shape[1] <= DETAIL * view.width * view.height
    assert grid.resolution[0] < grid_of(pyramid.whole).resolution[0]
    # Whatever the whole covers on the screen, the window covers, but for pixels cut by the cube's own edge.
    missing = (index_of(grid_of(pyramid.whole), view) != OUTSIDE) & (index_of(grid, view) == OUTSIDE)
    lon, lat = view.lonlat(*np.meshgrid(np.arange(view.width) + 0.5, np.arange(view.height) + 0.5))
    x, y = GRID.xy(lon, lat)
    left, bottom, right, top = GRID.bounds
    step = grid.resolution[0]
    well_inside = (x > left + step) & (x < right - step) & (y > bottom + step) & (y < top - step)
    assert not (missing & well_inside).any()


@pytest.mark.usefixtures("small")
def test_the_closest_look_is_at_the_cube_itself(stored):
    pyramid = Pyramid(stored)
    window = pyramid.read(pyramid.window(view_of(GRID, 15)))
    xr.testing.assert_identical(window, stored.sel(x=window.x, y=window.y))


@pytest.mark.usefixtures("small")
def test_the_whole_on_the_screen_needs_no_window(cube, stored):
    assert Pyramid(stored).window(view_of(GRID, 1)) is None
    assert Pyramid(cube).window(view_of(GRID, 0.2)) is None


@pytest.mark.usefixtures("small")
def test_a_screen_beside_the_cube_needs_no_window(stored):
    assert Pyramid(stored).window(Viewport(((10, 10), (10.1, 10.1)), 50, 50)) is None


@pytest.mark.usefixtures("small")
def test_a_small_pan_asks_for_the_same_window(stored):
    pyramid = Pyramid(stored)
    near = [pyramid.window(view_of(GRID, 10, at)) for at in ((0.52, 0.5), (0.5201, 0.5001))]
    assert near[0] == near[1]
    assert near[0] is not None


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (lambda cube: cube, (2, 1)),
        (lambda cube: cube.compute(), (0, 4)),
        (lambda cube: ex.open_cube(cube.encoding["source"], level=1), (2, 1)),
    ],
    ids=["stored", "in memory", "an overview"],
)
def test_it_is_known_how_the_whole_was_made(stored, changed, expected):
    cube = changed(stored)
    pyramid = Pyramid(cube)
    level, step = pyramid.thinned
    assert (level, step) == expected
    source = cube if pyramid.source is None else ex.open_cube(pyramid.source, level=level)
    xr.testing.assert_identical(pyramid.whole, source.isel(y=slice(None, None, step), x=slice(None, None, step)))


def test_a_cube_whose_store_is_gone_has_no_source(stored):
    lost = stored.copy()
    lost.encoding = stored.encoding | {"source": "/nowhere/cube.zarr"}
    assert Pyramid(lost).source is None
    assert Pyramid(stored).source == stored.encoding["source"]
