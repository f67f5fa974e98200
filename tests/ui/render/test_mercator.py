"""The warp to Web Mercator, set against pyproj asked for every pixel and against rasterio's reprojection."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embexplore.cube.grid import Grid
from embexplore.ui.render import mercator
from embexplore.ui.render.mercator import OUTSIDE, TOLERANCE, footprint, index_of, positions, warp
from embexplore.ui.render.viewport import Viewport, bounds_of

GRIDS = {
    "UTM north": Grid("EPSG:32631", (10.0, 0.0, 178000.0, 0.0, -10.0, 14000.0), (192, 192)),
    "UTM south": Grid("EPSG:32733", (10.0, 0.0, 300000.0, 0.0, -10.0, 6250000.0), (1500, 1200)),
    "UTM, far north and large": Grid("EPSG:32633", (10.0, 0.0, 300000.0, 0.0, -10.0, 6700000.0), (10000, 10000)),
    "degrees": Grid("EPSG:4326", (1e-4, 0.0, 10.0, 0.0, -1e-4, 50.0), (3000, 5000)),
    "degrees, a continent": Grid("EPSG:4326", (0.05, 0.0, -20.0, 0.0, -0.05, 72.0), (1440, 1200)),
    "equal area": Grid("EPSG:3035", (1000.0, 0.0, 2500000.0, 0.0, -1000.0, 5500000.0), (4000, 4500)),
    "across the date line": Grid("EPSG:32701", (10.0, 0.0, 100000.0, 0.0, -10.0, 8200000.0), (3000, 3000)),
    "a pole": Grid("EPSG:3031", (5000.0, 0.0, -3000000.0, 0.0, -5000.0, 3000000.0), (1200, 1200)),
}


def view_of(grid: Grid, *, zoom: float = 1.0, at: tuple[float, float] = (0.5, 0.5), size=(230, 170)) -> Viewport:
    """A viewport on a part of the grid's bounds: `zoom` 1 shows all of it, `at` says around which part."""
    (south, west), (north, east) = bounds_of(grid)
    lat, lon = south + at[0] * (north - south), west + at[1] * (east - west)
    down, across = (north - south) / 2 / zoom, (east - west) / 2 / zoom
    return Viewport(((max(lat - down, -85), lon - across), (min(lat + down, 85), lon + across)), *size)


def exact(grid: Grid, view: Viewport):
    """Rows and columns of all screen pixels' centers, by pyproj for each."""
    return positions(grid, view, *np.meshgrid(np.arange(view.width) + 0.5, np.arange(view.height) + 0.5))


def allowed(row, column):
    """TOLERANCE in source pixels, or in screen pixels where those are larger."""
    steps = [np.gradient(at, axis=1) if at.shape[1] > 1 else np.zeros_like(at) for at in (row, column)]
    return TOLERANCE * np.maximum(1, np.hypot(*steps))


def is_in_its_own_world(grid: Grid, view: Viewport):
    """Screen columns that are not a repetition of the world: a grid is drawn once, like any overlay of Leaflet."""
    (_, west), (_, east) = bounds_of(grid)
    lon = view.lonlat(np.arange(view.width) + 0.5, 0)[0] - 360 * round((view.center[0] - (west + east) / 2) / 360)
    return (lon > west) & (lon < east)


def beyond_tolerance(grid: Grid, view: Viewport) -> int:
    """Screen pixels whose source pixel does not reach within the tolerance of the exact position."""
    index = index_of(grid, view)
    row, column = exact(grid, view)
    off, shown, wrong = allowed(row, column), index != OUTSIDE, np.zeros(index.shape, bool)
    is_well_inside = ~shown & is_in_its_own_world(grid, view)
    for at, size, chosen in zip((row, column), grid.shape, np.divmod(index, grid.shape[1]), strict=True):
        wrong |= shown & ((at < chosen - off) | (at > chosen + 1 + off))
        is_well_inside &= (at > off) & (at < size - off)
    return int((wrong | is_well_inside).sum())


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("zoom", [0.4, 1.0, 7.0])
def test_every_screen_pixel_shows_the_source_pixel_at_its_center(name, zoom):
    grid = GRIDS[name]
    view = view_of(grid, zoom=zoom)
    assert beyond_tolerance(grid, view) == 0
    assert (index_of(grid, view) != OUTSIDE).mean() > 0.05, "the grid is on the screen"


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(GRIDS)),
    st.floats(0.2, 60),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.tuples(st.integers(64, 150), st.integers(64, 150)),
)
def test_any_pan_and_zoom_stays_within_the_tolerance(name, zoom, at, size):
    assert beyond_tolerance(GRIDS[name], view_of(GRIDS[name], zoom=zoom, at=at, size=size)) == 0


