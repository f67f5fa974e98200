"""From differing bits to a cosine: monotone, reproducible, and nearly unbiased on real embeddings."""

import numpy as np
import pytest

from embexplore.core.bits import hamming
from embexplore.core.codecs import make_codec
from embexplore.core.cosine import cosine
from embexplore.core.normalize import normalize
from embexplore.errors import InvalidInput


@pytest.fixture
def clustered(rng):
    """Directions in clumps around a common mean, as embeddings lie."""
    centers = normalize(rng.normal(size=(20, 64)) + 1)
    return normalize(np.repeat(centers, 60, axis=0) + 0.05 * rng.normal(size=(1200, 64)))


def test_the_table_never_rises_and_stays_a_cosine(clustered):
    table = make_codec("binary").fit(clustered).calibration
    assert table.shape == (65,)
    assert np.all(np.diff(table) <= 0)
    assert -1 <= table.min() <= table.max() <= 1


def test_the_same_vectors_give_the_same_table(clustered):
    many = np.concatenate([clustered] * 9)  # more than the sample
    tables = [make_codec("binary").fit(many, random_state=seed).calibration for seed in (None, 0, 0, 1)]
    np.testing.assert_array_equal(tables[0], tables[1])
    np.testing.assert_array_equal(tables[1], tables[2])


def test_scores_are_unbiased_where_the_table_was_learned(clustered):
    codec = make_codec("binary").fit(clustered)
    codes = codec.encode(clustered)
    off = [codec.similarity(query, codes) - cosine(query, clustered) for query in clustered[::60]]
    # The weighted mean of an isotonic fit equals that of its data; the learned pairs are a sample of all of them.
    spread = np.std(np.concatenate(off)) / np.sqrt(len(off))
    assert abs(np.mean(off)) <= 4 * spread


def test_vectors_that_are_not_of_unit_length_are_calibrated_as_directions(clustered):
    longer = clustered * 1.8
    a, b = make_codec("binary").fit(clustered), make_codec("binary").fit(longer)
    assert b.length == pytest.approx(1.8, rel=1e-6)
    query = clustered[5]
    scores = [codec.similarity(query, codec.encode(x)) for codec, x in ((a, clustered), (b, longer))]
    assert np.mean(scores[0] == scores[1]) > 0.95  # a bit may sit on the rounding of its center


def test_two_vectors_at_least_are_needed():
    with pytest.raises(InvalidInput, match="two at least"):
        make_codec("binary").fit(np.ones((1, 8), np.float32))


@pytest.mark.real
def test_on_the_real_chip_a_table_learned_on_the_left_holds_on_the_right(real_data, capsys):
    import rasterio

    with rasterio.open(real_data / "aef_wisconsin_2024_utm16n_10m.tif") as chip:
        vectors = make_codec("alphaearth").decode(np.moveaxis(chip.read(), 0, -1))
    half = vectors.shape[1] // 2
    left, right = (part[np.isfinite(part).all(axis=-1)] for part in (vectors[:, :half], vectors[:, half:]))
    codec = make_codec("binary").fit(left)
    codes, queries = codec.encode(right), right[:: len(right) // 100]
    exact = np.stack([cosine(query, right) for query in queries])
    off = np.stack([codec.similarity(query, codes) for query in queries]) - exact
    uncentered = np.cos(np.pi * np.arange(65) / 64)
    naive = np.stack([uncentered[hamming(codes, code)] for code in codec.encode(queries)]) - exact
    deciles = np.digitize(exact, np.quantile(exact, np.linspace(0, 1, 11))[1:-1])
    biases = [float(off[deciles == decile].mean()) for decile in range(10)]
    with capsys.disabled():
        print(
            f"\nbits, left half to right half: bias {off.mean():+.3f}, by decile of cosine",
            *(f"{b:+.2f}" for b in biases),
        )
        print(f"cos(pi h / d) on the same bits: bias {naive.mean():+.3f}")
    # The published bias of the uncentered formula on this chip is 0.66; the table must explain nine tenths of what it does.
    assert abs(off.mean()) <= abs(naive.mean()) / 10
    assert abs(off[exact > 0.95].mean()) <= 0.05
