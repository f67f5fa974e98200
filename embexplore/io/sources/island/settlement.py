"""What people build: towns of blocks and streets, greenhouses in modules, solar panels in rows, piers."""

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.hashing import hashed, uniform
from embexplore.io.sources.island.kinds import Kind
from embexplore.io.sources.island.sites import Site

Axis = NDArray[np.float64]
Painted = tuple[NDArray[np.uint8], NDArray[np.uint64]]

_BLOCK = (10.0, 7.0)
"""A town block with its street, in pixels: 100 by 70 meters."""


def blocks(site: Site, y: Axis, x: Axis, *, dense: float = 0.62) -> Painted:
    """Houses, parks and streets on a grid; `dense` is the share of the radius with closed blocks."""
    along, across = site.local(y[:, None], x[None, :])
    column, row = np.floor(along / _BLOCK[0]), np.floor(across / _BLOCK[1])
    street = (along - column * _BLOCK[0] < 1.05) | (across - row * _BLOCK[1] < 1.05)
    middle = np.sqrt(((column + 0.5) * _BLOCK[0]) ** 2 + ((row + 0.5) * _BLOCK[1]) ** 2)
    park = uniform(site.key + 1, column, row) < 0.09
    kinds = np.where(middle < dense * site.radius, Kind.TOWN, Kind.SUBURB)
    kinds = np.where(park, Kind.GRASS, kinds)
    return np.where(street, Kind.ROAD, kinds).astype(np.uint8), hashed(site.key, column, row, street)


def town(site: Site, y: Axis, x: Axis) -> tuple[NDArray[np.bool_], NDArray[np.uint8], NDArray[np.uint64]]:
    """Where a town stands and what is there: whole blocks, more and more gaps towards the fringe."""
    along, across = site.local(y[:, None], x[None, :])
    column, row = np.floor(along / _BLOCK[0]), np.floor(across / _BLOCK[1])
    middle = np.sqrt(((column + 0.5) * _BLOCK[0]) ** 2 + ((row + 0.5) * _BLOCK[1]) ** 2)
    built = middle < site.radius * (0.62 + 0.5 * uniform(site.key + 2, column, row))
    kinds, numbers = blocks(site, y, x)
    return built, kinds, numbers


def rows(site: Site, y: Axis, x: Axis) -> Painted:
    """Solar panels: about two pixels of panel, two of grass, and a service lane now and then."""
    along, across = site.local(y[:, None], x[None, :])
    table = np.floor(along / 13.0)
    panel = (across - 4 * np.floor(across / 4) < 2.3) & (along - 13.0 * table > 1.0)
    kinds = np.where(panel, Kind.SOLAR, Kind.SOLAR_LANE).astype(np.uint8)
    return kinds, hashed(site.key, table, np.zeros_like(across), panel)


def greenhouses(site: Site, y: Axis, x: Axis) -> tuple[NDArray[np.bool_], NDArray[np.uint8], NDArray[np.uint64]]:
    """Where greenhouses stand, in modules with lanes between them."""
    along, across = site.local(y[:, None], x[None, :])
    column, row = np.floor(along / 8.0), np.floor(across / 5.0)
    inside = (np.abs((column + 0.5) * 8.0) < 0.9 * site.radius) & (np.abs((row + 0.5) * 5.0) < 0.66 * site.radius)
    lane = (along - column * 8.0 < 1.0) | (across - row * 5.0 < 1.0)
    kinds = np.where(lane, Kind.SOIL, Kind.GREENHOUSE).astype(np.uint8)
    return inside, kinds, hashed(site.key, column, row, lane)
