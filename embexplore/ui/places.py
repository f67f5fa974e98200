"""Places with names to start from, where a cube's truth is known."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embexplore.ui.shared import Shared

NEAR = 60.0
"""Meters: a click this near to a named place is called by its name."""


@dataclass(frozen=True)
class Place:
    """A named place in degrees; `kind` is its class in the truth."""

    name: str
    lon: float
    lat: float
    kind: str = ""


def places_of(shared: "Shared") -> list[Place]:
    """The named places of Null Island; of any other cube none."""
    if not shared.is_null_island:
        return []
    from embexplore.io.demo import null_island_places

    return [Place(name, lon, lat, kind) for name, kind, lon, lat in null_island_places()]


def name_of(shared: "Shared", lon: float, lat: float) -> str:
    """The name of the place within `NEAR` meters, or an empty text."""
    if not shared.is_null_island:
        return ""
    x, y = shared.grid.xy(lon, lat)
    for place in shared.places:
        px, py = shared.grid.xy(place.lon, place.lat)
        if (float(x) - float(px)) ** 2 + (float(y) - float(py)) ** 2 <= NEAR**2:
            return place.name
    return ""
