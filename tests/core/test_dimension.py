"""Intrinsic dimension and spectrum: on manifolds whose dimension is known."""

import numpy as np
import pytest

from embexplore.core.dimension import (
    NEIGHBORS,
    POINTS,
    dimension,
    likelihood,
    local_pca,
    neighbors_of,
    spectrum_of,
    two_nn,
)
from embexplore.errors import InvalidInput


def torus(rng, n, dimensions, bands=64):
    """A flat torus of so many dimensions, which has no edge, turned into 64 bands."""
    angles = rng.uniform(0, 2 * np.pi, (n, dimensions))
    flat = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    turned, _ = np.linalg.qr(rng.normal(size=(bands, bands)))
    return flat @ turned[: 2 * dimensions]


@pytest.mark.parametrize("planted", [1, 2, 3])
def test_neighbors_tell_the_planted_dimension(planted, rng):
    apart, _ = neighbors_of(torus(rng, POINTS, planted), NEIGHBORS)
    # Four standard errors, d / √n and, since neighborhoods of k points overlap, d / √(n / k): 1 in 10,000 by chance.
    assert abs(two_nn(apart) - planted) < 4 * planted / np.sqrt(POINTS)
    assert abs(likelihood(apart) - planted) < 4 * planted / np.sqrt(POINTS / NEIGHBORS)


@pytest.mark.parametrize("planted", [2, 5, 9])
def test_patches_of_a_flat_space_spread_along_its_dimensions(planted, rng):
    flat = rng.normal(size=(3000, planted)) @ np.linalg.qr(rng.normal(size=(32, planted)))[0].T
    _, order = neighbors_of(flat, 100)
    assert local_pca(flat, order) == planted


def test_equal_vectors_count_once(rng):
    vectors = torus(rng, 500, 2)
    assert dimension(np.repeat(vectors, 3, axis=0)).two_nn == dimension(vectors).two_nn


def test_neighbors_are_those_of_scikit_learn(rng):
    from sklearn.neighbors import NearestNeighbors

    vectors = rng.normal(size=(700, 12))
    apart, order = neighbors_of(vectors, 6)
    theirs, places = NearestNeighbors(n_neighbors=7, algorithm="brute").fit(vectors).kneighbors(vectors)
    np.testing.assert_array_equal(order, places[:, 1:])
    # Both subtract squares of lengths near 12: in float64 good to some of its roundings.
    np.testing.assert_allclose(apart, theirs[:, 1:], rtol=1e-12)


def test_the_spectrum_is_that_of_scikit_learn(rng):
    from sklearn.decomposition import PCA

    vectors = rng.normal(size=(300, 8)) * np.arange(1, 9)
    np.testing.assert_allclose(spectrum_of(vectors), PCA().fit(vectors).explained_variance_ratio_, rtol=1e-9)


def test_axes_kept_and_effective_dimension_follow_from_the_spectrum():
    equal = dimension(np.concatenate([np.eye(4), -np.eye(4)]))
    assert equal.kept(0.5) == 2
    assert equal.kept(1.0) == 4
    assert equal.effective == pytest.approx(4)


def test_too_few_vectors_have_no_intrinsic_dimension(rng):
    few = dimension(rng.normal(size=(5, 3)))
    assert np.isfinite(few.two_nn)
    assert np.isnan([few.likelihood, few.local_pca]).all()
    constant = dimension(np.ones((40, 3)))
    assert not constant.spectrum.any()
    assert np.isnan([constant.two_nn, constant.likelihood, constant.local_pca, constant.effective]).all()


def test_vectors_without_data_are_left_out(rng):
    vectors = torus(rng, 300, 2)
    holes = np.concatenate([np.full((9, 64), np.nan), vectors])
    np.testing.assert_array_equal(dimension(holes).spectrum, dimension(vectors).spectrum)
    with pytest.raises(InvalidInput, match="needs two"):
        dimension(np.full((9, 64), np.nan))
