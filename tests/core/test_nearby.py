"""Differences of nearest vectors, against scikit-learn, and the bits that they move."""

import numpy as np
import pytest

from embexplore.core.codecs import make_codec
from embexplore.core.codecs.scalar import Scalar
from embexplore.core.levels import allocate
from embexplore.core.nearby import NEIGHBORS, differences
from embexplore.core.normalize import normalize
from embexplore.core.recall import nearest_of, recall
from embexplore.errors import InvalidInput


def test_differences_are_those_of_the_neighbors_of_scikit_learn(rng):
    from sklearn.neighbors import NearestNeighbors

    vectors = rng.normal(size=(600, 6)) * [3, 2, 1, 1, 0.5, 0.1]
    _, own = NearestNeighbors(n_neighbors=NEIGHBORS + 1).fit(vectors).kneighbors(vectors)
    plain = ((vectors[own[:, 1:]] - vectors[:, None]) ** 2).mean(axis=(0, 1))
    np.testing.assert_allclose(differences(vectors), plain, rtol=1e-9)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_or_equal_vectors_have_differences_too(n):
    np.testing.assert_array_equal(differences(np.ones((n, 3))), np.ones(3))
    assert np.isfinite(differences(np.eye(5)[:n])).all()


def test_weights_move_bits_and_equal_weights_move_none(rng):
    vectors = rng.normal(size=(500, 4)) * [2, 1, 1, 0.5]
    np.testing.assert_array_equal(allocate(vectors, 9, np.full(4, 7.0)), allocate(vectors, 9))
    more = allocate(vectors, 9, np.array([1, 1, 100, 1]))
    assert more[2] > allocate(vectors, 9)[2]
    assert more.sum() == 9


@pytest.mark.parametrize("bits", [1, 2])
def test_bits_where_neighbors_differ_find_more_of_them_and_err_more(bits, rng):
    # Places far apart in all of 32 directions, and neighbors that differ in the first four alone.
    places = np.repeat(rng.normal(size=(60, 32)), 40, axis=0)
    vectors = normalize(places + rng.normal(size=(2400, 32)) * ([0.3] * 4 + [0.003] * 28))
    truth = nearest_of(vectors[:200] @ vectors.T, 10)
    found, errors = [], []
    for name in (f"water{bits}", f"near{bits}"):
        codec = make_codec(name).fit(vectors)
        codes = codec.encode(vectors)
        found.append(recall(truth, nearest_of(codec.similarity(vectors[:200], codes), 10)).mean())
        errors.append(((codec.decode(codes) - vectors) ** 2).mean())
    assert found[1] > found[0] + 0.05
    assert errors[1] >= errors[0]


def test_nearness_without_allocation_is_refused():
    with pytest.raises(InvalidInput, match="near only where allocated"):
        Scalar(is_near=True)
