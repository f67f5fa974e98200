"""Few-shot classifiers from cosines alone: the answers of scikit-learn, and shares that add up."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid

from embexplore.core.classifiers import METHODS, fit_classifier
from embexplore.core.normalize import normalize
from embexplore.core.votes import NEAREST
from embexplore.errors import InvalidInput


@pytest.fixture(params=[2, 5])
def labeled(request, rng):
    """Unit vectors of 2 or 5 classes, their names, and vectors to ask."""
    centers = rng.normal(size=(request.param, 12))
    truth = np.concatenate([np.arange(request.param), rng.integers(0, request.param, 40)])
    vectors = normalize(centers[truth] + rng.normal(size=(len(truth), 12)))
    return vectors, [f"class {number}" for number in truth], normalize(rng.normal(size=(200, 12)))


def of_scikit_learn(reference, classifier, asked):
    """The reference's probabilities in our order of classes."""
    order = [list(reference.classes_).index(name) for name in classifier.classes]
    return reference.predict_proba(asked)[:, order]


@pytest.mark.parametrize("k", [1, 5, 100])
def test_neighbors_are_those_of_scikit_learn(k, labeled):
    vectors, names, asked = labeled
    k = min(k, len(names))
    classifier = fit_classifier(vectors, names, method="neighbors", k=k)

    def weights(distances):  # of unit vectors, distance² = 2 − 2 cosine
        return 1 / np.maximum(distances**2 / 2, NEAREST) ** 2

    reference = KNeighborsClassifier(k, weights=weights).fit(vectors.astype(np.float64), names)
    found = classifier.predict(asked)
    # A cosine is off by 12 roundings of float32; a weight of power −2 by twice that over the least 1 − cosine here.
    nearest = (1 - asked @ vectors.T).min()
    bound = 4 * 12 * 2.0**-24 / nearest
    np.testing.assert_allclose(found, of_scikit_learn(reference, classifier, asked), rtol=0, atol=bound)


def test_averages_find_the_class_of_the_most_similar_mean(labeled):
    vectors, names, asked = labeled
    classifier = fit_classifier(vectors, names, method="averages")
    units = normalize(NearestCentroid().fit(vectors.astype(np.float64), names).centroids_)
    expected = np.unique(names)[(asked.astype(np.float64) @ units.T).argmax(axis=1)]
    np.testing.assert_array_equal(np.array(classifier.classes)[classifier.predict(asked).argmax(axis=1)], expected)


@pytest.mark.parametrize("strength", [0.1, 30.0])
def test_logistic_regression_is_that_of_scikit_learn(strength, labeled):
    vectors, names, asked = labeled
    classifier = fit_classifier(vectors, names, method="logistic", C=strength)
    reference = LogisticRegression(C=strength, max_iter=1000).fit(vectors.astype(np.float64), names)
    found, expected = classifier.predict(asked), of_scikit_learn(reference, classifier, asked)
    # The solver stops at a gradient of 1e-4 of the summed loss; the penalty's curvature 1 / C bounds how far the
    # weights may then lie from the answer, so two fits differ by at most 2e-4·C in each, and in a probability by a quarter.
    np.testing.assert_allclose(found, expected, rtol=0, atol=max(2e-4 * strength, 1e-5))


@pytest.mark.parametrize("method", METHODS)
def test_probabilities_add_up_and_the_map_shows_the_largest(method, labeled):
    vectors, names, asked = labeled
    classifier = fit_classifier(vectors, names, method=method)
    found = classifier.predict(asked)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=0, atol=1e-12)
    scores = np.clip(asked @ classifier.queries_.T, -1, 1).T.astype(np.float32)
    numbers, sure = classifier.decide(scores)
    np.testing.assert_array_equal(numbers, found.argmax(axis=1) + 1)
    np.testing.assert_allclose(sure, found.max(axis=1), rtol=0, atol=2.0**-23)


@pytest.mark.parametrize("method", METHODS)
def test_no_data_has_no_class(method, labeled):
    vectors, names, _ = labeled
    classifier = fit_classifier(vectors, names, method=method)
    scores = np.full((len(classifier.queries_), 3), 0.5, np.float32)
    scores[:, 1] = np.nan
    numbers, sure = classifier.decide(scores)
    assert (numbers[1], numbers[0] > 0) == (0, True)
    assert np.isnan(sure).tolist() == [False, True, False]
    assert np.isnan(classifier.probabilities(scores)[:, 1]).all()


@pytest.mark.parametrize("method", METHODS)
def test_an_example_is_of_its_own_class(method, rng):
    vectors = np.eye(6)[[0, 1, 2, 0, 1, 2]] + rng.normal(0, 0.05, (6, 6))
    classifier = fit_classifier(vectors, list("abcabc"), method=method, k=1)
    np.testing.assert_array_equal(classifier.predict(vectors).argmax(axis=1), [0, 1, 2, 0, 1, 2])


def test_classes_come_in_the_order_asked_for_or_of_their_points(rng):
    vectors = rng.normal(size=(4, 3))
    assert fit_classifier(vectors, ["sea", "ice", "sea", "mud"]).classes == ("sea", "ice", "mud")
    ordered = fit_classifier(vectors, ["sea", "ice", "sea", "mud"], classes=["mud", "none", "sea", "ice"])
    assert ordered.classes == ("mud", "sea", "ice")
    assert repr(ordered) == "<Neighbors of 4 points: mud 1, sea 2, ice 1>"


def test_what_cannot_be_learned_is_a_sentence(rng):
    vectors = rng.normal(size=(3, 4))
    with pytest.raises(InvalidInput, match=r"These 3 points have 1 class \(sea\): label points of two at least"):
        fit_classifier(vectors, ["sea"] * 3)
    with pytest.raises(InvalidInput, match="method='forest': choose one of neighbors, averages, logistic"):
        fit_classifier(vectors, list("aba"), method="forest")
    with pytest.raises(InvalidInput, match=r"k=0, C=30.0: expected k, a whole number from 1, and C above 0"):
        fit_classifier(vectors, list("aba"), k=0)
    with pytest.raises(InvalidInput, match="3 vectors for 3 labels: expected one of each, without NaN or zeros"):
        fit_classifier(vectors * np.array([[1], [np.nan], [1]]), list("aba"))
