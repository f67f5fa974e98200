"""What codecs cost: measured on other pixels than they were fitted on, against plain numpy."""

import numpy as np
import pytest

import embexplore as ex
from embexplore.analysis.fitting import on_chunk_grid
from embexplore.analysis.holdout import BLOCK, hold_out
from embexplore.analysis.kept import kept
from embexplore.analysis.measuring import measure
from embexplore.analysis.recode import encode, fit_codec
from embexplore.analysis.search import search
from embexplore.analysis.sizes import sizes
from embexplore.analysis.top import top
from embexplore.analysis.tradeoff import tradeoff
from embexplore.core.codecs import make_codec
from embexplore.core.recall import nearest_of, recall, undominated
from embexplore.errors import InvalidInput


@pytest.fixture(scope="module")
def cube(plant):
    """A cube of AlphaEarth codes whose pixels have neighbors that are alike, nearer and farther."""
    return plant().cube


@pytest.fixture(scope="module")
def table(cube):
    names = ["float32", "int8", "int4", "int2", "binary", "pca+water1"]
    return tradeoff(cube, names, queries=100, recheck=50, random_state=0).set_index("codec")


def test_the_nearest_are_those_of_a_full_sort(rng):
    scores = rng.integers(0, 6, (40, 300)).astype(np.float32)  # many are equal: the first of them count
    scores[:, 7] = np.nan
    for k in (1, 10, 200):
        order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), axis=1, kind="stable")[:, :k]
        np.testing.assert_array_equal(np.sort(nearest_of(scores, k), axis=1), np.sort(order, axis=1))


def test_recall_is_the_share_of_the_truth_that_is_found():
    truth = np.array([[1, 2, 3, 4], [5, 6, 7, 8]])
    np.testing.assert_array_equal(recall(truth, np.array([[4, 3, 9, 0], [1, 2, 3, 4]])), [0.5, 0])


def test_what_is_best_at_its_size_is_beaten_by_nothing(rng):
    costs, gains = rng.integers(0, 9, 60), rng.integers(0, 9, 60)
    expected = [
        not any((c <= cost and g >= gain) and (c < cost or g > gain) for c, g in zip(costs, gains, strict=True))
        for cost, gain in zip(costs, gains, strict=True)
    ]
    np.testing.assert_array_equal(undominated(costs, gains), expected)


def test_pixels_that_codecs_are_fitted_on_are_never_tested(planted):
    held = hold_out(planted.cube, random_state=0)
    truth = planted.of(held.year).astype(np.float32)
    rows, columns = np.indices(truth.shape[:2])
    start = on_chunk_grid(planted.cube)
    assert start is planted.cube
    is_tested = (rows // BLOCK + columns // BLOCK) % 2 == 1

    def places(vectors):
        close = np.abs(truth[None] - vectors[:, None, None]).max(axis=-1) < 1e-5
        return close.reshape(len(vectors), -1).argmax(axis=1)

    assert is_tested.reshape(-1)[places(held.test[:60])].all()
    fitted = held.fit.reshape(-1, 2, held.fit.shape[-1])[:60, 0]
    assert not is_tested.reshape(-1)[places(fitted)].any()


def test_the_exact_code_finds_everything_and_errs_nowhere(table):
    row = table.loc["float32"]
    assert (row.recall_at_10, row.recall_at_10_low, row.recall_at_10_high) == (1, 1, 1)
    assert (row.recall_euclidean_at_10, row.rank_correlation, row.change_correlation) == (1, 1, 1)
    assert (row.score_error, row.change_flipped, row.reconstruction_error, row.color_difference) == (0, 0, 0, 0)


def test_recall_falls_with_the_bytes_and_lies_in_its_interval(table):
    plain = table.loc[["float32", "int8", "int4", "int2", "binary"]]
    assert plain.recall_at_10.is_monotonic_decreasing
    assert plain.score_error.is_monotonic_increasing
    assert plain.bytes_per_pixel.tolist() == [64, 16, 8, 4, 2]
    assert plain.reconstruction_error.is_monotonic_increasing
    assert plain.rank_correlation.is_monotonic_decreasing


@pytest.mark.parametrize(
    "name",
    [
        "recall_at_10",
        "recall_euclidean_at_10",
        "rank_correlation",
        "score_error",
        "reconstruction_error",
        "change_flipped",
        "change_correlation",
        "color_difference",
    ],
)
def test_every_number_lies_in_its_interval(name, table):
    known = table[table[name].notna()]
    assert len(known) > 5
    assert (known[f"{name}_low"] <= known[name]).all()
    assert (known[name] <= known[f"{name}_high"]).all()
    inexact = known.drop("float32")
    assert (inexact[f"{name}_low"] < inexact[f"{name}_high"]).all()


def test_measured_recall_is_that_of_a_plain_search(cube):
    held = hold_out(cube, queries=50, random_state=0)
    codec = make_codec("int4").fit(held.fit)
    decoded = codec.decode(codec.encode(held.test)).astype(np.float64)
    decoded /= np.linalg.norm(decoded, axis=1, keepdims=True)
    test = held.test.astype(np.float64)

    def ten(scores):
        np.fill_diagonal(scores, -9)
        return np.argsort(-scores, axis=1, kind="stable")[:, :10]

    exact, coded = test[:50] @ test.T, test[:50] @ decoded.T
    expected = np.mean([np.isin(a, b).mean() for a, b in zip(ten(exact), ten(coded), strict=True)])
    # Scores in float32 and float64 may order pixels apart by rounding otherwise: one of 500 neighbors.
    assert measure(held, make_codec("int4")).found.mean() == pytest.approx(expected, abs=1 / 500)


def test_flipped_change_is_counted_on_the_tested_pixels(cube):
    held = hold_out(cube, floor=0.2, random_state=0)
    codec = make_codec("binary").fit(held.fit)
    before, after = codec.encode(held.earlier), codec.encode(held.test)
    apart = np.unpackbits(before ^ after, axis=1).sum(axis=1)

    def cosine(a, b):
        return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)

    coded = 1 - cosine(codec.decode(before).astype(float), codec.decode(after).astype(float)) > 0.2
    exact = 1 - cosine(held.earlier.astype(float), held.test.astype(float)) > 0.2
    assert apart.max() > 0
    assert measure(held, make_codec("binary")).change_flipped.value == pytest.approx((coded != exact).mean(), abs=2e-3)


