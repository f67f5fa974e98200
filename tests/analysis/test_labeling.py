"""Suggestions and accuracy on cubes: places on the grid, inside the area, blocks in meters."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from embexplore.analysis.area import clip
from embexplore.analysis.classes import examples_of, fit_classifier
from embexplore.analysis.labeling import accuracy, blocks_of, learning_curve, suggest
from embexplore.analysis.pixels import pixels_at, scattered, vectors_at
from embexplore.core.suggestions import suggestions
from embexplore.errors import InvalidInput


def points_at(planted, pixels, names):
    places = [planted.lonlat(row, column) for row, column in pixels]
    shapes = gpd.points_from_xy([place["lon"] for place in places], [place["lat"] for place in places])
    return gpd.GeoDataFrame({"label": names}, geometry=shapes, crs="EPSG:4326")


@pytest.fixture
def points(north):
    rows, columns, _ = scattered(north.cube, 24, year=2020, random_state=5)
    return points_at(north, list(zip(rows, columns, strict=True)), ["sea", "ice", "mud"] * 8)


def test_scattered_pixels_have_data_lie_in_the_area_and_are_drawn_without_favor(north, chunked):
    west, south, east, top = north.grid.bbox
    part = clip(chunked(north.cube), (west, south, (west + east) / 2, top))
    rows, columns, vectors = scattered(part, 300, year=2018, random_state=1)
    assert len(set(zip(rows.tolist(), columns.tolist(), strict=True))) == 300
    assert part.inside.values[rows, columns].all()
    truth = north.of(2018)[:, : part.sizes["x"]]
    np.testing.assert_allclose(vectors, truth[rows, columns], rtol=0, atol=north.cosine_error)


def test_vectors_are_no_data_outside_and_where_nothing_was_written(north):
    rows, columns = pixels_at(north.cube, [0.0, north.lonlat(10, 50)["lon"]], [0.0, north.lonlat(10, 50)["lat"]])
    assert (rows.tolist(), columns.tolist()) == ([-1, 10], [-1, 50])
    assert np.isnan(vectors_at(north.cube, rows, columns, 2018)).all()


def test_hints_are_pixels_with_data_that_teach_most(north, points, chunked):
    classifier = fit_classifier(north.cube, points)
    found = suggest(chunked(north.cube), points, n=5, classifier=classifier, random_state=0)
    rows, columns, ground = scattered(north.cube, 2000, year=2020, random_state=0)
    likely = np.sort(classifier.predict(ground), axis=1)
    seen = examples_of(north.cube, points).vectors
    picked, gains = suggestions(ground, seen, 5, unsure=1 - likely[:, -1] + likely[:, -2])
    np.testing.assert_array_equal(found["y"], north.cube.y.values[rows[picked]])
    np.testing.assert_array_equal(found["x"], north.cube.x.values[columns[picked]])
    np.testing.assert_array_equal(found.gain, gains)
    assert list(found["rank"]) == [1, 2, 3, 4, 5]
    assert set(found.label) <= set(classifier.classes)
    assert ((found.confidence > 0) & (found.confidence <= 1)).all()
    again = pixels_at(north.cube, found.geometry.x, found.geometry.y)
    np.testing.assert_array_equal(again[0], rows[picked])


def test_without_points_the_most_typical_place_comes_first(north):
    rows, _, ground = scattered(north.cube, 2000, year=2020)
    first = suggest(north.cube)
    typical = (ground @ ground.T).mean(axis=1).argmax()
    assert first["y"].item() == north.cube.y.values[rows[typical]]
    assert "label" not in first


def test_a_skipped_place_is_not_suggested_again(north, points):
    first = suggest(north.cube, points)
    skipped = pd.concat([points, first[["geometry"]]])
    second = suggest(north.cube, skipped)
    assert (first.x.item(), first.y.item()) != (second.x.item(), second.y.item())


def test_a_cube_without_data_in_a_year_has_no_hints(north):
    codes = np.full_like(north.cube.embeddings.values, -128)
    with pytest.raises(InvalidInput, match="There is no data in 2020 to suggest points from"):
        suggest(north.cube.assign(embeddings=(north.cube.embeddings.dims, codes)))
    with pytest.raises(InvalidInput, match="n=0: expected a whole number from 1"):
        suggest(north.cube, n=0)


def test_blocks_are_squares_of_meters(planted):
    rows, columns = np.array([0, 0, 9, 10, 10]), np.array([0, 9, 9, 0, 10])
    points = points_at(planted, list(zip(rows, columns, strict=True)), list("ababa"))
    codes = planted.cube.embeddings.values.copy()
    codes[:, :, rows, columns] = codes[:, :, [30], [40]]  # data in all of them
    cube = planted.cube.assign(embeddings=(planted.cube.embeddings.dims, codes))
    width, height = planted.grid.meters
    known = examples_of(cube, points, year=2020)
    side = 10 * max(width, height)
    across, down = 10 * width / side, 10 * height / side
    expected = np.floor((rows + 0.5) / 10 * down) * 10 + np.floor((columns + 0.5) / 10 * across)
    found = blocks_of(known, planted.grid, side)
    assert len(set(zip(found, expected, strict=True))) == len(set(found)) == len(set(expected))


def test_accuracy_is_high_where_labels_follow_the_ground_and_chance_where_they_do_not(plant):
    planted = plant(seed=6)
    rows, columns, vectors = scattered(planted.cube, 120, year=2020)
    covers = np.array(["a", "b"])[(vectors @ vectors[0] > 0.9).astype(int)]
    told = points_at(planted, list(zip(rows, columns, strict=True)), covers)
    chance = told.assign(label=np.random.default_rng(0).permutation(covers))
    right, wrong = (accuracy(planted.cube, each, block=100) for each in (told, chance))
    assert right.low > 0.9
    assert wrong.low < max((covers == "a").mean(), (covers == "b").mean())
    assert right.blocks == wrong.blocks > 20


def test_the_curve_is_a_table(north, points):
    found = learning_curve(north.cube, points, block=100, steps=3, orders=2)
    assert list(found.columns) == ["points", "accuracy", "random", "random_low", "random_high"]
    assert found.points.iloc[-1] == 24
    assert found.accuracy.iloc[-1] == accuracy(north.cube, points, block=100).value


def test_what_cannot_be_judged_is_a_sentence(north, points):
    with pytest.raises(InvalidInput, match="All points lie in one block"):
        accuracy(north.cube, points, block=100_000)
    with pytest.raises(InvalidInput, match="block=0: expected meters above 0"):
        accuracy(north.cube, points, block=0)
    with pytest.raises(InvalidInput, match="have 1 class"):
        accuracy(north.cube, points.assign(label="sea"))
