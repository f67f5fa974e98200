"""What ground usually does from year to year, and which pixels do more."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embexplore.core.noise import NORMAL, is_stable, peak, usual_noise

PAIRS, PIXELS = 7, 4000


def chords(seed):
    """√change of ground that only wavers: normal around 1, far from 0."""
    return np.random.default_rng(seed).normal(1, 0.1, (PAIRS, PIXELS))


@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.01, 0.4))
def test_ground_that_changed_once_far_beyond_the_rest_is_never_stable(seed, share):
    rng = np.random.default_rng(seed)
    steps = chords(seed) ** 2
    changed = rng.permutation(PIXELS)[: int(share * PIXELS)]
    steps[rng.integers(0, PAIRS, len(changed)), changed] = 2 * steps.max()
    stable = is_stable(steps)
    assert not stable[changed].any()
    # Normal noise strays three deviations beyond its mode in less than one pixel of 100 a pair.
    assert stable.sum() >= (1 - 0.01 * PAIRS) * (PIXELS - len(changed))


def test_change_elsewhere_hardly_moves_what_is_stable():
    steps = chords(0) ** 2
    alone = is_stable(steps)
    both = is_stable(np.concatenate([steps, np.full((PAIRS, PIXELS // 3), 2 * steps.max())], axis=1))
    assert not both[PIXELS:].any()
    # The fence moves by a fraction of a deviation: only pixels near it change sides.
    differing = np.abs(np.sqrt(steps).max(axis=0) - 1)[alone != both[:PIXELS]]
    assert (differing > 0.2).all()


def test_neither_the_unit_nor_the_order_of_the_pairs_matters(rng):
    steps = chords(1) ** 2
    expected = is_stable(steps)
    np.testing.assert_array_equal(is_stable(4 * steps), expected)
    np.testing.assert_array_equal(is_stable(steps[rng.permutation(PAIRS)]), expected)


def test_a_noisy_year_does_not_decide_for_all():
    """Three years are compared in their own units: four times the chord everywhere is no news."""
    steps = chords(2) ** 2
    noisy = steps * np.where(np.arange(PAIRS) == 3, 16, 1)[:, None]
    np.testing.assert_array_equal(is_stable(noisy), is_stable(steps))


def test_pixels_without_any_pair_are_not_stable_and_missing_pairs_are_passed_over():
    steps = chords(3) ** 2
    stable = is_stable(steps)
    steps[:, :10] = np.nan
    steps[0, 10:20] = np.nan
    found = is_stable(steps)
    assert not found[:10].any()
    assert found[10:20][stable[10:20]].all()
    assert not is_stable(np.full((2, 5), np.nan)).any()


def test_ground_that_is_all_the_same_is_all_stable():
    assert is_stable(np.full((3, 50), 0.02)).all()
    assert is_stable(np.zeros((3, 50))).all()


@pytest.mark.parametrize("shape", [4.0, 9.0, 30.0])
def test_the_peak_is_the_mode_within_the_width_of_the_kernel(rng, shape):
    values = rng.gamma(shape, size=20_000)
    first, third = np.percentile(values, [25, 75])
    width = 0.9 * min(values.std(), (third - first) / 1.34) * len(values) ** -0.2
    assert abs(peak(values) - (shape - 1)) <= 2 * width


def test_the_usual_noise_of_normal_ground_is_three_deviations_above_its_median(rng):
    change = np.append(rng.normal(0.05, 0.01, 100_000), np.nan)
    # A median of n normal values strays by 1.25 σ / √n, a median deviation by 1.17 σ / √n.
    error = 4 * 0.01 * (1.25 + 3 * NORMAL * 1.17) / np.sqrt(100_000)
    assert usual_noise(change) == pytest.approx(0.08, abs=error)
