"""The truth about an island as tables: named places, planted changes, rivers and roads."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.gaps import missing
from embexplore.io.sources.island.kinds import CLASS_OF, CLASSES
from embexplore.io.sources.island.sites import Site
from embexplore.io.sources.island.world import BLOCK, HALO, World

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from embexplore.io.sources.synthetic import NullIsland

_AT_SITES = {
    "solar": ("Solar farm", "solar"),
    "town": ("Town", "town"),
    "greenhouse": ("Greenhouses", "greenhouse"),
    "reservoir": ("Reservoir", "lake"),
    "quarry": ("Quarry", "bare"),
    "village": ("Village", "town"),
}
_ANYWHERE = {
    "Old forest": "forest",
    "Wetland": "wetland",
    "Field": "crops",
    "Meadow": "grass",
    "Beach": "bare",
    "Shallow sea": "sea",
}


def places(island: "NullIsland") -> "GeoDataFrame":
    """Named places, one pixel each, that lie inside the island's window and have data in every year."""
    world = island.world
    found: dict[str, tuple[NDArray[np.float64], str]] = {}
    for site in world.sites:
        name, class_ = _AT_SITES.get(site.kind, ("", ""))
        if name and name not in found:
            _keep(found, name, class_, _near(world, site.y, site.x, class_, island.years))
        if site.kind == "pivots" and "Pivot, north" not in found:
            _pivots(found, world, site, island.years)
    if world.survey.basins:
        basin = world.survey.basins[0]
        _keep(found, "Lake", "lake", _near(world, basin.y, basin.x, "lake", island.years))
    if world.survey.rivers:
        mouth = world.survey.rivers[0].course[-3]
        _keep(found, "River mouth", "river", _near(world, mouth[0], mouth[1], "river", island.years))
    if world.piers:
        root = world.piers[-1][0]
        _keep(found, "Harbor", "town", _near(world, root[0], root[1], "town", island.years))
    for name, class_ in _ANYWHERE.items():
        _keep(found, name, class_, _deepest(world, class_, island.years, bare=name == "Beach"))
    return _table(island, found)


def _keep(
    found: dict[str, tuple[NDArray[np.float64], str]], name: str, class_: str, at: NDArray[np.float64] | None
) -> None:
    if at is not None:
        found[name] = (at, class_)


def _pivots(
    found: dict[str, tuple[NDArray[np.float64], str]], world: World, site: Site, years: tuple[int, ...]
) -> None:
    for name, shift in (("Pivot, north", -site.radius), ("Pivot, south", site.radius)):
        _keep(found, name, "pivot", _near(world, site.y + shift, site.x, "pivot", years, deep=5))


@lru_cache(maxsize=64)
def _steady(world: World, row: int, column: int, years: tuple[int, ...]) -> NDArray[np.uint8]:
    """Classes of a block in the last year; 255 where some year has no data, or beyond the world."""
    ground, kinds, _ = world.kinds(row, column, max(years))
    good = np.ones((BLOCK, BLOCK), bool)
    for year in years:
        good &= ~missing(world, ground, year)
    at_y, at_x = ground.y[HALO:-HALO], ground.x[HALO:-HALO]
    good &= (at_y < world.frame.size)[:, None] & (at_x < world.frame.size)[None, :]
    return np.where(good, CLASS_OF[kinds[HALO:-HALO, HALO:-HALO]], 255).astype(np.uint8)


