"""The space of embeddings: where each kind of surface lies, how it varies, and the map to 64 dimensions.

The space belongs to the made-up model, not to one island: it is the same for every size and seed.
Numbers that reach the mixing are whole, so codes are the same on every processor.
"""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.hashing import BELL_STD, bell, key
from embexplore.io.sources.island.kinds import Kind

BANDS = 64
FACTORS = 56
"""Directions in which vectors vary."""
BASE = 28
"""The first of them also tell kinds and parcels apart; the rest are texture only."""
FACTOR_UNIT, FACTOR_LIMIT = 128, 1023
"""Factors are rounded to 1/128 and clipped at ±8, the matrix is rounded to 1/512."""
MATRIX_UNIT = 512

_MODEL = key(20170624, "null island model")
_MEAN_POWER = 0.57
"""Squared length of the mean before vectors are put on the sphere, where it becomes 0.67: the cosine of
random pairs on the real chip (FORMATS §6)."""


@dataclass(frozen=True)
class Look:
    """How one kind of surface looks.

    Attributes
    ----------
    group : str
        Kinds of a group lie near each other.
    share : float
        Its share of a typical island, used to shape the spectrum.
    like : Kind
        The kind it is taken for where the sensor is unsure.
    own, parcel, season, texture, unsure : float
        Spread of the kind itself in its group, between parcels, between years of a parcel, and inside;
        how readily it is taken for `like`.
    """

    group: str
    share: float
    like: Kind
    own: float = 0.7
    parcel: float = 0.5
    season: float = 0.5
    texture: float = 1.0
    unsure: float = 1.0


LOOKS = {
    Kind.SEA: Look("water", 0.10, Kind.LAKE, own=0.55, texture=0.55),
    Kind.LAKE: Look("water", 0.03, Kind.SEA, own=0.55, texture=0.5),
    Kind.RIVER: Look("water", 0.03, Kind.WETLAND, own=0.6, texture=0.8),
    Kind.FOREST: Look("woods", 0.14, Kind.SCRUB, own=0.5),
    Kind.CONIFER: Look("woods", 0.12, Kind.FOREST, own=0.55),
    Kind.WETLAND: Look("marsh", 0.03, Kind.GRASS, own=0.7, unsure=0.9),
    Kind.GRASS: Look("green", 0.13, Kind.FALLOW, own=0.4, texture=1.1),
    Kind.SCRUB: Look("woods", 0.03, Kind.GRASS, own=0.6, texture=1.1),
    Kind.WHEAT: Look("crop", 0.05, Kind.FALLOW, own=0.5),
    Kind.MAIZE: Look("crop", 0.05, Kind.BEET, own=0.5),
    Kind.RAPE: Look("crop", 0.05, Kind.WHEAT, own=0.5),
    Kind.BEET: Look("crop", 0.04, Kind.MAIZE, own=0.5),
    Kind.FALLOW: Look("crop", 0.04, Kind.GRASS, own=0.6),
    Kind.ORCHARD: Look("woods", 0.02, Kind.GRASS, own=0.7),
    Kind.PIVOT_MAIZE: Look("pivot", 0.03, Kind.MAIZE, own=0.35, parcel=0.35, unsure=0.7),
    Kind.PIVOT_ALFALFA: Look("pivot", 0.02, Kind.BEET, own=0.35, parcel=0.35),
    Kind.GREENHOUSE: Look("built", 0.01, Kind.SUBURB, own=1.0, unsure=0.5),
    Kind.TOWN: Look("built", 0.02, Kind.SUBURB, own=0.5),
    Kind.SUBURB: Look("built", 0.02, Kind.GRASS, own=0.5),
    Kind.ROAD: Look("built", 0.02, Kind.SOIL, own=0.6),
    Kind.BEACH: Look("bare", 0.02, Kind.SOIL, own=0.5),
    Kind.ROCK: Look("bare", 0.03, Kind.SCRUB, own=0.6),
    Kind.SOIL: Look("bare", 0.02, Kind.FALLOW, own=0.5),
    Kind.SOLAR: Look("solar", 0.01, Kind.ROAD, own=0.8, parcel=0.3, unsure=0.6),
    Kind.SOLAR_LANE: Look("green", 0.01, Kind.GRASS, own=0.5, parcel=0.3),
}

SPREAD = {"kind": 1.0, "parcel": 0.36, "season": 0.22, "kind year": 0.14, "coarse": 0.44, "fine": 0.2, "pixel": 0.055}
"""Standard deviation of each source of variation, relative to the spread between kinds."""
YEARLY = {"own": 0.44, "walk": 0.32}
"""Texture that a year has for itself, and how far texture wanders from year to year."""

