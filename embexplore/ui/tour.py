"""The tour: what the Explorer can do, in two minutes, each step a sentence and something that happens on the map."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer


@dataclass(frozen=True)
class Step:
    """One step: a title, what to look at, and what is done on the map before it is read."""

    title: str
    text: str
    act: Callable[["Explorer"], None]


def steps_for(explorer: "Explorer") -> list[Step]:
    """The steps that this cube can show; those about change need two years."""
    steps = [
        Step(
            "Ask with a click", "The map colors what is alike to ①, from yellow to blue. Gray is less alike.", _search
        ),
        Step(
            "How alike is alike?",
            "Drag the line under the histogram: the map follows, nothing is searched again.",
            _less,
        ),
        Step("Not that", "③ says what it should not be like. + and − at the top right do this.", _unlike),
    ]
    if len(explorer.cube.emb.years) > 1:
        steps.append(Step("What changed?", "Colored is what changed more than stable ground does by itself.", _change))
    return [
        *steps,
        Step(
            "Nothing is lost",
            "The arrow at the top goes back by one step, and Show code writes it all as Python.",
            _back,
        ),
    ]


def _search(explorer: "Explorer") -> None:
    explorer.mode = "similar"
    explorer.similar.search(*_places(explorer)[0])


def _less(explorer: "Explorer") -> None:
    explorer.similar.threshold = round(explorer.similar.cut - 0.1, 3)


def _unlike(explorer: "Explorer") -> None:
    first, second, third = _places(explorer)
    explorer.similar.search(*first)
    explorer.similar.add(*second)
    explorer.similar.add(*third, like=False)


def _change(explorer: "Explorer") -> None:
    explorer.mode = "change"


def _back(explorer: "Explorer") -> None:
    explorer.mode = "similar"


def _places(explorer: "Explorer") -> list[tuple[float, float]]:
    """Two places alike and one not: named ones of Null Island, else the best matches of a pixel and the worst."""
    known = {place.name: (place.lon, place.lat) for place in explorer.places}
    names = ("Pivot, north", "Pivot, south", "Field")
    if all(name in known for name in names):
        return [known[name] for name in names]
    return _found(explorer)


def _found(explorer: "Explorer") -> list[tuple[float, float]]:
    """The pixel with data that is nearest to the middle, the best match half a map away, and the worst match."""
    part, year = explorer.part, explorer.year
    colors = part.emb.pca_rgb(explorer.shared.colors(), year=year).values.any(axis=-1)
    rows, columns = colors.nonzero()
    middle = ((rows - colors.shape[0] / 2) ** 2 + (columns - colors.shape[1] / 2) ** 2).argmin()
    grid = part.emb.grid
    lon, lat = (float(v) for v in grid.lonlat(grid.x[columns[middle]], grid.y[rows[middle]]))
    score = part.emb.search(explorer.shared.vector(lon, lat, year), year=year).compute()
    west, south, east, north = grid.bounds
    apart = 0.25 * max(east - west, north - south) if not grid.is_geographic else 0.0
    best = part.emb.top(score, k=2, min_distance=apart).geometry.iloc[-1]
    worst = part.emb.top(-score, k=1).geometry.iloc[0]
    return [(lon, lat), (best.x, best.y), (worst.x, worst.y)]
