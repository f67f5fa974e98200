"""Steps that keep fewer dimensions, against scikit-learn and plain numpy."""

import numpy as np
import pytest

from embexplore.core.transforms import fit_steps
from embexplore.errors import InvalidInput


@pytest.fixture
def spectrum(rng):
    """Vectors (4000, 16) whose directions hold less and less, away from zero."""
    mixed = rng.normal(size=(4000, 16)) * np.geomspace(1, 0.05, 16) + np.linspace(0.5, 0, 16)
    return mixed @ np.linalg.qr(rng.normal(size=(16, 16)))[0]


def kept(linear, vectors):
    """What the axes keep of the vectors' squared lengths."""
    return ((vectors @ linear.axes.T) ** 2).sum()


def test_svd_steps_are_the_axes_of_scikit_learns_truncated_svd(spectrum):
    from sklearn.decomposition import TruncatedSVD

    linear = fit_steps("svd5", spectrum, 0)
    theirs = TruncatedSVD(5, algorithm="arpack", random_state=0).fit(spectrum).components_
    np.testing.assert_allclose(np.abs(linear.axes @ theirs.T), np.eye(5), atol=1e-6)


def test_of_all_subspaces_svd_keeps_most_of_the_length_and_pca_most_of_the_variance(spectrum):
    chains = ("svd5", "pca5", "project5", "select5", "first5")
    lengths = {chain: kept(fit_steps(chain, spectrum, 0), spectrum) for chain in chains}
    centered = spectrum - spectrum.mean(axis=0)
    variances = {chain: kept(fit_steps(chain, spectrum, 0), centered) for chain in chains}
    assert max(lengths, key=lengths.get) == "svd5"
    assert max(variances, key=variances.get) == "pca5"


@pytest.mark.parametrize(
    "chain", ["svd", "svd3", "project7", "select4", "first4", "hadamard", "itq", "itq6", "svd8+itq4"]
)
def test_axes_are_orthonormal_and_the_mean_outside_them_is_the_rest(chain, spectrum):
    linear = fit_steps(chain, spectrum, 0)
    np.testing.assert_allclose(linear.axes @ linear.axes.T, np.eye(len(linear.axes)), atol=1e-12)
    mean = spectrum.mean(axis=0)
    np.testing.assert_allclose(linear.axes.T @ (linear.axes @ mean) + linear.rest, mean, atol=1e-12)


def test_a_random_projection_keeps_its_share_of_a_squared_length_in_expectation(rng):
    vector = rng.normal(size=(1, 24))
    shares = [kept(fit_steps("project6", vector, seed), vector) / (vector**2).sum() for seed in range(400)]
    # The share is Beta(3, 9) distributed: mean 6/24, variance 27 / (144 · 13); 4 standard errors of 400.
    assert np.mean(shares) == pytest.approx(0.25, abs=4 * np.sqrt(27 / (144 * 13) / 400))


def test_selected_bands_are_those_of_largest_variance_in_their_order(rng):
    vectors = rng.normal(size=(500, 6)) * [0.1, 3, 1, 5, 0.2, 2] + [9, 0, 0, 0, 0, 0]
    np.testing.assert_array_equal(fit_steps("select3", vectors, 0).axes, np.eye(6)[[1, 3, 5]])
    np.testing.assert_array_equal(fit_steps("select2", np.ones((5, 4)), 0).axes, np.eye(4)[:2])


def test_first_bands_are_a_prefix(spectrum):
    np.testing.assert_array_equal(fit_steps("first4", spectrum, 0).axes, np.eye(16)[:4])


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        ("svd17", "keep 1 to 16"),
        ("project", "write project16"),
        ("project0", "keep 1 to 16"),
        ("select99", "keep 1 to 16"),
        ("pca4+first5", "have 4 dimensions"),
        ("itq17", "keep 1 to 16"),
        ("hadamard8", "keeps all"),
    ],
)
def test_steps_that_cannot_be_are_a_sentence(chain, words, spectrum):
    with pytest.raises(InvalidInput, match=words):
        fit_steps(chain, spectrum, 0)
