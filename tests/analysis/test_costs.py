"""What storing costs, and how many directions a cube has."""

import numpy as np
import pytest

import embexplore as ex
from embexplore.analysis.costs import cost
from embexplore.analysis.sizes import sizes
from embexplore.core.codecs import make_codec
from embexplore.core.dimension import spectrum_of
from embexplore.errors import InvalidInput


def test_a_cost_is_bytes_times_pixels_times_years_times_price():
    found = cost("pca32+int4", area=12.5, years=3, dimensions=64, resolution=5.0, price=0.04)
    assert found.pixels == 12.5e6 / 25
    assert found.bytes == 16 * 500_000 * 3
    assert found.money_per_year == pytest.approx(16 * 500_000 * 3 / 1e9 * 0.04 * 12)
    assert cost(make_codec("int8"), area=1).bytes == cost(64.0, area=1).bytes == 640_000


def test_the_calculator_and_the_table_of_sizes_agree(plant):
    table = sizes(plant().cube, ["int8"], country="Kenya", price=0.02)
    assert table.country[0] == cost("int8", area=591_958, dimensions=16, price=0.02).bytes
    assert table.land_price[0] == pytest.approx(
        cost("int8", area=149e6 * 1.5e12 / 1.49e12, dimensions=16, price=0.02).money_per_year
    )


@pytest.mark.parametrize(
    "options", [{"area": -1}, {"area": 1, "years": 0}, {"area": 1, "resolution": 0}, {"area": 1, "price": -1}]
)
def test_costs_of_nothing_are_refused(options):
    with pytest.raises(InvalidInput, match="expected"):
        cost("int8", **options)
    with pytest.raises(InvalidInput, match="unknown"):
        cost("int9", area=1)


def test_the_spectrum_of_a_cube_is_that_of_its_pixels(planted):
    year = 2018
    vectors = planted.of(year).reshape(-1, 16)
    units = vectors[np.isfinite(vectors[:, 0])]
    # All pixels are fewer than are sampled at most, so both see the same ones.
    np.testing.assert_allclose(planted.cube.emb.dimension(year=year).spectrum, spectrum_of(units), atol=1e-6)


def test_the_dimension_is_the_same_in_memory_and_lazily(planted):
    lazy = planted.cube.chunk({"y": 50, "x": 37, "band": 5, "time": 2})
    first, second = (cube.emb.dimension(year=2018, random_state=3) for cube in (planted.cube, lazy))
    assert (first.two_nn, first.likelihood, first.local_pca) == (second.two_nn, second.likelihood, second.local_pca)


def test_the_island_has_as_many_directions_as_real_embeddings():
    # Real AlphaEarth: 80 % of the variance on 8 axes, 91 % on 16 (notes on formats, section 5).
    spectrum = np.cumsum(ex.null_island().emb.dimension().spectrum)
    assert spectrum[7] == pytest.approx(0.80, abs=0.05)
    assert spectrum[15] == pytest.approx(0.91, abs=0.05)
