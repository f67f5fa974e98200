"""Null Island looks like a place: rivers run downhill, fields are parcels, roads connect, changes are where they are said."""

import numpy as np
import pytest

from embexplore.io.sources.island.gaps import missing
from embexplore.io.sources.island.kinds import CLASSES, Kind
from embexplore.io.sources.island.parcels import parcels
from embexplore.io.sources.island.roads import CONNECTED
from embexplore.io.sources.island.shapes import inside
from embexplore.io.sources.island.world import HALO
from embexplore.io.sources.synthetic import YEARS, NullIsland

ISLANDS = [(192, 0), (192, 7), (400, 3)]


@pytest.fixture(scope="module", params=ISLANDS, ids=lambda p: f"size{p[0]}-seed{p[1]}")
def island(request):
    size, seed = request.param
    return NullIsland(size, seed=seed)


def pixels(course, size):
    return np.clip(np.floor(course).astype(int), 0, size - 1).T


def test_every_class_is_there_and_every_change_is_planted(island):
    classes = island.classes(2024)
    assert [name for number, name in enumerate(CLASSES) if not (classes == number).any()] == []
    assert set(island.changes["kind"]) == {"reservoir filling", "solar farm", "forest clearing", "construction"}


def test_rivers_run_downhill_from_spring_to_sea_or_confluence(island):
    from scipy.spatial import cKDTree

    rivers = island.world.survey.rivers
    assert rivers
    elevation, classes = island.elevation(), island.classes(2017)
    points, levels = np.vstack([r.course for r in rivers]), np.concatenate([r.elevation for r in rivers])
    step = max(np.linalg.norm(np.diff(river.course, axis=0), axis=1).max() for river in rivers)
    reach = max(river.width.max() for river in rivers) / 2 + step + np.sqrt(2)
    taken = np.zeros(classes.shape, bool)
    for river in rivers:
        assert (np.diff(river.elevation) <= 0).all()
        assert (np.diff(river.width) >= 0).all()
        rows, columns = pixels(river.course, island.size)
        water = classes[rows, columns] == CLASSES.index("river")
        height = elevation[rows, columns][water]
        # A pixel shows the lowest of the stretches that cross it: at most the level of this point,
        # at least that of the lowest point so near that its stretch can touch the pixel.
        lowest = [levels[near].min() for near in cKDTree(points).query_ball_point(river.course[water], reach)]
        assert (height <= river.elevation[water] + 1e-3).all()
        assert (height >= np.array(lowest) - 1e-3).all()
        around = slice(max(rows[-1] - 3, 0), rows[-1] + 4), slice(max(columns[-1] - 3, 0), columns[-1] + 4)
        reaches_sea = (classes[around] == CLASSES.index("sea")).any()
        assert reaches_sea or taken[around].any(), f"a river ends on land at {rows[-1]}, {columns[-1]}"
        taken[rows, columns] = True


def test_drainage_leaves_no_pit(island):
    """Every land cell of the filled terrain lies above the cell it drains to, and ends at the sea."""
    drainage = island.world.survey.drainage
    z, land = drainage.filled.ravel(), np.flatnonzero(drainage.down >= 0)
    assert (z[land] > z[drainage.down[land]])[~island.world.survey.land.ravel()[drainage.down[land]] == 0].all()
    at = land.copy()
    for _ in range(len(z)):
        moving = drainage.down[at] >= 0
        if not moving.any():
            break
        at[moving] = drainage.down[at[moving]]
    assert (~island.world.survey.land.ravel()[at]).all()


def test_roads_connect_all_towns_and_farms(island):
    roads, sites = island.world.roads, island.world.sites
    stops = {number for number, site in enumerate(sites) if site.kind in CONNECTED}
    group = {stop: stop for stop in stops}
    for road in roads:
        first, second = (group[end] for end in road.ends)
        group = {stop: first if name == second else name for stop, name in group.items()}
        for end, point in zip(road.ends, (road.course[0], road.course[-1]), strict=True):
            site = sites[end]
            assert np.hypot(point[0] - site.y, point[1] - site.x) <= 1.3 * site.radius
    assert len(set(group.values())) == 1


