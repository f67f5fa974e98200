"""Colors: an exact PCA over all chunks, one stretch for all years and parts, black for no data."""

import numpy as np
import pytest
import shapely
import xarray as xr
from sklearn.decomposition import PCA as ReferencePCA

from embexplore.analysis import colors
from embexplore.analysis.area import clip
from embexplore.analysis.colors import components, fit_pca, pca_rgb
from embexplore.cube.build import grid_of
from embexplore.errors import InvalidInput


def known(planted, years):
    vectors = np.concatenate([planted.decoded(year) for year in years])
    return vectors[~np.isnan(vectors).any(axis=-1)]


def same_subspaces(pca, reference, k):
    """Rows agree up to the reference's signs, to what float64 sums and float32 decoding explain."""
    signs = np.sign(np.einsum("kd,kd->k", pca.components_[:k], reference.components_[:k]))
    gaps = np.abs(np.diff(reference.explained_variance_))[:k]
    error = 16 * 2.0**-24 * reference.explained_variance_[0] / gaps.min()
    np.testing.assert_allclose(pca.components_[:k] * signs[:, None], reference.components_[:k], rtol=0, atol=error)


def test_components_are_those_of_scikit_learn_over_all_years(planted, chunked):
    pca = fit_pca(chunked(planted.cube), 4, random_state=0)
    reference = ReferencePCA(8, svd_solver="covariance_eigh").fit(known(planted, planted.years))
    same_subspaces(pca, reference, 4)
    np.testing.assert_allclose(pca.explained_variance_ratio_, reference.explained_variance_ratio_[:4], rtol=1e-5)


def test_numpy_and_dask_learn_the_same_stretch_from_the_same_pixels(north, chunked):
    eager, lazy = fit_pca(north.cube, random_state=3), fit_pca(chunked(north.cube), random_state=3)
    np.testing.assert_allclose(lazy.stretch_, eager.stretch_, rtol=0, atol=1e-5)


def test_the_stretch_is_the_second_and_last_percentiles_but_one(north):
    pca = fit_pca(north.cube)
    scores = pca.transform(known(north, north.years).astype(np.float32))
    np.testing.assert_allclose(pca.stretch_, np.percentile(scores, (2, 98), axis=0).T, rtol=0, atol=1e-5)


def test_large_cubes_learn_the_stretch_on_a_grid_of_pixels(north, monkeypatch, chunked):
    exact = fit_pca(north.cube, random_state=0)
    monkeypatch.setattr(colors, "STRETCH_SAMPLE", 2_500)
    sampled = fit_pca(chunked(north.cube), random_state=0)
    np.testing.assert_array_equal(sampled.components_.round(9), exact.components_.round(9))
    assert not np.array_equal(sampled.stretch_, exact.stretch_)
    # The 2nd percentile of n pixels has a rank error of √(n·0.02·0.98): within the 1st and 3.6th of all.
    scores = exact.transform(known(north, north.years).astype(np.float32))
    low, high = np.percentile(scores, (0.8, 3.6), axis=0), np.percentile(scores, (96.4, 99.2), axis=0)
    assert (low[0] <= sampled.stretch_[:, 0]).all()
    assert (sampled.stretch_[:, 0] <= low[1]).all()
    assert (high[0] <= sampled.stretch_[:, 1]).all()
    assert (sampled.stretch_[:, 1] <= high[1]).all()


def test_a_seed_moves_the_grid_and_none_is_seed_zero(north, monkeypatch):
    monkeypatch.setattr(colors, "STRETCH_SAMPLE", 500)
    first, same, other, default = (fit_pca(north.cube, random_state=seed).stretch_ for seed in (0, 0, 1, None))
    np.testing.assert_array_equal(first, same)
    np.testing.assert_array_equal(first, default)
    assert not np.array_equal(first, other)


def test_hardly_any_data_is_not_missed_by_the_grid(plant, monkeypatch):
    planted = plant()
    monkeypatch.setattr(colors, "STRETCH_SAMPLE", 30)
    codes = np.full_like(planted.cube.embeddings.values, -128)
    codes[0, :, 33, 41:46] = planted.cube.embeddings.values[0, :, 10, 20:25]
    pca = fit_pca(planted.cube.assign(embeddings=(planted.cube.embeddings.dims, codes)))
    assert np.isfinite(pca.stretch_).all()


def test_chosen_years_alone_are_learned_from(north):
    pca = fit_pca(north.cube, years=[2018])
    same_subspaces(pca, ReferencePCA(8, svd_solver="covariance_eigh").fit(known(north, [2018])), 3)


