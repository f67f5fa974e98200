"""Halving a map of vectors: means of directions, without the pixels that hold no data."""

import numpy as np
import pytest

from embexplore.core.downsample import _halve, halve


def vectors(rng, height, width, d=5):
    x = rng.normal(size=(height, width, d)).astype(np.float32)
    x[rng.random((height, width)) < 0.3] = np.nan
    return x


@pytest.mark.parametrize("shape", [(6, 8), (7, 9), (1, 1), (1, 4), (5, 2)])
def test_each_pixel_is_the_direction_of_the_mean_of_its_four(rng, shape):
    x = vectors(rng, *shape)
    out = halve(x)
    assert out.shape == (-(-shape[0] // 2), -(-shape[1] // 2), 5)
    for i, j in np.ndindex(out.shape[:2]):
        block = x[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].reshape(-1, 5).astype(np.float64)
        block = block[~np.isnan(block[:, 0])]
        if len(block):
            mean = block.mean(axis=0)
            # One rounding to float32 of numbers below 1.
            np.testing.assert_allclose(out[i, j], mean / np.linalg.norm(mean), atol=2**-24, rtol=2**-23)
        else:
            assert np.isnan(out[i, j]).all()


def test_the_kernel_equals_its_twin(rng):
    x = vectors(rng, 33, 20)
    fast, plain = np.empty((17, 10, 5), np.float32), np.empty((17, 10, 5), np.float32)
    _halve(x, fast)
    _halve.twin(x, plain)
    # Both sum in float64; their last bits may differ before the one rounding to float32.
    np.testing.assert_allclose(fast, plain, rtol=2**-23)


def test_vectors_that_cancel_out_have_no_direction():
    x = np.zeros((2, 2, 3), np.float32)
    x[0, 0, 0], x[1, 1, 0] = 1, -1
    assert np.isnan(halve(x)).all()


def test_any_memory_order_gives_the_same(rng):
    x = vectors(rng, 8, 6)
    np.testing.assert_array_equal(halve(np.moveaxis(np.ascontiguousarray(np.moveaxis(x, -1, 0)), 0, -1)), halve(x))
