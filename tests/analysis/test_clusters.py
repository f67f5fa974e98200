"""Groups of a cube: the nearest center of every pixel, the same in all years, parts and chunkings."""

import numpy as np
import pytest
import shapely

from embexplore.analysis.area import clip
from embexplore.analysis.clusters import cluster, fit_clusters
from embexplore.errors import InvalidInput


def expected(planted, clusters, year):
    """The number of the nearest center in float64, 0 for no data, and by how much it is nearest."""
    scores = planted.of(year) @ clusters.centers_.astype(np.float64).T
    lead = np.diff(np.sort(scores, axis=-1)[..., -2:])[..., 0]
    return np.where(np.isnan(scores[..., 0]), 0, scores.argmax(axis=-1) + 1), lead


def test_every_pixel_has_the_number_of_the_nearest_center(planted, chunked):
    clusters = fit_clusters(planted.cube, 5, year=2018)
    found = cluster(chunked(planted.cube), clusters, year=2020)
    assert (found.dims, found.dtype) == (("y", "x"), np.uint8)
    assert hasattr(found.data, "dask") is chunked.is_lazy
    numbers, lead = expected(planted, clusters, 2020)
    is_clear = ~(lead <= 2 * planted.cosine_error)  # two centers equally near within rounding: either is right
    np.testing.assert_array_equal(found.values[is_clear], numbers[is_clear])


def test_the_planted_covers_are_found(plant):
    planted = plant(seed=3)
    clusters = fit_clusters(planted.cube, 5, year=2017)
    # Planted noise is 0.3 in each of 16 bands around covers of length about 5.7: groups hardly overlap.
    assert clusters.distinctness_.min() > 0.5


def test_numpy_and_dask_fit_the_same_groups(north, chunked):
    eager, lazy = fit_clusters(north.cube, 4, year=2018), fit_clusters(chunked(north.cube), 4, year=2018)
    np.testing.assert_array_equal(lazy.centers_, eager.centers_)


def test_only_the_year_asked_for_is_fitted(north):
    codes = north.cube.embeddings.values.copy()
    codes[[0, 2]] = -128
    alone = north.cube.assign(embeddings=(north.cube.embeddings.dims, codes))
    assert fit_clusters(alone, 3, year=2018).centers_.shape == (3, 16)
    with pytest.raises(InvalidInput, match="this cube has no data"):
        fit_clusters(alone, 3, year=2020)


def test_a_clipped_cube_is_grouped_inside_alone(north):
    west, south, east, top = north.grid.bbox
    clipped = clip(north.cube, shapely.Polygon([(west, south), (east, south), (west, top)]))
    clusters = fit_clusters(clipped, 4)
    inside = clipped.inside.values
    found = cluster(clipped, clusters)
    assert (found.values[~inside] == 0).all()
    counts = np.bincount(found.values[inside], minlength=5)[1:]
    np.testing.assert_array_equal(counts / counts.sum(), clusters.shares_)  # fewer pixels than the sample: all of them


def test_bits_are_grouped_too(plant):
    planted = plant("binary")
    found = cluster(planted.cube, fit_clusters(planted.cube, 3), year=2018).values
    np.testing.assert_array_equal(found == 0, np.isnan(planted.of(2018)[..., 0]))


def test_groups_say_what_they_are(north):
    found = cluster(north.cube, fit_clusters(north.cube, 3), year=2018)
    assert (found.name, found.attrs["year"], found.attrs["groups"]) == ("group", 2018, 3)
    assert found.attrs["provenance"]["model"] == "Planted"


def test_what_cannot_be_grouped_is_a_sentence(north, plant):
    with pytest.raises(InvalidInput, match="clusters have 16 bands: this cube has 8"):
        cluster(plant(d=8).cube, fit_clusters(north.cube, 3))
    with pytest.raises(InvalidInput, match=r"year=2016: this cube has 2017, 2018, 2020"):
        fit_clusters(north.cube, 3, year=2016)
    with pytest.raises(InvalidInput, match="sample_size=0: expected a whole number of pixels"):
        fit_clusters(north.cube, 3, sample_size=0)
