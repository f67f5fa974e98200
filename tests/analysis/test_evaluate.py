"""Accuracy by codec: scikit-learn's neighbors and regression, planted ground, and labels that mean nothing."""

from dataclasses import dataclass
from typing import ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.neighbors import KNeighborsClassifier

from embexplore.analysis.evaluate import evaluate
from embexplore.analysis.judging import INNER, METHODS, STRENGTHS, Side, judged
from embexplore.analysis.splits import RADIUS, blocks_at, spatial_groups
from embexplore.core.accuracy import deal
from embexplore.core.bits import unpack
from embexplore.core.codecs import Float32, make_codec
from embexplore.core.normalize import normalize
from embexplore.core.significance import verdict
from embexplore.core.votes import NEAREST
from embexplore.errors import InvalidInput


def planted(rng, n=200, d=16, classes=4, noise=0.35):
    truth = rng.integers(0, classes, n)
    return normalize(np.eye(d)[truth] + rng.normal(0, noise, (n, d))), np.array([f"class {t}" for t in truth])


def predictions(vectors, labels, codec, method, **settings):
    settings = {"k": 5, "folds": 5} | settings
    found, _ = judged(vectors, labels, np.arange(len(labels)), make_codec(codec), [method], **settings)
    return np.array(found[method])


def test_neighbors_are_those_of_scikit_learn(rng):
    vectors, labels = planted(rng)
    fold, expected = deal(np.arange(200), 5), np.empty(200, object)
    for number in range(5):
        oracle = KNeighborsClassifier(5, metric="cosine", weights=lambda away: 1 / np.maximum(away, NEAREST) ** 2)
        oracle.fit(vectors[fold != number].astype(float), labels[fold != number])
        expected[fold == number] = oracle.predict(vectors[fold == number].astype(float))
    np.testing.assert_array_equal(predictions(vectors, labels, "float32", "knn"), expected)


def test_raw_bits_are_compared_by_hamming_distance(rng):
    vectors, labels = planted(rng, d=64, noise=0.15)
    fold, expected, is_sure = deal(np.arange(200), 5), np.empty(200, object), np.zeros(200, bool)
    for number in range(5):
        learned, asked = fold != number, fold == number
        codec = make_codec("binary").fit(vectors[learned])
        known, unknown = (unpack(codec.encode(vectors[which]), 64) for which in (learned, asked))
        oracle = KNeighborsClassifier(
            5, metric="hamming", weights=lambda away: 1 / np.maximum(1 - np.cos(np.pi * away), NEAREST) ** 2
        ).fit(known, labels[learned])
        expected[asked] = oracle.predict(unknown)
        away, _ = oracle.kneighbors(unknown, 6)
        is_sure[asked] = away[:, 4] < away[:, 5]  # else which of equal ones votes is chance
    assert is_sure.sum() > 50
    found = predictions(vectors, labels, "binary", "knn")
    np.testing.assert_array_equal(found[is_sure], expected[is_sure])
    assert (found != predictions(vectors, labels, "binary", "knn-decoded")).any()


def test_the_linear_probe_is_scikit_learns_grid_search(rng):
    vectors, labels = planted(rng, n=240, noise=0.6)
    blocks = np.arange(240) // 4
    sides = [
        Side(vectors[part], None, 0, labels[part].tolist(), blocks[part]) for part in (slice(168), slice(168, 240))
    ]
    inner = PredefinedSplit(deal(blocks[:168], INNER))
    oracle = GridSearchCV(LogisticRegression(max_iter=1000), {"C": STRENGTHS}, cv=inner)
    expected = oracle.fit(vectors[:168].astype(float), labels[:168]).predict(vectors[168:].astype(float))
    np.testing.assert_array_equal(METHODS["linear"](*sides, 5), expected)


def test_shuffled_labels_give_chance(rng):
    vectors, labels = planted(rng, n=400)
    balanced = rng.permutation(np.arange(400) % 4)
    table = evaluate(vectors, balanced, codecs=["float32", "int4", "binary"], methods=["knn", "knn-decoded", "linear"])
    low, high = binom.ppf([1e-6, 1 - 1e-6], 400, 1 / 4) / 400
    # Training points hold one point of a class fewer than of the others: chance is that much below a quarter.
    assert table.accuracy.between(low - 1 / 399, high).all()
    right = evaluate(vectors, labels, codecs=["float32", "int4", "binary"], methods=["knn", "linear"])
    assert (right.accuracy > high).all()


