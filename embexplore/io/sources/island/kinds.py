"""What the ground can be: land-cover classes, and the finer kinds of surface that they consist of."""

from enum import IntEnum

import numpy as np

CLASSES = (
    "sea", "lake", "river", "forest", "wetland", "grass", "crops",
    "pivot", "greenhouse", "town", "road", "bare", "solar",
)  # fmt: skip
"""Land-cover classes; the truth raster holds their index."""


class Kind(IntEnum):
    """Kinds of surface: each has its own place in the space of embeddings."""

    SEA = 0
    LAKE = 1
    RIVER = 2
    FOREST = 3
    CONIFER = 4
    WETLAND = 5
    GRASS = 6
    SCRUB = 7
    WHEAT = 8
    MAIZE = 9
    RAPE = 10
    BEET = 11
    FALLOW = 12
    ORCHARD = 13
    PIVOT_MAIZE = 14
    PIVOT_ALFALFA = 15
    GREENHOUSE = 16
    TOWN = 17
    SUBURB = 18
    ROAD = 19
    BEACH = 20
    ROCK = 21
    SOIL = 22
    SOLAR = 23
    SOLAR_LANE = 24


_CLASS = {
    "sea": "SEA", "lake": "LAKE", "river": "RIVER", "forest": "FOREST CONIFER", "wetland": "WETLAND",
    "grass": "GRASS SCRUB", "crops": "WHEAT MAIZE RAPE BEET FALLOW ORCHARD", "pivot": "PIVOT_MAIZE PIVOT_ALFALFA",
    "greenhouse": "GREENHOUSE", "town": "TOWN SUBURB", "road": "ROAD", "bare": "BEACH ROCK SOIL", "solar": "SOLAR SOLAR_LANE",
}  # fmt: skip

CLASS_OF = np.zeros(len(Kind), np.uint8)
"""Class index of every kind."""
for _name, _kinds in _CLASS.items():
    for _kind in _kinds.split():
        CLASS_OF[Kind[_kind]] = CLASSES.index(_name)

WATER = (Kind.SEA, Kind.LAKE, Kind.RIVER)
ROTATION = (Kind.WHEAT, Kind.RAPE, Kind.MAIZE, Kind.BEET, Kind.FALLOW)
"""Crops that follow one another on a field."""
