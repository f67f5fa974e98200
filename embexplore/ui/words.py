"""Places, shares and areas in the words of the map."""

import re

from embexplore.analysis.tally import HECTARE
from embexplore.cube.grid import Grid
from embexplore.errors import InvalidInput


def degrees(lon: float, lat: float) -> str:
    """A place as readers write it: `0.1200° E 0.1100° N`."""
    return f"{abs(lon):.4f}° {'E' if lon >= 0 else 'W'} {abs(lat):.4f}° {'N' if lat >= 0 else 'S'}"


def percent(share: float, digits: int = 0) -> str:
    """A share in words, its sign kept on the line: `6.5 %`."""
    return f"{100 * share:.{digits}f}\u00a0%"


def hectares(grid: Grid, pixels: int) -> float:
    """The area of a number of pixels, of a grid in degrees those in its middle."""
    width, height = grid.meters
    return pixels * width * height / HECTARE


def ground_area(grid: Grid, pixels: int) -> str:
    """The area of a number of pixels in words: `1.05 km²`, `3.2 ha`."""
    area = hectares(grid, pixels)
    return f"{area / 100:,.2f} km²" if area >= 100 else f"{area:.1f} ha"


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 point`, `29 points`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def place_from(typed: str) -> tuple[float, float]:
    """Longitude and latitude that somebody typed: `0.12, 0.11` or `0.1200° E 0.1100° N`; InvalidInput otherwise."""
    signs = {"E": 1, "W": -1, "N": 1, "S": -1, "": 1}
    found = re.findall(r"(-?\d+(?:\.\d+)?)\s*°?\s*([EWNS]?)", typed.upper())
    if len(found) == 2:
        numbers = [float(digits) * signs[side] for digits, side in found]
        lon, lat = numbers[::-1] if found[0][1] in ("N", "S") else numbers
        if -180 <= lon <= 180 and -90 <= lat <= 90:
            return lon, lat
    raise InvalidInput(f"{typed!r} is not a place: expected longitude, latitude in degrees, as 0.12, 0.11.")