def test_points_of_the_same_ground_tell_each_others_class(rng):
    """Every block has a look and a class of its own, so nothing is to be learned from other blocks."""
    looks, classes = normalize(rng.normal(size=(60, 16))), rng.permutation(np.arange(60) % 3)
    groups = np.arange(60).repeat(8)
    vectors = normalize(looks[groups] + rng.normal(0, 0.05, (480, 16)))
    table = evaluate(vectors, classes[groups], groups=groups, codecs=["float32", "int8"])
    assert (table[(table.split == "random") & (table.method == "knn")].accuracy > 0.95).all()
    # Of 60 blocks, which are right or wrong mostly together, so many are right by chance.
    assert (table[table.split == "spatial"].accuracy <= binom.ppf(1 - 1e-6, 60, 1 / 3) / 60).all()


seen: list[np.ndarray] = []


@dataclass(frozen=True, eq=False)
class Noted(Float32):
    """float32 that notes what it is fitted on."""

    name: ClassVar[str] = "noted"

    def fit(self, vectors, *, random_state=None):
        seen.append(vectors)
        return self


def test_codecs_are_fitted_on_the_points_of_other_folds_alone(rng):
    vectors, labels = planted(rng, n=60)
    groups = np.arange(60) // 5
    seen.clear()
    evaluate(vectors, labels, groups=groups, codecs=[Noted()], splits=["spatial"], folds=4, methods=["knn"])
    fold = deal(groups, 4)
    assert len(seen) == 4
    for number, given in enumerate(seen):
        known = {tuple(row) for row in normalize(vectors[fold != number]).tolist()}
        assert {tuple(row) for row in given.tolist()} == known


def test_float32_loses_nothing_and_every_row_names_its_worst_class(rng):
    vectors, labels = planted(rng, noise=0.6)
    table = evaluate(vectors, labels, codecs=["float32", "int2", "pca1+int8"])
    exact = table[table.codec == "float32"]
    assert (exact.mcnemar_p == 1).all()
    assert (exact[["accuracy_lost", "macro_f1_lost", "worst_f1_lost_low", "worst_f1_lost_high"]] == 0).all(axis=None)
    each = table[[name for name in table if name.startswith("f1_")]]
    np.testing.assert_array_equal(table.worst_f1, each.min(axis=1))
    assert (table.worst_class == each.idxmin(axis=1).str.removeprefix("f1_")).all()
    reference = table.method.map(exact.set_index("method").accuracy)
    np.testing.assert_allclose(table.accuracy_lost, reference - table.accuracy, atol=1e-12)
    poor = table[table.codec == "pca1+int8"]
    assert (poor.mcnemar_p < 0.001).all(), "one axis cannot tell four classes apart"
    assert (poor.accuracy_lost_low > 0).all()
    assert (poor.bytes_per_pixel == 1).all()


def test_rows_do_not_depend_on_which_others_are_asked_for(rng):
    vectors, labels = planted(rng, n=80, noise=0.5)
    groups = rng.integers(0, 12, 80)
    both = evaluate(vectors, labels, groups=groups, codecs=["float32", "int2"], methods=["knn"], random_state=3)
    one = evaluate(vectors, labels, groups=groups, codecs=["int2"], methods=["knn"], random_state=3)
    pd.testing.assert_frame_equal(both[both.codec == "int2"].reset_index(drop=True), one, check_like=True)
    other = evaluate(vectors, labels, groups=groups, codecs=["int2"], methods=["knn"], random_state=4)
    assert not one.equals(other)


def test_a_class_of_one_group_is_never_found_when_that_group_is_held_out(rng):
    vectors, labels = planted(rng, n=120)
    groups = np.where(labels == "class 3", 0, 1 + np.arange(120) % 3)
    table = evaluate(vectors, labels, groups=groups, codecs=["float32"], splits=["spatial"])
    assert (table.worst_class == "class 3").all()
    assert (table.worst_f1 == 0).all()


def test_the_bootstrap_may_draw_other_groups_than_a_split_holds_out(rng):
    vectors, labels = planted(rng, n=120, noise=0.5)
    regions, blocks = np.arange(120) // 40, np.arange(120) // 4
    given = {"codecs": ["int4"], "methods": ["knn"], "splits": ["spatial"]}
    by_region = evaluate(vectors, labels, groups=regions, **given)
    by_block = evaluate(vectors, labels, groups=regions, drawn=blocks, **given)
    assert by_region.accuracy[0] == by_block.accuracy[0]
    truth = np.unique(labels, return_inverse=True)[1]
    found, _ = judged(vectors, labels, regions, make_codec("int4"), ["knn"], k=5, folds=5)
    predicted = np.searchsorted(np.unique(labels), found["knn"])
    expected = verdict(truth, predicted, predicted, 4, blocks).accuracy
    assert (by_block.accuracy_low[0], by_block.accuracy_high[0]) == (expected.low, expected.high)
    assert by_block.accuracy_low[0] != by_region.accuracy_low[0]


