"""Resampling of whole groups: against scipy where groups are single values, and where they matter."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from embexplore.core.resample import FEWER, Resamples


def width(interval):
    return interval.high - interval.low


def test_without_groups_the_interval_is_that_of_scipy(rng):
    values = rng.random(300)
    ours = Resamples.of(np.arange(300)).mean(values)
    theirs = bootstrap((values,), np.mean, n_resamples=9999, method="percentile", rng=1).confidence_interval
    # The ends of two bootstraps of 2000 and 9999 resamples differ by a few percent of the interval's width.
    assert abs(ours.low - theirs.low) < 0.1 * width(ours)
    assert abs(ours.high - theirs.high) < 0.1 * width(ours)
    assert ours.value == pytest.approx(values.mean())


def test_copies_of_a_value_are_no_more_evidence_when_they_are_drawn_together(rng):
    values = rng.random(60)
    copied = np.repeat(values, 25)
    alone, together = (
        Resamples.of(np.arange(1500)).mean(copied),
        Resamples.of(np.repeat(np.arange(60), 25)).mean(copied),
    )
    single = Resamples.of(np.arange(60)).mean(values)
    assert (together.low, together.high) == pytest.approx((single.low, single.high))
    # 25 times as many values make an interval a fifth as wide; both ends are good to a few percent.
    assert width(alone) == pytest.approx(width(single) / 5, rel=0.2)


def test_a_statistic_that_is_the_mean_is_its_mean(rng):
    values, groups = rng.random(80), np.arange(80) // 2
    resamples = Resamples.of(groups)
    ours = resamples.statistic(lambda weights: float(np.average(values, weights=weights)))
    means = resamples.draws @ np.bincount(groups, values) / 80
    assert (ours.low, ours.high) == pytest.approx(tuple(np.percentile(means[:FEWER], (2.5, 97.5))), rel=1e-6)


def test_missing_values_are_left_out_and_none_at_all_is_none(rng):
    values = rng.random(50)
    holes = np.concatenate([values, np.full(50, np.nan)])
    resamples = Resamples.of(np.arange(100) % 50)
    assert resamples.mean(holes).value == pytest.approx(values.mean())
    empty = resamples.mean(np.full(100, np.nan))
    assert np.isnan([empty.value, empty.low, empty.high]).all()


def test_one_group_is_drawn_value_by_value(rng):
    values = rng.random(50)
    assert Resamples.of(np.full(50, 7)).mean(values) == Resamples.of(np.arange(50)).mean(values)
