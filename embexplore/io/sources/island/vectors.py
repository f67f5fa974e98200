"""Vectors of a block in a year: prototypes of the kinds, parcels, blur, texture, drift and noise.

Every random number has an address, sums are exact or elementwise: a block is the same in any order,
on any processor.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import Codec
from embexplore.io.sources.island.hashing import BELL_STD, bell, hashed, key
from embexplore.io.sources.island.kernels import mix
from embexplore.io.sources.island.kinds import Kind
from embexplore.io.sources.island.noise import UNIT_VARIANCE, interpolate, lattice, smooth
from embexplore.io.sources.island.space import (
    BASE,
    FACTOR_LIMIT,
    FACTOR_UNIT,
    FACTORS,
    FLAT,
    LOOKS,
    SPREAD,
    YEARLY,
    mixing,
    profile,
    prototypes,
)
from embexplore.io.sources.island.world import BLOCK, HALO, World

_COARSE, _FINE = 17.0, 5.0
"""Spacing of the textures in pixels."""
_BLUR = (1 / 32, 7 / 32, 16 / 32, 7 / 32, 1 / 32)
"""The sensor's point spread: a class edge is three pixels wide, as on the real chip."""
_FIRST_YEAR = 2017
_TILE = 4096

F32 = NDArray[np.float32]
Axis = NDArray[np.float64]


def block_codes(world: World, row: int, column: int, year: int, codec: Codec) -> NDArray[np.int8]:
    """Codes `(64, BLOCK, BLOCK)` of a block's unit vectors, a few rows at a time to stay in the processor's cache.

    Factors and matrix are whole numbers and their products stay below 2²⁴, where float32 still counts:
    the product is exact in any order. The rest works on single elements in a fixed order.
    """
    found = factors(world, row, column, year).reshape(FACTORS, -1)
    matrix, mean = mixing()
    codes = np.empty((len(matrix), found.shape[1]), np.int8)
    for start in range(0, found.shape[1], _TILE):
        tile = np.s_[:, start : start + _TILE]
        whole = np.clip(np.rint(found[tile] * np.float32(FACTOR_UNIT)), -FACTOR_LIMIT, FACTOR_LIMIT)
        vectors = mix(matrix, mean, whole)
        length = vectors[0] * vectors[0]
        for band in vectors[1:]:
            length += band * band
        vectors *= 1 / np.sqrt(length)
        codes[tile] = codec.encode(vectors.T).T
    return codes.reshape(-1, BLOCK, BLOCK)


def factors(world: World, row: int, column: int, year: int) -> F32:
    """Factor scores `(FACTORS, BLOCK, BLOCK)` of a block in a year."""
    ground, kinds, numbers = world.kinds(row, column, year)
    seed = world.frame.seed
    base = _blur(_surfaces(seed, year, kinds, numbers, ground.y, ground.x))
    inner = slice(HALO, -HALO)
    y, x, kinds = ground.y[inner], ground.x[inner], kinds[inner, inner]
    found = _texture(seed, year, y, x, kinds)
    found[:BASE] += base
    _add_pixel_noise(found, seed, year, y, x)
    return found


def _surfaces(seed: int, year: int, kinds: NDArray[np.uint8], numbers: NDArray[np.uint64], y: Axis, x: Axis) -> F32:
    """Prototype of each pixel's kind, shifted by its parcel and year, and by what it is taken for."""
    patches, at = np.unique(numbers << np.uint64(6) | kinds.astype(np.uint64), return_inverse=True)
    kind = (patches & np.uint64(63)).astype(np.int64)
    name = (patches >> np.uint64(6)).astype(np.int64)[:, None]
    factor = np.arange(BASE)[None, :]
    parcel, season = (_looks(field)[kind][:, None] * (name > 0) for field in ("parcel", "season"))
    spread = profile(0.3, BASE) / BELL_STD
    table = prototypes()[kind] * SPREAD["kind"]
    table = table + SPREAD["parcel"] * parcel * spread * bell(key(seed, "parcel"), name, factor)
    table = table + SPREAD["season"] * season * spread * bell(key(seed, "season", year), name, factor)
    table = table + SPREAD["kind year"] * spread * bell(key(seed, "kind year", year), kind[:, None], factor)
    like = np.array([LOOKS[Kind(k)].like for k in range(len(Kind))])
    toward = (prototypes()[like] - prototypes())[kind]
    unsure = smooth(key(seed, "unsure"), y, x, 11.0) * 0.28 + smooth(key(seed, "unsure", year), y, x, 8.0) * 0.06 + 0.19
    unsure = np.clip(unsure, 0, 0.8).astype(np.float32) * _looks("unsure").astype(np.float32)[kinds]
    at = at.reshape(kinds.shape)
    return table.T.astype(np.float32)[:, at] + toward.T.astype(np.float32)[:, at] * unsure


@cache
def _looks(field: str) -> NDArray[np.float64]:
    return np.array([getattr(LOOKS[kind], field) for kind in Kind])


def _blur(values: F32) -> F32:
    """Blurred `(k, y, x)` without its halo."""
    size = values.shape[1] - 2 * HALO
    down = sum(np.float32(w) * values[:, k : k + size] for k, w in enumerate(_BLUR))
    return sum(np.float32(w) * down[:, :, k : k + size] for k, w in enumerate(_BLUR))


def _texture(seed: int, year: int, y: Axis, x: Axis, kinds: NDArray[np.uint8]) -> F32:
    """Texture inside the kinds: most of it stays, some is the year's own, some wanders."""
    strength = _looks("texture").astype(np.float32)[kinds]
    total = np.zeros((FACTORS, len(y), len(x)), np.float32)
    for name, spacing in (("coarse", _COARSE), ("fine", _FINE)):
        down, across = lattice(y, spacing), lattice(x, spacing)
        address = (np.arange(FACTORS)[:, None, None], down.nodes[None, :, None], across.nodes[None, None, :])
        values = bell(key(seed, name), *address) + YEARLY["own"] * bell(key(seed, name, "year", year), *address)
        for step in range(_FIRST_YEAR + 1, year + 1) if name == "coarse" else ():
            values = values + YEARLY["walk"] * bell(key(seed, name, "walk", step), *address)
        field = interpolate(np.rint(values), down, across)
        field *= (UNIT_VARIANCE * SPREAD[name] * profile(FLAT, FACTORS)).astype(np.float32)[:, None, None]
        total += field
    total *= strength
    return total


def _add_pixel_noise(found: F32, seed: int, year: int, y: Axis, x: Axis) -> None:
    """Uniform noise of single pixels, in place: eight bytes of one hash serve eight factors."""
    spread = SPREAD["pixel"] * profile(FLAT, FACTORS) / np.sqrt((256**2 - 1) / 12)
    rows, columns = np.floor(y).astype(np.int64)[:, None], np.floor(x).astype(np.int64)[None, :]
    for first in range(0, FACTORS, 8):
        lanes = hashed(key(seed, "pixel", year, first), rows, columns)
        for lane in range(8):
            byte = ((lanes >> np.uint64(8 * lane)) & np.uint64(255)).astype(np.float32) - np.float32(127.5)
            found[first + lane] += byte * np.float32(spread[first + lane])
