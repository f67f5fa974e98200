"""What is typed, as values: places, boxes and years, each refused with the form that was expected."""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer


@dataclass(frozen=True)
class Place:
    """A place in degrees."""

    lon: float
    lat: float


@dataclass(frozen=True)
class Box:
    """A bounding box: (west, south, east, north) in degrees."""

    bbox: tuple[float, float, float, float]


@dataclass(frozen=True)
class Years:
    """Calendar years, ascending."""

    years: tuple[int, ...]


def parse_place(text: str) -> Place:
    """`-89.4,43.1` as a place."""
    numbers = _numbers(text)
    if len(numbers) != 2:
        raise typer.BadParameter(f"{text!r}: expected LON,LAT in degrees, as in -89.4,43.1")
    lon, lat = numbers
    if not (-360 <= lon <= 360 and -90 <= lat <= 90):
        raise typer.BadParameter(f"{text!r}: expected LON,LAT in degrees, longitude first; {lat:g} is no latitude")
    return Place(lon, lat)


def parse_box(text: str) -> Box:
    """`-90,43,-89,44` as a bounding box."""
    numbers = _numbers(text)
    if len(numbers) != 4:
        raise typer.BadParameter(f"{text!r}: expected W,S,E,N in degrees, as in -89.5,43.0,-89.3,43.2")
    west, south, east, north = numbers
    if not (west < east and -90 <= south < north <= 90):
        raise typer.BadParameter(f"{text!r}: expected west < east and south < north, in degrees")
    return Box((west, south, east, north))


def parse_years(text: str) -> Years:
    """`2024` or `2017-2024` as years."""
    match = re.fullmatch(r"\s*(\d{4})\s*(?:[-–]\s*(\d{4})\s*)?", text)  # people paste en dashes
    if not match:
        raise typer.BadParameter(f"{text!r}: expected a year or a range of years, as in 2017-2024")
    first, last = int(match[1]), int(match[2] or match[1])
    if last < first:
        raise typer.BadParameter(f"{text!r}: the first year comes after the last")
    return Years(tuple(range(first, last + 1)))


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return []
    return numbers if all(math.isfinite(number) for number in numbers) else []


Cube = Annotated[str, typer.Argument(metavar="CUBE", help="A cube: folder, http(s):// or s3:// address.")]
OutCube = Annotated[Path, typer.Argument(metavar="OUT.zarr", help="The cube to write.")]
Year = Annotated[int | None, typer.Option(metavar="Y", help="Year; the latest by default.", show_default=False)]
Aoi = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Only inside these polygons (GeoJSON, GeoPackage, …).", show_default=False),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there already.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes: results and errors only.")]
