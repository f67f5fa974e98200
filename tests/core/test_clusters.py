"""k-means on the sphere: at rest, as good as scikit-learn's, numbered by size, sure of what is apart."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from embexplore.core.clusters import fit_clusters
from embexplore.core.normalize import normalize
from embexplore.errors import InvalidInput


def planted(rng, sizes=(500, 300, 100), d=8, noise=0.05):
    """Vectors `(n, d)` around orthogonal directions, at random lengths, and whose each is."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    vectors = np.eye(d)[owner] + rng.normal(0, noise, (len(owner), d))
    return vectors * rng.uniform(0.5, 2, (len(owner), 1)), owner


def nearest(vectors, clusters):
    return (normalize(vectors).astype(np.float64) @ clusters.centers_.T.astype(np.float64)).argmax(axis=1)


def test_planted_groups_are_found_and_numbered_by_size(rng):
    vectors, owner = planted(rng, sizes=(100, 500, 300))
    clusters = fit_clusters(vectors[rng.permutation(len(vectors))], 3, random_state=0)
    np.testing.assert_array_equal(np.array([2, 0, 1])[owner], nearest(vectors, clusters))
    np.testing.assert_allclose(clusters.shares_, np.array([500, 300, 100]) / 900)


def test_at_rest_every_center_is_the_mean_direction_of_its_vectors(rng):
    vectors = normalize(rng.normal(size=(1000, 6)))
    clusters = fit_clusters(vectors, 5, random_state=0)
    owner = nearest(vectors, clusters)
    means = normalize(np.stack([vectors[owner == group].sum(axis=0, dtype=np.float64) for group in range(5)]))
    np.testing.assert_allclose(clusters.centers_, means, rtol=0, atol=2.0**-23)
    np.testing.assert_array_equal(np.bincount(owner) / 1000, clusters.shares_)
    assert (np.diff(clusters.shares_) <= 0).all()


def test_groups_are_as_tight_as_those_of_scikit_learn(rng):
    vectors = normalize(rng.normal(size=(800, 5)) + rng.choice([-1, 1], (800, 5)))
    ours = fit_clusters(vectors, 6, random_state=0)
    reference = KMeans(6, n_init=10, random_state=0).fit(vectors)
    theirs = normalize(reference.cluster_centers_)[reference.labels_]
    assert (vectors @ ours.centers_.T).max(axis=1).mean() >= np.einsum("ij,ij->i", vectors, theirs).mean()


def test_length_does_not_count_and_nothing_is_learned_from_no_data(rng):
    vectors, _ = planted(rng)
    holes = np.concatenate([vectors * 3, np.full((50, 8), np.nan), np.zeros((20, 8))])
    first, second = fit_clusters(vectors, 3), fit_clusters(holes, 3)
    np.testing.assert_allclose(first.centers_, second.centers_, rtol=0, atol=8 * 2.0**-24)


def test_a_seed_gives_the_same_groups_and_none_is_seed_zero(rng):
    vectors = rng.normal(size=(500, 4))
    one, same, default = (fit_clusters(vectors, 7, random_state=seed).centers_ for seed in (0, 0, None))
    np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(one, default)


def test_groups_far_apart_are_more_distinct_than_the_halves_of_one(rng):
    apart, _ = planted(rng)
    blob = np.eye(8)[0] + rng.normal(0, 0.05, (900, 8))
    assert fit_clusters(apart, 3).distinctness_.min() > 0.9
    assert fit_clusters(blob, 3).distinctness_.max() < 0.5


def test_distinctness_is_the_simplified_silhouette(rng):
    vectors = normalize(rng.normal(size=(300, 4)))
    clusters = fit_clusters(vectors, 4)
    apart = 1 - vectors.astype(np.float64) @ clusters.centers_.T
    owner, ordered = apart.argmin(axis=1), np.sort(apart, axis=1)
    expected = [(1 - ordered[owner == group, 0] / ordered[owner == group, 1]).mean() for group in range(4)]
    np.testing.assert_allclose(clusters.distinctness_, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("n", [1, 255, 2.5])
def test_a_number_of_groups_that_cannot_be_is_a_sentence(n, rng):
    with pytest.raises(InvalidInput, match=f"n={n}: expected a whole number of groups from 2 to 254"):
        fit_clusters(rng.normal(size=(300, 4)), n)


def test_fewer_vectors_than_groups_is_a_sentence():
    with pytest.raises(InvalidInput, match="n=3: there are fewer different vectors than groups"):
        fit_clusters(np.eye(4)[[0, 0, 1, 1]], 3)
