"""Roads: least-cost ways that connect every town, village and farm into one network.

Mehlhorn (1988), *A faster approximation algorithm for the Steiner problem in graphs*: one Dijkstra run
from all sites divides the land among them, and the cheapest ways between neighbors form a tree.
A few more ways close loops.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.frame import Frame
from embexplore.io.sources.island.hashing import uniform
from embexplore.io.sources.island.rivers import smooth_line
from embexplore.io.sources.island.sites import Site
from embexplore.io.sources.island.survey import Map, Survey

CONNECTED = ("town", "village", "pivots", "solar", "greenhouse", "quarry", "construction")
_WAYS = (
    (0, 1, 1.0),
    (1, 0, 1.0),
    (1, 1, 1.4142),
    (1, -1, 1.4142),
    (1, 2, 2.2361),
    (2, 1, 2.2361),
    (1, -2, 2.2361),
    (2, -1, 2.2361),
)


@dataclass(frozen=True)
class Road:
    """A way between two sites: its course `(n, 2)` as (y, x) in pixels, and its width in pixels."""

    course: NDArray[np.float64]
    width: float
    ends: tuple[int, int]


def build_roads(survey: Survey, sites: list[Site]) -> list[Road]:
    """The road network; `ends` are indices into `sites`."""
    from scipy.sparse.csgraph import dijkstra

    frame = survey.frame
    stops = [number for number, site in enumerate(sites) if site.kind in CONNECTED]
    cells = [_cell(frame, sites[number]) for number in stops]
    graph = _graph(frame, _cost(survey, sites))
    far, before, origin = dijkstra(graph, directed=False, indices=cells, return_predecessors=True, min_only=True)
    links = _links(graph, far, origin, cells)
    width = 1.15 if frame.size < 600 else 1.5
    roads = []
    for first, second, one, other in links:
        path = _back(before, one)[::-1] + _back(before, other)
        ends = (stops[first], stops[second])
        course = _outside(_course(frame, path), sites[ends[0]])
        course = _outside(course[::-1], sites[ends[1]])[::-1]
        roads.append(Road(course, width, ends))
    return roads


def _cell(frame: Frame, site: Site) -> int:
    row, column = (min(int(at // frame.step), frame.cells - 1) for at in (site.y, site.x))
    return row * frame.cells + column


def _cost(survey: Survey, sites: list[Site]) -> Map:
    """Cost of crossing a cell: slopes, forests on mountains, bridges, no way through water."""
    frame = survey.frame
    cells = np.arange(frame.cells)
    tall = float(survey.z.max())
    cost = 1 + 0.5 * survey.slope / (tall / frame.size) + 2.0 * survey.range_
    cost += 0.5 * uniform(frame.key("road"), cells[:, None] // 6, cells[None, :] // 6)
    cost += 5.0 * (survey.river < 1.5 * frame.step) + 3.0 * (survey.coast < 5 * frame.growth)
    cost[survey.lake < 3 * frame.growth] += 60
    for site in sites:
        if site.kind in ("reservoir", "solar", "greenhouse", "pivots"):
            heavy = {"reservoir": 60.0, "pivots": 1.5}.get(site.kind, 6.0)
            cost[survey.distance(site.y, site.x) < site.radius * (1.25 if site.kind == "reservoir" else 0.9)] += heavy
    cost[~survey.land] = 1e5
    return cost


def _graph(frame: Frame, cost: Map) -> "object":
    """Undirected graph of the coarse cells with sixteen neighbors, so that ways are not octagonal."""
    from scipy.sparse import coo_array

    count = frame.cells
    index = np.arange(count * count).reshape(count, count)
    rows, columns, weights = [], [], []
    for dy, dx, length in _WAYS:
        here = (slice(0, count - dy), slice(max(0, -dx), count - max(0, dx)))
        there = (slice(dy, count), slice(max(0, dx), count + min(0, dx)))
        rows.append(index[here].ravel())
        columns.append(index[there].ravel())
        weights.append((0.5 * length * (cost[here] + cost[there])).ravel())
    entries = (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns)))
    return coo_array(entries, shape=(index.size, index.size)).tocsr()


def _links(
    graph: "object", far: NDArray[np.float64], origin: NDArray[np.int32], cells: list[int]
) -> list[tuple[int, int, int, int]]:
    """Chosen connections (stop, stop, cell, cell): a spanning tree, and short loops."""
    edges = graph.tocoo()  # type: ignore[attr-defined]
    number = {cell: stop for stop, cell in enumerate(cells)}
    across = np.flatnonzero(origin[edges.row] != origin[edges.col])
    length = far[edges.row[across]] + edges.data[across] + far[edges.col[across]]
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for edge, cost in zip(across.tolist(), length.tolist(), strict=True):
        pair = tuple(sorted(number[int(origin[ends[edge]])] for ends in (edges.row, edges.col)))
        best[pair] = min(best.get(pair, (np.inf, -1)), (cost, edge))
    group = list(range(len(cells)))
    reach = {stop: {stop: 0.0} for stop in group}
    chosen = []
    for pair, (cost, edge) in sorted(best.items(), key=lambda item: item[1]):
        first, second = pair
        apart = group[first] != group[second]
        if not apart and _along(reach, first, second) < 2.2 * cost:
            continue
        reach[first][second] = reach[second][first] = cost
        group = [group[first] if name == group[second] else name for name in group] if apart else group
        one, other = int(edges.row[edge]), int(edges.col[edge])
        chosen.append((number[int(origin[one])], number[int(origin[other])], one, other))
    return chosen


def _along(reach: dict[int, dict[int, float]], start: int, goal: int) -> float:
    """Cost between two stops over the ways chosen so far."""
    import heapq

    queue, done = [(0.0, start)], set()
    while queue:
        cost, stop = heapq.heappop(queue)
        if stop == goal:
            return cost
        if stop not in done:
            done.add(stop)
            for following, more in reach[stop].items():
                heapq.heappush(queue, (cost + more, following))
    return float("inf")


def _back(before: NDArray[np.int32], cell: int) -> list[int]:
    path = [cell]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path


def _outside(course: NDArray[np.float64], site: Site) -> NDArray[np.float64]:
    """A course that starts at the fence of its site where that is a solar farm or a greenhouse."""
    if site.kind not in ("solar", "greenhouse"):
        return course
    along, across = site.local(course[:, 0], course[:, 1])
    free = (np.abs(along) > 0.92 * site.radius) | (np.abs(across) > 0.66 * site.radius)
    start = int(np.argmax(free)) if free.any() else 0
    return course[min(start, len(course) - 2) :]


def _course(frame: Frame, path: list[int]) -> NDArray[np.float64]:
    nodes = (np.column_stack(divmod(np.array(path), frame.cells)) + 0.5) * frame.step
    keep = np.unique(np.r_[np.arange(0, len(nodes), 4), len(nodes) - 1])
    return np.round(smooth_line(smooth_line(nodes[keep])), 3)
