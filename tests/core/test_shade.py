"""Scores to palette indices: a straight line between low and high, 0 for NaN alone."""

import numpy as np
import pytest

from embexplore.core.shade import shade


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (0.8, 0.95)])
def test_indices_are_the_rounded_line_between_low_and_high(low, high, rng):
    scores = rng.uniform(-1, 1, (70, 90)).astype(np.float32)
    scores[3, 4], scores[5, 6], scores[7, 8] = np.nan, np.inf, -np.inf
    index = shade(scores, low, high)
    exact = 1 + 254 * np.clip((scores.astype(np.float64) - low) / (high - low), 0, 1)
    assert (index[3, 4], index[5, 6], index[7, 8]) == (0, 255, 1)
    # Half an index of rounding, and float32 rounding of a line of this slope.
    slack = 254 / (high - low) * 4 * 2.0**-23
    has_data = ~np.isnan(scores)
    assert np.abs(index[has_data] - exact[has_data]).max() <= 0.5 + slack
    assert (index == 0).sum() == 1


def test_no_scores_have_no_shades():
    assert shade(np.empty((0, 5), np.float32), 0, 1).shape == (0, 5)
