"""Product and residual quantization: k-means and codes as scikit-learn and plain numpy have them, errors that fall."""

import numpy as np
import pytest

from embexplore.core.codebooks import ENTRIES, distinct, filled, is_repeat, learned, nearest
from embexplore.core.codecs import codec_from_dict, make_codec
from embexplore.core.cosine import cosine
from embexplore.core.learned_rotation import balanced_axes, learned_rotation, parts_of
from embexplore.core.normalize import normalize
from embexplore.core.stages import KEPT, added, learned_stages, numbers_of
from embexplore.errors import InvalidInput


@pytest.fixture
def clouds(rng):
    """Unit vectors (3000, 16) around 40 places, as embeddings of kinds of ground are."""
    places = rng.normal(size=(40, 16)) * np.geomspace(1, 0.1, 16)
    turn = np.linalg.qr(rng.normal(size=(16, 16)))[0]
    return normalize((places[rng.integers(0, 40, 3000)] + 0.1 * rng.normal(size=(3000, 16))) @ turn)


def error_of(codec, vectors):
    return float(((codec.decode(codec.encode(vectors)).astype(np.float64) - vectors) ** 2).sum(axis=1).mean())


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("sizes", [(5,), (4, 4), (3, 3, 2), (1, 0, 7)])
def test_the_nearest_entry_is_that_of_plain_distances(sizes, rng):
    vectors = rng.normal(size=(700, sum(sizes)))
    books = [rng.normal(size=(ENTRIES, size)).astype(np.float32) for size in sizes]
    numbers, first = nearest(vectors, books), 0
    for book, own in zip(books, numbers.T, strict=True):
        part = vectors[:, first : first + book.shape[1]].astype(np.float32).astype(np.float64)
        first += book.shape[1]
        apart = ((part[:, None] - book) ** 2).sum(axis=-1)
        # Sums of so many float32 squares, each of a difference rounded once.
        rounding = (2 * book.shape[1] + 4) * 2.0**-23
        assert np.all(apart[np.arange(700), own] <= apart.min(axis=1) * (1 + rounding))


@pytest.mark.usefixtures("backend")
def test_repeats_of_an_entry_and_vectors_without_numbers_are_code_zero(rng):
    book = filled(rng.normal(size=(3, 4)).astype(np.float32))
    vectors = np.concatenate([book[:3], rng.normal(size=(50, 4)).astype(np.float32), [[np.nan, 0, 0, 0]]])
    numbers = nearest(vectors, [book])[:, 0]
    assert numbers[:3].tolist() == [0, 1, 2]
    assert numbers.max() == 2
    assert numbers[-1] == 0
    assert is_repeat(book).tolist() == [False] * 3 + [True] * 253


def test_k_means_ends_as_well_as_that_of_scikit_learn(rng):
    from sklearn.cluster import KMeans

    vectors = rng.normal(size=(4000, 3)).astype(np.float32)
    errors = []
    for seed in range(3):
        entries = learned(vectors, seed)
        found = ((vectors - entries[nearest(vectors, [entries])[:, 0]]) ** 2).sum()
        theirs = KMeans(ENTRIES, n_init=1, init="random", max_iter=25, random_state=seed).fit(vectors).inertia_
        errors.append(found / theirs)
    # Their own ends of other seeds lie 1 % apart.
    assert np.mean(errors) < 1.02


def test_few_different_vectors_are_the_entries_themselves(rng):
    vectors = rng.integers(0, 2, (500, 3)).astype(np.float32)
    entries = learned(vectors, 0)
    np.testing.assert_array_equal(np.unique(entries, axis=0), np.unique(vectors, axis=0))
    codec = make_codec("pq8").fit(vectors)
    np.testing.assert_array_equal(codec.decode(codec.encode(vectors)), vectors)


def test_entries_that_rounding_could_confuse_become_one_and_what_is_left_of_zero_zero():
    entries = np.float32([[1, 0.5], [1 + 2e-7, 0.5], [1, 0.25], [0, 3e-8]])
    assert distinct(entries, 1e-6)[:4].tolist() == [[1, 0.5], [1, 0.25], [0, 0], [1, 0.5]]


@pytest.mark.parametrize(("d", "count", "sizes"), [(64, 8, [8] * 8), (7, 3, [3, 2, 2]), (3, 8, [1, 1, 1])])
def test_sub_vectors_cover_all_bands_as_evenly_as_can_be(d, count, sizes):
    parts = parts_of(d, count)
    assert [part.stop - part.start for part in parts] == sizes
    assert np.concatenate([np.arange(d)[part] for part in parts]).tolist() == list(range(d))


def test_codes_are_the_entries_side_by_side(clouds):
    codec = make_codec("pq4").fit(clouds)
    codes = codec.encode(clouds)
    plain = np.concatenate([codec.entries[codes[:, i], 4 * i : 4 * i + 4] for i in range(4)], axis=1)
    np.testing.assert_array_equal(codec.decode(codes), plain)
    assert codec.side_bytes == 4 * ENTRIES * 16


def test_the_rotation_is_one_and_its_error_falls_turn_by_turn(clouds):
    axes, errors = learned_rotation(clouds, parts_of(16, 4), 0)
    np.testing.assert_allclose(axes @ axes.T, np.eye(16), atol=1e-6)
    # Each half of a turn is the best for the other; entries that move to worst vectors may cost a little.
    assert errors[-1] < errors[0]
    assert np.mean(np.diff(errors) <= 1e-3 * errors[0]) == 1


