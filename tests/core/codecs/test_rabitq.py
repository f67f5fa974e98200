"""RaBitQ: right on average over random rotations, and no farther off than its paper says."""

import numpy as np
import pytest
from scipy.stats import beta, binomtest

from embexplore.core.codecs import codec_from_dict, make_codec
from embexplore.core.codecs.rabitq import STEPS, RaBitQ, mean_angle
from embexplore.core.normalize import normalize
from embexplore.errors import InvalidInput

NAMES = ("rabitq", "rabitq-lite")


def around(rng, n, d):
    """Unit vectors around a center that is not zero."""
    return normalize(rng.normal(size=(n, d)) + np.linspace(0, 2, d))


def parts_of(codec, codes):
    """Signs, r and a as the format says, read plainly."""
    d = len(codec.center)
    signs = 2.0 * np.unpackbits(codes[..., : -(-d // 8)], axis=-1, count=d) - 1
    r = codes[..., -(-d // 8)] * (1 + np.linalg.norm(codec.center.astype(np.float64))) / STEPS
    a = codes[..., -1] / STEPS if codec.has_angle else np.full(r.shape, mean_angle(d))
    return signs, r, a


def rounding(codec, query, r, a):
    """How far r and a in bytes may move a score: its derivatives, times half a step each, and 1 % for what curves.

    d score / d r = ⟨P(q − c), s⟩/(√d·a) − r and d score / d a = −r·⟨P(q − c), s⟩/(√d·a²), with
    |⟨P(q − c), s⟩| ≤ √d·|q − c|.
    """
    away = np.linalg.norm(query - codec.center)
    step = (1 + np.linalg.norm(codec.center.astype(np.float64))) / STEPS
    of_a = r * away / a**2 / STEPS if codec.has_angle else 0
    return 1.01 * (step * (away / a + r) + of_a) / 2


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("d", [1, 3, 8, 13, 64])
def test_scores_are_the_formula_of_the_bits_and_numbers_in_the_code(name, d, rng):
    vectors, queries = around(rng, 200, d), rng.normal(size=(3, d)).astype(np.float32)
    codec = make_codec(name).fit(vectors)
    codes = codec.encode(vectors)
    signs, r, a = parts_of(codec, codes)
    c, q = codec.center.astype(np.float64), normalize(queries).astype(np.float64)
    dots = (q - c) @ codec.axes.T.astype(np.float64) @ signs.T
    expected = dots * r / (np.sqrt(d) * a) + (q @ c)[:, None] + (1 - c @ c - r**2) / 2
    # Sums of d terms of |q − c| / √d, times r / a, in float32, and a few terms of 2 at most.
    atol = ((d + 4) * np.abs(r / a).max() * 2 + 16) * 2.0**-23
    np.testing.assert_allclose(codec.similarity(queries, codes), expected, rtol=0, atol=atol)


@pytest.mark.parametrize("name", NAMES)
def test_over_random_rotations_scores_are_right_on_average(name, rng):
    d, turns = 24, 800
    vectors = around(rng, 40, d)
    query = vectors[0] + 0.2 * rng.normal(size=d).astype(np.float32)
    truth = vectors.astype(np.float64) @ normalize(query)
    scores = np.empty((turns, len(vectors)))
    for seed in range(turns):
        codec = make_codec(name, seed=seed).fit(vectors)
        codes = codec.encode(vectors)
        scores[seed] = codec.similarity(query, codes)
    _, r, a = parts_of(codec, codes)
    # Of 40 means one lies beyond 4.5 standard errors in 3000 such tests.
    bound = 4.5 * scores.std(axis=0, ddof=1) / np.sqrt(turns) + rounding(codec, normalize(query), r, 0.9 * a)
    off = np.abs(scores.mean(axis=0) - truth)
    assert (off <= bound).all()
    assert bound.max() < scores.std(axis=0).min(), "or else anything would pass"


@pytest.mark.parametrize("epsilon", [1.9, 1.0])
def test_errors_stay_within_the_papers_bound_as_often_as_it_says(epsilon):
    """Theorem 3.2: |⟨x̄,q⟩/a − ⟨o,q⟩| ≤ √(1 − a²)/a · ε/√(d − 1), but for a share of what the sphere's caps hold."""
    d, inside, total = 64, 0, 0
    tail = 1 - beta.cdf((epsilon**2) / (d - 1), 0.5, (d - 2) / 2)  # of a component in d − 1 dimensions
    for seed in range(40):
        vectors = around(np.random.default_rng(seed), 60, d)
        codec = make_codec("rabitq", seed=seed).fit(vectors)
        codes = codec.encode(vectors)
        query = normalize(np.random.default_rng(1000 + seed).normal(size=d) + 1)
        _, r, a = parts_of(codec, codes)
        truth = vectors.astype(np.float64) @ query
        bound = r * np.linalg.norm(query - codec.center) * np.sqrt(1 - a**2) / a * epsilon / np.sqrt(d - 1)
        off = np.abs(codec.similarity(query, codes) - truth)
        inside += int((off <= bound + rounding(codec, query, r, a)).sum())
        total += len(vectors)
    share = binomtest(total - inside, total).proportion_ci(0.9999)
    assert share.low <= tail
    assert tail < 0.35, "a bound that holds"


def test_the_error_is_the_papers_and_not_far_below_it():
    """The mean square of the error is r²·|q − c|²·(1 − a²)/a²·(1 − cos²)/(d − 1), for directions at random."""
    d = 64
    ratios = []
    for seed in range(60):
        vectors = around(np.random.default_rng(seed), 100, d)
        codec = make_codec("rabitq", seed=seed).fit(vectors)
        codes = codec.encode(vectors)
        query = normalize(np.random.default_rng(1000 + seed).normal(size=d) + 1).astype(np.float64)
        _, r, a = parts_of(codec, codes)
        away, x = query - codec.center, vectors - codec.center.astype(np.float64)
        cos = x @ away / np.linalg.norm(x, axis=1) / np.linalg.norm(away)
        expected = r**2 * (away @ away) * (1 - a**2) / a**2 * (1 - cos**2) / (d - 1)
        ratios.append(((codec.similarity(query, codes) - vectors.astype(np.float64) @ query) ** 2 / expected).mean())
    # One rotation is one draw of correlated errors, so what counts are the 60 means; rounding adds up to 4 %.
    assert np.mean(ratios) == pytest.approx(1.02, abs=0.02 + 4 * np.std(ratios) / np.sqrt(len(ratios)))


@pytest.mark.parametrize("d", [1, 2, 3, 64, 768])
def test_the_mean_angle_is_that_of_random_directions_and_their_signs(d, rng):
    directions = rng.normal(size=(20_000, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    a = np.abs(directions).sum(axis=1) / np.sqrt(d)
    assert mean_angle(d) == pytest.approx(a.mean(), abs=4 * a.std() / np.sqrt(len(a)) + 1e-12)


def test_a_byte_less_keeps_bits_and_distance(rng):
    vectors = around(rng, 100, 20)
    whole, lite = (make_codec(name).fit(vectors) for name in NAMES)
    np.testing.assert_array_equal(whole.encode(vectors)[:, :-1], lite.encode(vectors))
    assert (whole.bytes_per_pixel(64), lite.bytes_per_pixel(64)) == (10, 9)
    assert whole.side_bytes == 4 * (20 + 400)


def test_decoded_vectors_lie_at_their_distance_from_the_center(rng):
    vectors = around(rng, 100, 20)
    codec = make_codec("rabitq").fit(vectors)
    decoded = codec.decode(codec.encode(vectors))
    r, away = (np.linalg.norm(each - codec.center, axis=1) for each in (vectors, decoded))
    half = (1 + np.linalg.norm(codec.center)) / STEPS / 2
    np.testing.assert_allclose(away, r, rtol=0, atol=half * 1.001)
    x = (vectors - codec.center) / r[:, None]
    a = np.einsum("ij,ij->i", x, (decoded - codec.center) / away[:, None])
    np.testing.assert_allclose(codec.encode(vectors)[:, -1] / STEPS, a, rtol=0, atol=0.501 / STEPS)


def test_the_center_itself_and_no_data_have_codes(rng):
    vectors = around(rng, 50, 12)
    codec = make_codec("rabitq").fit(vectors)
    np.testing.assert_array_equal(codec.encode(codec.center), [0, 0, 0, STEPS])
    np.testing.assert_array_equal(codec.decode(codec.encode(codec.center)), codec.center)
    holed = vectors.copy()
    holed[3, 5] = np.nan
    assert not codec.encode(holed)[3].any()


def test_what_cannot_be_is_a_sentence(rng):
    with pytest.raises(InvalidInput, match=r"call fit\(vectors\) first"):
        RaBitQ().encode(np.zeros((2, 3), np.float32))
    with pytest.raises(InvalidInput, match="fitted on no data"):
        RaBitQ().fit(np.full((4, 3), np.nan, np.float32))
    with pytest.raises(ValueError, match="this codec has 12"):
        RaBitQ().fit(around(rng, 5, 12)).encode(np.zeros((2, 1), np.float32))


@pytest.mark.parametrize("name", NAMES)
def test_another_rotation_is_an_option_that_a_cube_keeps(name, rng):
    vectors = around(rng, 30, 8)
    codec = make_codec(name, seed=7).fit(vectors)
    again = codec_from_dict(codec.to_dict(), codec.parameters)
    assert again.to_dict() == {"name": name, "has_angle": name == "rabitq", "seed": 7}
    np.testing.assert_array_equal(
        again.similarity(vectors[0], codec.encode(vectors)), codec.similarity(vectors[0], codec.encode(vectors))
    )
