"""Figures that others published, or that were measured on real embeddings before: what a report sets its own beside."""

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """Recall of the 10 nearest by bits a number, on another set of embeddings.

    Attributes
    ----------
    name, source : str
    recall : dict of int to (float, float)
        By bits a number: lowest and highest that was found.
    """

    name: str
    source: str
    recall: dict[int, Range]


PUBLISHED = (
    Series(
        "Clay v1.5, 1024 numbers",
        "published by TerraBit, patches",
        {8: (0.99, 0.99), 4: (0.91, 0.91), 3: (0.79, 0.79), 2: (0.54, 0.54), 1: (0.65, 0.65)},
    ),
    Series(
        "AlphaEarth, 64 numbers",
        "measured on three real sets",
        {8: (0.99, 0.99), 4: (0.81, 0.88), 3: (0.64, 0.78), 2: (0.43, 0.64), 1: (0.33, 0.56)},
    ),
)
