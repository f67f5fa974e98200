"""Why a place matches, and what changed there, on cubes whose vectors are known."""

import numpy as np
import pytest

from embexplore.analysis.change import change
from embexplore.analysis.explain import explain_change, explain_similarity
from embexplore.analysis.search import search
from embexplore.errors import InvalidInput, NoData, OutOfBounds

PLACE = (12, 70)


@pytest.mark.parametrize("combine", ["mean", "max", "min", "contrast"])
def test_parts_sum_to_the_score_on_the_map(planted, chunked, combine):
    positives = [planted.at(30, 40, 2020), planted.at(60, 10, 2020)]
    options = {"negatives": planted.at(5, 5, 2020), "combine": combine, "year": 2020}
    parts = explain_similarity(chunked(planted.cube), positives, **planted.lonlat(*PLACE), **options)
    score = search(planted.cube, positives, **options).values[PLACE]
    assert float(parts.sum()) == pytest.approx(score, abs=planted.cosine_error)
    assert parts.dims == ("band",)
    assert list(parts.band.values[:2]) == ["A00", "A01"]


def test_parts_are_products_of_the_unit_vectors(north):
    query = north.at(30, 40, 2018)
    parts = explain_similarity(north.cube, query, **north.lonlat(*PLACE), year=2018)
    np.testing.assert_allclose(parts, query * north.at(*PLACE, 2018), atol=north.cosine_error)


def test_parts_of_a_change_sum_to_the_change_on_the_map(planted, chunked):
    parts = explain_change(chunked(planted.cube), 2017, 2020, **planted.lonlat(*PLACE))
    assert (parts >= 0).all()
    on_map = change(planted.cube, 2017, 2020).values[PLACE]
    assert float(parts.sum()) == pytest.approx(on_map, abs=planted.cosine_error)
    difference = planted.at(*PLACE, 2017) - planted.at(*PLACE, 2020)
    np.testing.assert_allclose(parts, difference**2 / 2, atol=planted.cosine_error)
    assert parts.attrs["years"] == [2017, 2020]


def test_where_there_is_nothing_to_explain_a_sentence_says_why(north):
    here = north.lonlat(*PLACE)
    with pytest.raises(InvalidInput, match="year=2016: this cube has 2017, 2018, 2020"):
        explain_change(north.cube, 2016, 2020, **here)
    with pytest.raises(NoData, match="has no data in 2018"):
        explain_change(north.cube, 2017, 2018, **north.lonlat(10, 50))
    with pytest.raises(OutOfBounds, match="lies outside this cube"):
        explain_similarity(north.cube, north.at(30, 40, 2020), lon=0.0, lat=0.0)
