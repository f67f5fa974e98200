"""Change: 1 − cosine of two years, of every consecutive pair, and when it was largest."""

import numpy as np
import pytest

from embexplore.analysis.change import change, largest_change
from embexplore.analysis.recode import encode, with_bits
from embexplore.errors import InvalidInput

PAIRS = ((2017, 2018), (2018, 2020))


def apart(planted, first, second):
    return 1 - np.einsum("yxd,yxd->yx", planted.of(first), planted.of(second))


@pytest.mark.parametrize("codec", ["alphaearth", "float32", "int8", "tessera"])
def test_change_is_one_minus_the_cosine_of_the_decoded_vectors(plant, chunked, codec):
    planted = plant(codec)
    found = change(chunked(planted.cube), 2017, 2020)
    truth = apart(planted, 2017, 2020)
    np.testing.assert_array_equal(np.isnan(found.values), np.isnan(truth))
    np.testing.assert_allclose(found.values, truth, rtol=0, atol=planted.cosine_error)
    assert hasattr(found.data, "dask") is chunked.is_lazy


def test_change_is_the_same_north_south_and_in_degrees_and_in_both_directions(planted):
    found = change(planted.cube, 2017, 2020)
    np.testing.assert_allclose(found.values, apart(planted, 2017, 2020), rtol=0, atol=planted.cosine_error)
    back = change(planted.cube, 2020, 2017)
    np.testing.assert_allclose(back.values, found.values, rtol=0, atol=planted.cosine_error)
    assert back.attrs["years"] == [2020, 2017]


def test_a_year_has_not_changed_against_itself(north):
    same = change(north.cube, 2018, 2018).values
    known = ~np.isnan(same)
    np.testing.assert_array_equal(known, ~np.isnan(north.of(2018)[..., 0]))
    assert np.abs(same[known]).max() <= north.cosine_error


def test_without_years_every_consecutive_pair_comes_lazily(north, chunked):
    series = change(chunked(north.cube))
    assert series.dims == ("time", "y", "x")
    assert list(zip(series.since.values, series.time.values, strict=True)) == list(PAIRS)
    assert series.time.dtype == np.int32
    for index, pair in enumerate(PAIRS):
        expected = change(chunked(north.cube), *pair)
        np.testing.assert_array_equal(series.isel(time=index).values, expected.values)
    assert hasattr(series.data, "dask") is chunked.is_lazy


def test_years_in_any_order_make_pairs_in_time(north):
    turned = north.cube.isel(time=[2, 0, 1])
    assert change(turned).identical(change(north.cube))
    np.testing.assert_array_equal(largest_change(turned).year, largest_change(north.cube).year)


def test_one_pair_of_a_series_reads_only_its_years(north, counted):
    cube, source = counted(north.cube, "embeddings")
    change(cube).isel(time=0).compute()
    assert {index[0] for index in source.reads} == {0, 1}


def test_the_largest_change_is_that_of_the_pair_that_has_it(north, chunked):
    found = largest_change(chunked(north.cube))
    changes = np.stack([change(north.cube, *pair).values for pair in PAIRS])
    known = ~np.isnan(changes).all(axis=0)
    largest = np.where(np.isnan(changes), -1, changes)
    error = north.cosine_error  # numpy's sums, where numba is off, depend on the shape of the block
    np.testing.assert_allclose(found.change.values[known], largest.max(axis=0)[known], rtol=0, atol=error)
    years = np.array([2018, 2020])[largest.argmax(axis=0)]
    np.testing.assert_array_equal(found.year.values[known], years[known])
    assert np.isnan(found.change.values[~known]).all()
    assert np.isnan(found.year.values[~known]).all()
    assert hasattr(found.change.data, "dask") is hasattr(found.year.data, "dask") is chunked.is_lazy
    assert {found.change.dtype, found.year.dtype} == {np.dtype(np.float32)}