def test_a_clipped_cube_learns_inside_alone(north, chunked):
    west, south, east, north_edge = north.grid.bbox
    area = shapely.Polygon([(west, south), (east, south), (west + 1e-6, north_edge)])
    clipped = clip(chunked(north.cube), area)
    row, column = north.grid.offset(grid_of(clipped))
    part = (slice(row, row + clipped.sizes["y"]), slice(column, column + clipped.sizes["x"]))
    vectors = np.concatenate([north.decoded(year)[part][clipped.inside.values] for year in north.years])
    reference = ReferencePCA(8, svd_solver="covariance_eigh").fit(vectors[~np.isnan(vectors[:, 0])])
    pca = fit_pca(clipped)
    same_subspaces(pca, reference, 3)
    rgb = pca_rgb(clipped, pca)
    assert (rgb.values[~clipped.inside.values] == 0).all()


def test_colors_are_the_stretched_scores(planted, chunked):
    pca = fit_pca(planted.cube)
    found = pca_rgb(chunked(planted.cube), pca, year=2018)
    assert (found.dims, found.dtype) == (("y", "x", "rgb"), np.uint8)
    assert hasattr(found.data, "dask") is chunked.is_lazy
    scores = (planted.decoded(2018) - pca.mean_) @ pca.components_.T
    low, high = pca.stretch_.T
    expected = 1 + np.clip((scores - low) / (high - low), 0, 1) * 254
    has_data = ~np.isnan(expected[..., 0])
    assert (found.values[~has_data] == 0).all()
    # Rounded to a whole level; float32 may move what lies within its error of a half.
    assert np.abs(found.values[has_data] - expected[has_data]).max() <= 0.5 + 254 * 64 * 2.0**-24 / (high - low).min()


def test_equal_vectors_have_equal_colors_in_all_years_and_parts(north):
    pca = fit_pca(north.cube)
    codes = north.cube.embeddings.values.copy()
    codes[2] = codes[0]
    cube = north.cube.assign(embeddings=(north.cube.embeddings.dims, codes))
    first = pca_rgb(cube, pca, year=2017)
    np.testing.assert_array_equal(first, pca_rgb(cube, pca, year=2020))
    np.testing.assert_array_equal(
        first[40:, 50:], pca_rgb(cube.isel(y=slice(40, None), x=slice(50, None)), pca, year=2017)
    )


def test_colors_say_what_they_are(north):
    found = pca_rgb(north.cube, fit_pca(north.cube))
    assert list(found.rgb.values) == ["red", "green", "blue"]
    assert found.attrs["year"] == 2020
    assert found.attrs["provenance"]["model"] == "Planted"


def test_bits_have_colors_and_black_where_there_is_no_data(plant):
    planted = plant("binary")
    found = pca_rgb(planted.cube, fit_pca(planted.cube), year=2018).values
    np.testing.assert_array_equal((found == 0).all(axis=-1), np.isnan(planted.of(2018)[..., 0]))


def test_what_cannot_be_colored_is_a_sentence(north, plant):
    with pytest.raises(InvalidInput, match="pca has 2 components of 16 bands: colors of this cube need 3 of 16"):
        pca_rgb(north.cube, fit_pca(north.cube, 2))
    with pytest.raises(InvalidInput, match="pca has 3 components of 16 bands: colors of this cube need 3 of 8"):
        pca_rgb(plant(d=8).cube, fit_pca(north.cube))
    with pytest.raises(InvalidInput, match="n_components=17: these vectors have 1 to 16 components"):
        fit_pca(north.cube, 17)
    with pytest.raises(InvalidInput, match=r"years=\[\]: give at least one"):
        fit_pca(north.cube, 3, years=[])
    with pytest.raises(InvalidInput, match=r"year=2016: this cube has 2017, 2018, 2020\."):
        fit_pca(north.cube, years=[2016])
    with pytest.raises(InvalidInput, match="0 vectors with data"):
        fit_pca(north.cube.assign(embeddings=xr.full_like(north.cube.embeddings, -128)))


def test_components_are_the_projections_of_the_decoded_vectors(planted, chunked):
    pca = fit_pca(planted.cube, 5)
    found = components(chunked(planted.cube), pca, year=2018)
    expected = (planted.decoded(2018) - pca.mean_) @ pca.components_.T
    np.testing.assert_allclose(found, expected, rtol=0, atol=2 * planted.cosine_error)
    assert found.dims == ("y", "x", "component")
    assert hasattr(found.data, "dask") is chunked.is_lazy


def test_components_and_colors_agree(north):
    """A color is its component stretched: brighter where the component is larger."""
    pca = fit_pca(north.cube).stretched(0, 100)
    colors, numbers = pca_rgb(north.cube, pca).values, components(north.cube, pca).values
    low, high = pca.stretch_.T
    expected = 1 + 254 * (numbers - low) / (high - low)
    known = ~np.isnan(expected)
    assert np.abs(colors[known] - np.clip(expected[known], 1, 255)).max() <= 0.5 + 0.01, "rounded to whole numbers"


def test_components_of_other_bands_are_a_sentence(north, plant):
    with pytest.raises(InvalidInput, match="pca has 16 bands: this cube has 8"):
        components(plant(d=8).cube, fit_pca(north.cube))
