"""Recoding: again a cube, lazily, within each codec's own bound; parameters by chunk; a tier of bits beside."""

import numpy as np
import pytest
import xarray as xr

from embexplore.analysis import fitting
from embexplore.analysis.area import clip
from embexplore.analysis.fitting import sample
from embexplore.analysis.place import at
from embexplore.analysis.recode import encode, with_bits
from embexplore.analysis.search import search
from embexplore.core.codecs import make_codec
from embexplore.cube import schema
from embexplore.cube.build import codec_of, provenance_of
from embexplore.errors import InvalidInput

CODECS = (
    *("float32", "float16", "alphaearth", "int8", "tessera", "binary", "binary-sign"),
    *("ternary", "int4-global", "rabitq", "turbo2", "turbo2-unbiased", "itq+binary"),
)


def vectors_of(cube, variable, year):
    """All vectors `(y, x, d)` of a year, decoded plainly."""
    part = cube.sel(time=year).compute()
    codes = np.moveaxis(part[variable].values, 0, -1)
    return codec_of(cube, variable).decode(codes, part.scales.values if "scales" in part else None)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("source", ["alphaearth", "tessera"])
def test_vectors_stay_within_the_codecs_bound_at_unit_length(plant, chunked, source, codec):
    planted = plant(source)
    encoded = encode(chunked(planted.cube), codec, random_state=0)
    made = make_codec(codec)
    assert list(encoded.attrs[schema.ATTRS]["codecs"]) == [made.variable]
    assert hasattr(encoded[made.variable].data, "dask") is chunked.is_lazy
    if source == codec:
        assert encoded[made.variable].identical(chunked(planted.cube)[made.variable]), "it is that code already"
        return
    truth = planted.of(2018).astype(np.float32)
    has_data = ~np.isnan(truth[..., 0])
    decoded = vectors_of(encoded, made.variable, 2018)
    # Lengths are float32 sums of d squares, off by d / 2 roundings; the codes before or after a step of that
    # size may be another one, so the bound is asked for what was encoded, give or take.
    slack = 2 * (truth.shape[-1] / 2 + 4) * 2.0**-24
    bound = codec_of(encoded, made.variable).error_bound(truth[has_data]) + slack
    assert (np.abs(decoded - truth)[has_data].max(axis=-1) <= bound).all()
    no_data = search(encoded, planted.at(30, 40, 2020), year=2018).isnull().values
    np.testing.assert_array_equal(no_data, ~has_data)


@pytest.mark.parametrize("codec", CODECS)
def test_lazy_codes_equal_eager_codes(plant, chunked, codec):
    cube = plant("float32").cube
    eager, lazy = encode(cube, codec, random_state=1), encode(chunked(cube), codec, random_state=1)
    xr.testing.assert_identical(lazy.compute(), eager)


def test_coordinates_attributes_and_provenance_stay(north):
    cube = north.cube.assign_attrs(title="mine")
    encoded = encode(cube, "binary")
    for name in cube.coords:
        assert encoded[name].identical(cube[name]), name
    assert encoded.attrs["title"] == "mine"
    assert provenance_of(encoded) == provenance_of(cube)
    assert list(cube.attrs[schema.ATTRS]["codecs"]) == ["embeddings"], "the given cube is not changed"


def test_the_default_seed_gives_the_same_codes_and_another_seed_another_fit(north, monkeypatch):
    monkeypatch.setattr(fitting, "SAMPLE", 500)
    draws = [sample(north.cube, random_state=seed, size=500) for seed in (None, 0, 1)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])


def test_a_sample_is_unit_vectors_of_all_years_whatever_the_chunks(north, chunked):
    drawn = sample(chunked(north.cube), size=2_000)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=-1), 1, atol=4 * 2.0**-24)
    np.testing.assert_array_equal(drawn, sample(north.cube, size=2_000))
    by_vector = {
        tuple(vector): year for year in (2017, 2018, 2020) for vector in north.of(year).reshape(-1, 16).round(5)
    }
    years = [by_vector[tuple(vector)] for vector in drawn.astype(np.float64).round(5) if tuple(vector) in by_vector]
    assert len(years) > 0.8 * len(drawn), "rounding may part a few"
    assert set(years) == {2017, 2018, 2020}


