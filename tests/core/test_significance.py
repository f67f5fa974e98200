"""McNemar and the bootstrap: a table worked by hand, scikit-learn's F1, and draws whose distribution is known."""

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.metrics import f1_score

from embexplore.core.recall import RESAMPLES
from embexplore.core.significance import f1_of, mcnemar, verdict


def test_mcnemar_is_the_table_worked_by_hand():
    # 50 both right, 10 only the reference, 2 only the other, 8 neither: of 12 that differ 2 or fewer on one side.
    right = np.repeat([True, False, True, False], [50, 10, 2, 8])
    reference = np.repeat([True, True, False, False], [50, 10, 2, 8])
    by_hand = 2 * (1 + 12 + 66) / 2**12
    assert mcnemar(right, reference) == pytest.approx(by_hand, rel=1e-12)
    assert mcnemar(reference, right) == pytest.approx(by_hand, rel=1e-12)
    assert mcnemar(right, right) == 1.0


def test_scores_are_those_of_scikit_learn(rng):
    truth, predicted = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    predicted[:100] = truth[:100]
    predicted[290:] = -1  # nothing was predicted: wrong, and in no class's column
    found = verdict(truth, predicted, truth, 4)
    each = f1_score(truth, predicted, labels=range(4), average=None)
    np.testing.assert_allclose(found.f1, each, rtol=1e-12)
    assert found.accuracy.value == (truth == predicted).mean()
    assert found.macro_f1.value == pytest.approx(each.mean(), rel=1e-12)
    assert (found.worst, found.worst_f1.value) == (each.argmin(), pytest.approx(each.min(), rel=1e-12))
    assert found.accuracy_lost.value == pytest.approx(1 - found.accuracy.value, rel=1e-12)


def test_the_bootstrap_of_points_is_binomial(rng):
    truth = rng.integers(0, 3, 200)
    predicted = np.where(rng.random(200) < 0.7, truth, (truth + 1) % 3)
    found = verdict(truth, predicted, truth, 3).accuracy
    right = (truth == predicted).sum()
    for level, limit in ((0.025, found.low), (0.975, found.high)):
        off = 5 * np.sqrt(level * (1 - level) / RESAMPLES)  # five standard errors of a quantile's rank
        low, high = binom.ppf([max(level - off, 0), min(level + off, 1)], 200, right / 200) / 200
        assert low <= limit <= high


def test_points_of_a_group_are_drawn_together(rng):
    truth, predicted = rng.integers(0, 3, 60), rng.integers(0, 3, 60)
    alone = verdict(truth, predicted, truth, 3, np.arange(60))
    groups = np.arange(60).repeat(20)
    twins = verdict(truth.repeat(20), predicted.repeat(20), truth.repeat(20), 3, groups)
    assert twins.accuracy == alone.accuracy, "twenty twins of a point say no more than the point"
    believed = verdict(truth.repeat(20), predicted.repeat(20), truth.repeat(20), 3).accuracy
    assert (twins.accuracy.high - twins.accuracy.low) > 3 * (believed.high - believed.low)  # √20 = 4.5 times


def test_what_is_lost_against_itself_is_nothing(rng):
    truth, predicted = rng.integers(0, 3, 60), rng.integers(0, 3, 60)
    found = verdict(truth, predicted, predicted, 3, rng.integers(0, 9, 60))
    for lost in (found.accuracy_lost, found.macro_f1_lost, found.worst_f1_lost):
        assert (lost.value, lost.low, lost.high) == (0, 0, 0)
    assert found.p == 1


def test_losses_are_resampled_together(rng):
    """Two that err on the same points differ surely, though neither is known well."""
    truth = rng.integers(0, 2, 400)
    reference = np.where(rng.random(400) < 0.6, truth, 1 - truth)
    predicted = np.where(np.arange(400) < 20, 1 - truth, reference)
    found = verdict(truth, predicted, reference, 2)
    alone = found.accuracy.high - found.accuracy.low
    assert found.accuracy_lost.low > 0
    assert found.accuracy_lost.high - found.accuracy_lost.low < alone / 2


def test_a_class_without_points_has_no_f1():
    tables = np.array([[3, 1, 0], [0, 0, 0]])  # one of the first class was called the second, which nobody is
    np.testing.assert_array_equal(f1_of(tables), [6 / 7, np.nan])
