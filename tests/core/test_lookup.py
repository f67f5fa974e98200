"""Packed fields, learned levels and transforms, against plain numpy and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from embexplore.core.bits import unpack
from embexplore.core.calibration import calibrate
from embexplore.core.codecs import codec_from_dict, make_codec
from embexplore.core.codecs.scalar import Scalar
from embexplore.core.fields import Fields
from embexplore.core.levels import allocate, best_levels, even_levels
from embexplore.core.normalize import normalize
from embexplore.core.transforms import fit_steps, step_names
from embexplore.errors import InvalidInput


@pytest.fixture
def spectrum(rng):
    """Unit vectors (4000, 16) whose directions hold less and less, away from zero, as embeddings are."""
    mixed = rng.normal(size=(4000, 16)) * np.geomspace(1, 0.05, 16) + np.linspace(0.5, 0, 16)
    return normalize(mixed @ np.linalg.qr(rng.normal(size=(16, 16)))[0])


def error_of(codec, vectors):
    return float(np.mean((codec.decode(codec.encode(vectors)).astype(np.float64) - vectors) ** 2))


@settings(max_examples=200)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=70))
def test_symbols_cover_every_field_once_within_two_bytes(widths):
    fields = Fields.of(widths)
    covered = [field for symbol in fields.symbols for field in range(symbol.first, symbol.stop)]
    assert covered == list(range(len(widths)))
    assert fields.nbytes == -(-sum(widths) // 8)
    for symbol in fields.symbols:
        start = fields.starts[symbol.first]
        assert symbol.width == sum(widths[symbol.first : symbol.stop]) <= 8
        assert symbol.byte == start // 8
        assert 16 - symbol.shift - symbol.width == start % 8


def test_fields_wider_than_a_byte_are_refused():
    with pytest.raises(InvalidInput, match="0 to 8 bits"):
        Fields.of([3, 9])


def sides(values, levels):
    """The mean of what each level stands for, and the squared error, plainly."""
    nearest = np.abs(values[:, None] - levels).argmin(axis=1)
    means = np.array([values[nearest == i].mean() if (nearest == i).any() else levels[i] for i in range(len(levels))])
    return means, ((values - levels[nearest]) ** 2).mean()


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_best_levels_lie_at_the_mean_of_what_they_stand_for(bits, rng):
    values = rng.standard_normal(20_000)
    (levels,) = best_levels(values[:, None], np.array([bits]))
    means, _ = sides(values, levels)
    spacing = np.diff(levels).min() if bits > 0 else 1
    # Turns stop when nothing moves by a sixteenth of a grain, or after sixty: within a fiftieth of a step by then.
    assert np.abs(means - levels).max() < spacing / 50


@pytest.mark.parametrize(("bits", "error"), [(1, 0.3634), (2, 0.1175), (3, 0.03454), (4, 0.009497)])
def test_best_levels_of_a_normal_variable_reach_the_published_error(bits, error, rng):
    values = rng.standard_normal(200_000)[:, None]
    (levels,) = best_levels(values, np.array([bits]))
    _, found = sides(values[:, 0], levels)
    # Max 1960, table I. The standard error of a mean square error over 200 000 values is below 0.5 % of it.
    assert found == pytest.approx(error, rel=0.02)


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 8])
def test_even_levels_are_even_and_no_other_step_is_better(bits, rng):
    values = rng.standard_normal(8000) * 0.3 + 0.1
    (levels,) = even_levels(values[:, None], np.array([bits]))
    np.testing.assert_allclose(np.diff(levels), levels[1] - levels[0], rtol=1e-9)
    _, error = sides(values, levels)
    center = levels.mean()
    for factor in (0.8, 0.9, 1.1, 1.25):
        _, other = sides(values, center + (levels - center) * factor)
        assert error < other


@settings(max_examples=30)
@given(hnp.arrays(np.float32, (12, 3), elements=st.sampled_from([-1.0, 0.0, 0.25, 1.0])), st.integers(0, 24))
def test_allocated_bits_add_up_and_never_go_to_less_variance_first(vectors, bits):
    widths = allocate(vectors, bits)
    assert int(widths.sum()) == bits
    assert widths.max(initial=0) <= 8
    order = np.argsort(-vectors.astype(np.float64).var(axis=0), kind="stable")
    if bits <= 8:
        assert np.all(np.diff(widths[order].astype(int)) <= 0)


def test_more_bits_than_bands_can_take_are_refused():
    with pytest.raises(InvalidInput, match="expected 0 to 24"):
        allocate(np.zeros((5, 3)), 25)


def test_pca_steps_are_the_axes_of_scikit_learn(spectrum):
    from sklearn.decomposition import PCA

    linear = fit_steps("pca5", spectrum, 0)
    theirs = PCA(5, svd_solver="full").fit(spectrum.astype(np.float64))
    np.testing.assert_allclose(np.abs(linear.axes @ theirs.components_.T), np.eye(5), atol=1e-6)
    mapped = spectrum @ linear.axes.T @ linear.axes + linear.rest
    np.testing.assert_allclose(
        mapped, theirs.inverse_transform(theirs.transform(spectrum.astype(np.float64))), atol=1e-6
    )


@pytest.mark.parametrize("steps", ["pca", "pca3", "rotate", "pca7+rotate", "rotate+pca7"])
def test_a_chain_of_steps_has_orthonormal_axes_and_a_rest_outside_them(steps, spectrum):
    linear = fit_steps(steps, spectrum, 0)
    np.testing.assert_allclose(linear.axes @ linear.axes.T, np.eye(len(linear.axes)), atol=1e-12)
    np.testing.assert_allclose(linear.axes @ linear.rest, 0, atol=1e-12)


def test_a_rotation_depends_on_its_seed_alone(spectrum):
    first, again, other = (fit_steps("rotate", spectrum[i:], seed).axes for i, seed in ((0, 1), (9, 1), (0, 2)))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("pca17", "keep 1 to 16"),
        ("pca0", "keep 1 to 16"),
        ("rotate4", "keeps all"),
        ("spin", "unknown"),
        ("", "unknown"),
    ],
)
def test_steps_that_cannot_be_are_a_sentence(steps, words, spectrum):
    with pytest.raises(InvalidInput, match=words):
        fit_steps(steps, spectrum, 0)


def test_steps_are_listed():
    assert set(step_names()) >= {"pca", "rotate"}


def test_more_bits_lose_less_and_better_levels_lose_less(spectrum):
    errors = {name: error_of(make_codec(name).fit(spectrum), spectrum) for name in ("int2", "int3", "int4", "uint8")}
    assert errors["uint8"] < errors["int4"] < errors["int3"] < errors["int2"]
    for even, best in (("int2", "lloyd2"), ("int4", "lloyd4")):
        assert error_of(make_codec(best).fit(spectrum), spectrum) < errors[even]


def test_bits_by_variance_along_principal_axes_lose_least_for_the_same_bytes(spectrum):
    errors = [error_of(make_codec(name).fit(spectrum), spectrum) for name in ("pca+water2", "lloyd2", "int2")]
    assert errors == sorted(errors)


@pytest.mark.parametrize("name", ["pca4+int4", "pca4+rotate+int4", "pca4+binary-asymmetric"])
def test_fewer_dimensions_take_fewer_bytes(name, spectrum):
    codec = make_codec(name).fit(spectrum)
    assert codec.encode(spectrum).shape[1] == codec.code_size(16) == -(-4 * codec.inner.bits // 8)
    assert codec.bytes_per_pixel(16) == codec.code_size(16)


def test_side_information_is_counted(spectrum):
    codec = make_codec("pca4+int4").fit(spectrum)
    assert codec.side_bytes == 4 * (4 * 16 + 16) + 4 * 16 * 4 + 4  # axes, rest, levels, widths
    assert make_codec("alphaearth").side_bytes == 0


def test_int8_after_a_transform_has_all_256_levels(spectrum):
    codec = make_codec("pca+int8").fit(spectrum)
    assert codec.inner.bits == 8
    assert codec.spec == "pca+int8"
    again = codec_from_dict(codec.to_dict(), codec.parameters)
    np.testing.assert_array_equal(again.encode(spectrum), codec.encode(spectrum))


def test_bits_after_a_transform_keep_the_cosines_before_it(spectrum):
    codec = make_codec("pca4+binary").fit(spectrum)
    bits = unpack(codec.encode(spectrum), 4)
    np.testing.assert_array_equal(codec.inner.calibration, calibrate(spectrum.astype(np.float64), bits))
    scores = codec.similarity(spectrum[:50], codec.encode(spectrum))
    assert set(np.unique(scores)) <= set(codec.inner.calibration)


@pytest.mark.parametrize("name", ["rotate+alphaearth", "rotate+tessera", "pca4+float32"])
def test_codecs_that_cannot_follow_a_transform_are_named(name, spectrum):
    with pytest.raises(InvalidInput, match="cannot follow a transform"):
        make_codec(name).fit(spectrum)


@pytest.mark.parametrize("options", [{"bits": 0}, {"bits": 9}, {"grid": "odd"}, {"allocated": True}])
def test_scalar_options_that_cannot_be_are_refused(options):
    with pytest.raises(InvalidInput, match="expected 1 to 8 bits"):
        Scalar(**options)


@pytest.mark.parametrize("name", ["int4", "pca4+int4", "rotate+binary"])
def test_codecs_fitted_on_no_data_or_not_at_all_say_so(name):
    with pytest.raises(InvalidInput, match="fitted on"):
        make_codec(name).fit(np.full((5, 16), np.nan, np.float32))
    with pytest.raises(InvalidInput, match=r"call fit\(vectors\) first"):
        make_codec(name).encode(np.zeros((2, 16), np.float32))


@pytest.mark.parametrize("name", ["int4", "water2", "pca3+lloyd2"])
def test_constant_bands_come_back_as_they_were(name, rng):
    vectors = np.tile(np.float32([0.5, 0.0, -0.25, 0.75]), (50, 1))
    vectors[:, 1] = rng.normal(size=50)
    decoded = make_codec(name).fit(vectors).decode(make_codec(name).fit(vectors).encode(vectors))
    # Levels of a constant band lie 2⁻¹⁴ of the largest value apart, so that 16 of them reach half of 15 such steps.
    np.testing.assert_allclose(decoded[:, [0, 2, 3]], vectors[:, [0, 2, 3]], atol=8 * 2.0**-14 * np.abs(vectors).max())


def test_a_vector_with_nan_has_code_zero(spectrum):
    holed = spectrum[:5].copy()
    holed[2, 3] = np.nan
    for name in ("int4", "pca4+int4"):
        codes = make_codec(name).fit(spectrum).encode(holed)
        assert not codes[2].any()
        np.testing.assert_array_equal(
            codes[[0, 1, 3, 4]], make_codec(name).fit(spectrum).encode(spectrum[[0, 1, 3, 4]])
        )