def test_numbers_may_be_labels_and_words_groups(rng):
    vectors, labels = planted(rng, n=60)
    words = np.array(["north", "south", "west"])[np.arange(60) % 3]
    table = evaluate(vectors, pd.factorize(labels)[0], groups=pd.Series(words), codecs=["int8"], methods=["knn"])
    assert table.split.to_list() == ["random", "spatial"]
    assert table.attrs == {"points": 60, "k": 5, "folds": 5, "groups": 3}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"labels": ["a"] * 40}, "class"),
        ({"labels": ["a", "b"]}, "40 vectors and 2 labels"),
        ({"labels": [None] + ["a", "b"] * 19 + ["a"]}, "1 of 40 labels are missing"),
        ({"vectors": np.r_[np.full((1, 8), np.nan), np.ones((39, 8))]}, "1 of 40 vectors, the first at 0"),
        ({"vectors": np.r_[np.ones((39, 8)), np.zeros((1, 8))]}, "1 of 40 vectors, the first at 39"),
        ({"vectors": np.ones(40)}, "expected \\(points, bands\\)"),
        ({"groups": [1] * 40, "splits": ["spatial"]}, "one block"),
        ({"groups": [1] * 39}, "39 groups"),
        ({"drawn": [1] * 39}, "39 drawn"),
        ({"splits": ["spatial"]}, "spatial_groups"),
        ({"splits": ["temporal"]}, "temporal"),
        ({"codecs": ["int8", "int8"]}, "each once"),
        ({"codecs": []}, "one or more"),
        ({"codecs": ["int5000"]}, "unknown"),
        ({"methods": ["forest"]}, "knn-decoded"),
        ({"k": 0}, "k=0"),
        ({"folds": 1}, "folds=1"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_a_sentence(changes, sentence):
    given = {"vectors": np.random.default_rng(0).normal(size=(40, 8)), "labels": ["a", "b"] * 20} | changes
    with pytest.raises(InvalidInput, match=sentence):
        evaluate(given.pop("vectors"), given.pop("labels"), **given)


def test_blocks_are_as_large_on_every_parallel(rng):
    lat, side = rng.uniform(-70, 70, 50), 5000.0
    degree = np.pi * RADIUS / 180
    for step, (north, east) in ((0.999, (1, 0)), (0.999, (0, 1))):
        # Two points less than a side apart lie in one block or in neighbors; two sides apart never in one.
        lon2 = lambda times, east=east, lat=lat: east * times * side / degree / np.cos(np.radians(lat))  # noqa: E731
        far = blocks_at(lon2(2.01), lat + north * 2.01 * side / degree, side)
        assert (far != blocks_at(np.zeros(50), lat, side)).all()
        near = [blocks_at(lon2(t), lat + north * t * side / degree, side) for t in np.linspace(0, step, 40)]
        assert (np.array([len(set(points)) for points in np.transpose(near)]) <= 2).all()


def test_groups_do_not_depend_on_the_crs_of_the_points():
    lon, lat = np.meshgrid(np.linspace(-89.4, -89.3, 20), np.linspace(43.0, 43.1, 20))
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon.ravel(), lat.ravel()), crs="EPSG:4326")
    blocks = spatial_groups(points, 2000)
    assert 16 < len(np.unique(blocks)) < 60, "8.1 by 11.1 km: 20 whole blocks, and those at the edges"
    moved = points.geometry.translate(1e-7, 1e-7)  # no point lies on an edge by rounding alone
    utm = spatial_groups(gpd.GeoDataFrame(geometry=moved, crs="EPSG:4326").to_crs("EPSG:32616"), 2000)
    np.testing.assert_array_equal(blocks, utm)


@pytest.mark.parametrize(("size", "crs", "sentence"), [(0, "EPSG:4326", "meters above 0"), (10, None, "CRS")])
def test_blocks_need_a_size_and_a_crs(size, crs, sentence):
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0], [0]), crs=crs)
    with pytest.raises(InvalidInput, match=sentence):
        spatial_groups(points, size)