def test_fitting_reads_a_bounded_number_of_chunks(north, counted, monkeypatch):
    monkeypatch.setattr(fitting, "SAMPLED_CHUNKS", 4)
    cube, source = counted(north.cube, "embeddings")
    encoded = encode(cube, "binary")
    assert len(source.reads) == 4
    assert encoded.bits.data.npartitions > 4


def test_where_the_sampled_chunks_are_empty_others_are_read(plant, monkeypatch):
    planted = plant()
    codes = np.full_like(planted.cube.embeddings.values, -128)
    codes[2, :, 65:, 80:] = planted.cube.embeddings.values[2, :, 65:, 80:]
    sparse = planted.cube.assign(embeddings=(planted.cube.embeddings.dims, codes))
    monkeypatch.setattr(fitting, "SAMPLED_CHUNKS", 2)
    for seed in range(4):
        drawn = sample(sparse, random_state=seed)
        assert 0 < len(drawn) <= 50


def test_no_data_anywhere_is_a_sentence(north):
    empty = north.cube.assign(embeddings=xr.full_like(north.cube.embeddings, -128))
    for options in ({}, {"per_chunk": True}):
        with pytest.raises(InvalidInput, match="no data to fit a codec on"):
            encode(empty, "int8", **options)


def test_a_fitted_codec_is_used_as_it_is(north):
    fitted = make_codec("int8").fit(np.random.default_rng(0).uniform(-1, 1, (100, 16)).astype(np.float32))
    encoded = encode(north.cube, fitted)
    np.testing.assert_array_equal(encoded.embeddings_scale, fitted.scale)
    assert encode(encoded, fitted) is encoded
    other = make_codec("int8").fit(np.random.default_rng(1).uniform(-1, 1, (100, 16)).astype(np.float32))
    np.testing.assert_array_equal(encode(encoded, other).embeddings_scale, other.scale)


def test_a_code_of_its_own_kind_comes_back_as_it_is(north):
    assert encode(north.cube, "alphaearth") is north.cube


def test_chunks_are_fitted_by_themselves_with_parameters_on_the_chunk_grid(north, chunked):
    encoded = encode(chunked(north.cube), "int8", per_chunk=True)
    assert encoded.embeddings_scale.dims == ("time", "chunk_y", "chunk_x", "band")
    assert encoded.embeddings_scale.shape == (3, 3, 3, 16)
    assert hasattr(encoded.embeddings.data, "dask") is chunked.is_lazy
    codes = encoded.embeddings.values
    for t, year in enumerate((2017, 2018, 2020)):
        for row in range(3):
            for column in range(3):
                part = (slice(32 * row, 32 * row + 32), slice(32 * column, 32 * column + 32))
                truth = north.of(year)[part].astype(np.float32)
                has_data = ~np.isnan(truth[..., 0])
                alone = make_codec("int8").fit(truth[has_data])
                scale, offset = (encoded[f"embeddings_{name}"].values[t, row, column] for name in ("scale", "offset"))
                np.testing.assert_allclose(scale, alone.scale, rtol=1e-5)
                decoded = (
                    codes[t][(slice(None), *part)].astype(np.float32) * scale[:, None, None] + offset[:, None, None]
                )
                error = np.abs(np.moveaxis(decoded, 0, -1) - truth)[has_data]
                assert (error <= scale / 2 + 1e-6).all()
                assert (codes[t][(slice(None), *part)][:, ~has_data] == -128).all()


def test_parameters_by_chunk_are_finer_than_one_for_all(north):
    truth = north.of(2020) @ north.at(30, 40, 2020)
    wrong = [
        np.nanmean(np.abs(search(encode(north.cube, "int8", per_chunk=each), north.at(30, 40, 2020)).values - truth))
        for each in (False, True)
    ]
    assert wrong[1] < wrong[0]


