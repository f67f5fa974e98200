"""One range for all bands, and bits around the median: what differs from their siblings."""

import numpy as np
import pytest

from embexplore.core.codecs import codec_from_dict, make_codec
from embexplore.core.codecs.binary import Binary
from embexplore.core.codecs.scalar import Scalar
from embexplore.core.levels import even_levels
from embexplore.errors import InvalidInput


@pytest.fixture
def skewed(rng):
    """Vectors (2000, 6) whose bands have long tails and ranges of their own."""
    return (rng.exponential(size=(2000, 6)) * np.geomspace(1, 0.1, 6)).astype(np.float32)


def bits_of(codec, vectors):
    return np.unpackbits(codec.encode(vectors), axis=-1, count=vectors.shape[-1])


def test_around_the_median_every_bit_is_set_for_half_of_the_vectors(skewed):
    set_for = bits_of(make_codec("binary-median").fit(skewed), skewed).mean(axis=0)
    np.testing.assert_allclose(set_for, 0.5, atol=1 / len(skewed))
    assert bits_of(make_codec("binary").fit(skewed), skewed).mean() < 0.45


def test_the_center_is_the_one_that_the_name_says(skewed):
    np.testing.assert_allclose(make_codec("binary").fit(skewed).center, skewed.mean(axis=0, dtype=float), rtol=1e-6)
    median = make_codec("binary-median").fit(skewed)
    np.testing.assert_allclose(median.center, np.median(skewed.astype(float), axis=0), rtol=1e-6)
    again = codec_from_dict(median.to_dict(), median.parameters)
    assert again.spec == "binary-median"


def test_bits_of_cubes_written_before_there_were_medians_are_around_the_mean(skewed):
    fitted = make_codec("binary").fit(skewed)
    again = codec_from_dict({"name": "binary", "length": fitted.length}, fitted.parameters)
    assert again.to_dict() == fitted.to_dict()


def test_one_range_has_the_levels_of_all_values_as_one_band(skewed):
    codec = make_codec("int4-global").fit(skewed)
    (levels,) = even_levels(skewed.reshape(-1, 1), np.array([4]))
    np.testing.assert_array_equal(codec.levels, levels.astype(np.float32))
    assert set(np.unique(codec.decode(codec.encode(skewed)))) <= set(codec.levels)


def test_one_range_takes_less_side_information_and_loses_more_where_bands_differ(skewed):
    one, each = make_codec("int4-global").fit(skewed), make_codec("int4").fit(skewed)
    assert one.side_bytes == 16 * 4 + 6 < each.side_bytes == 6 * 16 * 4 + 6
    assert one.bytes_per_pixel(6) == each.bytes_per_pixel(6) == 3
    errors = [((codec.decode(codec.encode(skewed)) - skewed) ** 2).mean() for codec in (each, one)]
    assert errors[0] < errors[1]


def test_choices_that_cannot_be_are_refused():
    with pytest.raises(InvalidInput, match="mean or median"):
        Binary(around="mode")
    with pytest.raises(InvalidInput, match="'even' where shared"):
        Scalar(4, "best", is_shared=True)
