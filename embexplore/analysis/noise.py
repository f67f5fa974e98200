"""The noise floor of change: what ground that did not change stays below, in this cube, between these years."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from embexplore.analysis.area import clip
from embexplore.analysis.change import change
from embexplore.analysis.fitting import chunk_windows, on_chunk_grid
from embexplore.core.noise import is_stable
from embexplore.cube import schema
from embexplore.cube.years import describe_years, years_of
from embexplore.errors import InvalidInput, NoData

PIXELS = 1 << 20
"""Pixels that a floor is estimated on; of larger cubes, random chunks. The 99th percentile of a million pixels
is good to 0.01 % of them."""
FEW = 100
"""Fewer stable pixels tell no 99th percentile."""
QUANTILES = 4097
"""Points that the distribution of stable ground is kept at."""


@dataclass(frozen=True, eq=False)
class NoiseFloor:
    """What change stable ground stays below between two years.

    Attributes
    ----------
    floor : float
        1 − cosine that `percentile` percent of the stable ground does not exceed.
    percentile : float
    years : (int, int)
        The two years compared.
    quantiles : ndarray of shape (q,), float32
        Change on stable ground, ascending, from its smallest to its largest in equal shares of pixels.
    stable_pixels, pixels : int
        Stable ground, and all ground with data in both years, among the pixels looked at.
    how : str
        How stable ground was told, as a sentence.
    yearly : dict of int to float
        The floor of every pair of consecutive years, by the later one: what one pixel over the years is compared
        with. NaN where a pair has no data.
    """

    floor: float
    percentile: float
    years: tuple[int, int]
    quantiles: NDArray[np.float32]
    stable_pixels: int
    pixels: int
    how: str
    yearly: dict[int, float]

    def passing(self, threshold: float) -> float:
        """Share of the stable ground that changed more than a threshold: false alarms, in [0, 1]."""
        below = np.searchsorted(self.quantiles, threshold, side="right")
        return float(1 - below / len(self.quantiles))

    def shares(self, edges: ArrayLike) -> NDArray[np.float64]:
        """Share of the stable ground in each bin of ascending `edges (n + 1,)`, `(n,)`: a histogram's dashed line."""
        return np.histogram(self.quantiles, np.asarray(edges, float))[0] / len(self.quantiles)


def noise_floor(
    cube: xr.Dataset,
    first: int,
    second: int,
    *,
    percentile: float = 99.0,
    stable: Any = None,
    random_state: int | None = None,
) -> NoiseFloor:
    """What change ground that did not change stays below between two years, told from the cube itself.

    Stable ground is every pixel that no pair of consecutive years shows as changed (`core.noise.is_stable`).
    The floor is a percentile of *its* change between the two years asked for: seven years apart it is
    higher than one year apart, and another region, model or codec has another one.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory, clipped or not. All its years are read; of more than a million pixels, random chunks.
    first, second : int
        The years of the change map, in any order.
    percentile : float
        Percent of the stable ground that stays below the floor; 99 lets one stable pixel in 100 pass.
    stable : area, optional
        Ground known to be stable, as `clip` takes areas; it is taken as it is.
    random_state : int, optional
        Which chunks of a large cube are read; None is seed 0.

    Returns
    -------
    NoiseFloor
        In memory. On Null Island, where the truth is known, 0.7 % of the ground that did not change passes
        the floor of 2017 to 2024.

    Raises
    ------
    InvalidInput
        `percentile` is not between 0 and 100; the cube lacks a year.
    NoData
        Fewer than 100 stable pixels have data in both years.
    OutOfBounds
        `stable` lies outside the cube.

    Examples
    --------
    >>> import embexplore as ex
    >>> noise = ex.null_island().emb.noise_floor(2017, 2024)
    >>> 0.05 < noise.floor < 0.15, round(noise.passing(noise.floor), 2)
    (True, 0.01)
    """
    if not 0 < percentile < 100:
        raise InvalidInput(f"percentile={percentile}: expected a number between 0 and 100.")
    if first == second:
        raise InvalidInput(f"first={first}, second={second}: a floor needs two different years.")
    parts = _sampled(cube if stable is None else clip(cube, stable), random_state)
    measured = [_measured(part, first, second) for part in parts]
    apart, steps = (np.concatenate(pieces, axis=-1) for pieces in zip(*measured, strict=True))
    chosen = is_stable(steps) if stable is None else np.ones(len(apart), bool)
    quiet = apart[chosen]
    if len(quiet) < FEW:
        raise NoData(
            f"{len(quiet)} stable pixels with data in {first} and {second}: a floor needs {FEW}. "
            "Choose other years, or a larger area."
        )
    return NoiseFloor(
        floor=float(np.percentile(quiet, percentile)),
        percentile=float(percentile),
        years=(int(first), int(second)),
        quantiles=np.quantile(quiet, np.linspace(0, 1, QUANTILES)).astype(np.float32),
        stable_pixels=len(quiet),
        pixels=len(apart),
        how=_how(cube, stable, len(quiet) / len(apart)),
        yearly=dict(zip(sorted(years_of(cube))[1:], _floors(steps[:, chosen], percentile), strict=True)),
    )


def _floors(steps: NDArray[np.float32], percentile: float) -> list[float]:
    """The percentile of every pair `(pairs, n)`; NaN where one has no data."""
    known = [step[~np.isnan(step)] for step in steps]
    return [float(np.percentile(step, percentile)) if step.size else float("nan") for step in known]


def _how(cube: xr.Dataset, stable: Any, share: float) -> str:
    if stable is not None:
        return "Measured on the ground that you named as stable."
    years = sorted(years_of(cube))
    pairs = "the two years" if len(years) == 2 else f"any two consecutive years of {describe_years(years)}"
    return f"Measured on the {100 * share:.0f} % of pixels that do not stand out between {pairs}."


def _sampled(cube: xr.Dataset, random_state: int | None) -> list[xr.Dataset]:
    """The whole cube, or random chunks of about `PIXELS` pixels."""
    if cube.sizes[schema.Y] * cube.sizes[schema.X] <= PIXELS:
        return [cube]
    cube = on_chunk_grid(cube)
    windows = chunk_windows(cube)
    order = np.random.default_rng(random_state or 0).permutation(len(windows)).tolist()
    chosen: list[xr.Dataset] = []
    pixels = 0
    for index in order:
        rows, columns = windows[index]
        part = cube.isel({schema.Y: rows, schema.X: columns})
        inside = part.coords.get(schema.INSIDE)
        pixels += int(part.sizes[schema.Y] * part.sizes[schema.X] if inside is None else inside.sum())
        chosen.append(part)
        if pixels >= PIXELS:
            break
    return chosen


def _measured(cube: xr.Dataset, first: int, second: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The change `(n,)` between two years where both have data, and the steps `(pairs, n)` of those pixels."""
    import dask

    asked, steps = change(cube, first, second), change(cube)
    found = dask.compute(asked.data, steps.data)
    values, series = found[0].ravel(), found[1].reshape(steps.sizes[schema.TIME], -1)
    known = ~np.isnan(values)
    return values[known], series[:, known]
