"""Queries are unit vectors: means of directions, and away from negatives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from embexplore.core.normalize import normalize, norms
from embexplore.core.query import combine
from embexplore.errors import InvalidInput

EPS = 2.0**-23
vectors = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 9), st.integers(1, 70)), elements=st.integers(-9, 9).map(float)
)


@given(x=vectors, factor=st.sampled_from([1e-30, 1.0, 1e30]))
def test_normalized_vectors_have_length_one_and_their_direction(x, factor):
    unit = normalize(x * np.float64(factor))
    exact = (
        x.astype(np.float64)
        / np.where(np.any(x, axis=1), np.linalg.norm(x.astype(np.float64), axis=1), np.nan)[:, None]
    )
    np.testing.assert_allclose(unit, exact, rtol=0, atol=EPS)


@given(x=vectors)
def test_norms_are_euclidean_lengths(x):
    np.testing.assert_allclose(norms(x), np.linalg.norm(x.astype(np.float64), axis=1), rtol=EPS)
    assert norms(x[0]).shape == ()
    assert normalize(x[0]).shape == x[0].shape


def test_what_has_no_direction_normalizes_to_nan():
    x = np.array([[0, 0], [np.nan, 1], [np.inf, 1], [3, 4]], np.float32)
    np.testing.assert_array_equal(np.isnan(normalize(x)).all(axis=1), [True, True, True, False])


def test_the_mean_weighs_directions_not_lengths():
    np.testing.assert_allclose(combine([[9.0, 0.0], [0.0, 0.1]]), [0.5**0.5] * 2, atol=EPS)


def test_contrast_is_twice_the_positives_minus_the_negatives(rng):
    positives, negatives = normalize(rng.normal(size=(3, 8))), normalize(rng.normal(size=(2, 8)))
    raw = 2 * positives.astype(np.float64).mean(axis=0) - negatives.astype(np.float64).mean(axis=0)
    expected = raw / np.linalg.norm(raw)
    for how in ("contrast", "mean"):  # negatives make a contrast either way
        np.testing.assert_allclose(combine(positives, negatives, how), expected, rtol=0, atol=4 * EPS)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([[1.0, np.nan]],), "NaN or inf"),
        (([[1.0, np.inf]],), "NaN or inf"),
        (([[0.0, 0.0]],), "zero vector"),
        (([[1.0, 0.0], [-1.0, 0.0]],), "cancel"),
        (([],), "expected one vector"),
        (([1.0, 0.0], [1.0, 0.0, 0.0]), "3 bands, positives have 2"),
        (([1.0, 0.0], None, "contrast"), "needs negatives"),
        (([1.0, 0.0], None, "median"), "'mean' or 'contrast'"),
    ],
)
def test_queries_that_mean_nothing_are_refused_with_a_reason(arguments, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        combine(*arguments)
