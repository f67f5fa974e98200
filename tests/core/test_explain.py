"""Parts of a score: they sum to it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from embexplore.core.explain import change_parts, needed_for, similarity_parts
from embexplore.errors import InvalidInput

NUMBERS = st.floats(-4, 4, width=32).map(lambda x: 0.0 if abs(x) < 1e-3 else x)
VECTORS = arrays(np.float32, 16, elements=NUMBERS).filter(lambda v: np.abs(v).max() > 0)
ROUNDOFF = 16 * 4 * np.finfo(np.float64).eps
"""Sixteen terms, each of a few roundings of numbers below 1."""


def cosine(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


@given(VECTORS, VECTORS)
def test_parts_sum_to_the_cosine_and_to_the_change(a, b):
    assert similarity_parts(a, b).sum() == pytest.approx(cosine(a, b), abs=ROUNDOFF)
    assert change_parts(a, b).sum() == pytest.approx(1 - cosine(a, b), abs=ROUNDOFF)
    assert (change_parts(a, b) >= 0).all()


@given(VECTORS, st.floats(0.01, 100))
def test_lengths_do_not_matter(a, factor):
    b = np.roll(a, 1)
    np.testing.assert_allclose(similarity_parts(a, b * factor), similarity_parts(a, b), atol=1e-6)
    np.testing.assert_allclose(change_parts(a * factor, b), change_parts(a, b), atol=1e-6)


@given(arrays(np.float64, 12, elements=st.floats(0, 1)), st.floats(0.05, 0.95))
def test_no_fewer_parts_make_the_share(parts, share):
    count, order = needed_for(parts, share), np.sort(parts)[::-1]
    if parts.sum() == 0:
        assert count == 0
        return
    assert order[:count].sum() >= share * parts.sum() * (1 - ROUNDOFF)
    assert order[: count - 1].sum() < share * parts.sum() * (1 + ROUNDOFF)


@pytest.mark.parametrize("bad", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_a_vector_without_direction_is_a_sentence(bad):
    for ask in (similarity_parts, change_parts):
        with pytest.raises(InvalidInput, match="expected numbers in every band"):
            ask([1.0, 2.0], bad)


def test_vectors_of_other_lengths_are_a_sentence():
    with pytest.raises(InvalidInput, match=r"shapes \(2,\) and \(3,\)"):
        similarity_parts([1.0, 2.0], [1.0, 2.0, 3.0])
