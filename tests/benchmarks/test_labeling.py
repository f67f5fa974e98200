"""What following the suggestions is worth: accuracy on real labeled points, beside random clicks, over 20 seeds."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import t as student

from embexplore.core.classifiers import fit_classifier
from embexplore.core.codecs import make_codec
from embexplore.core.suggestions import suggestions

pytestmark = [pytest.mark.bench, pytest.mark.real]

SEEDS, START, BUDGET = 20, 5, 40
BLOCK = 0.05
"""Degrees: half of these blocks of each region are labeled from, the other half test."""
POOLS = ("even", "skewed")
"""`even`: every class as often, as in the file. `skewed`: the commonest nine times as often as the rarest."""


class Points:
    """The points of one region: unit vectors, classes and blocks."""

    def __init__(self, table) -> None:
        self.vectors = make_codec("alphaearth").decode(np.stack(table["embedding"].to_numpy()).astype(np.int8))
        self.names = np.array([f"class {number}" for number in table["dw_label"]])
        down, across = (np.floor(table[axis].to_numpy() / BLOCK).astype(int) for axis in ("latitude", "longitude"))
        self.blocks = down * 100_000 + across


@pytest.fixture(scope="module")
def regions(real_data: Path) -> list[Points]:
    import pandas as pd

    table = pd.read_parquet(real_data / "aef_points_4regions_2024_s1_dynamicworld.parquet")
    return [Points(part) for _, part in table.groupby("region")]


def labeled_one_by_one(points: Points, *, follows: bool, method: str, pool: str, seed: int) -> list[float]:
    """Accuracy on the test blocks after 5, 6, … 40 labels."""
    rng = np.random.default_rng(seed)
    blocks = rng.permutation(np.unique(points.blocks))
    is_test = np.isin(points.blocks, blocks[: len(blocks) // 2])
    kept = np.ones(len(is_test), bool)
    if pool == "skewed":
        share = dict(zip(rng.permutation(np.unique(points.names)), 1 / np.arange(1, 10), strict=True))
        kept = rng.random(len(is_test)) < [share[name] for name in points.names]
    ground, test = np.flatnonzero(~is_test & kept), np.flatnonzero(is_test)
    order = rng.permutation(ground)
    known, accuracy = list(order[:START]), []
    while True:
        names = points.names[known]
        if len(set(names)) == 1:
            predicted, unsure = np.full(len(test), names[0]), None
        else:
            classifier = fit_classifier(points.vectors[known], list(names), method=method)
            predicted = np.array(classifier.classes)[classifier.predict(points.vectors[test]).argmax(axis=1)]
            likely = np.sort(classifier.predict(points.vectors[ground]), axis=1)
            unsure = 1 - likely[:, -1] + likely[:, -2]
        accuracy.append(float((predicted == points.names[test]).mean()))
        if len(known) == min(BUDGET, len(ground)):
            return accuracy + [accuracy[-1]] * (BUDGET - len(known))
        if follows:
            picked, _ = suggestions(points.vectors[ground], points.vectors[known], 1, unsure=unsure)
            following = ground[picked[0]] if len(picked) else next(each for each in order if each not in known)
        else:
            following = order[len(known)]
        known.append(following)


def interval(values: np.ndarray) -> tuple[float, float]:
    """Mean over seeds and half of its 95 % interval (Student's t)."""
    half = student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(half)


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("method", ["neighbors", "averages", "logistic"])
def test_the_gain_of_suggestions_over_random_clicks(method, pool, regions, capsys):
    curves = {
        follows: np.array([
            np.mean([labeled_one_by_one(r, follows=follows, method=method, pool=pool, seed=seed) for r in regions], 0)
            for seed in range(SEEDS)
        ])
        for follows in (False, True)
    }  # fmt: skip
    random, ours = curves[False], curves[True]
    with capsys.disabled():
        print(f"\n{method}, {pool} pool, {SEEDS} seeds × {len(regions)} regions, accuracy on other blocks in %")
        for count in (10, 20, BUDGET):
            gain, half = interval(100 * (ours - random)[:, count - START])
            told = 100 * random[:, count - START].mean(), 100 * ours[:, count - START].mean()
            print(f"  {count} labels: random {told[0]:.1f}, suggested {told[1]:.1f}, gain {gain:+.1f} ± {half:.1f}")
        gain, half = interval(100 * (ours - random).mean(axis=1))
        print(f"  mean of {START} to {BUDGET} labels: gain {gain:+.1f} ± {half:.1f}")
    np.testing.assert_array_equal(random[:, 0], ours[:, 0])  # paired: both start from the same labels