def test_a_coarse_lattice_alone_would_not_do(monkeypatch):
    grid = GRIDS["equal area"]
    view = view_of(grid, size=(700, 500))
    monkeypatch.setattr(mercator, "TOLERANCE", 1e9)  # accept the first lattice
    index_of.cache_clear()
    try:
        assert beyond_tolerance(grid, view) > 0
    finally:
        index_of.cache_clear()


@pytest.mark.parametrize("name", ["UTM north", "UTM south", "degrees"])
def test_the_picture_is_that_of_rasterio(name):
    from rasterio.transform import from_bounds
    from rasterio.warp import Resampling, reproject, transform_bounds

    grid = GRIDS[name]
    view = view_of(grid, zoom=1.5 * max(grid.shape) / 170)  # a screen pixel is less than a source pixel
    values = np.arange(grid.shape[0] * grid.shape[1], dtype=np.float64).reshape(grid.shape)
    (south, west), (north, east) = view.bounds
    out = np.full((view.height, view.width), -1.0)
    meters = transform_bounds("EPSG:4326", "EPSG:3857", west, south, east, north)
    reproject(
        values,
        out,
        src_transform=grid.transform,
        src_crs=grid.crs,
        dst_transform=from_bounds(*meters, view.width, view.height),
        dst_crs="EPSG:3857",
        dst_nodata=-1,
        resampling=Resampling.nearest,
        tolerance=0,
    )
    mine = warp(values, grid, view, fill=-1.0)
    row, column = exact(grid, view)
    # A center this close to an edge between two pixels may fall to either side.
    near_edge = np.minimum(np.abs(row - np.rint(row)), np.abs(column - np.rint(column))) < allowed(row, column)
    assert (mine == out)[~near_edge].all()
    assert near_edge.mean() < 0.5, "most pixels were compared"


def test_the_kernel_and_its_twin_agree():
    grid = GRIDS["UTM south"]
    view = view_of(grid, zoom=0.8, size=(333, 217))
    top, left, bottom, right = mercator._window(grid, view)
    rows, columns, step = mercator._lattice(grid, view, (top, left, bottom, right))
    one, two = np.full((2, bottom - top, right - left), 7, np.int32)
    mercator._fill(rows, columns, step, *grid.shape, one)
    mercator._fill.twin(rows, columns, step, *grid.shape, two)
    # Sums in another order may round a position on an edge to the other side: none here lies on one.
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
@pytest.mark.parametrize("channels", [(), (3,)])
def test_values_of_any_kind_are_drawn_and_the_rest_is_filled(dtype, channels, rng):
    grid = GRIDS["UTM north"]
    view = view_of(grid, zoom=0.5)
    values = rng.integers(1, 100, (*grid.shape, *channels)).astype(dtype)
    shown = warp(values, grid, view, fill=0)
    assert shown.shape == (view.height, view.width, *channels)
    assert shown.dtype == dtype
    inside = index_of(grid, view) != OUTSIDE
    assert (shown[~inside] == 0).all()
    assert (shown[inside] > 0).all()
    assert inside.any()
    assert not inside.all()


def test_a_map_panned_around_the_world_shows_the_same_picture():
    grid = GRIDS["UTM south"]
    view = view_of(grid)
    (south, west), (north, east) = view.bounds
    around = Viewport(((south, west + 720), (north, east + 720)), view.width, view.height)
    assert (index_of(grid, around) != index_of(grid, view)).mean() < 1e-3  # degrees of 700 have fewer digits
    assert (index_of(grid, view) != OUTSIDE).any()


def test_a_screen_far_away_shows_nothing():
    grid = GRIDS["UTM north"]
    far = Viewport(((40.0, 100.0), (41.0, 101.0)), 50, 50)
    assert (index_of(grid, far) == OUTSIDE).all()
    assert footprint(grid, far) is None


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(set(GRIDS) - {"a pole"})), st.floats(0.3, 40), st.tuples(st.floats(0, 1), st.floats(0, 1))
)
def test_a_footprint_holds_every_pixel_on_the_screen(name, zoom, at):
    grid = GRIDS[name]
    view = view_of(grid, zoom=zoom, at=at, size=(60, 40))
    shown = index_of(grid, view)[index_of(grid, view) != OUTSIDE]
    part = footprint(grid, view)
    if part is None:
        assert not shown.size
        return
    rows, columns = shown // grid.shape[1], shown % grid.shape[1]
    assert ((rows >= part[0].start) & (rows < part[0].stop)).all()
    assert ((columns >= part[1].start) & (columns < part[1].stop)).all()