def test_a_pair_without_data_does_not_hide_the_other(plant):
    planted = plant()
    planted.cube.embeddings.values[0, :, 8, 80] = -128
    planted.cube.embeddings.values[1:, :, 8, 80] = np.array([100, 50])[:, None]
    planted.cube.embeddings.values[1, :, 8, 81] = -128
    found = largest_change(planted.cube)
    assert found.year[8, 80] == 2020
    assert found.change[8, 80] == change(planted.cube, 2018, 2020)[8, 80]
    assert np.isnan(found.year[8, 81]), "the year between is missing, so no consecutive pair has data"
    assert not np.isnan(change(planted.cube, 2017, 2020)[8, 81])


def test_of_equal_changes_the_first_counts(plant):
    planted = plant("float32")
    vectors = planted.cube.embeddings.values
    vectors[0, :, 8, 80], vectors[1, :, 8, 80], vectors[2, :, 8, 80] = np.eye(16, dtype=np.float32)[:3]
    found = largest_change(planted.cube)
    assert (found.change[8, 80], found.year[8, 80]) == (1, 2018)


def test_maps_say_what_they_are(north):
    found, largest = change(north.cube, 2017, 2020), largest_change(north.cube)
    assert (found.name, found.attrs["units"], found.attrs["years"]) == ("change", "1", [2017, 2020])
    for attrs in (found.attrs, change(north.cube).attrs, largest.attrs, largest.change.attrs, largest.year.attrs):
        assert attrs["provenance"]["source"] == "tests"


def test_parameters_by_chunk_and_year_compare_as_decoded(north, chunked):
    cube = encode(north.cube, "int8", per_chunk=True)
    steps = cube.embeddings_scale.values.max(axis=(0, 1, 2))
    found = change(chunked(cube), 2017, 2020).values
    # Each vector lies within half its steps' length of the truth.
    np.testing.assert_allclose(
        found, apart(north, 2017, 2020), rtol=0, atol=float(np.linalg.norm(steps)) + north.cosine_error
    )


def test_mixed_chunks_compare_bits_with_bits(mixed, north, chunked):
    cube, stored = mixed
    stored = stored.copy()
    stored[0], stored[2] = 1, 2  # int8 in 2017, bits in 2020
    unlike = cube.assign(precision=(("time", "chunk_y", "chunk_x"), stored))
    found = change(chunked(unlike), 2017, 2020)
    bits = change(cube.drop_vars("embeddings").drop_vars("precision"), 2017, 2020)
    np.testing.assert_allclose(found.values, bits.values, rtol=0, atol=north.cosine_error)
    assert np.nanmax(np.abs(change(chunked(unlike), 2017, 2017).values)) <= north.cosine_error


def test_chunks_that_were_never_written_in_a_year_are_nan(mixed):
    cube, stored = mixed
    found = change(cube, 2017, 2018)
    absent = (stored[1] == 0).repeat(32, 0).repeat(32, 1)[:70, :90]
    assert np.isnan(found.values[absent]).all()
    assert found.tier.dims == ("y", "x")
    assert "tier" not in change(cube).coords, "pairs differ in it"


def test_bits_know_no_data(plant):
    planted = plant("binary")
    found = change(planted.cube, 2017, 2018).values
    np.testing.assert_array_equal(np.isnan(found), np.isnan(apart(planted, 2017, 2018)))


@pytest.mark.parametrize(
    ("years", "sentence"),
    [
        ((2016, 2018), r"year=2016: this cube has 2017, 2018, 2020\."),
        ((2017, 2019), r"year=2019: this cube has 2017, 2018, 2020\."),
        ((2017,), "first=2017, second=None: give two years, or none for every consecutive pair"),
        ((None, 2018), "first=None, second=2018: give two years"),
    ],
)
def test_years_that_cannot_be_compared_are_sentences(north, years, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        change(north.cube, *years)


def test_one_year_alone_has_no_change(north):
    for ask in (change, largest_change):
        with pytest.raises(InvalidInput, match="change needs two years: this cube has 2018"):
            ask(north.cube.isel(time=[1]))


def test_a_tier_of_bits_beside_int8_does_not_disturb(north):
    found, expected = change(with_bits(north.cube), 2017, 2020), change(north.cube, 2017, 2020)
    np.testing.assert_allclose(found, expected, rtol=0, atol=north.cosine_error)
