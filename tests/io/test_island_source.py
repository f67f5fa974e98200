"""Null Island as a source: the same in any window, thread or backend; refusals are sentences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embexplore.errors import InvalidInput
from embexplore.io.sources.island import kernels
from embexplore.io.sources.island.space import FACTOR_LIMIT, FACTORS, mixing
from embexplore.io.sources.synthetic import NullIsland

SIZE = 300
"""More than one block each way, so windows cross the seams."""


@pytest.fixture(scope="module")
def island():
    return NullIsland(SIZE, seed=5, years=(2019, 2021))


@pytest.fixture(scope="module")
def whole(island):
    every = slice(0, SIZE)
    return island.read(2021, every, every).codes, island.classes(2021), island.elevation()


bounds = st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)).map(sorted).filter(lambda b: b[0] < b[1])


@settings(max_examples=12)
@given(rows=bounds, columns=bounds)
def test_any_window_equals_the_same_window_of_the_whole(island, whole, rows, columns):
    window = slice(*rows), slice(*columns)
    codes, classes, elevation = whole
    fresh = NullIsland(SIZE, seed=5, years=(2021,))
    fresh.world = island.world
    assert np.array_equal(fresh.read(2021, *window).codes, codes[:, *window])
    assert np.array_equal(fresh.classes(2021, *window), classes[window])
    assert np.array_equal(fresh.elevation(*window), elevation[window])


def test_blocks_do_not_depend_on_what_was_drawn_before_them(whole):
    """A fresh island asked for its last corner alone gives the same pixels: nothing leaks between blocks."""
    corner = slice(SIZE - 40, SIZE)
    fresh = NullIsland(SIZE, seed=5, years=(2021,))
    assert np.array_equal(fresh.read(2021, corner, corner).codes, whole[0][:, corner, corner])


def test_there_is_no_seam_between_blocks(whole):
    """Columns 255 and 256 lie in different blocks and are as alike as columns a few pixels on."""
    from embexplore.core.codecs import make_codec

    vectors = make_codec("alphaearth").decode(np.moveaxis(whole[0], 0, -1)).astype(float)
    steps = [np.nanmedian((vectors[:, c] * vectors[:, c + 1]).sum(-1)) for c in range(240, 272)]
    across = steps.pop(15)
    assert min(steps) - 2 * np.std(steps) <= across


def test_threads_give_the_same_pixels(whole):
    from concurrent.futures import ThreadPoolExecutor

    fresh = NullIsland(SIZE, seed=5, years=(2021,))
    rows = [slice(start, start + 100) for start in range(0, SIZE, 100)]
    with ThreadPoolExecutor(3) as pool:
        strips = list(pool.map(lambda window: fresh.read(2021, window, slice(0, SIZE)).codes, rows))
    assert np.array_equal(np.concatenate(strips, axis=1), whole[0])


def test_numpy_and_compiled_kernels_give_the_same_codes(island, whole, monkeypatch):
    monkeypatch.setenv("EMBEXPLORE_NUMBA", "0")
    window = slice(100, 160)
    assert np.array_equal(island.read(2021, window, window).codes, whole[0][:, window, window])


def test_mixing_is_exact_in_any_order(rng):
    """Sums stay below 2²⁴, where float32 still counts, so the kernel, numpy and int64 agree exactly."""
    matrix, mean = mixing()
    assert np.abs(matrix).sum(axis=1).max() * FACTOR_LIMIT + np.abs(mean).max() < 2**24
    factors = np.rint(rng.normal(0, 128, (FACTORS, 500))).clip(-FACTOR_LIMIT, FACTOR_LIMIT).astype(np.float32)
    exact = matrix.astype(np.int64) @ factors.astype(np.int64) + mean.astype(np.int64)[:, None]
    assert np.array_equal(kernels.mix(matrix, mean, factors), exact)
    assert np.array_equal(kernels.mix.twin(matrix, mean, factors), exact)
    assert np.array_equal(
        kernels.mix(matrix[:, :7], mean, factors[:7]), kernels.mix.twin(matrix[:, :7], mean, factors[:7])
    )


def test_another_seed_is_another_island_and_the_same_seed_the_same():
    every = slice(None)
    first, again, other = (NullIsland(192, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(first.classes(2017), again.classes(2017))
    assert np.mean(first.classes(2017) != other.classes(2017)) > 0.3
    assert first.fingerprint() == again.fingerprint() != other.fingerprint()
    assert (first.read(2020, every, every).codes == -128).all(axis=0).mean() < 0.5


def test_small_sizes_show_the_middle_of_the_192_pixel_island():
    small, large = NullIsland(40), NullIsland(192)
    row, column = large.grid.offset(small.grid)
    assert np.array_equal(small.classes(2024), large.classes(2024)[row : row + 40, column : column + 40])


def test_missing_pixels_lack_every_band_and_differ_between_years(island):
    every = slice(None)
    gaps = []
    for year in (2019, 2021):
        codes = island.read(year, every, every).codes
        gap = (codes == -128).all(axis=0)
        assert np.array_equal(gap, (codes == -128).any(axis=0))
        gaps.append(gap)
    assert (gaps[0] & ~gaps[1]).sum() > SIZE / 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"size": 0}, "size=0: expected at least 1 pixel."),
        ({"years": ()}, "years=[]: expected at least one year, each once."),
        ({"years": (2017, 2017)}, "years=[2017, 2017]: expected at least one year, each once."),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_sentence(arguments, sentence):
    with pytest.raises(InvalidInput) as refused:
        NullIsland(**arguments)
    assert str(refused.value) == sentence
