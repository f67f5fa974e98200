"""Three levels a band, five bands a byte."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from embexplore.core.codecs import make_codec
from embexplore.core.codecs.ternary import Ternary
from embexplore.core.levels import best_of
from embexplore.errors import InvalidInput

LEVELS = (-1.0, 0.25, 2.0)
trits = st.integers(1, 23).flatmap(lambda d: hnp.arrays(np.int64, (4, d), elements=st.integers(0, 2)))


@settings(max_examples=60)
@given(trits)
def test_five_numbers_of_base_three_go_into_a_byte_and_come_back(numbers):
    d = numbers.shape[1]
    codec = Ternary(np.tile(np.float32(LEVELS), (d, 1)))
    vectors = np.float32(LEVELS)[numbers]
    codes = codec.encode(vectors)
    assert codes.shape == (4, -(-d // 5))
    assert codes.max(initial=0) < 243
    for row, code in zip(numbers, codes, strict=True):
        padded = [*row, *[0] * (-d % 5)]
        words = ["".join(map(str, padded[first : first + 5])) for first in range(0, d, 5)]
        assert [int(word, 3) for word in words] == code.tolist()
    np.testing.assert_array_equal(codec.decode(codes), vectors)


def test_levels_of_a_normal_variable_reach_the_published_error(rng):
    values = rng.standard_normal((100_000, 1)).astype(np.float32)
    codec = make_codec("ternary").fit(values)
    # Max 1960, table I: three levels at 0 and ±1.224, squared error 0.1902; learned on 32 768 values.
    np.testing.assert_allclose(codec.levels, [[-1.224, 0, 1.224]], atol=0.03)
    assert ((codec.decode(codec.encode(values)) - values) ** 2).mean() == pytest.approx(0.1902, rel=0.02)


def test_three_levels_lose_less_than_two_and_more_than_four(rng):
    vectors = (rng.normal(size=(3000, 20)) * np.geomspace(1, 0.1, 20) + 0.3).astype(np.float32)
    errors = []
    for name in ("binary-asymmetric", "ternary", "lloyd2"):
        codec = make_codec(name).fit(vectors)
        errors.append(((codec.decode(codec.encode(vectors)) - vectors) ** 2).mean())
    assert errors == sorted(errors, reverse=True)


def test_thirteen_bytes_for_sixty_four_bands_and_768_of_side_information(rng):
    codec = make_codec("ternary").fit(rng.normal(size=(50, 64)).astype(np.float32))
    assert (codec.bytes_per_pixel(64), codec.side_bytes) == (13, 64 * 3 * 4)


def test_a_transform_may_come_first(rng):
    vectors = rng.normal(size=(300, 12)).astype(np.float32)
    codec = make_codec("pca10+ternary").fit(vectors)
    assert codec.encode(vectors).shape == (300, 2)


def test_best_levels_of_any_number_are_the_means_of_what_they_stand_for(rng):
    values = rng.exponential(size=(5000, 1))
    (levels,) = best_of(values, np.array([5]))
    nearest = np.abs(values - levels).argmin(axis=1)
    means = [values[nearest == number].mean() for number in range(5)]
    np.testing.assert_allclose(levels, means, atol=np.diff(levels).min() / 50)


def test_what_cannot_be_is_a_sentence(rng):
    with pytest.raises(InvalidInput, match=r"call fit\(vectors\) first"):
        Ternary().encode(np.zeros((2, 3), np.float32))
    with pytest.raises(InvalidInput, match="fitted on no data"):
        Ternary().fit(np.full((4, 3), np.nan, np.float32))
    codec = Ternary().fit(rng.normal(size=(9, 7)).astype(np.float32))
    with pytest.raises(ValueError, match="this codec has 7"):
        codec.encode(np.zeros((2, 1), np.float32))
    holed = np.float32([[1, 2, 3, np.nan, 5, 6, 7]])
    assert not codec.encode(holed).any()