def test_places_and_areas_of_a_cube_with_parameters_by_chunk_decode_by_their_own(north, chunked):
    encoded = encode(north.cube, "int8", per_chunk=True)
    bbox = north.grid.bbox
    part = clip(chunked(encoded), (bbox[0], bbox[1], (bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2))
    for row, column in ((60, 10), (41, 40)):
        vector = at(part, **north.lonlat(row, column), year=2017)
        assert vector.values @ north.at(row, column, 2017) > 0.9999


def test_a_clipped_cube_is_encoded_inside_alone(north, chunked):
    west, south, east, north_edge = north.grid.bbox
    clipped = clip(chunked(north.cube), (west, south, (west + east) / 2, north_edge))
    for codec, options in (("int8", {"per_chunk": True}), ("float32", {}), ("tessera", {}), ("binary", {})):
        encoded = encode(clipped, codec, **options).drop_vars("inside")
        score = search(encoded, north.at(30, 40, 2020), year=2020)
        np.testing.assert_array_equal(score.isnull(), search(clipped, north.at(30, 40, 2020), year=2020).isnull())


def test_one_year_alone_is_encoded_as_a_cube_of_one_year(north):
    for part in (north.cube.isel(time=1), north.cube.isel(time=[1])):
        encoded = encode(part, "float32")
        assert encoded.embeddings.dims == ("time", "band", "y", "x")
        assert list(encoded.time.values) == [2018]


def test_a_cube_without_a_chunk_grid_gets_one(north):
    bare = north.cube.drop_vars(["chunk_row", "chunk_column"])
    assert encode(bare, "int8", per_chunk=True).embeddings_scale.shape == (3, 1, 1, 16)


def test_mixed_chunks_are_encoded_from_their_best_tier_and_absent_ones_stay_absent(mixed, north, chunked):
    cube, stored = mixed
    encoded = encode(chunked(cube), "float32")
    np.testing.assert_array_equal(encoded.precision, (stored > 0).astype(np.uint8))
    decoded = vectors_of(encoded, "embeddings", 2018)
    by_pixel = stored[1].repeat(32, 0).repeat(32, 1)[:70, :90]
    fine = (by_pixel & 1 > 0) & ~np.isnan(north.of(2018)[..., 0])
    np.testing.assert_allclose(decoded[fine], north.of(2018)[fine], rtol=0, atol=4 * 2.0**-24)
    assert np.isnan(decoded[by_pixel == 0]).all()
    bits = encode(chunked(cube), "binary-sign")
    np.testing.assert_array_equal(bits.precision, np.where(stored > 0, 2, 0))


def test_bits_beside_the_codes_leave_the_codes_and_name_both_tiers(north, chunked):
    cube = chunked(north.cube)
    both = with_bits(cube, random_state=0)
    assert both.embeddings.identical(cube.embeddings)
    assert both.precision.dims == ("time", "chunk_y", "chunk_x")
    assert (both.precision == schema.BOTH).all()
    assert set(both.attrs[schema.ATTRS]["codecs"]) == {"embeddings", "bits"}
    xr.testing.assert_identical(both.bits.compute(), encode(north.cube, "binary", random_state=0).bits)
    np.testing.assert_array_equal(both.valid.values > 0, ~np.isnan(north.truth[..., 0]))
    assert hasattr(both.bits.data, "dask") is chunked.is_lazy


def test_bits_beside_the_codes_are_seven_times_smaller(plant):
    cube = with_bits(plant(d=64).cube)
    assert cube.bits.nbytes + cube.valid.nbytes <= cube.embeddings.nbytes / 7


def test_chunks_never_written_get_no_bits(north):
    stored = np.ones((3, 3, 3), np.uint8)
    stored[1, 2, 0] = 0
    both = with_bits(north.cube.assign(precision=(("time", "chunk_y", "chunk_x"), stored)))
    np.testing.assert_array_equal(both.precision, stored * 3)


def fitted_on(bands, codec):
    return make_codec(codec).fit(np.random.default_rng(0).normal(size=(50, bands)).astype(np.float32), random_state=0)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda cube: encode(cube, "zip"), "codec 'zip' is unknown: choose one of"),
        (lambda cube: encode(cube, "binary", per_chunk=True), "codec 'binary' cannot be fitted chunk by chunk"),
        (lambda cube: encode(cube, "float32", per_chunk=True), "codec 'float32' cannot be fitted chunk by chunk"),
        (lambda cube: with_bits(cube, "int8"), "codec 'int8' makes embeddings: choose one that makes bits"),
        (
            lambda cube: encode(cube, fitted_on(8, "int8")),
            r"fitted on vectors of another length .*: this cube has 16 bands",
        ),
        (
            lambda cube: encode(cube, fitted_on(24, "binary")),
            r"fitted on vectors of another length .*: this cube has 16",
        ),
        (lambda cube: with_bits(with_bits(cube)), "this cube has bits already"),
    ],
)
def test_what_cannot_be_encoded_is_a_sentence(north, ask, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        ask(north.cube)
