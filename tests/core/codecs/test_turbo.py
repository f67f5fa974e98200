"""TurboQuant: the same error whatever the data, and the estimate of a dot product that is right on average."""

import numpy as np
import pytest

from embexplore.core.codecs import codec_from_dict, make_codec
from embexplore.core.codecs.turbo import Turbo, TurboUnbiased
from embexplore.core.normalize import normalize
from embexplore.core.sphere import sphere_error, sphere_levels
from embexplore.errors import InvalidInput


def spiked(n, d):
    """Unit vectors far from random: one band holds all of each."""
    return np.eye(d, dtype=np.float32)[np.arange(n) % d]


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_over_rotations_the_error_is_the_one_that_was_computed_for_any_data(bits):
    d, error = 64, sphere_error(64, sphere_levels(64, bits))
    means = []
    for seed in range(25):
        codec = make_codec(f"turbo{bits}", seed=seed).fit(spiked(d, d))
        means.append(((codec.decode(codec.encode(spiked(d, d))) - spiked(d, d)) ** 2).sum(axis=-1).mean())
    assert np.mean(means) == pytest.approx(error, abs=4 * np.std(means, ddof=1) / np.sqrt(len(means)))
    assert np.std(means) < error / 20, "or else anything would pass"


def test_what_it_is_fitted_on_does_not_matter_but_for_the_number_of_bands(rng):
    one, other = (make_codec("turbo3").fit(x.astype(np.float32)) for x in (rng.normal(size=(9, 16)), np.zeros((1, 16))))
    vectors = normalize(rng.normal(size=(50, 16)))
    np.testing.assert_array_equal(one.encode(vectors), other.encode(vectors))


def test_numbers_are_those_of_the_nearest_levels_after_the_rotation(rng):
    vectors = normalize(rng.normal(size=(200, 16)))
    codec = make_codec("turbo2").fit(vectors)
    z = vectors.astype(np.float64) @ codec.axes.T
    nearest = np.abs(z[..., None] - sphere_levels(16, 2)).argmin(axis=-1)
    expected = (nearest.reshape(200, 4, 4) << [6, 4, 2, 0]).sum(axis=-1)
    np.testing.assert_array_equal(codec.encode(vectors), expected)