def test_axes_are_dealt_so_that_sub_vectors_hold_the_same(rng):
    deviations = np.geomspace(1, 0.01, 16)
    vectors = rng.normal(size=(20_000, 16)) * deviations
    axes = balanced_axes(vectors, parts_of(16, 4))
    products = np.log((vectors @ axes.T).var(axis=0)).reshape(4, 4).sum(axis=1)
    assert np.ptp(products) < np.ptp(np.log(deviations**2).reshape(4, 4).sum(axis=1)) / 4


def test_a_rotation_and_stages_lose_less_than_sub_vectors_alone(clouds):
    errors = [error_of(make_codec(name).fit(clouds[:2000]), clouds[2000:]) for name in ("pq4", "opq4", "rvq4")]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize(("less", "more"), [("pq4", "pq8"), ("opq4", "opq8"), ("rvq4", "rvq8")])
def test_more_bytes_lose_less(less, more, clouds):
    few, many = (error_of(make_codec(name).fit(clouds), clouds) for name in (less, more))
    assert many < few


def test_following_several_sums_ends_no_farther_than_the_nearest_of_each_stage(clouds):
    entries = learned_stages(clouds, 4, 0)
    left = clouds.astype(np.float64)
    for book in entries:
        left = left - book[((left[:, None] - book) ** 2).sum(axis=-1).argmin(axis=1)]
    followed = clouds - added(numbers_of(clouds, entries), entries)
    greedy, ours = ((part**2).sum(axis=1).mean() for part in (left, followed))
    assert ours < greedy


def test_with_two_stages_the_sums_followed_are_the_best_of_all_behind_the_first(rng):
    vectors = rng.normal(size=(60, 3)).astype(np.float32)
    entries = rng.normal(size=(2, ENTRIES, 3)).astype(np.float32)
    firsts = np.argsort(((vectors[:, None] - entries[0]) ** 2).sum(axis=-1), axis=1)[:, :KEPT]
    left = vectors[:, None] - entries[0][firsts]
    apart = ((left[:, :, None] - entries[1]) ** 2).sum(axis=-1)
    found = ((vectors - added(numbers_of(vectors, entries), entries)) ** 2).sum(axis=-1)
    np.testing.assert_allclose(found, apart.min(axis=(1, 2)), atol=64 * 2.0**-23 * (vectors**2).sum(axis=1).max())


@pytest.mark.usefixtures("backend")
def test_added_codes_score_as_cosines_of_their_sums(clouds, rng):
    codec = make_codec("rvq4").fit(clouds)
    codes = codec.encode(clouds)
    query = rng.normal(size=(3, 16))
    largest = np.abs(codec.entries).max(axis=1).sum(axis=0).max() / np.linalg.norm(codec.decode(codes), axis=1).min()
    scores = codec.similarity(query, codes)
    np.testing.assert_allclose(scores, cosine(query, codec.decode(codes)), rtol=0, atol=40 * 2.0**-23 * (1 + largest))


@pytest.mark.parametrize("name", ["pq8", "opq8", "rvq8"])
def test_codebooks_depend_on_the_seed_alone_and_survive_storage(name, clouds):
    first, again = (make_codec(name).fit(clouds, random_state=3) for _ in range(2))
    np.testing.assert_array_equal(first.entries, again.entries)
    stored = codec_from_dict(first.to_dict(), first.parameters)
    np.testing.assert_array_equal(stored.encode(clouds[:50]), first.encode(clouds[:50]))


@pytest.mark.parametrize("name", ["pq8", "opq8", "rvq8"])
def test_holes_are_left_out_of_the_fit_and_have_code_zero(name, clouds):
    holed = np.insert(clouds[:300], 7, np.nan, axis=0)
    codec, plain = make_codec(name).fit(holed), make_codec(name).fit(clouds[:300])
    np.testing.assert_array_equal(codec.entries, plain.entries)
    codes = codec.encode(holed)
    assert not codes[7].any()
    np.testing.assert_array_equal(np.delete(codes, 7, axis=0), plain.encode(clouds[:300]))


@pytest.mark.parametrize("name", ["pq8", "opq8", "rvq8"])
def test_codecs_fitted_on_no_data_or_not_at_all_or_elsewhere_say_so(name, clouds):
    with pytest.raises(InvalidInput, match="fitted on 0 vectors"):
        make_codec(name).fit(np.full((5, 16), np.nan, np.float32))
    with pytest.raises(InvalidInput, match=r"call fit\(vectors\) first"):
        make_codec(name).encode(clouds)
    with pytest.raises(ValueError, match="this codec has 16"):
        make_codec(name).fit(clouds[:50]).encode(clouds[:, :12])


@pytest.mark.parametrize("options", [("product", {"subvectors": 0}), ("residual", {"stages": 0})])
def test_codes_of_no_bytes_are_refused(options):
    name, given = options
    with pytest.raises(InvalidInput, match="expected 1 at least"):
        make_codec(name, **given)


def test_sub_vectors_may_follow_a_transform_and_a_rotation_of_their_own_may_not(clouds):
    codec = make_codec("pca8+pq4").fit(clouds)
    codes = codec.encode(clouds)
    assert codes.shape == (3000, codec.code_size(16)) == (3000, 4)
    query = clouds[:3]
    # Sums of 4 + 8 float32 terms and of 16 in decoding, whose sizes the lengths bound.
    atol = 64 * 2.0**-23
    np.testing.assert_allclose(codec.similarity(query, codes), cosine(query, codec.decode(codes)), rtol=0, atol=atol)
    with pytest.raises(InvalidInput, match="cannot follow a transform"):
        make_codec("pca8+opq4").fit(clouds)
