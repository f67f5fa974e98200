"""Where the names of points go, so that no two of them overlap: tried around each point, nearest first."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDE, HIGH = 6.7, 14.0
"""Width of a character and height of a line of 12 px type, in px; widths differ between fonts by some percent."""
RADII = (9.0, 20.0, 32.0, 46.0, 62.0, 80.0)
ANGLES = (0, 180, -45, 45, -135, 135, -90, 90, -20, 20, -160, 160, -70, 70, -110, 110)
"""Directions in degrees, the right first; y points down."""


@dataclass(frozen=True)
class Box:
    """A rectangle of the drawing, in px."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        """Whether they share any ground."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def is_in(self, other: "Box") -> bool:
        """Whether it lies within another."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom


@dataclass(frozen=True)
class Label:
    """A name beside its point: the middle of its line is at `y`, and a line leads to it where it is `far`."""

    name: str
    x: float
    y: float
    anchor: str
    box: Box
    far: bool


def place(points: Sequence[tuple[str, float, float]], frame: Box) -> dict[int, Label]:
    """Labels of points `(name, x, y)`, in the order of their importance; those that find no room have none.

    No label overlaps another, or a point; those without a name need none.
    """
    marks = [Box(x - 5, y - 5, x + 5, y + 5) for _, x, y in points]
    found: dict[int, Label] = {}
    for number, (name, x, y) in enumerate(points):
        taken = [*marks, *(label.box for label in found.values())]
        fitting = (
            label
            for label in (_candidates(name, x, y) if name else ())
            if label.box.is_in(frame) and not any(label.box.overlaps(box) for box in taken)
        )
        label = next(fitting, None)
        if label is not None:
            found[number] = label
    return found


def _candidates(name: str, x: float, y: float) -> Iterator[Label]:
    width = WIDE * len(name)
    for radius in RADII:
        for angle in ANGLES:
            across, down = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            at, middle = x + radius * across, y + radius * down
            anchor = "start" if across > 0.3 else "end" if across < -0.3 else "middle"
            left = at - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            box = Box(left - 2, middle - HIGH / 2, left + width + 2, middle + HIGH / 2)
            yield Label(name, at, middle, anchor, box, radius > RADII[1])