_ROTATION = 240
"""Of 400 random rotations the one with which PCA's rule of signs safely shows water blue, fields green, forest warm."""

FLAT = 0.4
"""How much flatter the spectrum of texture is than that of kinds, see `profile`."""
_TYPICAL_WALK = 4
"""Years since 2017, in the middle of the series."""

_CUMULATIVE = ((0, 0.0), (4, 0.57), (8, 0.80), (16, 0.91), (32, 0.97), (56, 1.0))
"""Cumulative PCA variance of real AlphaEarth vectors (FORMATS §5)."""


@cache
def spectrum() -> NDArray[np.float64]:
    """Share of the variance along each factor, `(FACTORS,)`: falling, with the published cumulative sums."""
    shares: list[float] = []
    for (start, low), (stop, high) in pairwise(_CUMULATIVE):
        ramp = np.array([_FALL[start] ** -(k / (stop - start)) for k in range(stop - start)])
        shares.extend((high - low) * ramp / ramp.sum())
    return np.round(shares, 6)


_FALL = {0: 2.6, 4: 2.2, 8: 3.0, 16: 2.4, 32: 3.0}
"""How much the spectrum falls inside each step of `_CUMULATIVE`: chosen so that it never rises."""


@cache
def profile(flat: float, count: int) -> NDArray[np.float64]:
    """Standard deviation along each of `count` factors, total variance 1: the spectrum, flattened."""
    share = spectrum()[:count] * (1 - flat) + flat * spectrum()[:count].sum() / count
    return np.round(np.sqrt(share / share.sum()), 5)


@cache
def prototypes() -> NDArray[np.float64]:
    """Where each kind lies, `(kinds, BASE)`."""
    groups = list(dict.fromkeys(look.group for look in LOOKS.values()))
    factor = np.arange(BASE)[None, :]
    common = bell(_MODEL + 1, np.arange(len(groups))[:, None], factor) / BELL_STD
    own = bell(_MODEL + 2, np.arange(len(Kind))[:, None], factor) / BELL_STD
    rows = [
        common[groups.index(LOOKS[kind].group)] * profile(0.0, BASE) + LOOKS[kind].own * own[kind] * profile(0.25, BASE)
        for kind in Kind
    ]
    return np.array(rows)


@cache
def mixing() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Whole matrix `(BANDS, FACTORS)` and whole mean `(BANDS,)`, in units of `MATRIX_UNIT` (times `FACTOR_UNIT`).

    Factors are whitened by the covariance that kinds and textures give on a typical island and colored
    again by `spectrum`, so vectors have the published spectrum before they are put on the sphere.
    """
    share = np.array([LOOKS[kind].share for kind in Kind])
    share = share / share.sum()
    centered = prototypes() - share @ prototypes()
    covariance = np.zeros((FACTORS, FACTORS))
    covariance[:BASE, :BASE] = SPREAD["kind"] ** 2 * (centered * share[:, None]).T @ centered
    for name in ("parcel", "season", "kind year"):
        covariance[np.arange(BASE), np.arange(BASE)] += (SPREAD[name] * profile(0.3, BASE)) ** 2 * 0.5
    for name, own, walk in (
        ("coarse", YEARLY["own"], YEARLY["walk"]),
        ("fine", YEARLY["own"], 0.0),
        ("pixel", 0.0, 0.0),
    ):
        power = 1 + own**2 + walk**2 * _TYPICAL_WALK
        covariance += np.diag(power * (SPREAD[name] * profile(FLAT, FACTORS)) ** 2)
    values, axes = np.linalg.eigh(covariance)
    values, axes = values[::-1], axes[:, ::-1]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(FACTORS)] < 0, -1.0, 1.0)
    frame = _orthonormal(BANDS)
    scale = np.sqrt((1 - _MEAN_POWER) * spectrum() / values)
    matrix = frame[:, 1 : FACTORS + 1] @ (scale[:, None] * axes.T)
    mean = np.sqrt(_MEAN_POWER) * frame[:, 0] - matrix[:, :BASE] @ (share @ prototypes())
    whole = np.rint(matrix * MATRIX_UNIT), np.rint(mean * MATRIX_UNIT * FACTOR_UNIT)
    return whole[0].astype(np.float32), whole[1].astype(np.float32)


def _orthonormal(count: int) -> NDArray[np.float64]:
    """A fixed random rotation, by Gram–Schmidt."""
    rows = bell(_MODEL + _ROTATION, np.arange(count)[:, None], np.arange(count)[None, :]) / BELL_STD
    made: list[NDArray[np.float64]] = []
    for row in rows:
        rest = row
        for other in made:
            rest = rest - (rest * other).sum() * other
        made.append(rest / np.sqrt((rest * rest).sum()))
    return np.array(made).T
