"""Which code finds most of the true nearest for its bytes, on real embeddings.

    EMBEXPLORE_REAL_DATA=… pytest -m bench tests/benchmarks/test_codecs.py -s

Every split is used both ways round: what is fitted on one half is tested on the other, then the other way.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from embexplore.core.codecs import make_codec
from embexplore.core.cosine import cosine
from embexplore.core.nearby import differences
from embexplore.core.normalize import normalize
from embexplore.core.recall import nearest_of, recall
from embexplore.core.resample import Resamples
from embexplore.core.transforms import fit_steps

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

K, QUERIES, BLOCK, DEGREES = 10, 1000, 16, 0.05
METHODS = {
    8: ("pca+near1", "pca+water1", "pca16+lloyd4", "pq8", "opq8", "pca+pq8", "rvq8", "binary", "binary-asymmetric"),
    16: ("pca+near2", "pca+water2", "pca32+lloyd4", "int2", "lloyd2", "pq16", "opq16", "pca+pq16", "rvq16"),
    24: ("pca+near3", "pca+water3", "pca48+lloyd4", "int3", "lloyd3", "pq24", "opq24", "rvq24"),
    32: ("pca+near4", "pca+water4", "pca32+int8", "int4", "lloyd4", "pq32", "opq32", "rvq32"),
    48: ("pca+near6", "pca+water6", "pca48+int8", "int6", "lloyd6", "pq48", "opq48"),
    64: ("pca+water8", "pca+int8", "int8", "uint8", "lloyd8", "pq64", "opq64"),
}
"""By bytes. `alphaearth`, the code that these data come in, is left out: it loses nothing of itself. So are stages
beyond 32, which take an hour to fit."""
SHORTLISTS = (100, 200, 400)


@dataclass(frozen=True)
class Part:
    """One half to fit on, the other to test on, and where each tested vector is from."""

    fit: np.ndarray
    test: np.ndarray
    places: np.ndarray

    def queries(self) -> np.ndarray:
        """Positions of those searched for."""
        return np.random.default_rng(0).permutation(len(self.test))[:QUERIES]

    def found(self, scores: np.ndarray, truth: np.ndarray | None = None, *, best: int = K) -> np.ndarray:
        """Positions of the best, or how many of the truth they hold; no query is its own neighbor."""
        rows = self.queries()
        scores = scores.copy()
        scores[np.arange(len(rows)), rows] = np.nan
        near = nearest_of(scores, best)
        return near if truth is None else recall(truth, near)


def both_ways(vectors: np.ndarray, is_first: np.ndarray, places: np.ndarray) -> list[Part]:
    return [Part(vectors[side], vectors[~side], places[~side]) for side in (is_first, ~is_first)]


def chip_splits(folder: Path) -> dict[str, list[Part]]:
    import rasterio

    with rasterio.open(folder / "aef_wisconsin_2024_utm16n_10m.tif") as source:
        vectors = normalize(make_codec("alphaearth").decode(np.moveaxis(source.read(), 0, -1)))
    has_data = np.isfinite(vectors).all(axis=-1)
    down, across = (np.broadcast_to(axis, has_data.shape)[has_data] for axis in np.indices(has_data.shape, sparse=True))
    rows, columns = down // BLOCK, across // BLOCK
    halves = across < has_data.shape[1] // 2
    given, blocks = vectors[has_data], rows * 1000 + columns
    return {
        "blocks": both_ways(given, (rows + columns) % 2 == 0, blocks),
        "left/right": both_ways(given, halves, blocks),
    }


def point_splits(folder: Path) -> dict[str, list[Part]]:
    import pandas as pd

    table = pd.read_parquet(folder / "aef_points_4regions_2024_s1_dynamicworld.parquet")
    codes = np.stack(table["embedding"].to_numpy()).astype(np.int8)
    down, across = (np.floor(table[axis].to_numpy() / DEGREES).astype(int) for axis in ("latitude", "longitude"))
    places = down * 100_000 + across
    blocks = np.random.default_rng(0).permutation(np.unique(places))
    vectors, regions = normalize(make_codec("alphaearth").decode(codes)), table["region"].to_numpy()
    first_two = np.isin(regions, np.unique(regions)[:2])
    return {
        "points": both_ways(vectors, np.isin(places, blocks[: len(blocks) // 2]), places),
        "regions": both_ways(vectors, first_two, places),
    }


@pytest.fixture(scope="module")
def splits(real_data: Path) -> dict[str, list[Part]]:
    return chip_splits(real_data) | point_splits(real_data)


@pytest.fixture(scope="module")
def truths(splits) -> dict[str, list[np.ndarray]]:
    return {
        name: [part.found(cosine(part.test[part.queries()], part.test)) for part in parts]
        for name, parts in splits.items()
    }


def interval(values: np.ndarray, parts: list[Part]):
    """Mean and 95 % interval, the queries of a block of ground drawn together."""
    return Resamples.of(np.concatenate([part.places[part.queries()] for part in parts])).mean(values)


def in_words(values: np.ndarray, parts: list[Part]) -> str:
    """`0.859 [0.847 0.870]`."""
    told = interval(values, parts)
    assert told.low <= told.value <= told.high
    return f"{told.value:6.3f} [{told.low:.3f} {told.high:.3f}]"


def found_by(name: str, parts: list[Part], truths: list[np.ndarray]) -> tuple[np.ndarray, float, int]:
    """Recall query by query, bytes a pixel and bytes of side information."""
    values, codec = [], make_codec(name)
    for part, truth in zip(parts, truths, strict=True):
        codec = make_codec(name).fit(part.fit)
        scores = codec.similarity(part.test[part.queries()], codec.encode(part.test), codec.scales(part.test))
        values.append(part.found(scores, truth))
    return np.concatenate(values), codec.bytes_per_pixel(part.test.shape[1]), codec.side_bytes


@pytest.mark.real
@pytest.mark.parametrize("size", METHODS)
def test_recall_of_all_codes_of_a_size(size, splits, truths, capsys):
    with capsys.disabled():
        print(f"\n{size} bytes{'':14}{'side':>8}" + "".join(f"{name:>24}" for name in splits))
        for method in METHODS[size]:
            cells = []
            for name, parts in splits.items():
                values, stored, side = found_by(method, parts, truths[name])
                cells.append(in_words(values, parts))
            print(f"  {method:20}{side:8}" + "".join(f"{cell:>24}" for cell in cells), flush=True)
            assert stored == size


@pytest.mark.real
@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6])
def test_what_bits_by_neighbors_gain_over_bits_by_variance(bits, splits, truths, capsys):
    with capsys.disabled():
        print(f"\nnear{bits} less water{bits}, the same queries: ", end="")
        for name, parts in splits.items():
            near, water = (found_by(f"pca+{family}{bits}", parts, truths[name])[0] for family in ("near", "water"))
            print(f"{name} {in_words(near - water, parts)}", end="  ")
    assert near.shape == water.shape


@pytest.mark.real
@pytest.mark.parametrize(
    ("coded", "best"), [("rvq8", "pca+near1"), ("opq8", "pca+near1"), ("rvq16", "pca+near2"), ("opq16", "pca+near2")]
)
def test_what_codebooks_find_whose_errors_count_as_those_of_near(coded, best, splits, truths, capsys):
    with capsys.disabled():
        print(f"\n{coded} on axes weighed by neighbors, and less {best}: ", end="")
        wins = 0
        for name, parts in splits.items():
            values = []
            for part, truth in zip(parts, truths[name], strict=True):
                linear = fit_steps("pca", part.fit, 0)
                axes = linear.axes * np.sqrt(differences(part.fit @ linear.axes.T))[:, None]
                codec = make_codec(coded).fit(part.fit @ axes.T)
                decoded = codec.decode(codec.encode(part.test @ axes.T)) @ np.linalg.inv(axes).T
                values.append(part.found(cosine(part.test[part.queries()], decoded), truth))
            weighed, near = np.concatenate(values), found_by(best, parts, truths[name])[0]
            print(f"{name} {in_words(weighed, parts)}, {in_words(weighed - near, parts)}", end="  ", flush=True)
            wins += interval(weighed - near, parts).low > 0
    assert wins < 3, "this would be worth a codec"


@pytest.mark.real
@pytest.mark.parametrize("scanned", ["binary", "binary-asymmetric", "pca+near1"])
def test_recall_of_a_shortlist_ranked_again_by_int8(scanned, splits, truths, capsys):
    with capsys.disabled():
        print(f"\n{scanned} (8 bytes scanned), then int8 (64 more stored)")
        for count in SHORTLISTS:
            cells = []
            for name, parts in splits.items():
                values = []
                for part, truth in zip(parts, truths[name], strict=True):
                    first, second = make_codec(scanned).fit(part.fit), make_codec("int8").fit(part.fit)
                    rows = part.test[part.queries()]
                    listed = part.found(first.similarity(rows, first.encode(part.test)), best=count)
                    exact = second.similarity(rows, second.encode(part.test))
                    scores = np.full_like(exact, np.nan)
                    np.put_along_axis(scores, listed, np.take_along_axis(exact, listed, 1), 1)
                    values.append(part.found(scores, truth))
                cells.append(in_words(np.concatenate(values), parts))
            print(f"  of {count:4}{'':19}" + "".join(f"{cell:>24}" for cell in cells), flush=True)
