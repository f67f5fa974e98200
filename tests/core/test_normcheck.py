"""Decoded lengths tell codes that were read by the wrong formula."""

import numpy as np
import pytest

from embexplore.core.codecs import make_codec
from embexplore.core.normalize import normalize
from embexplore.core.normcheck import NORM_TOLERANCE, median_norm


def test_unit_vectors_read_by_their_own_formula_have_length_one(rng):
    codec = make_codec("alphaearth")
    codes = codec.encode(normalize(rng.normal(size=(40, 50, 64))).astype(np.float32))
    assert abs(median_norm(codec, codes) - 1) <= NORM_TOLERANCE
    lengths = np.linalg.norm(codec.decode(codes).astype(np.float64), axis=-1)
    assert np.isclose(median_norm(codec, codes), np.median(lengths), rtol=np.finfo(np.float32).eps)


def test_linear_codes_read_as_signed_squares_are_far_from_one(rng):
    linear = np.round(normalize(rng.normal(size=(40, 50, 64))) * 127).astype(np.int8)
    assert abs(median_norm(make_codec("alphaearth"), linear) - 1) > NORM_TOLERANCE


def test_no_data_has_no_length():
    assert np.isnan(median_norm(make_codec("alphaearth"), np.full((3, 4, 64), -128, np.int8)))


@pytest.mark.real
def test_the_real_chip_has_length_one(real_data):
    import rasterio

    with rasterio.open(real_data / "aef_wisconsin_2024_utm16n_10m.tif") as chip:
        codes = np.moveaxis(chip.read(), 0, -1)
    assert abs(median_norm(make_codec("alphaearth"), codes) - 1) <= NORM_TOLERANCE
