"""Hadamard's matrices, with signs, against scipy's and against what defines them."""

import numpy as np
import pytest
from scipy.linalg import hadamard as sylvester

from embexplore.core.transforms import fit_steps
from embexplore.core.transforms.rotations import hadamard_matrix
from embexplore.errors import InvalidInput


@pytest.mark.parametrize("d", [1, 2, 4, 8, 64, 256])
def test_powers_of_two_have_scipys_matrix_with_random_signs(d):
    axes = fit_steps("hadamard", np.zeros((3, d)), 5).axes * np.sqrt(d)
    signs = axes[0]  # the first row of Sylvester's matrix is ones
    assert set(np.unique(signs)) <= {-1.0, 1.0}
    np.testing.assert_array_equal(axes, sylvester(d) * signs)


@pytest.mark.parametrize("d", [12, 20, 24, 48, 96, 128, 192, 384, 768, 1536])
def test_every_other_that_is_found_is_of_ones_with_orthogonal_rows(d):
    matrix = hadamard_matrix(d)
    assert set(np.unique(matrix)) == {-1.0, 1.0}
    np.testing.assert_array_equal(matrix @ matrix.T, d * np.eye(d))


def test_every_new_band_holds_the_same_of_any_old_one():
    axes = fit_steps("hadamard", np.zeros((3, 24)), 0).axes
    np.testing.assert_allclose(np.abs(axes), 1 / np.sqrt(24), rtol=1e-15)


def test_signs_depend_on_the_seed_alone(rng):
    first, again, other = (fit_steps("hadamard", rng.normal(size=(5, 64)), seed).axes for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("d", [3, 6, 7, 10, 28, 36, 65, 100])
def test_numbers_without_a_matrix_are_refused_and_told_what_to_do(d):
    with pytest.raises(InvalidInput, match=f"for {d} dimensions.* Write rotate"):
        fit_steps("hadamard", np.zeros((3, d)), 0)
