"""Decoded lengths tell codes that were read by the wrong formula."""

import numpy as np
import pytest

from embexplore.core.codecs import make_codec
from embexplore.core.normalize import normalize
from embexplore.core.normcheck import decoded_norm_range


def test_unit_vectors_read_by_their_own_formula_have_length_one(rng):
    codec = make_codec("alphaearth")
    low, high = decoded_norm_range(codec, codec.encode(normalize(rng.normal(size=(40, 50, 64)))))
    assert 0.98 <= low <= high <= 1.02


def test_linear_codes_read_as_signed_squares_are_far_from_one(rng):
    linear = np.round(normalize(rng.normal(size=(40, 50, 64))) * 127).astype(np.int8)
    _, high = decoded_norm_range(make_codec("alphaearth"), linear)
    assert high < 0.5


def test_no_data_has_no_range():
    assert decoded_norm_range(make_codec("alphaearth"), np.full((3, 4, 64), -128, np.int8)) is None


@pytest.mark.real
def test_the_real_chip_has_length_one(real_data):
    import rasterio

    with rasterio.open(real_data / "aef_wisconsin_2024_utm16n_10m.tif") as chip:
        codes = np.moveaxis(chip.read(), 0, -1)
    low, high = decoded_norm_range(make_codec("alphaearth"), codes)
    assert 0.99 <= low <= high <= 1.01
