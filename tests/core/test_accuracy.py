"""Accuracy on other blocks: folds of whole blocks, scores of scikit-learn, and nobody judged by its neighbors."""

import functools

import numpy as np
import pytest
from scipy.stats import binom, binomtest
from sklearn.metrics import confusion_matrix, f1_score

from embexplore.core.accuracy import accuracy, curve, deal, held_out, wilson
from embexplore.core.classifiers import fit_classifier
from embexplore.core.normalize import normalize
from embexplore.errors import InvalidInput

fit = functools.partial(fit_classifier, method="averages")


def planted(rng, n=90, noise=0.6):
    truth = rng.integers(0, 3, n)
    vectors = normalize(np.eye(5)[truth] + rng.normal(0, noise, (n, 5)))
    return vectors, [f"class {number}" for number in truth], rng.integers(0, 12, n)


def test_blocks_are_dealt_whole_to_folds_of_like_size(rng):
    blocks = rng.integers(0, 40, 300)
    fold = deal(blocks, 10)
    assert all(len(set(fold[blocks == block])) == 1 for block in np.unique(blocks))
    counts = np.bincount(fold)
    assert len(counts) == 10
    # The fullest fold was the emptiest before its last block came.
    assert counts.max() - counts.min() <= np.bincount(blocks).max()
    assert set(deal(np.array([7, 7, 9, 11]), 10)) == {0, 1, 2}


def test_scores_are_those_of_scikit_learn(rng):
    vectors, names, blocks = planted(rng)
    found = accuracy(vectors, names, blocks, fit)
    predicted = [found.classes[number] for number in found.predicted]
    assert found.value == np.mean(np.array(predicted) == names)
    np.testing.assert_allclose(found.f1, f1_score(names, predicted, labels=found.classes, average=None), rtol=1e-12)
    np.testing.assert_array_equal(found.confusion, confusion_matrix(names, predicted, labels=found.classes))
    assert (found.points, found.blocks) == (90, len(np.unique(blocks)))
    assert "each told from other blocks of land" in repr(found)


def test_every_point_is_told_from_the_points_of_other_folds(rng):
    vectors, names, blocks = planted(rng)
    fold = deal(blocks, 4)
    found = held_out(vectors, names, fold, fit, np.arange(90))
    for number in range(4):
        learned = fit(vectors[fold != number], [name for name, f in zip(names, fold, strict=True) if f != number])
        order = [list(dict.fromkeys(names)).index(name) for name in learned.classes]
        expected = np.array(order)[learned.predict(vectors[fold == number]).argmax(axis=1)]
        np.testing.assert_array_equal(found[fold == number], expected)


def test_twins_within_a_block_do_not_make_a_map_look_right(rng):
    vectors = normalize(rng.normal(size=(60, 8))).repeat(5, 0)  # nothing to learn, but five of each
    names = [f"class {number}" for number in rng.integers(0, 4, 60).repeat(5)]
    nearest = functools.partial(fit_classifier, method="neighbors", k=1)
    together = accuracy(vectors, names, np.arange(60).repeat(5), nearest)
    apart = accuracy(vectors, names, np.arange(300), nearest)
    assert apart.value > 0.9
    assert together.value <= binom.ppf(0.999, 60, 0.25) / 60  # chance, of 60 independent places


def test_a_class_that_lies_in_one_block_alone_is_never_found(rng):
    vectors, names, blocks = planted(rng, noise=0.01)
    names = ["rare" if block == 0 else name for name, block in zip(names, blocks, strict=True)]
    found = accuracy(vectors, names, blocks, fit)
    assert found.f1[found.classes.index("rare")] == 0


def test_the_curve_ends_where_all_points_are_known(rng):
    vectors, names, blocks = planted(rng)
    found = curve(vectors, names, blocks, fit, steps=5, orders=4)
    whole = accuracy(vectors, names, blocks, fit).value
    assert (found["points"][0], found["points"][-1]) == (2, 90)
    for column in ("accuracy", "random", "random_low", "random_high"):
        assert found[column][-1] == pytest.approx(whole, abs=1e-12)
    assert (found["random_low"] <= found["random"]).all()
    assert (found["random"] <= found["random_high"]).all()


def test_points_in_an_order_that_teaches_late_are_seen_to(rng):
    vectors, names, blocks = planted(rng, noise=0.1)
    order = np.argsort(names, kind="stable")  # one class after the other
    late = curve(vectors[order], [names[i] for i in order], blocks[order], fit, steps=4, orders=10)
    assert late["accuracy"][1] < late["random_low"][1], "a third of the points, all of one class"


def test_intervals_are_wilsons():
    for right, n in ((0, 5), (3, 7), (84, 100), (5, 5)):
        expected = binomtest(right, n).proportion_ci(method="wilson")
        np.testing.assert_allclose(wilson(right, n), expected, rtol=0, atol=1e-12)


def test_one_block_is_a_sentence(rng):
    vectors, names, blocks = planted(rng)
    with pytest.raises(InvalidInput, match="All points lie in one block: label places farther apart"):
        accuracy(vectors, names, np.zeros_like(blocks), fit)
