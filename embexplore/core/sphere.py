"""A component of a random unit vector: its density, and the levels that lose least of it. Nothing is learned.

In d dimensions the density is ∝ (1 − x²)^((d − 3)/2) on [−1, 1], which nears a normal one of variance 1/d.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TURNS = 10_000
"""Levels of 1 to 4 bits are still long before; those of 8 begin so near that the error is the same to a hundredth."""
STILL = 1e-12


@lru_cache(maxsize=64)
def sphere_levels(d: int, bits: int) -> Floats:
    """The 2**bits levels of smallest mean squared error for a component of a random unit vector `(d,)`, of 1 bit or more.

    In one dimension, where components are ±1, levels are even from −1 to 1.
    Source: Zandieh, Daliri, Hadian, Mirrokni 2025, TurboQuant: online vector quantization with near-optimal
    distortion rate (arXiv 2504.19874), section 3.1; Lloyd 1982 for the turns.

    Returns
    -------
    ndarray of shape (2**bits,), float64
        Rising, symmetric, read-only.
    """
    count = 1 << bits
    levels = np.linspace(-1, 1, count) if d == 1 else _settled(_start(d, count), d)
    levels.flags.writeable = False
    return levels


def sphere_error(d: int, levels: Floats) -> float:
    """Mean squared error of a unit vector whose components are rounded to the nearest of `levels`, for d > 1."""
    edges = _edges(levels)
    shares, moments = np.diff(_below(edges, d)), np.diff(_moment(edges, d))
    return float(1 + d * (shares @ levels**2 - 2 * moments @ levels))


def _start(d: int, count: int) -> Floats:
    """Levels as dense as the cube root of the density (Panter and Dite 1951): a component in (d + 6)/3 dimensions."""
    from scipy.stats import beta

    half = (d - 3) / 6 + 1
    return np.asarray(2 * beta.ppf((np.arange(count) + 0.5) / count, half, half) - 1)


def _settled(levels: Floats, d: int) -> Floats:
    """Levels moved to the means of what they stand for, until nothing moves."""
    for _ in range(TURNS):
        edges = _edges(levels)
        moved = np.diff(_moment(edges, d)) / np.diff(_below(edges, d))
        moved = (moved - moved[::-1]) / 2
        is_still = np.abs(moved - levels).max() <= STILL
        levels = moved
        if is_still:
            break
    return levels


def _edges(levels: Floats) -> Floats:
    return np.concatenate([[-1.0], (levels[1:] + levels[:-1]) / 2, [1.0]])


def _below(x: Floats, d: int) -> Floats:
    """The share of components below x."""
    from scipy.special import betainc

    return np.asarray(betainc((d - 1) / 2, (d - 1) / 2, (1 + x) / 2))


def _moment(x: Floats, d: int) -> Floats:
    """The mean of components below x, and 0 for others: ∫ t·f(t) dt from −1 to x = −f(0)·(1 − x²)^((d − 1)/2)/(d − 1)."""
    from math import lgamma

    peak = np.exp(lgamma(d / 2) - lgamma((d - 1) / 2)) / np.sqrt(np.pi)
    return np.asarray(-peak * (1 - x**2) ** ((d - 1) / 2) / (d - 1))
