"""Areas by class: counts of numpy, hectares of the ellipsoid, names from the map."""

import numpy as np
import pytest
from pyproj import Geod

from embexplore.analysis.tally import pixel_areas, tally
from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput


def classes_on(planted, rng, names=("sea", "ice", "mud")):
    found = planted.cube.embeddings[0, 0].drop_vars("time").copy(data=rng.integers(0, 4, planted.grid.shape, np.uint8))
    return found.assign_attrs(classes=list(names))


def test_pixels_and_shares_are_counted(planted, rng, chunked):
    classes = classes_on(planted, rng)
    table = tally(planted.cube, classes.chunk({"y": 20}) if chunked.is_lazy else classes)
    counts = np.bincount(classes.values.ravel(), minlength=4)[1:]
    np.testing.assert_array_equal(table.pixels, counts)
    np.testing.assert_allclose(table.share, counts / counts.sum())
    assert list(table.name) == ["sea", "ice", "mud"]
    assert list(table.number) == [1, 2, 3]


def test_hectares_of_a_projected_grid_are_its_pixels(north, rng):
    table = tally(north.cube, classes_on(north, rng))
    np.testing.assert_allclose(table.hectares, table.pixels * 0.01)


def test_pixels_in_degrees_have_the_area_of_the_ellipsoid():
    grid = Grid("EPSG:4326", (0.01, 0.0, 15.0, 0.0, -0.02, 61.0), (40, 3))
    found = pixel_areas(grid)
    for row in (0, 17, 39):
        lat = grid.y[row]
        ring = [15.0, 15.01, 15.01, 15.0], [lat - 0.01, lat - 0.01, lat + 0.01, lat + 0.01]
        exact, _ = Geod(ellps="WGS84").polygon_area_perimeter(*ring)
        # Edges of that polygon are geodesics, ours parallels: they differ by the sagitta, far below 1e-5 of a pixel.
        assert found[row] == pytest.approx(exact, rel=1e-5)


def test_a_class_without_pixels_is_there_with_none(north, rng):
    table = tally(north.cube, classes_on(north, rng, ("a", "b", "c", "never")))
    assert table.pixels.iloc[3] == 0
    assert table.share.iloc[3] == 0


def test_scores_are_no_classes(north):
    with pytest.raises(InvalidInput, match=r"classes are float32 of dims \('y', 'x'\): expected whole numbers"):
        tally(north.cube, north.cube.embeddings[0, 0].astype("float32"))
