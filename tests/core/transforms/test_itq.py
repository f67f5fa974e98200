"""Iterative quantization: nearer to the corners with every turn, and never past what defines it."""

import numpy as np
import pytest

from embexplore.core.codecs import make_codec
from embexplore.core.transforms import fit_steps
from embexplore.core.transforms.itq import turned_to_corners


@pytest.fixture
def centered(rng):
    """Vectors (3000, 12) around zero along principal axes, of unequal variance."""
    return rng.normal(size=(3000, 12)) * np.geomspace(1, 0.2, 12)


def error_of(vectors, rotation):
    turned = vectors @ rotation / np.sqrt((vectors**2).mean())
    return ((np.sign(turned) - turned) ** 2).mean()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_error_never_rises_from_turn_to_turn_and_is_that_of_the_rotation(centered, seed):
    rotation, errors = turned_to_corners(centered, seed)
    assert (np.diff(errors) <= 1e-12).all()
    assert errors[-1] < 0.95 * errors[0]
    assert errors[-1] == pytest.approx(error_of(centered, rotation), rel=1e-12)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(12), atol=1e-12)


def test_corners_that_were_turned_away_are_found_again(rng):
    corners = rng.choice([-1.0, 1.0], (4000, 6))
    away = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    ends = [turned_to_corners(corners @ away, seed)[1][-1] for seed in range(8)]
    assert min(ends) < 1e-12, "a start leads to no error at all; others end at a lesser rotation"


def test_a_step_has_fewer_bits_far_from_their_corners_than_principal_axes_or_a_random_rotation(centered):
    moved = centered + np.linspace(2, -2, 12)  # ITQ centers what it is given
    mean = moved.mean(axis=0)
    errors = {
        chain: error_of(moved - mean, fit_steps(chain, moved, 0).axes.T) for chain in ("itq", "pca", "pca+rotate")
    }
    assert min(errors, key=errors.get) == "itq"


def test_bits_follow_it_with_the_same_bytes(centered):
    codec = make_codec("itq8+binary").fit(centered.astype(np.float32))
    assert codec.encode(centered[:5].astype(np.float32)).shape == (5, 1)


def test_vectors_all_alike_leave_a_rotation():
    axes = fit_steps("itq", np.ones((50, 4)), 0).axes
    np.testing.assert_allclose(axes @ axes.T, np.eye(4), atol=1e-12)
