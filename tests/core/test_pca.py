"""PCA is exact, however the vectors arrive; colors are those of the plain formula."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embexplore.core.codecs import codec_names, make_codec
from embexplore.core.covariance import Covariance
from embexplore.core.normalize import normalize
from embexplore.core.pca import PCA, fit_pca, rgb
from embexplore.errors import InvalidInput

EPS = np.finfo(np.float64).eps


@pytest.fixture
def vectors(rng):
    """Vectors with a falling spectrum, around a mean that is large beside their spread."""
    return rng.normal(size=(5000, 32)) * np.geomspace(1, 0.01, 32) @ np.linalg.qr(rng.normal(size=(32, 32)))[0] + 50


def test_the_components_are_those_of_scikit_learn(vectors):
    from sklearn.decomposition import PCA as Reference

    pca, reference = fit_pca(Covariance().update(vectors), vectors, 8), Reference(8, svd_solver="full").fit(vectors)
    # Components turn by the error of the covariance, n·eps of its largest entry, over the gap between variances.
    gaps = -np.diff(np.append(reference.explained_variance_, 0))
    turned = len(vectors) * EPS * reference.explained_variance_[0] / gaps
    assert np.all(np.abs(pca.components_ - reference.components_).max(axis=1) <= np.maximum(turned, 1e-12))
    np.testing.assert_allclose(
        pca.explained_variance_ratio_, reference.explained_variance_ratio_, rtol=len(vectors) * EPS * 100
    )
    np.testing.assert_allclose(pca.mean_, reference.mean_, rtol=len(vectors) * EPS)


@settings(max_examples=40)
@given(cuts=st.lists(st.integers(0, 300), max_size=5), seed=st.integers(0, 99))
def test_the_covariance_is_the_same_in_parts_merged_in_any_grouping(cuts, seed):
    x = np.random.default_rng(seed).normal(size=(300, 5)) + 1000
    parts = np.split(x, sorted(cuts))
    streamed, merged = Covariance(), Covariance()
    for part in parts:
        streamed.update(part)
        merged.merge(Covariance().update(part))
    for gathered in (streamed, merged):
        assert gathered.count == 300
        # 300 terms around a shift that lies within the spread, taken off numbers near 1000.
        np.testing.assert_allclose(gathered.mean, x.mean(axis=0), rtol=300 * EPS)
        np.testing.assert_allclose(gathered.covariance, np.cov(x.T), rtol=0, atol=300 * EPS * 1000)


def test_vectors_without_data_are_left_out(vectors):
    holed = np.insert(vectors, [3, 900], [[np.nan], [np.inf]], axis=0)
    a, b = Covariance().update(holed.reshape(-1, 2, 32)), Covariance().update(vectors)
    assert a.count == b.count
    np.testing.assert_allclose(a.covariance, b.covariance, rtol=0, atol=len(vectors) * EPS * 10)


def test_the_largest_element_of_each_component_is_positive(vectors):
    components = fit_pca(Covariance().update(vectors), vectors, 32).components_
    assert np.all(components[np.arange(32), np.abs(components).argmax(axis=1)] > 0)
    flipped = fit_pca(Covariance().update(-vectors), -vectors, 5).components_
    np.testing.assert_allclose(flipped, components[:5], rtol=0, atol=1e-9)


def test_the_stretch_holds_percentiles_2_and_98_of_the_sample(vectors):
    pca = fit_pca(Covariance().update(vectors), vectors[:1000], 3)
    values = (vectors[:1000] - pca.mean_) @ pca.components_.T
    np.testing.assert_allclose(pca.stretch_, np.percentile(values, [2, 98], axis=0).T)


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("name", codec_names())
def test_colors_are_the_stretched_components_of_decoded_vectors(name, rng, in_every_order):
    x = normalize(rng.normal(size=(31, 37, 20)) * np.geomspace(1, 0.1, 20))
    x[3, 4] = np.nan
    codec = make_codec(name).fit(x.reshape(-1, 20))
    codes, scales = codec.encode(x), codec.scales(x)
    decoded = codec.decode(codes, scales)
    pca = fit_pca(Covariance().update(decoded), decoded, 3)
    low, high = pca.stretch_.T
    exact = 1 + 254 * np.clip((((decoded - pca.mean_) @ pca.components_.T) - low) / (high - low), 0, 1)
    for order in ("band-first", "pixel-major", "band-first window"):
        colors = rgb(pca, codec, in_every_order(codes)[order], scales)
        assert colors.dtype == np.uint8
        has_data = ~np.isnan(exact).any(axis=-1)
        # Rounding to whole colors is half a color; float32 sums of 20 terms are far below a hundredth of one.
        assert np.abs(colors[has_data] - exact[has_data]).max() <= 0.5 + 0.01
        assert not colors[~has_data].any()
        assert colors[has_data].min() >= 1


def test_masked_pixels_have_no_color(rng):
    x = rng.normal(size=(5, 6, 8)).astype(np.float32)
    codec = make_codec("binary").fit(x.reshape(-1, 8))
    valid = np.ones((5, 6), np.uint8)
    valid[1, 2] = 0
    pca = fit_pca(Covariance().update(x), x.reshape(-1, 8), 3)
    np.testing.assert_array_equal(rgb(pca, codec, codec.encode(x), valid=valid).any(axis=-1), valid == 1)


def test_bands_that_never_vary_are_colored_without_a_warning():
    x = np.ones((10, 12, 4), np.float32)
    pca = fit_pca(Covariance().update(x), x.reshape(-1, 4), 3)
    assert rgb(pca, make_codec("float32"), x).min() >= 1


def test_bad_requests_are_refused(vectors):
    gathered = Covariance().update(vectors)
    with pytest.raises(InvalidInput, match="1 to 32"):
        fit_pca(gathered, vectors, 33)
    with pytest.raises(InvalidInput, match="two at least"):
        fit_pca(Covariance().update(vectors[:1]), vectors)
    with pytest.raises(InvalidInput, match="no data"):
        fit_pca(gathered, np.full((3, 32), np.nan))
    with pytest.raises(InvalidInput, match="31 bands"):
        gathered.update(vectors[:, :31])
    two = PCA(np.eye(2, 4), np.zeros(4), np.ones(2), np.ones((2, 2)), np.ones((2, 101)))
    with pytest.raises(InvalidInput, match="colors need 3"):
        rgb(two, make_codec("alphaearth"), np.zeros((2, 2, 4), np.int8))


def test_the_sign_of_a_component_does_not_hang_on_rounding(rng):
    bits = rng.integers(0, 2, (400, 6)) * 2.0 - 1
    bits[:, 4], bits[:, 5] = bits[:, 3], -bits[:, 3]  # three bands that load exactly alike, one with the other sign
    directions = []
    for parts in (1, 2, 3, 5, 7, 11, 40, 100, 400):
        gathered = Covariance()
        for part in np.array_split(bits, parts):
            gathered = gathered.merge(Covariance().update(part))
        directions.append(fit_pca(gathered, bits, 1).components_)
    np.testing.assert_allclose(directions, np.broadcast_to(directions[0], np.shape(directions)), rtol=0, atol=1e-12)


def test_a_fit_prints_as_one_line(vectors):
    gathered = Covariance().update(vectors)
    said = repr(fit_pca(gathered, vectors, 2))
    assert "\n" not in said
    assert said.startswith(f"<PCA of {vectors.shape[1]} bands: ")


def test_picked_components_are_those_of_the_fit_in_their_order(vectors):
    pca = fit_pca(Covariance().update(vectors), vectors, 5)
    picked = pca.pick([4, 0, 2])
    np.testing.assert_array_equal(picked.transform(vectors), pca.transform(vectors)[:, [4, 0, 2]])
    np.testing.assert_array_equal(picked.stretch_, pca.stretch_[[4, 0, 2]])
    np.testing.assert_array_equal(picked.explained_variance_ratio_, pca.explained_variance_ratio_[[4, 0, 2]])
    for wrong in ([], [5], [-1, 0]):
        with pytest.raises(InvalidInput, match="this PCA has 0 to 4"):
            pca.pick(wrong)


def test_colors_stretch_between_the_percentiles_asked_for(vectors):
    pca = fit_pca(Covariance().update(vectors), vectors, 3)
    found = pca.transform(vectors)
    np.testing.assert_array_equal(pca.stretched(2, 98).stretch_, pca.stretch_)
    expected = np.percentile(found.astype(np.float64), [10, 75], axis=0).T
    np.testing.assert_allclose(pca.stretched(10, 75).stretch_, expected, rtol=1e-5, atol=1e-6)
    for wrong in ((98, 2), (5, 5), (-1, 50), (0, 101)):
        with pytest.raises(InvalidInput, match="expected percentiles 0 to 100, the lower one first"):
            pca.stretched(*wrong)
