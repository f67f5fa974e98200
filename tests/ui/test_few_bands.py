"""Cubes of one and two bands: gray, or two components, and code that gives the same."""

import numpy as np
import pytest

import embexplore as ex
from embexplore.core.codecs import make_codec
from embexplore.cube.build import make_cube
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance
from embexplore.ui.ground import colors_layer

SHAPE = (24, 30)
GRID = Grid("EPSG:32616", (10.0, 0.0, 300_000.0, 0.0, -10.0, 4_770_000.0), SHAPE)


@pytest.fixture(params=[1, 2], ids=["one band", "two bands"])
def few(request):
    """An Explorer of a cube of so few bands."""
    vectors = np.random.default_rng(7).normal(size=(2, *SHAPE, request.param)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    codes = np.ascontiguousarray(np.moveaxis(make_codec("float32").encode(vectors), -1, 1))
    made = {"codec": make_codec("float32"), "grid": GRID, "years": (2020, 2021)}
    return ex.Explorer(make_cube(codes, **made, valid=np.ones((2, *SHAPE), np.uint8), provenance=Provenance(*"abcd")))


def place(row, column):
    return tuple(float(value) for value in GRID.lonlat(GRID.x[column], GRID.y[row]))


def test_it_opens_in_gray_or_in_two_components(few):
    colors = few.values(colors_layer(few)).values
    assert colors.any()
    np.testing.assert_array_equal(colors[..., 1], colors[..., 2])
    assert np.array_equal(colors[..., 0], colors[..., 1]) == (len(few.shared.pca(1).mean_) == 1)
    assert few.state() == {"year": 2021}


@pytest.mark.parametrize("mode", ["similar", "change", "colors", "clusters", "compression", "labels"])
def test_every_mode_answers_and_its_code_gives_the_same(few, mode):
    few.mode = mode
    few.clusters.n = 2  # there are only two directions along one band
    few.similar.search(*place(3, 4))
    for number, at in enumerate((place(3, 4), place(9, 20)), 1):
        few.labels.chosen = number
        few.labels.add(*at)
    names = {"cube": few.cube}
    exec(few.to_code(), names)  # our own code, which is what is tested
    np.testing.assert_array_equal(names[few.active.result].values, few.values().values)
    assert few.active.finding()