def test_a_search_in_two_stages_counts_the_bytes_of_both_and_finds_more(table):
    one, two = table.loc["binary"], table.loc["binary, 50 re-checked"]
    assert two.recall_at_10 > one.recall_at_10
    assert (two.bytes_per_pixel, two.bytes_scanned_per_pixel) == (2 + 16, 2)
    # A first stage of more than a quarter of the bytes saves nothing worth a row.
    assert [name for name in table.index if "re-checked" in name] == [
        f"{name}, 50 re-checked" for name in ("int2", "binary", "pca+water1")
    ]


def test_a_cube_of_floats_is_searched_again_by_int8(plant):
    floats = encode(plant().cube, "float32")
    table = tradeoff(floats, ["float32", "int8", "binary"], queries=60, recheck=200, random_state=0).set_index("codec")
    one, two = table.loc["int8"], table.loc["binary, 200 re-checked"]
    assert (two.bytes_per_pixel, two.bytes_scanned_per_pixel) == (2 + 16, 2)
    assert two.recall_at_10 <= one.recall_at_10 < 1
    assert table.recall_at_10["float32"] == 1


def test_no_row_marked_best_is_beaten(table):
    for _, row in table[table.is_best].iterrows():
        beats = (table.bytes_per_pixel <= row.bytes_per_pixel) & (table.recall_at_10 > row.recall_at_10)
        assert not beats.any()


def test_the_table_says_what_it_was_measured_on(cube):
    attrs = tradeoff(cube, ["binary"], year=2018, queries=50).attrs
    assert (attrs["year"], attrs["since"], attrs["queries"]) == (2018, 2017, 50)
    assert attrs["fitted_pixels"] > attrs["tested_pixels"] > 1000  # of two years, and of one


def test_the_same_question_has_the_same_answer_in_memory_and_lazily(cube):
    kept_columns = ["codec", "recall_at_10", "recall_at_10_low", "score_error", "change_flipped", "change_correlation"]
    first = tradeoff(cube, ["int4"], random_state=3)[kept_columns]
    lazy = cube.chunk({"y": 50, "x": 37, "band": 5, "time": 2})
    assert first.equals(tradeoff(lazy, ["int4"], random_state=3)[kept_columns])


def test_two_areas_have_two_recalls():
    island = ex.null_island()
    west, south, east, north = island.emb.grid.bbox
    middle = (west + east) / 2
    halves = [(west, south, middle, north), (middle, south, east, north)]
    found = [island.emb.clip(half).emb.tradeoff(["binary"], floor=0.1).recall_at_10[0] for half in halves]
    assert found[0] != found[1]


def test_years_without_a_pair_have_no_flips(cube):
    table = tradeoff(cube.sel(time=[2018]), ["binary"])
    assert table.change_flipped.isna().all()
    assert table.attrs["since"] is None


@pytest.mark.parametrize(
    ("codecs", "words"),
    [
        (["int4", "alphaearth"], "is what this cube is stored in"),
        (["int4", "int4"], "each once"),
        ([], "one or more"),
        (["int9"], "unknown"),
        (["pca99+int4"], "keep 1 to 16"),
    ],
)
def test_codecs_that_say_nothing_are_refused(codecs, words, cube):
    with pytest.raises(InvalidInput, match=words):
        tradeoff(cube, codecs)


def test_an_area_with_too_few_pixels_is_refused(cube):
    with pytest.raises(InvalidInput, match="Take a larger area"):
        tradeoff(cube.isel(x=slice(0, 12), y=slice(0, 12)), ["binary"])


def test_fewer_to_re_check_than_nearest_are_refused(cube):
    with pytest.raises(InvalidInput, match="at least k=10"):
        tradeoff(cube, ["binary"], recheck=5)


