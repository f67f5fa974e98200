"""Agreement of rankings: against scikit-learn and scipy, and with weights that stand for repeated pixels."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from embexplore.core.agreement import auc, rank_correlations, spearman


@pytest.fixture
def pair(rng):
    """Two rows of whole numbers, alike, with many ties."""
    first = rng.integers(0, 30, 400)
    return first, first + rng.integers(0, 15, 400)


def test_the_area_is_that_of_scikit_learn(pair):
    first, second = pair
    truth = first > 20
    weights = np.arange(400) % 3
    assert auc(second, truth)(np.ones(400)) == pytest.approx(roc_auc_score(truth, second))
    assert auc(second, truth)(weights.astype(float)) == pytest.approx(
        roc_auc_score(truth, second, sample_weight=weights)
    )


def test_the_correlation_is_that_of_scipy(pair):
    first, second = pair
    assert spearman(first, second)(np.ones(400)) == pytest.approx(spearmanr(first, second).statistic)
    rows = np.stack([first, second]), np.stack([second, first[::-1]])
    expected = [spearmanr(a, b).statistic for a, b in zip(*rows, strict=True)]
    np.testing.assert_allclose(rank_correlations(*rows), expected)


def test_a_pixel_of_weight_two_counts_as_two(pair):
    first, second = pair
    counts = np.arange(400) % 4
    repeated = spearmanr(np.repeat(first, counts), np.repeat(second, counts)).statistic
    assert spearman(first, second)(counts.astype(float)) == pytest.approx(repeated)


def test_what_is_constant_or_of_one_kind_says_nothing(pair):
    first, second = pair
    assert np.isnan(spearman(first, np.ones(400))(np.ones(400)))
    assert np.isnan(auc(second, np.ones(400, bool))(np.ones(400)))
    assert np.isnan(rank_correlations(first[None], np.ones((1, 400)))).all()
