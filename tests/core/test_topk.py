"""The best pixels: the same as sorting everything, whatever is NaN, equal or close together."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from embexplore.core.topk import top_k


def by_sorting(scores, k):
    """Every pixel with data, best first, ties by position: the definition."""
    flat = scores.reshape(-1)
    order = np.argsort(-flat, kind="stable")
    order = order[~np.isnan(flat[order])][:k]
    return np.divmod(order, scores.shape[1] or 1)


def greedily(scores, k, dy, dx):
    """Take the best, strike out what is nearer than the distance, take the best of the rest: the definition."""
    hits = []
    for row, column in zip(*by_sorting(scores, scores.size), strict=True):
        apart = [((row - r) / max(dy, 1e-9)) ** 2 + ((column - c) / max(dx, 1e-9)) ** 2 >= 1 for r, c in hits]
        if all(apart) and len(hits) < k:
            hits.append((row, column))
    return np.array(hits, np.int64).reshape(-1, 2).T


few_values = st.sampled_from([0.0, 0.25, -0.5, 1.0, np.nan])
maps = hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=30), elements=few_values)


@given(scores=maps, k=st.integers(0, 1000))
def test_the_best_are_those_a_stable_sort_finds(scores, k):
    np.testing.assert_array_equal(top_k(scores, k), by_sorting(scores, k))


@pytest.mark.parametrize("shape", [(1, 5000), (71, 97), (64, 64), (3, 1024)])
@pytest.mark.parametrize("k", [1, 100, 5000])
def test_blocks_change_nothing(shape, k, rng):
    scores = rng.integers(0, 50, shape).astype(np.float32)  # many ties, over block borders too
    scores[rng.random(shape) < 0.2] = np.nan
    np.testing.assert_array_equal(top_k(scores, k), by_sorting(scores, k))
    view = np.asfortranarray(scores)
    np.testing.assert_array_equal(top_k(view, k), by_sorting(scores, k))


@settings(max_examples=60)
@given(scores=maps, k=st.integers(0, 40), dy=st.sampled_from([0.0, 1.0, 1.5, 4.0]), dx=st.sampled_from([0.0, 2.0, 7.3]))
def test_hits_apart_are_those_the_greedy_definition_finds(scores, k, dy, dx):
    expected = by_sorting(scores, k) if dy == dx == 0 else greedily(scores, k, dy, dx)
    np.testing.assert_array_equal(top_k(scores, k, min_distance_pixels=(dy, dx)), expected)


def test_hits_lie_at_least_the_distance_apart(rng):
    scores = rng.normal(size=(80, 90)).astype(np.float32)
    rows, columns = top_k(scores, 25, min_distance_pixels=9.5)
    apart = np.hypot(rows[:, None] - rows, columns[:, None] - columns)
    assert apart[~np.eye(len(rows), dtype=bool)].min() >= 9.5
    assert len(rows) == 25


@pytest.mark.parametrize("shape", [(0, 0), (0, 7), (5, 0), (3, 3)])
def test_nothing_is_found_where_there_is_nothing(shape):
    scores = np.full(shape, np.nan, np.float32)
    for distance in (0.0, 3.0):
        rows, columns = top_k(scores, 5, min_distance_pixels=distance)
        assert rows.shape == columns.shape == (0,)