@pytest.mark.real
def test_bits_by_variance_find_more_on_the_real_chip_than_was_measured_before(real_data, tmp_path):
    path = tmp_path / "chip.zarr"
    ex.ingest(path, [real_data / "aef_wisconsin_2024_utm16n_10m.tif"], year=2024)
    table = ex.open_cube(path).emb.tradeoff(["pca+water1", "pca+water2", "pca+water4", "binary"]).set_index("codec")
    # Measured before on the halves of this chip (notes on formats, section 5): 0.78, 0.88 and 0.94 at 8, 16, 32 bytes.
    for name, before in (("pca+water1", 0.78), ("pca+water2", 0.88), ("pca+water4", 0.94)):
        assert table.recall_at_10_low[name] > before, table.recall_at_10_low[name]
    assert table.recall_at_10["pca+water1"] > table.recall_at_10_high["binary"]


def test_a_codec_fitted_first_is_the_one_that_encode_fits(cube):
    codec = fit_codec(cube, "pca4+int4", random_state=0)
    named, given = encode(cube, "pca4+int4", random_state=0), encode(cube, codec)
    np.testing.assert_array_equal(named.codes.values, given.codes.values)
    assert named.emb.codecs == {"codes": "pca4+int4"}


@pytest.mark.parametrize("name", ["int4", "pca8+rotate+int3", "pca+water1", "rotate+binary"])
def test_a_cube_of_packed_codes_is_saved_opened_and_searched_as_it_was(name, plant, tmp_path, chunked):
    planted = plant()
    small = encode(chunked(planted.cube), name, random_state=0)
    query = planted.at(30, 40, 2018)
    expected = search(small, query, year=2018)
    ex.save_cube(small, tmp_path / "small.zarr")
    again = ex.open_cube(tmp_path / "small.zarr")
    np.testing.assert_array_equal(search(again, query, year=2018).values, expected.values)
    assert again.emb.codecs == {"codes": name}
    np.testing.assert_array_equal(np.isnan(expected.values), np.isnan(planted.of(2018)[..., 0]))


def test_sizes_are_bytes_times_pixels(cube):
    table = sizes(cube, ["int8", "pca4+int4", "binary"], country="Switzerland", years=2, price=0.02)
    assert table.bytes_per_pixel.tolist() == [16, 2, 2]
    assert table.area.tolist() == [2 * 70 * 90 * size for size in (16, 2, 2)]
    assert table.country.tolist() == [2 * 41_291 * 10_000 * size for size in (16, 2, 2)]
    assert table.land_price.tolist() == pytest.approx([2 * 1.5e12 * size / 1e9 * 0.02 * 12 for size in (16, 2, 2)])


def test_sizes_of_an_area_count_its_pixels(plant):
    planted = plant()
    west, south, east, north = planted.grid.bbox
    part = planted.cube.emb.clip((west, south, (west + east) / 2, north))
    assert sizes(part, ["int8"]).area[0] == 16 * int(part.inside.sum())


@pytest.mark.parametrize(
    ("options", "words"), [({"country": "Null Island"}, "choose one of"), ({"years": 0}, "years=0")]
)
def test_sizes_of_nothing_are_refused(options, words, cube):
    with pytest.raises(InvalidInput, match=words):
        sizes(cube, ["int8"], **options)


@pytest.fixture
def searched(planted):
    query = planted.at(30, 40, 2018)
    exact = search(planted.cube, query, year=2018)
    rough = search(encode(planted.cube, "int3", random_state=0), query, year=2018)
    return planted.cube, exact, rough


def test_the_best_places_are_kept_by_the_same_map(searched):
    cube, exact, _ = searched
    for distance in (0.0, 60.0):
        hits = top(cube, exact, k=12, min_distance=distance)
        assert kept(cube, hits, exact, min_distance=distance).found.all()


def test_a_place_is_found_where_the_other_map_has_one_as_near(searched):
    cube, exact, rough = searched
    hits = top(cube, exact, k=12)
    theirs = top(cube, rough, k=12)
    expected = [(x, y) in set(zip(theirs.x, theirs.y, strict=True)) for x, y in zip(hits.x, hits.y, strict=True)]
    assert kept(cube, hits, rough).found.tolist() == expected
    assert 0 < sum(expected) < 12


def test_re_checking_more_finds_more_and_in_the_end_all(searched):
    cube, exact, rough = searched
    hits = top(cube, exact, k=12)
    found = [int(kept(cube, hits, rough, recheck=n, exact=exact).found.sum()) for n in (12, 100, 1000, 6300)]
    assert found == sorted(found)
    assert found[-1] == 12


def test_re_checking_needs_what_to_rank_by(searched):
    cube, exact, rough = searched
    hits = top(cube, exact, k=12)
    for options in ({"recheck": 50}, {"recheck": 5, "exact": exact}):
        with pytest.raises(InvalidInput, match="`exact` to rank by"):
            kept(cube, hits, rough, **options)
