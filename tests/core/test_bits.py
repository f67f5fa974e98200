"""Packed bits: packing loses nothing, distances are counts, the nearest are those a full sort finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from embexplore.core.bits import hamming, hamming_scores, hamming_top_k, pack, unpack
from embexplore.errors import InvalidInput


@given(bits=hnp.arrays(np.bool_, hnp.array_shapes(min_dims=1, max_dims=3, max_side=40)))
def test_unpacking_what_was_packed_gives_the_bits(bits):
    codes = pack(bits)
    assert codes.shape == (*bits.shape[:-1], -(-bits.shape[-1] // 8))
    np.testing.assert_array_equal(unpack(codes, bits.shape[-1]), bits)


def test_bits_are_packed_big_endian():
    np.testing.assert_array_equal(pack(np.array([1, 0, 0, 0, 0, 0, 0, 1, 1], bool)), [0b10000001, 0b10000000])


@settings(max_examples=50)
@given(size=st.integers(1, 40), n=st.integers(0, 50), seed=st.integers(0, 1000))
def test_hamming_counts_the_bits_that_differ(size, n, seed):
    rng = np.random.default_rng(seed)
    bits, query = rng.integers(0, 2, (n, size), dtype=np.uint8) > 0, rng.integers(0, 2, size, dtype=np.uint8) > 0
    np.testing.assert_array_equal(hamming(pack(bits), pack(query)), (bits != query).sum(axis=-1))


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("size", [1, 8, 24, 128])
def test_hamming_sees_the_same_in_every_order_of_memory(size, rng, in_every_order):
    codes = rng.integers(0, 256, (23, 31, size), dtype=np.uint8)
    query = rng.integers(0, 256, size, dtype=np.uint8)
    expected = np.bitwise_count(codes ^ query).sum(axis=-1)
    for view in in_every_order(codes).values():
        np.testing.assert_array_equal(hamming(view, query), expected)
    np.testing.assert_array_equal(hamming(codes[5:7].reshape(-1, size)[1:], query), expected[5:7].reshape(-1)[1:])


def test_threads_share_a_large_array(rng):
    codes = rng.integers(0, 256, (300_001, 16), dtype=np.uint8)
    expected = np.bitwise_count(codes ^ codes[5]).sum(axis=-1)
    for threads in (None, 1, 3):
        np.testing.assert_array_equal(hamming(codes, codes[5], threads=threads), expected)


@settings(max_examples=40)
@given(n=st.integers(1, 300), size=st.integers(1, 20), k=st.integers(0, 320), seed=st.integers(0, 1000))
def test_the_nearest_are_those_a_stable_sort_finds(n, size, k, seed):
    rng = np.random.default_rng(seed)
    codes, queries = (rng.integers(0, 3, (rows, size), dtype=np.uint8) for rows in (n, 5))  # many ties
    distances, indices = hamming_top_k(codes, queries, k)
    every = np.bitwise_count(codes[None] ^ queries[:, None]).sum(axis=-1)
    order = np.argsort(every, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(indices, order)
    np.testing.assert_array_equal(distances, np.take_along_axis(every, order, axis=1))


@pytest.mark.usefixtures("backend")
def test_threads_find_the_same_nearest(rng):
    codes, queries = (rng.integers(0, 4, (rows, 8), dtype=np.uint8) for rows in (70_000, 3))
    one, three = (hamming_top_k(codes, queries, 50, threads=threads) for threads in (1, 3))
    for a, b in zip(one, three, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.usefixtures("backend")
def test_scores_are_looked_up(rng):
    codes, table = rng.integers(0, 256, (7, 9, 2), dtype=np.uint8), rng.normal(size=17).astype(np.float32)
    np.testing.assert_array_equal(hamming_scores(codes, codes[0, 0], table), table[hamming(codes, codes[0, 0])])


def test_a_query_of_another_length_is_refused():
    with pytest.raises(InvalidInput, match="the codes have 8"):
        hamming(np.zeros((3, 8), np.uint8), np.zeros(7, np.uint8))
