"""AlphaEarth's encoder gives bit for bit the codes of the published formula."""

import numpy as np
import pytest

from embexplore.core.codecs import make_codec

pytestmark = pytest.mark.usefixtures("backend")


def published(x):
    with np.errstate(invalid="ignore"):
        v = np.clip(np.round(np.sign(x) * np.sqrt(np.abs(x)) * np.float32(127.5)), -127, 127)
    v[~np.isfinite(x).all(axis=-1)] = -128
    return v.astype(np.int8)


def test_codes_are_those_of_the_formula_in_every_order_of_memory(rng, in_every_order):
    x = rng.normal(size=(41, 43, 9)).astype(np.float32) * 0.4
    x[3, 4, 5], x[6, 7, 8] = np.nan, np.inf
    for view in in_every_order(x).values():
        codes = make_codec("alphaearth").encode(view)
        assert codes.dtype == np.int8
        np.testing.assert_array_equal(codes, published(x))


def test_halves_round_to_even():
    middle = np.arange(0, 127) + 0.5
    x = ((middle / 127.5) ** 2).astype(np.float32)
    around = np.stack([x, -x, np.nextafter(x, np.float32(0)), np.nextafter(x, np.float32(2))])[..., None]
    np.testing.assert_array_equal(make_codec("alphaearth").encode(around), published(around))


def test_a_large_array_is_shared_by_threads(rng):
    x = rng.normal(size=(5, 400, 401)).astype(np.float32)
    x[1, 200, 3] = np.nan
    view = np.moveaxis(x, 0, -1)
    codes = make_codec("alphaearth").encode(view)
    np.testing.assert_array_equal(codes, published(view))
    assert np.moveaxis(codes, -1, 0).flags.c_contiguous  # the order of memory is kept: band-first stays so
