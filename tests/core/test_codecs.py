"""Every codec in the registry keeps its promises, compiled or not, in any memory."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from embexplore.core.codecs import codec_from_dict, codec_names, make_codec
from embexplore.core.cosine import cosine
from embexplore.core.normalize import normalize
from embexplore.errors import InvalidInput

EPS = 2.0**-23
BITS = ("binary", "binary-median", "binary-sign")
ESTIMATES = ("rabitq", "rabitq-lite", "turbo2-unbiased")
"""Scores are right on average instead: no cosines of what is decoded."""
SAME_CODE = (
    *("transformed", "int2", "int4", "lloyd2", "lloyd4", "water1", "water2"),
    *("turbo1", "turbo3", "turbo4", "turbo4-unbiased"),
    *("near1", "near2", "pq16", "pq32", "opq16", "rvq8", "rvq16"),
)
"""Names that differ from others tested here by a number alone."""
CHAINS = ("rotate+int4", "pca+water2", "pca+near2", "pca1+int8", "rvq4")
ROTATED = ("rabitq", "rabitq-lite", "turbo2", "turbo2-unbiased", "opq8")
"""A rotation of 1024 dimensions takes seconds to draw."""
NAMES = (*(name for name in codec_names() if name not in SAME_CODE), *CHAINS)
EXACT = tuple(name for name in NAMES if name not in (*BITS, *ESTIMATES))
MARKED = tuple(name for name in NAMES if make_codec(name).nodata is not None or make_codec(name).has_scales)

few = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def bytes_of_what_is_left(name, d):
    """At the end of codes, of what the rest of the code leaves of a vector: of decoded vectors that is nothing."""
    return {"rabitq": 1, "turbo2-unbiased": -(-d // 8)}.get(name, 0)


def vectors_of(d):
    """Some vectors of thousandths in [-1, 1]: nothing whose square is lost in float32."""
    thousandths = hnp.arrays(np.int32, st.tuples(st.integers(2, 20), st.just(d)), elements=st.integers(-1000, 1000))
    return thousandths.map(lambda whole: (whole / 1000).astype(np.float32))


some_vectors = st.sampled_from([1, 3, 7, 8, 64]).flatmap(vectors_of)


def rounding(codec, codes, decoded):
    """How far float32 sums of a fused kernel may lie from the exact cosine: d terms, and what offsets cancel.

    Sums of d terms err by d·2⁻²³ of the sum of sizes, which the lengths bound; values scale·v + offset
    err by 4·2⁻²³ of |scale·v| + |offset|, of which little may be left in x.
    """
    d = decoded.shape[-1]
    sizes = np.abs(decoded).astype(np.float64)
    if codec.name == "int8":
        sizes = np.abs(codec.scale * codes.astype(np.float64)) + np.abs(codec.offset)
    with np.errstate(invalid="ignore", divide="ignore"):
        worse = np.linalg.norm(sizes, axis=-1) / np.linalg.norm(decoded.astype(np.float64), axis=-1)
    return (2 * d + 8) * EPS + 8 * EPS * np.where(np.isnan(worse), 1, worse)


def assert_scores_are_cosines(codec, scores, query, codes, scales):
    decoded = codec.decode(codes, scales)
    exact = cosine(query, decoded)
    assert scores.dtype == np.float32
    assert scores.shape == exact.shape
    assert np.all(np.abs(scores) <= 1, where=~np.isnan(scores))
    bound = np.broadcast_to(rounding(codec, codes, decoded), exact.shape)
    has_direction = bound < 1  # scale·v + offset may cancel to nothing but rounding, or to nothing at all
    np.testing.assert_array_equal(np.isnan(scores)[has_direction], np.isnan(exact)[has_direction])
    off = np.abs(scores.astype(np.float64) - exact)
    assert np.all((off <= bound) | ~has_direction | np.isnan(exact)), float(np.nanmax(off - bound))


@pytest.mark.parametrize("name", NAMES)
@few
@given(vectors=some_vectors)
def test_decoding_what_was_encoded_stays_within_the_promised_bound(name, vectors):
    codec = make_codec(name).fit(vectors)
    decoded = codec.decode(codec.encode(vectors), codec.scales(vectors))
    assert np.all(np.abs(decoded - vectors).max(axis=-1) <= codec.error_bound(vectors))


@pytest.mark.parametrize("name", NAMES)
@few
@given(fitted=some_vectors, factor=st.sampled_from([1.0, 0.3, 3.0]))
def test_the_bound_holds_for_vectors_the_codec_was_not_fitted_on(name, fitted, factor):
    codec = make_codec(name).fit(fitted)
    vectors = (fitted[::-1] * factor).astype(np.float32)
    decoded = codec.decode(codec.encode(vectors), codec.scales(vectors))
    assert np.all(np.abs(decoded - vectors).max(axis=-1) <= codec.error_bound(vectors))


@pytest.mark.parametrize("name", NAMES)
@few
@given(vectors=some_vectors)
def test_encoding_what_was_decoded_gives_the_same_codes(name, vectors):
    codec = make_codec(name).fit(vectors)
    codes = codec.encode(vectors)
    again = codec.encode(codec.decode(codes, codec.scales(vectors)))
    stop = codes.shape[-1] - bytes_of_what_is_left(name, vectors.shape[-1])
    np.testing.assert_array_equal(again[..., :stop], codes[..., :stop])


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("name", EXACT)
@few
@given(vectors=some_vectors, data=st.data())
def test_similarity_is_the_cosine_of_decoded_vectors(name, vectors, data):
    codec = make_codec(name).fit(vectors)
    codes, scales = codec.encode(vectors), codec.scales(vectors)
    query = data.draw(hnp.arrays(np.float32, vectors.shape[-1], elements=st.sampled_from([-1.0, -0.25, 0.5, 1.0])))
    assert_scores_are_cosines(codec, codec.similarity(query, codes, scales), query, codes, scales)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("name", BITS)
@few
@given(vectors=some_vectors, data=st.data())
def test_similarity_of_bits_is_a_table_of_the_bits_that_differ(name, vectors, data):
    d = vectors.shape[-1]
    codec = make_codec(name).fit(vectors)
    query = data.draw(hnp.arrays(np.float32, d, elements=st.sampled_from([-1.0, -0.25, 0.5, 1.0])))
    center, table = np.zeros(d, np.float32), np.cos(np.pi * np.arange(d + 1) / d)
    if name != "binary-sign":
        center, table = codec.center, codec.calibration
    scaled = normalize(query) * np.float32(1 if name == "binary-sign" else codec.length)
    apart = ((vectors > center) != (scaled > center)).sum(axis=-1)
    scores = codec.similarity(query, codec.encode(vectors))
    np.testing.assert_allclose(scores, table[apart], rtol=0, atol=EPS)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [0.0, np.nan])
def test_a_query_without_direction_scores_nothing(name, bad, rng):
    vectors = rng.normal(size=(30, 8)).astype(np.float32)
    codec = make_codec(name).fit(vectors)
    queries = np.stack([np.full(8, bad, np.float32), vectors[0], vectors[1]])
    for m in (2, 3):
        scores = codec.similarity(queries[:m], codec.encode(vectors), codec.scales(vectors))
        np.testing.assert_array_equal(np.isnan(scores).all(axis=1), [True, *[False] * (m - 1)])


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize(
    "order",
    ["pixel-major", "band-first", "band-first window", "pixel-major window", "reversed", "read-only", "rows apart"],
)
@pytest.mark.parametrize(
    ("name", "d"),
    [(name, d) for name in NAMES for d in (1, 7, 64, 128, 1024) if d < 1024 or name not in (*CHAINS, *ROTATED)],
)
def test_similarity_sees_the_same_in_every_order_of_memory(name, d, order, rng, in_every_order):
    vectors = normalize(rng.normal(size=(9, 11, d)) + 0.3)
    vectors[2, 3] = np.nan
    codec = make_codec(name).fit(vectors.reshape(-1, d))
    codes, scales = codec.encode(vectors), codec.scales(vectors)
    view = in_every_order(codes)[order]
    for queries in (rng.normal(size=d), rng.normal(size=(1, d)), rng.normal(size=(2, d)), rng.normal(size=(9, d))):
        scores = codec.similarity(queries.astype(np.float32), view, scales)
        if name in EXACT:
            assert_scores_are_cosines(codec, scores, queries.astype(np.float32), codes, scales)
            assert np.isnan(scores[..., 2, 3]).all() or name not in MARKED
        else:
            plain = codec.similarity(queries.astype(np.float32), codes.copy(), scales)
            np.testing.assert_array_equal(scores, plain)


@pytest.mark.parametrize("name", NAMES)
def test_a_map_larger_than_a_tile_and_shared_by_threads_scores_like_its_parts(name, rng):
    d, shape = 8, (421, 433)  # more than two chunks, so threads share it; not a multiple of any tile
    vectors = normalize(rng.normal(size=(*shape, d)))
    codec = make_codec(name).fit(vectors.reshape(-1, d))
    codes, scales = codec.encode(vectors), codec.scales(vectors)
    view = np.moveaxis(np.ascontiguousarray(np.moveaxis(codes, -1, 0)), 0, -1)
    query = rng.normal(size=(3, d)).astype(np.float32)
    whole = codec.similarity(query, view, scales)
    rows = [codec.similarity(query, codes[i], None if scales is None else scales[i]) for i in range(shape[0])]
    np.testing.assert_allclose(whole, np.stack(rows, axis=1), rtol=0, atol=(2 * d + 8) * EPS)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(0,), (0, 5), (4, 0), ()])
def test_empty_arrays_and_single_vectors_keep_their_shape(name, shape, rng):
    codec = make_codec(name).fit(rng.normal(size=(20, 16)).astype(np.float32))
    vectors = rng.normal(size=(*shape, 16)).astype(np.float32)
    codes, scales = codec.encode(vectors), codec.scales(vectors)
    assert codes.shape == (*shape, codec.code_size(16))
    assert codec.decode(codes, scales).shape == vectors.shape
    assert codec.similarity(np.ones(16, np.float32), codes, scales).shape == shape
    assert codec.similarity(np.ones((4, 16), np.float32), codes, scales).shape == (4, *shape)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_vector_with_nan_or_inf_is_no_data_and_nothing_else_is(name, bad, rng):
    vectors = rng.normal(size=(5, 6, 7)).astype(np.float32)
    codec = make_codec(name).fit(vectors.reshape(-1, 7))
    vectors[1, 2, 3] = bad
    codes, scales = codec.encode(vectors), codec.scales(vectors)
    expected = np.zeros((5, 6), bool)
    expected[1, 2] = True
    if codec.nodata is not None:
        filler = np.isnan(codes) if codec.nodata != codec.nodata else codes == codec.nodata
        np.testing.assert_array_equal(filler.all(axis=-1), expected)
    np.testing.assert_array_equal(np.isnan(codec.decode(codes, scales)).all(axis=-1), expected)
    np.testing.assert_array_equal(np.isnan(codec.similarity(vectors[0, 0], codes, scales)), expected)


@pytest.mark.usefixtures("backend")
def test_tessera_reads_water_and_no_data_from_the_scale():
    codec = make_codec("tessera")
    codes = np.full((4, 3), -128, np.int8)
    scales = np.array([0.5, np.nan, np.inf, 2.0], np.float32)
    scores = codec.similarity(np.full(3, -1, np.float32), codes, scales)
    np.testing.assert_array_equal(np.isnan(scores), [False, True, True, False])
    np.testing.assert_array_equal(codec.decode(codes, scales)[[0, 3]], [[-64.0] * 3, [-256.0] * 3])


def test_alphaearth_follows_the_published_formula():
    codec = make_codec("alphaearth")
    codes = np.arange(-127, 128, dtype=np.int8)[:, None]
    v = codes.astype(np.float64)
    np.testing.assert_array_equal(codec.decode(codes), (np.sign(v) * (v / 127.5) ** 2).astype(np.float32))
    assert np.isnan(codec.decode(np.full((1, 2), -128, np.int8))).all()


@pytest.mark.parametrize("name", [*codec_names(), *CHAINS, "rotate+binary"])
def test_a_codec_survives_json_and_its_arrays(name, rng):
    vectors = rng.normal(size=(50, 12)).astype(np.float32)
    codec = make_codec(name).fit(vectors)
    again = codec_from_dict(json.loads(json.dumps(codec.to_dict())), codec.parameters)
    assert again.spec == codec.spec
    np.testing.assert_array_equal(again.encode(vectors), codec.encode(vectors))
    codes, scales = codec.encode(vectors), codec.scales(vectors)
    np.testing.assert_array_equal(
        again.similarity(vectors[0], codes, scales), codec.similarity(vectors[0], codes, scales)
    )


@pytest.mark.parametrize("name", ["int8", "binary"])
def test_an_unfitted_codec_says_to_fit_it(name):
    codec = make_codec(name)
    assert not codec.is_fitted
    with pytest.raises(InvalidInput, match=r"call fit\(vectors\) first"):
        codec.encode(np.zeros((2, 3), np.float32))


def test_int8_is_fitted_on_data_alone(rng):
    vectors = rng.normal(size=(40, 5)).astype(np.float32)
    holed = np.insert(vectors, 7, np.inf, axis=0)
    np.testing.assert_array_equal(make_codec("int8").fit(holed).scale, make_codec("int8").fit(vectors).scale)
    with pytest.raises(InvalidInput, match="fitted on no data"):
        make_codec("int8").fit(np.full((3, 5), np.nan, np.float32))


def test_int8_scores_of_two_quantizers_are_comparable(rng):
    """The trap of codes calibrated by part: scores come from decoded values, so parts rank together."""
    vectors = normalize(rng.normal(size=(400, 32)) + np.repeat([[0.0], [0.6]], 200, axis=0))
    query = vectors[0]
    parts = [vectors[:200], vectors[200:]]
    codecs = [make_codec("int8").fit(part) for part in parts]
    scores = np.concatenate(
        [codec.similarity(query, codec.encode(part)) for codec, part in zip(codecs, parts, strict=True)]
    )
    steps = max(float(codec.scale.max()) for codec in codecs)
    # Half a step in each of 32 bands moves a unit vector by at most √32·step/2, and a cosine by no more than twice that.
    assert np.abs(scores - cosine(query, vectors)).max() <= np.sqrt(32) * steps


def test_an_unknown_codec_names_those_there_are():
    with pytest.raises(InvalidInput, match="alphaearth"):
        make_codec("int9")


def test_a_query_of_another_length_is_refused():
    with pytest.raises(InvalidInput, match=r"these codes need \(64,\)"):
        make_codec("alphaearth").similarity(np.ones(63, np.float32), np.zeros((5, 64), np.int8))
