"""What codecs bend: against numpy and scikit-learn on the tested pixels, and on planted change and classes."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

import embexplore as ex
from embexplore.analysis.distortion import COMPARED, distortion
from embexplore.analysis.holdout import BLOCK, hold_out, is_tested
from embexplore.analysis.measuring import measure
from embexplore.analysis.tradeoff import tradeoff
from embexplore.core.codecs import make_codec
from embexplore.errors import InvalidInput


@pytest.fixture(scope="module")
def held(plant):
    return hold_out(plant().cube, queries=50, floor=0.2, random_state=0)


@pytest.fixture(scope="module")
def bits(held):
    """The numbers of binary codes, and what they decode to."""
    measured = measure(held, make_codec("binary"))
    return distortion(held, measured), measured.codec.decode(measured.codes).astype(np.float64)


def test_euclidean_recall_is_that_of_a_plain_search(held, bits):
    numbers, decoded = bits
    exact = held.test.astype(np.float64)

    def ten(vectors):
        far = np.linalg.norm(exact[:50, None] - vectors[None], axis=-1)
        np.fill_diagonal(far, np.inf)
        return np.argsort(far, axis=1, kind="stable")[:, :10]

    found = np.mean([np.isin(a, b).mean() for a, b in zip(ten(exact), ten(decoded), strict=True)])
    # Bits have many equal distances, of which float32 and float64 may take others: a few of 500 neighbors.
    assert numbers["recall_euclidean_at_10"] == pytest.approx(found, abs=10 / 500)
    codec = make_codec("int4").fit(held.fit)
    decoded = codec.decode(codec.encode(held.test)).astype(np.float64)
    found = np.mean([np.isin(a, b).mean() for a, b in zip(ten(exact), ten(decoded), strict=True)])
    assert distortion(held, measure(held, codec))["recall_euclidean_at_10"] == pytest.approx(found, abs=1 / 500)


def test_reconstruction_is_the_share_of_the_variance_that_is_lost(held, bits):
    numbers, decoded = bits
    lost = ((held.test - decoded) ** 2).sum()
    expected = lost / ((held.test - held.fit.mean(axis=0)) ** 2).sum()
    assert numbers["reconstruction_error"] == pytest.approx(expected, rel=1e-5)


def test_the_order_of_change_is_compared_as_scipy_does(held, bits):
    _, decoded = bits
    codec = make_codec("binary").fit(held.fit)
    before = codec.decode(codec.encode(held.earlier)).astype(np.float64)
    cosine = (decoded * before).sum(1) / np.linalg.norm(decoded, axis=1) / np.linalg.norm(before, axis=1)
    exact = 1 - (held.test.astype(float) * held.earlier).sum(1)
    assert len(exact) <= COMPARED
    # Equal changes in float64 may differ in their last bit in float32: ties make up a few of thousands of pixels.
    assert bits[0]["change_correlation"] == pytest.approx(spearmanr(1 - cosine, exact).statistic, abs=2e-3)


def test_colors_are_compared_as_a_picture_shows_them(held, bits):
    numbers, decoded = bits
    pca = PCA(3).fit(held.fit.astype(np.float64))
    low, high = np.percentile(pca.transform(held.fit), (2, 98), axis=0)

    def colors(vectors):
        return np.clip(np.round(1 + 254 * (pca.transform(vectors) - low) / (high - low)), 1, 255)

    expected = np.abs(colors(held.test) - colors(decoded)).mean()
    # Rounding to whole colors may fall otherwise in float32: far less than one of 255.
    assert numbers["color_difference"] == pytest.approx(expected, abs=0.05)


@pytest.fixture(scope="module")
def island():
    """The island, its planted changes of 2018 … 2024, and points of its classes in 2024."""
    import geopandas as gpd

    cube, truth = ex.null_island(), ex.null_island_truth()
    changes = truth.changes[truth.changes.first_year > 2017]
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 192, (2, 900))
    numbers = truth.classes.sel(time=2024).values[rows, columns]
    x, y = cube.x.values[columns], cube.y.values[rows]
    labels = [truth.classes.attrs["classes"][number] for number in numbers]
    points = gpd.GeoDataFrame({"label": labels}, geometry=gpd.points_from_xy(x, y), crs=cube.emb.crs)
    return cube, changes, points


def test_change_is_found_where_it_was_planted_and_less_by_fewer_bits(island):
    cube, changes, _ = island
    table = tradeoff(cube, ["float32", "int2", "binary"], changed=changes, floor=0.1, queries=20).set_index("codec")
    assert table.change_auc["float32"] > table.change_auc["int2"] > table.change_auc["binary"] > 0.5
    assert (table.change_auc_low < table.change_auc).all()
    assert (table.change_auc < table.change_auc_high).all()


def test_the_area_under_the_curve_is_that_of_scikit_learn(island):
    cube, changes, _ = island
    held = hold_out(cube, changed=changes, floor=0.1, queries=5)
    inside = cube.emb.clip(changes)
    mask = np.zeros((192, 192), bool)
    mask[np.ix_(np.isin(cube.y, inside.y), np.isin(cube.x, inside.x))] = inside.inside
    np.testing.assert_array_equal(held.is_changed, mask[held.rows, held.columns])
    exact = 1 - (held.test.astype(float) * held.earlier).sum(1)
    found = distortion(held, measure(held, make_codec("float32")))["change_auc"]
    # Cosines in float32 may tie or swap neighbors of the order: pairs of 18,000 pixels hardly move.
    assert found == pytest.approx(roc_auc_score(mask[held.rows, held.columns], exact), abs=1e-4)


@pytest.fixture(scope="module")
def told(island):
    cube, _, points = island
    return tradeoff(cube, ["float32", "binary"], labels=points, methods=["knn"], floor=0.1, queries=20, random_state=0)


def test_classes_are_told_better_from_floats_than_from_bits_and_the_worst_is_named(told):
    table = told.set_index("codec")
    exact, coded = table.loc["float32"], table.loc["binary"]
    assert exact.knn_accuracy > coded.knn_accuracy > 0.5
    for row in (exact, coded):
        assert row.knn_accuracy_low < row.knn_accuracy < row.knn_accuracy_high
        assert row.knn_worst_class in told.attrs["classes"]
        f1 = [row[f"knn_f1_{name}"] for name in told.attrs["classes"]]
        assert row.knn_worst_f1 == min(f1)
    assert exact.knn_accuracy_lost == 0


def test_shuffled_labels_give_chance(told, island):
    cube, _, points = island
    labels = points.label.sample(frac=1, random_state=0).to_numpy()
    n = told.attrs["labeled_points"]
    shares = points.label.value_counts(normalize=True).to_numpy()
    # Predictions that know nothing agree with labels at most as often as always naming the commonest class does.
    # Four standard errors of a share of n points.
    most = shares.max() + 4 * np.sqrt(shares.max() * (1 - shares.max()) / n)
    assert told.attrs["shuffled"]["knn"] < most
    table = tradeoff(cube, ["binary"], labels=points.assign(label=labels), methods=["knn"], floor=0.1, queries=20)
    assert table.knn_accuracy[0] < most < told.knn_accuracy.min()


def test_only_labels_in_tested_blocks_are_used(told, island):
    cube, _, points = island
    columns = np.searchsorted(cube.x.values, points.geometry.x)
    rows = np.searchsorted(-cube.y.values, -points.geometry.y.to_numpy())
    data = np.isfinite(cube.emb.search(np.ones(64, np.float32), year=2024).values[rows, columns])
    assert told.attrs["labeled_points"] == (is_tested(rows, columns) & data).sum()
    with pytest.raises(InvalidInput, match=f"{BLOCK} × {BLOCK}.*Label more places"):
        tradeoff(cube, ["binary"], labels=points[:15], floor=0.1)
