"""What a kernel gives for a pixel is the same bits whatever is scanned beside it: maps do not depend on chunks."""

import numpy as np
import pytest

from embexplore.core.codecs import make_codec
from embexplore.core.distance import change

D, HEIGHT, WIDTH = 64, 40, 70
CODES = np.random.default_rng(0).integers(-127, 128, (2, D, HEIGHT, WIDTH)).astype(np.int8)
QUERIES = np.random.default_rng(1).standard_normal((3, D)).astype(np.float32)
CODEC = make_codec("alphaearth")

MAPS = {
    "one query": lambda codes: CODEC.similarity(QUERIES[0], codes[0]),
    "several queries": lambda codes: CODEC.similarity(QUERIES, codes[0]),
    "change": lambda codes: change(CODEC, codes[0], codes[1]),
}


def of_bands_first(codes: np.ndarray) -> np.ndarray:
    """The view `(year, y, x, band)` of codes that lie band by band."""
    return np.moveaxis(np.ascontiguousarray(codes), 1, -1)


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("window", [(3, 69), (17, 13), (32, 31), (39, 1)], ids=str)
def test_a_window_has_the_bits_of_the_whole(name, window):
    height, width = window
    whole = MAPS[name](of_bands_first(CODES))
    part = MAPS[name](of_bands_first(CODES[..., :height, :width]))
    np.testing.assert_array_equal(part, whole[..., :height, :width])


def test_codes_do_not_depend_on_the_order_of_memory():
    given = np.random.default_rng(2).standard_normal((4096, D)).astype(np.float32)
    codec = make_codec("int8").fit(given)
    steps = np.random.default_rng(3).integers(-120, 120, given.shape) + np.float32(
        0.5
    )  # where rounding may fall either way
    between = (steps * codec.scale + codec.offset).astype(np.float32)
    codes = codec.encode(between)
    bands_first = np.ascontiguousarray(between.T).T
    np.testing.assert_array_equal(codec.encode(bands_first), codes)
    np.testing.assert_array_equal(codec.decode(np.ascontiguousarray(codes.T).T), codec.decode(codes))
