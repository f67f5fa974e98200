"""Two stages: the shortlist by bits, the ranking by finer codes, and only the chunks that are needed."""

import numpy as np
import pytest

from embexplore.analysis.nearest import nearest
from embexplore.analysis.recode import encode, with_bits
from embexplore.analysis.search import search
from embexplore.analysis.top import top
from embexplore.errors import InvalidInput

ALL = 70 * 90


@pytest.fixture(scope="module")
def both(north):
    """The cube with both tiers in all chunks."""
    return with_bits(north.cube)


@pytest.mark.parametrize("combine", ["mean", "max", "min", "contrast"])
def test_a_shortlist_of_everything_is_the_exact_search(north, both, chunked, combine):
    positives = [north.at(30, 40, 2020), north.at(60, 10, 2020)]
    negatives = [north.at(5, 5, 2020)] if combine in ("contrast", "max") else None
    asked = {"negatives": negatives, "combine": combine, "year": 2018}
    hits = nearest(chunked(both), positives, k=15, shortlist=ALL, **asked)
    exact = top(both, search(both, positives, **asked), k=15)
    np.testing.assert_array_equal(hits[["x", "y"]], exact[["x", "y"]])
    np.testing.assert_allclose(hits["similarity"], exact["similarity"], rtol=0, atol=north.cosine_error)
    assert list(hits.columns) == list(exact.columns)


def test_hits_are_the_best_of_the_shortlist(north, both):
    query = north.at(30, 40, 2020)
    hits = nearest(both, query, k=10, shortlist=50, year=2018)
    bits = search(both, query, tier="bits", year=2018).values
    listed = np.argsort(-np.nan_to_num(bits.ravel(), nan=-2), kind="stable")[:50]
    cosines = (north.of(2018) @ query).ravel()[listed]
    np.testing.assert_allclose(hits["similarity"], np.sort(cosines)[::-1][:10], rtol=0, atol=north.cosine_error)


def test_of_the_finer_codes_only_chunks_with_shortlisted_pixels_are_read(north, both, counted):
    query = north.at(30, 40, 2020)
    cube, source = counted(both, "embeddings")
    hits = nearest(cube, query, k=3, shortlist=5, year=2018)
    bits = search(both, query, tier="bits", year=2018).values
    listed = np.argsort(-np.nan_to_num(bits.ravel(), nan=-2), kind="stable")[:5]
    chunks = {(int(index) // 90 // 32, int(index) % 90 // 32) for index in listed}
    assert {(index[-2].start // 32, index[-1].start // 32) for index in source.reads} == chunks
    assert len(source.reads) == len(chunks) < 9
    assert len(hits) == 3


def test_chunks_of_one_tier_are_searched_too(mixed, north, chunked):
    cube, stored = mixed
    query = north.at(30, 40, 2020)
    hits = nearest(chunked(cube), query, k=40, shortlist=ALL, year=2018)
    exact = top(cube, search(cube, query, year=2018), k=40)
    np.testing.assert_array_equal(hits[["x", "y"]], exact[["x", "y"]])
    np.testing.assert_allclose(hits["similarity"], exact["similarity"], rtol=0, atol=north.cosine_error)
    assert {1, 2, 3} <= set(stored[1].ravel())


def test_a_clipped_cube_has_hits_inside_alone(north, both, chunked):
    from embexplore.analysis.area import clip

    west, south, east, north_edge = north.grid.bbox
    clipped = clip(chunked(both), ((west + east) / 2, south, east, north_edge))
    query = north.at(30, 40, 2020)
    hits = nearest(clipped, query, k=10, shortlist=ALL)
    exact = top(clipped, search(clipped, query), k=10)
    np.testing.assert_array_equal(hits[["x", "y"]], exact[["x", "y"]])


def test_two_tiers_without_precision_are_both_tiers_everywhere(north, both):
    query = north.at(30, 40, 2020)
    bare = both.drop_vars("precision")
    assert nearest(bare, query, k=5).equals(nearest(both, query, k=5))


def test_what_cannot_be_answered_is_a_sentence(north, both):
    query = north.at(30, 40, 2020)
    with pytest.raises(InvalidInput, match=r"no bits to make a shortlist from: add them with `cube.emb.with_bits"):
        nearest(north.cube, query)
    with pytest.raises(InvalidInput, match="k=20, shortlist=10: expected whole numbers"):
        nearest(both, query, shortlist=10)
    with pytest.raises(InvalidInput, match="k=0"):
        nearest(both, query, k=0)
    with pytest.raises(InvalidInput, match=r"year=2016: this cube has 2017, 2018, 2020\."):
        nearest(both, query, year=2016)


def test_bits_alone_are_ranked_by_bits(north):
    bits = encode(north.cube, "binary")
    query = north.at(30, 40, 2020)
    expected = top(bits, search(bits, query), k=5)
    assert nearest(bits, query, k=5)[["x", "y"]].equals(expected[["x", "y"]])
