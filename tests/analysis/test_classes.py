"""Classes from points: fitted on the pixels that hold them, mapped lazily, sure or not, errors as sentences."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from embexplore.analysis.area import clip
from embexplore.analysis.classes import classify, examples_of, fit_classifier
from embexplore.core.classifiers import METHODS
from embexplore.errors import InvalidInput, OutOfBounds

PIXELS = [(30, 40), (5, 5), (12, 70), (60, 80), (45, 20), (66, 3)]
NAMES = ["sea", "ice", "sea", "mud", "ice", "mud"]


def points_at(planted, pixels=PIXELS, names=NAMES, **columns):
    places = [planted.lonlat(row, column) for row, column in pixels]
    shapes = gpd.points_from_xy([place["lon"] for place in places], [place["lat"] for place in places])
    return gpd.GeoDataFrame({"label": names, **columns}, geometry=shapes, crs="EPSG:4326")


def test_the_examples_are_the_vectors_of_the_pixels(planted, chunked):
    known = examples_of(chunked(planted.cube), points_at(planted), year=2018)
    truth = np.array([planted.at(row, column, 2018) for row, column in PIXELS])
    kept = ~np.isnan(truth[:, 0])
    np.testing.assert_allclose(known.vectors, truth[kept], rtol=0, atol=planted.cosine_error)
    assert known.names == tuple(np.array(NAMES)[kept])
    np.testing.assert_array_equal(known.x, planted.cube.x.values[np.array(PIXELS)[kept, 1]])


def test_points_may_come_in_another_crs_and_with_years_of_their_own(north):
    points = points_at(north, year=[2017, 2018, 2020, 2017, 2018, 2020]).to_crs("EPSG:3857")
    known = examples_of(north.cube, points, year=2018)
    truth = [north.at(row, column, year) for (row, column), year in zip(PIXELS, points.year, strict=True)]
    np.testing.assert_allclose(known.vectors, truth, rtol=0, atol=north.cosine_error)


def test_points_without_data_are_left_out(north):
    assert np.isnan(north.at(10, 50, 2018)[0]), "planted"
    points = points_at(north, [*PIXELS, (10, 50)], [*NAMES, "gap"])
    assert fit_classifier(north.cube, points, year=2018).classes == ("sea", "ice", "mud")


@pytest.mark.parametrize("method", METHODS)
def test_a_map_holds_what_the_classifier_says_of_every_pixel(method, north, chunked):
    classifier = fit_classifier(north.cube, points_at(north), method=method, year=2018)
    found = classify(chunked(north.cube), classifier, year=2020)
    assert hasattr(found.label.data, "dask") is chunked.is_lazy
    assert (found.label.dtype, found.confidence.dtype) == (np.uint8, np.float32)
    truth = north.of(2020)
    has_data = ~np.isnan(truth[..., 0])
    likely = classifier.predict(truth[has_data].astype(np.float32))
    np.testing.assert_array_equal(found.label.values == 0, ~has_data)
    np.testing.assert_array_equal(np.isnan(found.confidence.values), ~has_data)
    lead = np.diff(np.sort(likely, axis=1)[:, -2:])[:, 0]
    # Cosines differ by rounding; a vote is at most 1 / NEAREST, a logit a few hundred times as steep as its cosine.
    wobble = 4000 * north.cosine_error
    is_clear = lead > wobble
    assert is_clear.mean() > 0.9
    np.testing.assert_array_equal(found.label.values[has_data][is_clear], likely.argmax(axis=1)[is_clear] + 1)
    np.testing.assert_allclose(found.confidence.values[has_data], likely.max(axis=1), rtol=0, atol=wobble)


def test_planted_covers_are_told_apart_by_a_few_points(plant):
    planted = plant(seed=4)
    rng = np.random.default_rng(4)
    rng.normal(size=(5, 16))  # the covers come first
    where = rng.integers(0, 5, (8, 10)).repeat(10, 0).repeat(10, 1)[:70, :90]
    known = ~np.isnan(planted.of(2017)[..., 0])
    pixels = [
        tuple(p) for cover in range(5) for p in np.argwhere((where == cover) & known)[:: 157 if cover else 90][:5]
    ]
    names = [f"cover {where[pixel]}" for pixel in pixels]
    classifier = fit_classifier(planted.cube, points_at(planted, pixels, names), year=2017)
    found = classify(planted.cube, classifier, year=2020)
    numbers = np.array([0, *(int(name[-1]) + 1 for name in classifier.classes)])
    known = ~np.isnan(planted.of(2020)[..., 0])
    assert (numbers[found.label.values] - 1 == where)[known].mean() > 0.95


def test_outside_an_area_there_is_no_class(north):
    classifier = fit_classifier(north.cube, points_at(north))
    west, south, east, top = north.grid.bbox
    part = clip(north.cube, (west, south, (west + east) / 2, top))
    found = classify(part, classifier)
    assert (found.label.values[~part.inside.values] == 0).all()
    assert np.isnan(found.confidence.values[~part.inside.values]).all()


def test_only_chunks_with_points_are_read(north, counted):
    cube, source = counted(north.cube, "embeddings")
    fit_classifier(cube, points_at(north, [(2, 2), (5, 9)], ["a", "b"]), year=2018)
    assert len(source.reads) == 1


def test_a_map_says_what_its_numbers_mean(north):
    found = classify(north.cube, fit_classifier(north.cube, points_at(north)), year=2018)
    assert found.attrs["classes"] == ["sea", "ice", "mud"]
    assert found.label.attrs["year"] == 2018
    assert found.confidence.attrs["provenance"]["model"] == "Planted"


def test_what_cannot_be_classified_is_a_sentence(north, plant):
    points = points_at(north)
    with pytest.raises(InvalidInput, match=r"the classifier has 16 bands: this cube has 8"):
        classify(plant(d=8).cube, fit_classifier(north.cube, points))
    with pytest.raises(InvalidInput, match="points are a list: expected a GeoDataFrame with a column `label`"):
        fit_classifier(north.cube, [(1, 2)])
    with pytest.raises(InvalidInput, match="There are no labeled points"):
        fit_classifier(north.cube, points[:0])
    with pytest.raises(InvalidInput, match="These labels are Polygon: expected points"):
        fit_classifier(north.cube, points.set_geometry(points.to_crs(3857).buffer(9).to_crs(4326)))
    with pytest.raises(InvalidInput, match="These points have no CRS"):
        fit_classifier(north.cube, points.set_crs(None, allow_override=True))
    with pytest.raises(InvalidInput, match="These 2 points have 1 class"):
        fit_classifier(north.cube, points.iloc[[0, 2]])
    away = gpd.GeoDataFrame({"label": ["sea"]}, geometry=gpd.points_from_xy([0], [0]), crs="EPSG:4326")
    with pytest.raises(OutOfBounds, match=r"1 of 7 points lie outside this cube, the first \(sea\) at lon=0, lat=0"):
        fit_classifier(north.cube, pd.concat([points, away]))
