"""Places, shares and areas in the words of the map."""

import math

from embexplore.cube.grid import Grid

METERS_PER_DEGREE = 111_320.0
"""Of latitude, and of longitude at the equator (WGS 84, within 0.6 %)."""


def degrees(lon: float, lat: float) -> str:
    """A place as readers write it: `0.1200° E 0.1100° N`."""
    return f"{abs(lon):.4f}° {'E' if lon >= 0 else 'W'} {abs(lat):.4f}° {'N' if lat >= 0 else 'S'}"


def percent(share: float, digits: int = 0) -> str:
    """A share in words, its sign kept on the line: `6.5 %`."""
    return f"{100 * share:.{digits}f}\u00a0%"


def hectares(grid: Grid, pixels: int) -> float:
    """The area of a number of pixels; of a grid in degrees, at the latitude of its middle."""
    width, height = grid.resolution
    if grid.is_geographic:
        _, south, _, north = grid.bbox
        width *= METERS_PER_DEGREE * math.cos(math.radians((south + north) / 2))
        height *= METERS_PER_DEGREE
    return pixels * width * height / 10_000


def ground_area(grid: Grid, pixels: int) -> str:
    """The area of a number of pixels in words: `1.05 km²`, `3.2 ha`."""
    area = hectares(grid, pixels)
    return f"{area / 100:,.2f} km²" if area >= 100 else f"{area:.1f} ha"


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 point`, `29 points`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
