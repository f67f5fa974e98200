"""What docs/codecs.md says of rotations and bits on real embeddings, query by query."""

import pytest

import embexplore as ex
from embexplore.analysis.holdout import hold_out, without_itself
from embexplore.core.codecs import make_codec
from embexplore.core.recall import nearest_of, recall

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def held(real_data, tmp_path_factory):
    path = tmp_path_factory.mktemp("chip") / "chip.zarr"
    ex.ingest(path, [real_data / "aef_wisconsin_2024_utm16n_10m.tif"], year=2024)
    return hold_out(ex.open_cube(path), queries=400, random_state=0)


@pytest.fixture(scope="module")
def found(held):
    """The share of the ten nearest that a codec finds, for each query."""

    def of(name):
        codec = make_codec(name).fit(held.fit)
        codes, scales = codec.encode(held.test), codec.scales(held.test)
        scores = without_itself(codec.similarity(held.test[: held.queries], codes, scales))
        return recall(held.truth, nearest_of(scores, held.k))

    return of


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("binary", "itq+binary"),
        ("rabitq-lite", "binary"),
        ("rabitq-lite", "rabitq"),
        ("ternary", "binary-asymmetric"),
        ("int2", "ternary"),
        ("lloyd4", "turbo4"),
        ("int4", "int4-global"),
        ("turbo2", "turbo2-unbiased"),
        ("svd32+int8", "select32+int8"),
        ("pca+water1", "rabitq-lite"),
    ],
)
def test_of_two_one_finds_more_of_the_nearest_beyond_what_blocks_of_ground_explain(better, worse, found, held):
    assert held.asked.mean(found(better) - found(worse)).low > 0


@pytest.mark.parametrize("pair", [("binary", "binary-median"), ("int4", "lloyd4"), ("rabitq", "binary")])
def test_of_these_two_neither_finds_more(pair, found, held):
    gain = held.asked.mean(found(pair[0]) - found(pair[1]))
    assert gain.low < 0 < gain.high


def test_halves_find_what_floats_find(found):
    assert found("float16").mean() > 0.999
