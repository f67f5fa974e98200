"""Pooling against plain numpy, on patches of any size with holes in them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from embexplore.core.pooling import POOLINGS, Components, Words, fit_pooling, pool_patch
from embexplore.errors import InvalidInput


def oracle(name, values, rows, columns, has_data):
    """What numpy says of pixels `(n, d)`, written out one definition at a time."""
    each = {
        "mean": lambda: np.mean(values, 0),
        "std": lambda: np.std(values, 0),
        "max": lambda: np.max(values, 0),
        "gem": lambda: np.cbrt(np.mean(values**3, 0)),
        "mean_std": lambda: np.r_[np.mean(values, 0), np.std(values, 0)],
        "mean_max": lambda: np.r_[np.mean(values, 0), np.max(values, 0)],
        "median_iqr": lambda: np.r_[np.median(values, 0), np.quantile(values, 0.75, 0) - np.quantile(values, 0.25, 0)],
        "stats": lambda: np.r_[values.min(0), values.max(0), values.mean(0), values.std(0)],
        "percentiles": lambda: np.concatenate([np.quantile(values, q, 0) for q in (0.1, 0.25, 0.5, 0.75, 0.9)]),
        "flattened_cov": lambda: np.atleast_2d(np.cov(values, rowvar=False))[np.triu_indices(values.shape[1])],
    }
    if name != "center_weighted_mean":
        return each[name]()
    total, weight = np.zeros(values.shape[1]), 0.0
    places = [(row, column) for row in range(rows) for column in range(columns) if has_data[row, column]]
    for (row, column), value in zip(places, values, strict=True):
        away = (row - (rows - 1) / 2) ** 2 + (column - (columns - 1) / 2) ** 2
        one = np.exp(-away / (2 * (min(rows, columns) / 4) ** 2))
        total, weight = total + one * value, weight + one
    return total / weight


@pytest.mark.parametrize("name", POOLINGS)
@settings(max_examples=25)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 6), st.floats(0, 0.9), st.integers(0, 1 << 20))
def test_pooling_is_numpys_on_the_pixels_with_data(name, rows, columns, d, missing, seed):
    rng = np.random.default_rng(seed)
    patch = rng.normal(size=(rows, columns, d))
    has_data = rng.random((rows, columns)) >= missing
    has_data[rng.integers(rows), rng.integers(columns)] = True
    if name == "flattened_cov" and has_data.sum() == 1:
        return  # numpy has none of a single pixel; see below
    patch[~has_data, rng.integers(d)] = rng.choice([np.nan, np.inf])  # one band is enough
    found = pool_patch(patch, name)
    expected = oracle(name, patch[has_data], rows, columns, has_data)
    assert found.dtype == np.float32
    # float64 sums of so many terms, rounded once to float32; a cube root turns an error e near 0 into its cube root.
    rounding = rows * columns * 2.0**-51 * max(1, np.abs(patch[has_data]).max()) ** 3
    np.testing.assert_allclose(found, expected, rtol=2.0**-23, atol=np.cbrt(rounding) if name == "gem" else rounding)


@pytest.mark.parametrize("name", POOLINGS)
def test_a_patch_without_data_is_nan_and_never_zero(name):
    empty, full = np.full((4, 4, 3), np.nan), np.ones((4, 4, 3))
    assert np.isnan(pool_patch(empty, name)).all()
    assert len(pool_patch(empty, name)) == len(pool_patch(full, name))


def test_missing_pixels_do_not_pull_towards_zero():
    patch = np.full((4, 4, 2), 5.0)
    patch[1:3] = np.nan
    for name in ("mean", "gem", "center_weighted_mean", "max"):
        np.testing.assert_allclose(pool_patch(patch, name), [5, 5], rtol=1e-6)
    np.testing.assert_array_equal(pool_patch(patch, "stats"), [5, 5, 5, 5, 5, 5, 0, 0])


def test_a_single_pixel_has_no_spread(rng):
    patch = rng.normal(size=(1, 1, 3))
    np.testing.assert_array_equal(pool_patch(patch, "flattened_cov"), np.zeros(6))
    np.testing.assert_array_equal(pool_patch(patch, "std"), np.zeros(3))


def test_gem_keeps_the_sign():
    patch = np.array([[[-2.0, 1.0]], [[-2.0, -1.0]]])
    np.testing.assert_allclose(pool_patch(patch, "gem"), [-2, 0], atol=1e-7)


def test_components_are_those_of_the_means(rng):
    patches = rng.normal(size=(20, 3, 3, 6)) + rng.normal(size=(20, 1, 1, 6))
    fitted = fit_pooling(patches, "pca", size=2)
    assert isinstance(fitted, Components)
    means = patches.mean(axis=(1, 2))
    expected = PCA(2).fit(means).transform(means)
    found = np.stack([pool_patch(patch, fitted) for patch in patches])
    np.testing.assert_allclose(np.abs(found), np.abs(expected), rtol=1e-4, atol=1e-6)  # an axis has two signs


def test_words_count_the_planted_kinds_of_pixels(rng):
    kinds, shares = np.eye(8)[:3], np.array([[8, 4, 4], [0, 16, 0], [4, 4, 8], [16, 0, 0]])
    patches = []
    for row in shares:
        pixels = kinds[rng.permutation(np.repeat([0, 1, 2], row))] + rng.normal(0, 0.01, (16, 8))
        patches.append(pixels.reshape(4, 4, 8))
    patches[0][0, 0] = np.nan
    fitted = fit_pooling(patches, "bovw", size=3)
    assert isinstance(fitted, Words)
    order = (fitted.centers_ @ kinds.T).argmax(axis=0)
    found = np.stack([pool_patch(patch, fitted)[order] for patch in patches])
    np.testing.assert_allclose(found[1:], shares[1:] / 16, rtol=1e-6)
    assert found[0].sum() == pytest.approx(1, rel=1e-6), "of the 15 pixels with data"


@pytest.mark.parametrize(
    ("patch", "name", "sentence"),
    [
        (np.ones((2, 2, 2)), "average", "choose one of mean"),
        (np.ones((2, 2, 2)), "bovw", "fit_pooling"),
        (np.ones((2, 2)), "mean", "expected \\(rows, columns, bands\\)"),
        (np.ones((0, 2, 2)), "mean", "expected \\(rows, columns, bands\\)"),
    ],
)
def test_what_cannot_be_pooled_is_refused(patch, name, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        pool_patch(patch, name)


def test_too_few_patches_are_refused():
    empty = np.full((2, 2, 3), np.nan)
    with pytest.raises(InvalidInput, match="1 patches have data"):
        fit_pooling([empty, np.ones((2, 2, 3))], "pca")
    with pytest.raises(InvalidInput, match="not learned"):
        fit_pooling([np.ones((2, 2, 3))] * 3, "mean")
