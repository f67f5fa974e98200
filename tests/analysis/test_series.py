"""One pixel over the years equals the maps at that pixel."""

import numpy as np
import pytest

from embexplore.analysis.change import change
from embexplore.analysis.search import search
from embexplore.analysis.series import change_series, similarity_series
from embexplore.errors import InvalidInput, OutOfBounds

PLACES = [(0, 0), (12, 50), (30, 40), (69, 89)]
"""Corners, the hole of 2018, and a pixel with data in every year."""


@pytest.mark.parametrize("place", PLACES)
def test_the_similarity_of_a_pixel_is_that_of_every_map(planted, chunked, place):
    options = {"positives": planted.at(30, 40, 2020), "negatives": planted.at(60, 10, 2020), "combine": "contrast"}
    curve = similarity_series(chunked(planted.cube), **options, **planted.lonlat(*place))
    maps = [search(planted.cube, **options, year=year).values[place] for year in planted.years]
    np.testing.assert_allclose(curve, maps, rtol=0, atol=planted.cosine_error)
    assert curve.time.values.tolist() == list(planted.years)
    assert (curve.name, curve.dtype) == ("similarity", np.float32)


@pytest.mark.parametrize("place", PLACES)
def test_the_change_of_a_pixel_is_that_of_every_map(planted, chunked, place):
    curve = change_series(chunked(planted.cube), **planted.lonlat(*place))
    np.testing.assert_allclose(curve, change(planted.cube).values[:, *place], rtol=0, atol=planted.cosine_error)
    assert list(zip(curve.since.values, curve.time.values, strict=True)) == [(2017, 2018), (2018, 2020)]
    assert not hasattr(curve.data, "dask")


def test_a_year_without_data_is_nan_and_leaves_the_others(north):
    alike = similarity_series(north.cube, north.at(30, 40, 2020), **north.lonlat(12, 50))
    assert np.isnan(alike.sel(time=2018))
    assert not np.isnan(alike.sel(time=2020))


def test_years_in_any_order_come_ascending(north):
    turned, here = north.cube.isel(time=[2, 0, 1]), north.lonlat(30, 40)
    query = north.at(30, 40, 2020)
    assert similarity_series(turned, query, **here).identical(similarity_series(north.cube, query, **here))
    assert change_series(turned, **here).identical(change_series(north.cube, **here))


def test_only_the_chunk_of_the_pixel_is_read(north, counted):
    cube, source = counted(north.cube, "embeddings")
    change_series(cube, **north.lonlat(40, 40))
    parts = [part for index in source.reads for part in index[-2:]]
    assert parts
    assert all(32 <= part.start < part.stop <= 64 for part in parts)


def test_places_and_cubes_without_a_curve_are_sentences(north):
    with pytest.raises(OutOfBounds, match="lies outside this cube"):
        change_series(north.cube, lon=0, lat=0)
    with pytest.raises(InvalidInput, match="change needs two years: this cube has 2018"):
        change_series(north.cube.isel(time=[1]), **north.lonlat(30, 40))
