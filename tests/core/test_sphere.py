"""Levels for components of random unit vectors, against plain numerical integration and published figures."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize

from embexplore.core.sphere import sphere_error, sphere_levels

PUBLISHED = {1: 0.36, 2: 0.117, 3: 0.03, 4: 0.009}
"""TurboQuant, theorem 1, for many dimensions; cut off after the digits shown, not rounded: Max 1960 has 0.0345, 0.0095."""


def density(x, d):
    return (1 - x * x) ** ((d - 3) / 2)


def plain_lloyd(d, bits):
    """Levels by Lloyd's turns on a fine grid of the density: no closed form anywhere."""
    grid = np.linspace(-1, 1, 400_001) * min(1.0, 12 / np.sqrt(d))
    middle = (grid[1:] + grid[:-1]) / 2
    shares, moments = (np.append(0, np.cumsum(density(middle, d) * x)) for x in (1, middle))
    levels = np.linspace(-2, 2, 1 << bits) / np.sqrt(d)
    for _ in range(3000):
        ends = np.concatenate([grid[:1], (levels[1:] + levels[:-1]) / 2, grid[-1:]])
        levels = np.diff(np.interp(ends, grid, moments)) / np.diff(np.interp(ends, grid, shares))
    return levels


@pytest.mark.parametrize("d", [4, 64, 768])
@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_levels_are_those_of_lloyds_turns_on_a_grid_of_the_density(d, bits):
    levels = sphere_levels(d, bits)
    # The grid is a 5 000th of a standard deviation fine at least; its errors are of the square of that, and the turns
    # magnify them some hundred times: they end where a step is a hundredth of what is left to go.
    np.testing.assert_allclose(levels, plain_lloyd(d, bits), rtol=0, atol=100 / 5000**2 / np.sqrt(d))


@pytest.mark.parametrize("d", [3, 10, 64])
def test_no_other_levels_lose_less_as_a_general_minimizer_finds(d):
    def error(positive):
        levels = np.concatenate([-np.sort(positive)[::-1], np.sort(positive)])
        edges = np.concatenate([[-1], (levels[1:] + levels[:-1]) / 2, [1]])
        parts = zip(levels, edges[:-1], edges[1:], strict=True)
        return sum(quad(lambda x, at=at: (x - at) ** 2 * density(x, d), low, high)[0] for at, low, high in parts)

    total = quad(lambda x: density(x, d), -1, 1)[0]
    found = minimize(
        error, np.array([0.3, 1.2]) / np.sqrt(d), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14}
    )
    np.testing.assert_allclose(np.sort(found.x), sphere_levels(d, 2)[2:], rtol=1e-5)
    assert sphere_error(d, sphere_levels(d, 2)) == pytest.approx(d * found.fun / total, rel=1e-8)


@pytest.mark.parametrize("bits", PUBLISHED)
def test_the_error_in_many_dimensions_is_the_papers(bits):
    error, digits = sphere_error(4096, sphere_levels(4096, bits)), len(str(PUBLISHED[bits])) - 2
    assert np.floor(error * 10**digits) / 10**digits == PUBLISHED[bits]


@pytest.mark.parametrize("bits", range(1, 9))
@pytest.mark.parametrize("d", [2, 64])
def test_the_error_lies_between_shannons_bound_and_the_papers_upper_one(d, bits):
    """Theorem 1: at most √3·π/2·4^−bits; theorem 3: at least 4^−bits, for vectors that any code of d·bits bits stores."""
    error = sphere_error(d, sphere_levels(d, bits))
    assert 4.0**-bits * (0.5 if d == 2 else 1) <= error <= np.sqrt(3) * np.pi / 2 * 4.0**-bits


@pytest.mark.parametrize("bits", [1, 3, 8])
def test_in_three_dimensions_components_are_uniform_and_levels_even(bits):
    """Archimedes' hat box."""
    count = 1 << bits
    np.testing.assert_allclose(sphere_levels(3, bits), (np.arange(count) + 0.5) / count * 2 - 1, rtol=0, atol=1e-9)


def test_levels_are_symmetric_rising_shared_and_safe_from_writing():
    levels = sphere_levels(64, 5)
    np.testing.assert_allclose(levels, -levels[::-1], rtol=0, atol=1e-15)
    assert (np.diff(levels) > 0).all()
    assert sphere_levels(64, 5) is levels
    with pytest.raises(ValueError, match="read-only"):
        levels[0] = 0


def test_in_one_dimension_both_values_have_a_level():
    assert sphere_levels(1, 1).tolist() == [-1, 1]
    assert {-1.0, 1.0} <= set(sphere_levels(1, 3))
