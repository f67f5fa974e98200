"""Search: cosines equal a float64 oracle, lazy or not, for every codec, combination and tier."""

import numpy as np
import pytest
import xarray as xr

from embexplore.analysis import views
from embexplore.analysis.recode import encode
from embexplore.analysis.search import search
from embexplore.errors import InvalidInput


def unit(vectors):
    vectors = np.asarray(vectors, np.float64)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def asked(planted, *places, year=2020):
    """Exemplars of no unit length, so that forgetting to normalize them is noticed."""
    return np.stack([planted.at(*place, year) * (index + 0.5) for index, place in enumerate(places)]).astype(np.float32)


PLACES = ((30, 40), (60, 10), (8, 80))
AGAINST = ((50, 50), (5, 5))


@pytest.mark.parametrize("codec", ["alphaearth", "float32", "int8", "tessera"])
def test_scores_are_cosines_of_the_decoded_vectors(plant, chunked, codec):
    planted = plant(codec)
    query = asked(planted, (30, 40))[0]
    found = search(chunked(planted.cube), query, year=2018)
    truth = planted.of(2018) @ unit(query)
    np.testing.assert_allclose(found.values, truth, rtol=0, atol=planted.cosine_error)
    np.testing.assert_array_equal(np.isnan(found.values), np.isnan(truth))


def test_scores_are_cosines_north_south_and_in_degrees_with_the_cubes_coordinates(planted, chunked):
    query = asked(planted, (30, 40))[0]
    found = search(chunked(planted.cube), query)
    np.testing.assert_allclose(found.values, planted.of(2020) @ unit(query), rtol=0, atol=planted.cosine_error)
    assert found.dims == ("y", "x")
    for name in ("x", "y", "spatial_ref"):
        assert found[name].identical(planted.cube[name])


@pytest.mark.parametrize("codec", ["binary", "binary-sign"])
def test_bits_score_by_the_codecs_own_calibration_and_know_no_data(plant, chunked, codec):
    planted = plant(codec)
    query = asked(planted, (30, 40))[0]
    found = search(chunked(planted.cube), query, year=2018).values
    np.testing.assert_array_equal(np.isnan(found), np.isnan(planted.of(2018)[..., 0]))
    assert np.nanmax(np.abs(found)) <= 1
    assert found[30, 40] == np.nanmax(found), "the query's own pixel has all of its bits"


@pytest.mark.parametrize("combine", ["mean", "max", "min", "contrast"])
@pytest.mark.parametrize("against", [(), AGAINST])
def test_every_combination_of_exemplars_equals_its_definition(north, chunked, combine, against):
    positives = asked(north, *PLACES)
    negatives = asked(north, *against) if against else None
    if combine == "contrast" and not against:
        with pytest.raises(InvalidInput, match="contrast"):
            search(north.cube, positives, combine=combine)
        return
    found = search(chunked(north.cube), positives, negatives=negatives, combine=combine, year=2018)
    towards = unit(positives)
    towards = towards.mean(axis=0, keepdims=True) if combine in ("mean", "contrast") else towards
    queries = unit(2 * towards - unit(negatives).mean(axis=0) if against else towards)
    cosines = north.of(2018) @ queries.T
    truth = cosines.min(axis=-1) if combine == "min" else cosines.max(axis=-1)
    np.testing.assert_allclose(found.values, truth, rtol=0, atol=2 * north.cosine_error)


