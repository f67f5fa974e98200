"""Where people settle and farm: sites chosen one after the other, each the best place that is left."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.cover import natural
from embexplore.io.sources.island.frame import turn
from embexplore.io.sources.island.hashing import draw
from embexplore.io.sources.island.kinds import Kind
from embexplore.io.sources.island.noise import fractal, octaves
from embexplore.io.sources.island.survey import Map, Survey


@dataclass(frozen=True)
class Site:
    """One place with a purpose.

    Attributes
    ----------
    kind : str
        `town`, `village`, `pivots`, `solar`, `greenhouse`, `reservoir`, `clearing`, `construction` …
    y, x : float
        Center in pixels.
    radius : float
        Pixels that the site needs around its center.
    angle : float
        Direction of its streets or rows, radians.
    key : int
        Random key of its details.
    """

    kind: str
    y: float
    x: float
    radius: float
    angle: float
    key: int

    def local(self, y: Map, x: Map) -> tuple[Map, Map]:
        """Positions along and across the site's direction, from its center, in pixels."""
        cos, sin = turn(self.angle)
        dy, dx = y - self.y, x - self.x
        return dx * cos + dy * sin, dy * cos - dx * sin

    def world(self, along: NDArray[np.float64], across: NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions `(n, 2)` as (y, x) of local coordinates."""
        cos, sin = turn(self.angle)
        return np.column_stack([self.y + along * sin + across * cos, self.x + along * cos - across * sin])


@dataclass
class Chooser:
    """Hands out sites of a surveyed island so that none overlaps another."""

    survey: Survey
    sites: list[Site] = field(default_factory=list)

    def __post_init__(self) -> None:
        frame = self.survey.frame
        at = frame.centers
        self.noise = fractal(frame.key("sites"), at, at, octaves(frame.size / 3, 20.0), gain=0.7)
        self.room = np.where(self.survey.land, np.minimum(self.survey.coast, self.survey.lake - 1), -1.0)
        self.keep_off(frame.size / 2, frame.size / 2, 7.0)

    def keep_off(self, y: float, x: float, radius: float) -> None:
        """Leave a disc free of sites."""
        self.room = np.minimum(self.room, self.survey.distance(y, x) - radius)

    def choose(
        self, kind: str, wish: Map, *, radius: float, angle: float | None = None, near: float = 1.0
    ) -> Site | None:
        """The best place for a site, or None where the island has no room left.

        `near` scales the room asked for: below 1 a site may touch its neighbors.
        """
        frame = self.survey.frame
        score = np.where(self.room > radius * near, wish + 0.12 * self.noise, -np.inf)
        best = int(np.argmax(score))
        row, column = divmod(best, frame.cells)
        if not np.isfinite(score[row, column]):
            return None
        number = len(self.sites)
        direction = angle if angle is not None else (draw(frame.key("angle", kind), number) - 0.5) * 1.2
        at = frame.centers
        site = Site(kind, float(at[row]), float(at[column]), radius, round(direction, 4), frame.key(kind, number))
        self.sites.append(site)
        self.keep_off(site.y, site.x, radius)
        return site


def choose_sites(survey: Survey) -> list[Site]:
    """All sites of a world, in order of importance."""
    frame, chooser = survey.frame, Chooser(survey)
    g, area = frame.growth, frame.area
    tall = max(float(survey.z.max()), 1.0)
    low, steep = survey.z / tall, survey.slope / (tall / frame.size)
    forest = _forest(survey, 9.0 * g)
    plain = -1.6 * survey.range_ - 0.08 * steep
    wishes: dict[str, Callable[[], Map]] = {
        "reservoir": lambda: _bump(survey.range_, 0.5, 0.5) - 0.06 * survey.river / g,
        "pivots": lambda: plain - 0.01 * low - 0.3 * _near(chooser, "pivots", 90 * g),
        "town": lambda: plain - np.abs(survey.coast - 19 * g) / (30 * g) - 0.008 * np.minimum(survey.river, 60 * g) / g,
        "solar": lambda: plain - np.abs(survey.coast - 22 * g) / (60 * g) - np.maximum(0, 18 - survey.river / g) / 12,
        "greenhouse": lambda: plain - _far(chooser, "town", 36 * g) / (50 * g),
        "village": lambda: (
            0.6 * plain
            - np.abs(survey.river - 12 * g) / (40 * g)
            - _near(chooser, "town", 120 * g)
            - _near(chooser, "village", 150 * g)
        ),
        "clearing": lambda: 4 * forest - 0.02 * steep - _near(chooser, "clearing", 60 * g),
        "construction": lambda: -_far(chooser, "town", 17 * g + 8 * g) / (30 * g),
        "quarry": lambda: _bump(survey.range_, 0.3, 0.3),
    }
    wanted = [
        ("reservoir", max(1, area * 0.25), 12.5), ("pivots", max(1, area * 0.55), 34.0), ("town", max(1, area * 0.3), 17.0),
        ("solar", max(1, area * 0.3), 16.0), ("greenhouse", max(1, area * 0.5), 11.0), ("clearing", 2 * max(1.0, area * 0.7), 9.0),
        ("construction", 2 * max(1.0, area * 0.5), 8.0), ("quarry", area, 5.0), ("village", area * 1.5, 6.5),
    ]  # fmt: skip
    for kind, count, radius in wanted:
        for _ in range(max(1, round(count))):
            near = {"pivots": 0.8, "reservoir": 1.15}.get(kind, 1.0)
            chooser.choose(kind, wishes[kind](), radius=radius * g, near=near)
    return chooser.sites


def _forest(survey: Survey, radius: float) -> Map:
    """Share of forest in a square of a half width around each coarse cell."""
    from scipy.ndimage import uniform_filter

    at = survey.frame.centers
    woods = np.isin(natural(survey, at, at), (Kind.FOREST, Kind.CONIFER)).astype(float)
    return np.round(uniform_filter(woods, 2 * int(radius / survey.frame.step) + 1, mode="constant"), 6)


def _bump(values: Map, center: float, width: float) -> Map:
    return -np.abs(values - center) / width


def _far(chooser: Chooser, kind: str, wanted: float) -> Map:
    """How far from `wanted` the distance to the nearest site of a kind is."""
    return np.abs(_distance(chooser, kind) - wanted)


def _near(chooser: Chooser, kind: str, reach: float) -> Map:
    """1 at a site of a kind, 0 beyond `reach`."""
    return np.clip(1 - _distance(chooser, kind) / reach, 0, 1)


def _distance(chooser: Chooser, kind: str) -> Map:
    nearest = np.full(chooser.room.shape, 1e6)
    for site in chooser.sites:
        if site.kind == kind:
            nearest = np.minimum(nearest, chooser.survey.distance(site.y, site.x))
    return nearest
