"""Change is 1 − cosine of the decoded vectors, for every codec and every pair of memory orders."""

import numpy as np
import pytest

from embexplore.core.codecs import codec_names, make_codec
from embexplore.core.distance import change
from embexplore.core.normalize import normalize
from embexplore.errors import InvalidInput

EPS = 2.0**-23


def exactly(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return 1 - (a * b).sum(-1) / (np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1))


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("d", [1, 7, 64])
@pytest.mark.parametrize("name", codec_names())
def test_change_is_one_minus_the_cosine_of_decoded_vectors(name, d, rng, in_every_order):
    first = normalize(rng.normal(size=(13, 17, d)) + 0.2)
    second = normalize(first + 0.5 * rng.normal(size=first.shape))
    first[2, 3], second[4, 5] = np.nan, np.nan
    codecs = [make_codec(name).fit(x.reshape(-1, d)) for x in (first, second)]
    codes = [codec.encode(x) for codec, x in zip(codecs, (first, second), strict=True)]
    scales = [codec.scales(x) for codec, x in zip(codecs, (first, second), strict=True)]
    expected = exactly(*(codec.decode(*each) for codec, *each in zip(codecs, codes, scales, strict=True)))
    views = [in_every_order(each) for each in codes]
    for order, other in (
        ("band-first", "band-first window"),
        ("pixel-major", "pixel-major"),
        ("read-only", "reversed"),
    ):
        result = change(codecs[0], views[0][order], views[1][other], *scales, codec_b=codecs[1])
        assert result.dtype == np.float32
        np.testing.assert_array_equal(np.isnan(result), np.isnan(expected))
        # Three sums of d terms, each good to d·2⁻²³, and offsets that at most double what a value is worth.
        np.testing.assert_allclose(result, expected, rtol=0, atol=(3 * d + 32) * EPS)
        assert result[~np.isnan(result)].min() >= 0
        assert result[~np.isnan(result)].max() <= 2


@pytest.mark.usefixtures("backend")
def test_equal_codes_have_not_changed(rng):
    codes = rng.integers(-127, 128, (20, 30, 64), dtype=np.int8)
    assert change(make_codec("alphaearth"), codes, codes).max() <= (3 * 64 + 32) * EPS


@pytest.mark.usefixtures("backend")
def test_codes_of_different_families_are_compared_by_decoding(rng):
    vectors = normalize(rng.normal(size=(6, 7, 16)))
    other = normalize(rng.normal(size=(6, 7, 16)))
    source, target = make_codec("alphaearth"), make_codec("int8").fit(other.reshape(-1, 16))
    a, b = source.encode(vectors), target.encode(other)
    result = change(source, a, b, codec_b=target)
    np.testing.assert_allclose(result, exactly(source.decode(a), target.decode(b)), rtol=0, atol=EPS)


def test_large_maps_are_shared_by_threads(rng):
    a, b = (rng.integers(-127, 128, (5, 400, 401), dtype=np.int8) for _ in range(2))
    codec, views = make_codec("alphaearth"), (np.moveaxis(a, 0, -1), np.moveaxis(b, 0, -1))
    np.testing.assert_array_equal(change(codec, *views), change(codec, *views, threads=1))


def test_maps_of_different_size_are_refused():
    codec = make_codec("alphaearth")
    with pytest.raises(InvalidInput, match="must cover the same"):
        change(codec, np.zeros((3, 4, 8), np.int8), np.zeros((3, 5, 8), np.int8))
    with pytest.raises(InvalidInput, match="8 and 9 bands"):
        change(codec, np.zeros((3, 4, 8), np.int8), np.zeros((3, 4, 9), np.int8))