def test_roads_do_not_cross_water_without_a_bridge(island):
    """Where a road's line leaves the road class, it is a street, the town, or under the reservoir's water."""
    before = island.classes(2017)
    for road in island.world.roads:
        rows, columns = pixels(road.course, island.size)
        there = before[rows, columns]
        assert not (there == CLASSES.index("sea")).any()
        assert not (there == CLASSES.index("lake")).any()


def test_fields_are_rectangles_of_field_size(island):
    frame = island.world.frame
    at = np.arange(192) + 0.5
    field = parcels(frame, at, at)
    _, which, count = np.unique(field.number, return_inverse=True, return_counts=True)
    which = which.reshape(field.number.shape)
    # No field is larger than the two sides at which halving stops.
    assert count.max() <= (18 * frame.growth + 2) ** 2
    whole = [n for n in np.flatnonzero(count > 40) if not touches_border(which == n)]
    assert len(whole) > 20
    for number in whole:
        mask = which == number
        rows, columns = np.nonzero(mask)
        hull = convex_area(np.column_stack([rows, columns]))
        # A convex set of n pixels misses less than one pixel for each step along its outline.
        assert count[number] >= hull - 2 * (np.ptp(rows) + np.ptp(columns) + 2)


def touches_border(mask):
    return mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any()


def convex_area(points):
    from scipy.spatial import ConvexHull

    corners = (points[:, None, :] + np.array([[0, 0], [0, 1], [1, 0], [1, 1]])).reshape(-1, 2)
    return ConvexHull(corners).volume


def test_a_field_grows_one_crop_a_year_and_most_fields_rotate(island):
    world = island.world
    ground, first, numbers = world.kinds(0, 0, 2020)
    second = world.kinds(0, 0, 2021)[1]
    rotating = (first >= Kind.WHEAT) & (first <= Kind.FALLOW) & (numbers > 0) & (first != Kind.ORCHARD)
    fields, where = np.unique(numbers[rotating], return_index=True)
    assert len(fields) > 10
    for field in fields[:40]:
        assert len(np.unique(first[(numbers == field) & rotating])) == 1
    changed = first[rotating][where] != second[rotating][where]
    assert 0.3 < changed.mean() < 0.9
    assert ground.kinds.shape == first.shape


def test_planted_changes_happen_inside_their_outline_in_their_years(island):
    at = np.arange(island.size) + 0.5
    outlines = np.zeros((island.size, island.size), bool)
    for change in island.world.planted:
        mask = inside(change.outline, at, at)
        outlines |= mask
        first, last = change.years
        before, after = island.classes(first - 1)[mask], island.classes(last)[mask]
        assert (before != after).mean() > 0.3, change.kind
        assert np.array_equal(island.classes(2016)[mask], before)
    for year in YEARS[1:]:
        assert np.array_equal(island.classes(year)[~outlines], island.classes(2017)[~outlines])


def test_places_are_what_they_are_called_and_have_data_in_every_year(island):
    classes = island.classes(2024)
    places = island.places
    assert {"Solar farm", "Town", "Lake", "Harbor", "Reservoir", "Pivot, north", "Old forest"} <= set(places["name"])
    for place in places.itertuples():
        row, column = island.grid.pixel(place.lon, place.lat)
        assert CLASSES[classes[row, column]] == places.loc[place.Index, "class"], place.name
    at = [island.grid.pixel(place.lon, place.lat) for place in places.itertuples()]
    for year in (2019, 2022):  # the years with a strip and a cloud
        band = island.read(year, slice(None), slice(None)).codes[0]
        assert all(band[pixel] != -128 for pixel in at)


@pytest.mark.parametrize(("size", "seed"), [(1, 0), (32, 0), (100, 3), (191, 0), (193, 0), (192, 11), (257, 2)])
def test_the_middle_is_land_with_data_in_every_year(size, seed):
    island = NullIsland(size, seed=seed)
    row, column = island.grid.pixel(lon=0.12, lat=0.11)
    assert abs(row - size / 2) <= 1
    assert abs(column - size / 2) <= 1
    block = island.world.ground(0, 0) if island.world.frame.size <= 256 else None
    for year in YEARS:
        assert island.classes(year, slice(row, row + 1), slice(column, column + 1))[0, 0] != CLASSES.index("sea")
        if block is not None:
            shift = island.world.frame.size // 2 - size // 2
            assert not missing(island.world, block, year)[row + shift, column + shift]
    assert HALO == 2