def test_the_estimate_over_rotations_and_projections_is_right_on_average(rng):
    d, turns = 16, 800
    vectors = normalize(rng.normal(size=(30, d)) + np.linspace(0, 1, d))
    query = normalize(vectors[0] + 0.2 * rng.normal(size=d).astype(np.float32))
    truth, scores, plain = vectors.astype(np.float64) @ query, [], []
    for seed in range(turns):
        codec = make_codec("turbo2-unbiased", seed=seed).fit(vectors)
        codes = codec.encode(vectors)
        scores.append(codec.similarity(query, codes, codec.scales(vectors)))
        plain.append(codec.decode(codes) @ query)
    error = np.std(scores, axis=0, ddof=1) / np.sqrt(turns)
    off = np.abs(np.mean(scores, axis=0) - truth)
    # Of 30 means one lies beyond 4.5 standard errors in 4000 such tests.
    assert (off <= 4.5 * error).all()
    assert (np.abs(np.mean(plain, axis=0) - truth) > 4.5 * error).any(), "levels alone are not: they shrink"


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_the_error_of_the_estimate_is_the_papers(bits):
    """Theorem 2: a mean square of π/2·D/d with a unit query, D that of a bit less: 0.56/d, 0.18/d, 0.047/d for 2, 3, 4."""
    d, errors = 64, []
    for seed in range(10):
        draws = np.random.default_rng(seed)
        vectors, queries = (normalize(draws.normal(size=(300, d))) for _ in range(2))
        codec = make_codec(f"turbo{bits}-unbiased", seed=seed).fit(vectors)
        scores = codec.similarity(queries, codec.encode(vectors), codec.scales(vectors))
        errors.append(d * ((scores - queries.astype(np.float64) @ vectors.T) ** 2).mean())
    bound = np.pi / 2 * sphere_error(d, sphere_levels(d, bits - 1))
    # A bound, and nearly reached: what is left out is ⟨e, q⟩² on average, D/d of D.
    assert np.mean(errors) == pytest.approx(bound * (1 - 1 / d), abs=4 * np.std(errors, ddof=1) / np.sqrt(len(errors)))
    assert np.std(errors) / np.sqrt(len(errors)) < bound / 30, "or else anything would pass"


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("d", [1, 5, 8, 13])
@pytest.mark.parametrize("bits", [2, 4])
def test_scores_are_the_formula_of_levels_signs_and_scale(bits, d, rng):
    vectors, queries = normalize(rng.normal(size=(60, d))), rng.normal(size=(2, d)).astype(np.float32)
    codec = make_codec(f"turbo{bits}-unbiased").fit(vectors)
    codes, gamma, size = codec.encode(vectors), codec.scales(vectors), -(-d // 8)
    assert codes.shape[1] == -(-d * (bits - 1) // 8) + size
    signs = 2.0 * np.unpackbits(codes[:, -size:], axis=-1, count=d) - 1
    q = normalize(queries).astype(np.float64)
    kept = codec.decode(codes).astype(np.float64)
    projected = q @ codec.axes.T.astype(np.float64) @ codec.projection.T.astype(np.float64)
    expected = q @ kept.T + gamma * np.sqrt(np.pi / 2) / d * (projected @ signs.T)
    atol = (4 * d + 16) * 2.0**-23 * max(1, np.abs(projected).sum(axis=1).max() / d)
    np.testing.assert_allclose(codec.similarity(queries, codes, gamma), expected, rtol=0, atol=atol)
    left = np.linalg.norm(vectors - kept, axis=1)
    np.testing.assert_allclose(gamma, left, rtol=0, atol=8 * d * 2.0**-23)


def test_no_data_is_in_the_scale(rng):
    vectors = normalize(rng.normal(size=(6, 8)))
    vectors[2, 3] = np.nan
    codec = make_codec("turbo2-unbiased").fit(vectors)
    codes, scales = codec.encode(vectors), codec.scales(vectors)
    assert np.isposinf(scales).tolist() == [False, False, True, False, False, False]
    assert np.isnan(codec.similarity(vectors[0], codes, scales)).tolist() == np.isposinf(scales).tolist()
    with pytest.raises(InvalidInput, match="without their scales"):
        codec.similarity(vectors[0], codes)


def test_bytes_count_the_scale_and_what_is_kept_beside():
    plain, unbiased = (make_codec(name).fit(np.zeros((1, 64), np.float32)) for name in ("turbo4", "turbo4-unbiased"))
    assert (plain.bytes_per_pixel(64), unbiased.bytes_per_pixel(64)) == (32, 36)
    assert (plain.side_bytes, unbiased.side_bytes) == (64 * 64 * 4, 2 * 64 * 64 * 4)


@pytest.mark.parametrize("name", ["turbo7", "turbo5-unbiased"])
def test_names_that_are_not_listed_are_there_too(name, rng):
    vectors = normalize(rng.normal(size=(20, 8)))
    codec = make_codec(name, seed=3).fit(vectors)
    assert codec.spec == name
    again = codec_from_dict(codec.to_dict(), codec.parameters)
    np.testing.assert_array_equal(again.encode(vectors), codec.encode(vectors))


def test_what_cannot_be_is_a_sentence():
    with pytest.raises(InvalidInput, match="expected 1 to 8"):
        Turbo(bits=0)
    with pytest.raises(InvalidInput, match="expected 2 to 8"):
        TurboUnbiased(bits=1)
    for codec in (Turbo(), TurboUnbiased()):
        assert not codec.is_fitted
        with pytest.raises(InvalidInput, match=r"call fit\(vectors\) first"):
            codec.encode(np.zeros((2, 8), np.float32))
