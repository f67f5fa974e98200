"""Halves: the rounding of IEEE 754, found again by looking at every half there is."""

import numpy as np
import pytest

from embexplore.core.codecs import make_codec

HALVES = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float64)
"""All finite halves from 0 on, rising."""


@pytest.fixture
def spread(rng):
    """Vectors (3000, 8) of all sizes that a half can have, and smaller."""
    return (rng.normal(size=(3000, 8)) * 2.0 ** rng.integers(-30, 14, (3000, 1))).astype(np.float32)


def test_a_value_becomes_the_nearest_of_all_halves(spread):
    decoded = make_codec("float16").decode(make_codec("float16").encode(spread))
    sizes = np.abs(spread.astype(np.float64))
    above = np.searchsorted(HALVES, sizes).clip(1, len(HALVES) - 1)
    nearest = np.minimum(np.abs(HALVES[above] - sizes), np.abs(HALVES[above - 1] - sizes))
    np.testing.assert_array_equal(np.abs(decoded - spread.astype(np.float64)), nearest)


def test_the_promised_bound_is_half_the_gap_between_halves_and_no_wider(spread):
    peaks = np.abs(spread[:, 0]).astype(np.float64)
    above = np.searchsorted(HALVES, peaks, side="right").clip(1, len(HALVES) - 1)
    gap = (HALVES[above] - HALVES[above - 1]) / 2
    bound = make_codec("float16").error_bound(spread[:, :1])
    assert (bound >= gap).all()
    assert (bound <= 2.000001 * gap).all(), "relative to the value: twice the gap at the end of a binade"


def test_values_beyond_the_largest_half_stay_finite_and_are_said_to_be_off():
    codec, vectors = make_codec("float16"), np.float32([[1e6, -1e6, 1.0]])
    np.testing.assert_array_equal(codec.decode(codec.encode(vectors)), [[65504, -65504, 1]])
    assert codec.error_bound(vectors)[0] == pytest.approx(1e6 - 65504, rel=1e-6)


def test_two_bytes_a_band():
    assert make_codec("float16").bytes_per_pixel(64) == 128
    assert make_codec("float16").encode(np.zeros((2, 64), np.float32)).nbytes == 256
