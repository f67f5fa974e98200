"""Where to round to: the levels of every band, even steps or the best ones, and how many bits each band gets.

Both are found on sorted values with running sums, so that one turn costs a search for each level
whatever the number of values, and the sums are exact.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from embexplore.core.fields import MAX_WIDTH
from embexplore.errors import InvalidInput

SAMPLE = 1 << 15
"""Values of a band that levels are learned on: the error of 4-bit levels on other values grows by 0.3 %, of half as many by 2 %."""
TURNS = 60
GRAIN = 2.0**-14
"""Levels are this much of the largest apart, at least: rounding in a rotation never moves a level to another."""

LEFT = np.array([1, 0.3634, 0.1175, 0.03454, 0.009497, *(np.pi * np.sqrt(3) / 2 / 4.0 ** np.arange(5, 9))])
"""Squared error of the best 0 … 8 bits for a normal variable of variance 1 (Max 1960, table I; Panter and Dite 1951)."""

Floats = NDArray[np.float64]
Move = Callable[[Floats, Floats, Floats], Floats]


def even_levels(vectors: NDArray[np.floating], widths: NDArray[np.integer]) -> list[Floats]:
    """For every band 2**width levels an equal step apart, with the smallest mean squared error.

    Parameters
    ----------
    vectors : ndarray of shape (n, k)
        Finite.
    widths : ndarray of shape (k,)
        Bits of each band.

    Returns
    -------
    list of k ndarray of shape (2**width,), float64
        Rising. The outermost values may lie beyond the outer levels: cutting them off makes the others finer.
    """
    return _levels(vectors, 1 << np.asarray(widths, np.int64), _to_even)


def best_levels(vectors: NDArray[np.floating], widths: NDArray[np.integer]) -> list[Floats]:
    """For every band the 2**width levels of smallest mean squared error; as `even_levels` otherwise.

    Source: Lloyd 1982, Least squares quantization in PCM; Max 1960.
    """
    return best_of(vectors, 1 << np.asarray(widths, np.int64))


def best_of(vectors: NDArray[np.floating], counts: NDArray[np.integer]) -> list[Floats]:
    """As `best_levels`, where bands have `counts (k,)` levels, powers of two or not."""
    return _levels(vectors, counts, _to_means)


def allocate(
    vectors: NDArray[np.floating], bits: int, weights: NDArray[np.floating] | None = None
) -> NDArray[np.uint8]:
    """Bits of each band, by reverse water-filling: each next bit where it takes off most of the squared error.

    So bands get bits by the logarithm of their variance, and those below the water line none.
    Source: Cover and Thomas, Elements of Information Theory, section 10.3.3.

    Parameters
    ----------
    vectors : ndarray of shape (n, k)
    bits : int
        Of one vector, at most 8·k.
    weights : ndarray of shape (k,), optional
        How much a squared error counts in each band; by default the same.

    Returns
    -------
    ndarray of shape (k,), uint8
        0 … 8, adding up to `bits`.
    """
    variances = np.var(np.asarray(vectors, np.float64), axis=0)
    if not 0 <= bits <= MAX_WIDTH * len(variances):
        raise InvalidInput(f"{bits} bits for {len(variances)} bands: expected 0 to {MAX_WIDTH * len(variances)}.")
    variances = variances if weights is None else variances * weights
    widths = np.zeros(len(variances), np.uint8)
    gains = np.append(-np.diff(LEFT), -1.0)  # a band of 8 bits takes no more
    for _ in range(bits):
        widths[np.where(widths < MAX_WIDTH, variances * gains[widths], -1.0).argmax()] += 1
    return widths


def _levels(vectors: NDArray[np.floating], counts: NDArray[np.integer], move: Move) -> list[Floats]:
    step = -(-len(vectors) // SAMPLE)
    columns = np.sort(np.asarray(vectors[::step], np.float64), axis=0).T
    grain = GRAIN * max(float(np.abs(columns).max(initial=0)), float(np.finfo(np.float32).tiny) * 2**40)
    return [_of_band(column, int(count), grain, move) for column, count in zip(columns, counts, strict=True)]


def _of_band(values: Floats, count: int, grain: float, move: Move) -> Floats:
    """The best of what several starts end at, for sorted values.

    The best levels are as dense as the cube root of the values' density (Panter and Dite 1951): for a normal variable
    as dense as another √3 times as wide, so one start is the values' quantiles, spread by √3. Long tails begin wider.
    """
    if count == 1:
        return np.array([values.mean()])
    sums = np.concatenate([[0.0], np.cumsum(values)])
    places = (np.arange(count) + 0.5) / count
    near = values.mean() + np.sqrt(3) * (np.quantile(values, places) - values.mean())
    wide = values[0] + (values[-1] - values[0]) * places
    ends = [_settled(start, values, sums, grain, move) for start in (near, (near + wide) / 2, wide)]
    return _apart(min(ends, key=lambda end: end[1])[0], grain)


def _settled(levels: Floats, values: Floats, sums: Floats, grain: float, move: Move) -> tuple[Floats, float]:
    """Levels moved until nothing moves, and their squared error but for what all levels share."""
    for _ in range(TURNS):
        counts, totals = _cells(levels, values, sums)
        moved = move(levels, counts, totals)
        is_still = np.abs(moved - levels).max() <= grain / 16
        levels = moved
        if is_still:
            break
    counts, totals = _cells(levels, values, sums)
    return levels, float(counts @ levels**2 - 2 * totals @ levels)


def _cells(levels: Floats, values: Floats, sums: Floats) -> tuple[Floats, Floats]:
    """How many values are nearest to each level, and what they add up to."""
    ends = np.searchsorted(values, (levels[1:] + levels[:-1]) / 2)
    edges = np.concatenate([[0], ends, [len(values)]])
    return np.diff(edges).astype(np.float64), np.diff(sums[edges])


def _to_means(levels: Floats, counts: Floats, sums: Floats) -> Floats:
    """Every level at the mean of the values that it stands for; one of none stays."""
    return np.where(counts > 0, sums / np.maximum(counts, 1), levels)


def _to_even(levels: Floats, counts: Floats, sums: Floats) -> Floats:
    """The line through the cells' means, by least squares weighted with their counts."""
    at = np.arange(len(levels), dtype=np.float64)
    total = counts.sum()
    center, mean = (counts @ at) / total, sums.sum() / total
    spread = counts @ (at - center) ** 2
    if spread <= 0:
        return levels
    slope = ((at - center) @ sums) / spread
    return np.asarray(mean + slope * (at - center))


def _apart(levels: Floats, grain: float) -> Floats:
    """The levels, rising by a grain at least."""
    ramp = grain * (np.arange(len(levels)) - (len(levels) - 1) / 2)
    return np.asarray(np.maximum.accumulate(levels - ramp) + ramp)
