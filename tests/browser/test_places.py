"""Pictures lie where they belong: a planted rectangle, photographed on the page, is where pyproj says."""

import io

import numpy as np
import pytest
from PIL import Image
from pyproj import Transformer
from scipy.ndimage import binary_dilation, binary_erosion
from screen import Screen

from embexplore.cube.grid import Grid

GRIDS = {
    "UTM south": Grid("EPSG:32733", (10.0, 0.0, 640000.0, 0.0, -10.0, 5900000.0), (60, 80)),
    "degrees": Grid("EPSG:4326", (2e-4, 0.0, 13.0, 0.0, -1e-4, 52.5), (70, 60)),
}
ROWS, COLUMNS = slice(20, 45), slice(30, 52)
"""Of the rectangle whose vectors differ from all others."""

CELL = """
import numpy as np
import embexplore as ex
from embexplore.cube.build import make_cube

grid = ex.{grid}
vectors = np.random.default_rng(0).normal(0, 0.01, (1, 4, *grid.shape)).astype(np.float32)
vectors[0, 1] += 1
vectors[0, :2, {rows}, {columns}] = np.array([1, 0], np.float32)[:, None, None]
about = ex.Provenance(source="test", model="test")
cube = make_cube(vectors, codec=ex.make_codec("float32"), grid=grid, years=(2024,), provenance=about, bands="ABCD")
app = ex.Explorer(cube)
app.similar.search(lon={lon}, lat={lat})
app.similar.threshold = 0.5
app
"""
HIDDEN = ".leaflet-control, .leaflet-marker-pane, .emx-card { visibility: hidden !important; }"


@pytest.mark.parametrize("name", GRIDS)
def test_a_known_place_is_drawn_where_it_is(name, page, lab, screenshot):
    grid = GRIDS[name]
    lon, lat = grid.lonlat(grid.x[COLUMNS].mean(), grid.y[ROWS].mean())
    notebook = lab(page, CELL.format(grid=repr(grid), rows=ROWS, columns=COLUMNS, lon=float(lon), lat=float(lat)))
    notebook.run_all()
    screen = Screen(page)
    screen.wait_for_map()
    page.locator(".leaflet-control-zoom-in").first.click()
    screen.rest()
    page.add_style_tag(content=HIDDEN)
    screenshot(page, f"place-{name.replace(' ', '-')}")
    seen = colored(screen.map.screenshot())
    expected = rectangle(grid, notebook.ask("app.view.map.map.bounds"), seen.shape)
    assert 0.02 < expected.mean() < 0.9, "the rectangle is on the screen, and does not fill it"
    assert not (binary_erosion(expected, iterations=1, border_value=1) & ~seen).any()
    assert not (seen & ~binary_dilation(expected, np.ones((3, 3)))).any()


def colored(picture: bytes):
    """Pixels of the answer: the ground is gray, and where there is no data nearly so."""
    rgb = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    return np.ptp(rgb, axis=-1) > 60


def rectangle(grid: Grid, bounds, shape):
    """Screen pixels whose center lies in the rectangle, by pyproj alone."""
    (south, west), (north, east) = bounds
    meters = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True)
    (left, right), (bottom, top) = meters.transform([west, east], [south, north])
    x = left + (np.arange(shape[1]) + 0.5) * (right - left) / shape[1]
    y = top + (np.arange(shape[0]) + 0.5) * (bottom - top) / shape[0]
    to_grid = Transformer.from_crs("EPSG:3857", grid.crs, always_xy=True)
    at_x, at_y = to_grid.transform(*np.meshgrid(x, y))
    a, _, c, _, e, f = grid.transform
    column, row = (at_x - c) / a, (at_y - f) / e
    return (row >= ROWS.start) & (row < ROWS.stop) & (column >= COLUMNS.start) & (column < COLUMNS.stop)
