"""The next points to label: the greedy answer written plainly, spread out, drawn to what is unsure."""

import numpy as np

from embexplore.core.normalize import normalize
from embexplore.core.suggestions import suggestions


def gain_of(candidate, units, seen, unsure):
    """How much nearer the ground comes to its nearest label, one vector at a time."""
    total = 0.0
    for unit, weight in zip(units, unsure, strict=True):
        before = max([-1.0, *(float(unit @ other) for other in seen)])
        total += weight * max(float(unit @ candidate) - before, 0)
    return total / len(units)


def test_each_suggestion_is_the_one_of_largest_gain(rng):
    units, seen = normalize(rng.normal(size=(40, 5))), list(normalize(rng.normal(size=(3, 5))))
    unsure = rng.random(40)
    picked, gains = suggestions(units, np.array(seen), 4, unsure=unsure)
    for position, gain in zip(picked, gains, strict=True):
        plain = np.array([gain_of(unit, units, seen, unsure) for unit in units])
        assert position == plain.argmax()
        assert abs(gain - plain.max()) <= 16 * 2.0**-24
        seen.append(units[position])


def test_three_kinds_of_ground_are_suggested_once_each(rng):
    ground = np.eye(6)[np.repeat([0, 1, 2], [50, 30, 20])] + rng.normal(0, 0.02, (100, 6))
    picked, gains = suggestions(ground, np.empty((0, 6)), 3)
    assert [int(np.searchsorted([50, 80], position, side="right")) for position in picked] == [0, 1, 2]
    assert (np.diff(gains) < 0).all()


def test_ground_whose_class_is_sure_is_not_asked_about(rng):
    ground = np.eye(6)[np.repeat([0, 1], [90, 10])] + rng.normal(0, 0.02, (100, 6))
    unsure = np.repeat([0.0, 1.0], [90, 10])
    assert suggestions(ground, np.empty((0, 6)), 1, unsure=unsure)[0][0] >= 90


def test_nothing_is_suggested_where_nothing_is_left_to_learn(rng):
    ground = np.eye(4)[rng.integers(0, 4, 60)]
    picked, gains = suggestions(ground, np.empty((0, 4)), 10)
    assert len(picked) == 4
    assert (gains > 0).all()
    assert len(suggestions(ground, np.eye(4), 3)[0]) == 0


def test_no_data_is_never_suggested(rng):
    ground = rng.normal(size=(20, 4))
    ground[::2] = np.nan
    picked, _ = suggestions(ground, np.empty((0, 4)), 20)
    assert len(picked) > 0
    assert (picked % 2 == 1).all()