def test_several_queries_scan_in_strips_without_a_seam(north, monkeypatch):
    positives = asked(north, *PLACES)
    whole = search(north.cube, positives, combine="max")
    monkeypatch.setattr("embexplore.analysis.search.STRIP", 3 * 90 * 7)  # strips of seven rows
    strips = views.by_strips
    heights = []

    def spy(view, function, pixels):
        heights.append(pixels // view.codes.shape[1])
        return strips(view, function, pixels)

    monkeypatch.setattr("embexplore.analysis.search.by_strips", spy)
    by_strip = search(north.cube, positives, combine="max")
    # The products of several queries are summed in an order that depends on the shape of the strip.
    np.testing.assert_allclose(by_strip, whole, rtol=0, atol=north.cosine_error)
    assert heights == [7]


def test_exemplars_may_be_arrays_data_arrays_lists_and_mixtures(north):
    one, two = asked(north, (30, 40), (60, 10))
    expected = search(north.cube, np.stack([one, two]))
    labeled = xr.DataArray(np.stack([one, two]), dims=("place", "band"))
    for positives in (
        [one, two],
        (one, two),
        [list(map(float, one)), two],
        labeled,
        labeled.T,
        [labeled[0], two],
        labeled.chunk(),
    ):
        np.testing.assert_array_equal(search(north.cube, positives), expected)
    np.testing.assert_array_equal(search(north.cube, list(map(float, one))), search(north.cube, one))


def test_a_difference_of_places_is_a_query(north):
    wet, dry = asked(north, (30, 40), (60, 10))
    found = search(north.cube, wet - dry, year=2020).values
    truth = north.of(2020) @ unit(wet.astype(np.float64) - dry)
    np.testing.assert_allclose(found, truth, rtol=0, atol=north.cosine_error + 2.0**-23)


def test_a_lazy_cube_gives_a_lazy_map_that_reads_its_year_once(north, counted):
    cube, source = counted(north.cube, "embeddings")
    found = search(cube, asked(north, *PLACES), combine="max", year=2018)
    assert source.reads == []
    found.compute()
    assert len(source.reads) == 9
    assert {index[0] for index in source.reads} == {1}


def test_the_map_says_what_it_is(north):
    found = search(north.cube, asked(north, (30, 40)), year=2018)
    assert found.name == "similarity"
    assert found.dtype == np.float32
    assert {name: found.attrs[name] for name in ("units", "long_name", "year", "combine")} == {
        "units": "1",
        "long_name": "cosine similarity",
        "year": 2018,
        "combine": "mean",
    }
    assert found.attrs["provenance"]["attribution"] == "Made by a test."
    assert "tier" not in found.coords


def test_mixed_chunks_score_by_their_best_tier_and_say_which(mixed, north, chunked):
    cube, stored = mixed
    query = asked(north, (30, 40))
    found = search(chunked(cube), query, year=2018)
    by_pixel = stored[1].repeat(32, 0).repeat(32, 1)[:70, :90]
    fine, bits = (search(cube, query, year=2018, tier=tier).values for tier in ("embeddings", "bits"))
    np.testing.assert_array_equal(found.tier, np.array([0, 1, 2, 1])[by_pixel])
    np.testing.assert_array_equal(np.isnan(fine[by_pixel == 2]), True)
    np.testing.assert_array_equal(np.isnan(bits[by_pixel == 1]), True)
    np.testing.assert_allclose(found.values[by_pixel & 1 > 0], fine[by_pixel & 1 > 0], rtol=0, atol=north.cosine_error)
    np.testing.assert_array_equal(found.values[by_pixel == 2], bits[by_pixel == 2])
    np.testing.assert_array_equal(np.isnan(found.values[by_pixel == 0]), True)
    np.testing.assert_allclose(
        fine[by_pixel & 1 > 0], (north.of(2018) @ unit(query[0]))[by_pixel & 1 > 0], rtol=0, atol=north.cosine_error
    )


def test_a_chunk_stored_in_bits_is_read_from_its_bits_alone(mixed, north, counted):
    cube, stored = mixed
    cube, source = counted(cube, "embeddings")
    search(cube, asked(north, (30, 40)), year=2018).compute()
    read = {(index[-2].start // 32, index[-1].start // 32) for index in source.reads}
    assert read == set(map(tuple, np.argwhere(stored[1] & 1).tolist()))


def test_chunks_with_their_own_parameters_stay_comparable(north, chunked):
    cube = encode(north.cube, "int8", per_chunk=True)
    query = asked(north, (30, 40))[0]
    found = search(chunked(cube), query, year=2018).values
    # Half a step in every band moves a unit vector by at most half the steps' length.
    steps = cube.embeddings_scale.values[1].max(axis=(0, 1))
    bound = np.linalg.norm(steps) / 2 + north.cosine_error
    np.testing.assert_allclose(found, north.of(2018) @ unit(query), rtol=0, atol=float(bound))


def test_one_year_of_a_cube_is_a_cube(north):
    query = asked(north, (30, 40))
    expected = search(north.cube, query, year=2018)
    for slice_ in (north.cube.isel(time=1), north.cube.sel(time=[2018])):
        np.testing.assert_array_equal(search(slice_, query), expected)


def nan_in(vector):
    vector = vector.copy()
    vector[3] = np.nan
    return vector


@pytest.mark.parametrize(
    ("positives", "sentence"),
    [
        (lambda v: v[:15], "positives has 15 bands: this cube has 16"),
        (lambda v: np.r_[v, 0], "positives has 17 bands: this cube has 16"),
        (nan_in, "positives.*NaN"),
        (lambda v: v * np.inf, "positives.*inf"),
        (lambda v: v * 0, "positives.*zero"),
        (lambda _: [], "positives is empty"),
        (lambda _: np.zeros((0, 16)), "positives is empty"),
        (lambda _: "forest", "positives is a str: expected vectors of 16 bands"),
        (lambda _: None, "positives is a NoneType: expected vectors of 16 bands"),
        (lambda v: [v, v[:8]], "positives has 8 bands"),
        (lambda v: [v, -v], "cancel"),
    ],
)
def test_an_exemplar_that_cannot_be_searched_is_a_sentence(north, positives, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        search(north.cube, positives(asked(north, (30, 40))[0]))


def test_wrong_negatives_years_tiers_and_combinations_are_sentences(north):
    query = asked(north, (30, 40))
    with pytest.raises(InvalidInput, match="negatives has 8 bands"):
        search(north.cube, query, negatives=query[0, :8])
    with pytest.raises(InvalidInput, match=r"year='2018': this cube has 2017, 2018, 2020\."):
        search(north.cube, query, year="2018")
    with pytest.raises(InvalidInput, match=r"year=2016: this cube has 2017, 2018, 2020\."):
        search(north.cube, query, year=2016)
    with pytest.raises(InvalidInput, match="tier='bits': this cube has embeddings"):
        search(north.cube, query, tier="bits")
    with pytest.raises(InvalidInput, match="combine='best': choose one of mean, max, min, contrast"):
        search(north.cube, query, combine="best")


def test_bits_know_how_many_bands_a_query_must_have(plant):
    for codec in ("binary", "binary-sign"):
        planted = plant(codec, d=13)
        bare = planted.cube.drop_vars("band", errors="ignore")
        with pytest.raises(InvalidInput, match="16 bands: this cube has 13"):
            search(bare, np.ones(16))