def _near(
    world: World, y: float, x: float, class_: str, years: tuple[int, ...], deep: int = 2
) -> NDArray[np.float64] | None:
    """The pixel of a class next to a position, inside its patch where the patch is wide enough."""
    from scipy.ndimage import distance_transform_cdt

    row, column = (min(max(int(at), 0), world.frame.size - 1) // BLOCK for at in (y, x))
    good = _steady(world, row, column, years) == CLASSES.index(class_)
    inner = distance_transform_cdt(np.pad(good, 1), "chessboard")[1:-1, 1:-1]
    rows, columns = np.nonzero(good & (inner >= min(deep, inner.max())))
    if len(rows) == 0:
        return None
    away = (rows + 0.5 + row * BLOCK - y) ** 2 + (columns + 0.5 + column * BLOCK - x) ** 2
    best = int(np.argmin(away))
    return np.array([[row * BLOCK + rows[best] + 0.5, column * BLOCK + columns[best] + 0.5]])


def _deepest(world: World, class_: str, years: tuple[int, ...], *, bare: bool) -> NDArray[np.float64] | None:
    """The most interior pixel of a class in the block nearest to the middle that has some."""
    from scipy.ndimage import distance_transform_edt

    count = -(-world.frame.size // BLOCK)
    middle = (count - 1) / 2
    order = sorted(np.ndindex(count, count), key=lambda at: ((at[0] - middle) ** 2 + (at[1] - middle) ** 2, at))
    for row, column in order[:16]:
        good = _steady(world, row, column, years) == CLASSES.index(class_)
        if bare:
            good &= (np.abs(world.ground(row, column).coast) < 8 * world.frame.growth)[HALO:-HALO, HALO:-HALO]
        if good.sum() >= 9:
            inner = distance_transform_edt(np.pad(good, 1))[1:-1, 1:-1]
            best = np.unravel_index(int(np.argmax(inner)), inner.shape)
            return np.array([[row * BLOCK + best[0] + 0.5, column * BLOCK + best[1] + 0.5]])
    return None


def _table(island: "NullIsland", found: dict[str, tuple[NDArray[np.float64], str]]) -> "GeoDataFrame":
    from geopandas import GeoDataFrame, points_from_xy

    xy = island.meters(np.vstack([at for at, _ in found.values()])) if found else np.empty((0, 2))
    lon, lat = island.grid.lonlat(xy[:, 0], xy[:, 1])
    lon, lat = np.round(lon, 6), np.round(lat, 6)
    columns = {"name": list(found), "class": [class_ for _, class_ in found.values()], "lon": lon, "lat": lat}
    table = GeoDataFrame(columns, geometry=points_from_xy(lon, lat), crs="EPSG:4326")
    left, bottom, right, top = island.grid.bounds
    inside = (xy[:, 0] > left) & (xy[:, 0] < right) & (xy[:, 1] > bottom) & (xy[:, 1] < top)
    return table[inside].reset_index(drop=True)


def changes(island: "NullIsland") -> "GeoDataFrame":
    """Planted changes that touch the island's window."""
    from geopandas import GeoDataFrame
    from shapely.geometry import Polygon, box

    to = {"reservoir filling": "lake", "solar farm": "solar", "forest clearing": "bare", "construction": "town"}
    rows = [
        {"kind": change.kind, "to_class": to[change.kind], "first_year": change.years[0], "last_year": change.years[1],
         "geometry": Polygon(island.meters(change.outline))}
        for change in island.world.planted
    ]  # fmt: skip
    table = GeoDataFrame(rows, geometry="geometry", crs=island.grid.crs)
    return table[table.intersects(box(*island.grid.bounds))].reset_index(drop=True)


def rivers(island: "NullIsland") -> "GeoDataFrame":
    """Rivers as lines in EPSG:32631, downstream, with the water level at both ends in meters."""
    from geopandas import GeoDataFrame
    from shapely.geometry import LineString

    rows = [
        {"from_elevation": river.elevation[0], "to_elevation": river.elevation[-1],
         "geometry": LineString(island.meters(river.course))}
        for river in island.world.survey.rivers
    ]  # fmt: skip
    return GeoDataFrame(rows, geometry="geometry", crs=island.grid.crs)


def roads(island: "NullIsland") -> "GeoDataFrame":
    """Roads as lines in EPSG:32631, with the kinds of place that they join."""
    from geopandas import GeoDataFrame
    from shapely.geometry import LineString

    sites = island.world.sites
    rows = [
        {
            "from": sites[road.ends[0]].kind,
            "to": sites[road.ends[1]].kind,
            "geometry": LineString(island.meters(road.course)),
        }
        for road in island.world.roads
    ]
    return GeoDataFrame(rows, geometry="geometry", crs=island.grid.crs)
