"""Values told from stored vectors, beside scikit-learn's own cross-validation, planted ground and values that mean nothing."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.neighbors import KNeighborsRegressor

from embexplore.analysis.evaluate_values import PENALTIES, evaluate_values
from embexplore.core.accuracy import deal
from embexplore.core.normalize import normalize
from embexplore.errors import InvalidInput

ORACLES = {"knn": KNeighborsRegressor(5, metric="cosine"), "linear": RidgeCV(PENALTIES)}


@pytest.fixture
def ground(rng):
    """Unit vectors, and a value that a line tells but for noise of a tenth of its spread."""
    vectors = normalize(rng.normal(size=(300, 12)))
    exact = vectors @ rng.normal(size=12)
    return vectors, exact + rng.normal(0, 0.1 * exact.std(), 300)


@pytest.mark.parametrize("method", ORACLES)
def test_numbers_are_those_of_scikit_learn(ground, method):
    vectors, values = ground
    folds = PredefinedSplit(deal(np.arange(300), 5))
    told = cross_val_predict(ORACLES[method], vectors.astype(float), values, cv=folds)
    row = evaluate_values(vectors, values, codecs=["float32"], methods=[method]).iloc[0]
    assert row.r2 == pytest.approx(r2_score(values, told), abs=1e-9)
    assert row.rmse == pytest.approx(np.sqrt(mean_squared_error(values, told)), rel=1e-9)
    assert row.r2_lost == row.r2_lost_low == row.r2_lost_high == 0


def test_a_line_is_told_but_for_its_noise_and_bits_lose_of_it(ground):
    vectors, values = ground
    table = evaluate_values(vectors, values, codecs=["float32", "int8", "binary"], methods=["linear"]).set_index(
        "codec"
    )
    noise = 0.1**2 / (1 + 0.1**2)
    assert table.r2_low["float32"] < 1 - noise < table.r2_high["float32"]
    assert table.r2_lost_low["binary"] > 0
    assert (table.r2_low <= table.r2).all()
    assert (table.r2 <= table.r2_high).all()


def test_values_dealt_anew_are_not_told(ground, rng):
    vectors, values = ground
    table = evaluate_values(vectors, rng.permutation(values), codecs=["float32", "int4"])
    assert (table.r2_low < 0).all()


def test_ground_held_out_as_a_whole_is_told_worse(rng):
    """Every block has a vector and a value of its own, which say nothing of other blocks."""
    blocks = np.repeat(np.arange(30), 10)
    vectors = normalize(rng.normal(size=(30, 12))[blocks] + rng.normal(0, 0.05, (300, 12)))
    values = rng.normal(size=30)[blocks]
    table = evaluate_values(vectors, values, groups=blocks, codecs=["float32"], methods=["knn"]).set_index("split")
    assert table.r2_low["random"] > 0.9
    assert table.r2_high["spatial"] < 0.5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"values": np.ones(300)}, "all the same"),
        ({"values": np.full(300, np.nan)}, "missing or infinite"),
        ({"values": ["forest"] * 300}, "no numbers"),
        ({"values": np.arange(7.0)}, "300 vectors and 7 values"),
        ({"methods": ["trees"]}, "choose one or more of knn, linear"),
        ({"splits": ["spatial"]}, "give `groups`"),
        ({"codecs": ["int4", "int4"]}, "each once"),
    ],
)
def test_what_cannot_be_told_is_refused_in_words(ground, change, said):
    vectors, values = ground
    given = {"values": values} | change
    with pytest.raises(InvalidInput, match=said):
        evaluate_values(vectors, given.pop("values"), **given)
