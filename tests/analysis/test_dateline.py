"""Areas drawn across the date line: the short way round, with their holes, on cubes on either side of it."""

import numpy as np
import pytest
import shapely
from shapely.geometry import mapping, shape

from embexplore.analysis.area import clip, polygon_of
from embexplore.analysis.dateline import unwrapped
from embexplore.cube.grid import Grid

NORTH, SHAPE = 8_000_000.0, (70, 90)


def straddling(zone):
    """A grid of a zone of UTM south, 45 of whose 90 columns lie on each side of the date line."""
    left, _ = Grid(f"EPSG:{zone}", (10.0, 0.0, 0.0, 0.0, -10.0, NORTH), SHAPE).xy(180.0, -18.1)
    return Grid(f"EPSG:{zone}", (10.0, 0.0, float(left) // 10 * 10 - 450, 0.0, -10.0, NORTH), SHAPE)


def normalized(polygon):
    """The polygon as a map tells it: every longitude from -180 to 180."""
    return shapely.transform(polygon, lambda lonlat: np.column_stack([(lonlat[:, 0] + 180) % 360 - 180, lonlat[:, 1]]))


@pytest.mark.parametrize("zone", [32701, 32760])
@pytest.mark.parametrize("kind", ["Polygon", "MultiPolygon", "split as RFC 7946 says", "past 180°"])
def test_a_drawn_area_marks_the_pixels_of_the_short_way_round(plant, zone, kind):
    grid = straddling(zone)
    lon, lat = grid.lonlat(*np.meshgrid(grid.x, grid.y))
    lon = lon % 360
    west, east, middle = float(np.quantile(lon, 0.2)), float(np.quantile(lon, 0.7)), float(np.median(lat))
    ring = [
        (west, middle - 0.001),
        (east, middle - 0.002),
        (east - 0.0003, middle + 0.002),
        (180.0001, middle + 0.0011),
    ]
    hole = [(179.9993, middle), (180.0008, middle - 0.0002), (180.0007, middle + 0.0006)]
    meant = shapely.Polygon(ring, [hole])
    assert west < 180 < east
    halves = [shapely.intersection(meant, shapely.box(*box)) for box in ((0, -90, 180, 90), (180, -90, 360, 90))]
    told = {
        "Polygon": mapping(normalized(meant)),
        "MultiPolygon": mapping(shapely.MultiPolygon([normalized(meant)])),
        "split as RFC 7946 says": mapping(
            shapely.MultiPolygon([halves[0], shapely.transform(halves[1], lambda lonlat: lonlat - np.array([360, 0]))])
        ),
        "past 180°": mapping(meant),
    }[kind]
    clipped = clip(plant(grid=grid).cube, told)
    expected = shapely.contains_xy(meant, lon, lat)
    assert int(expected.sum()) > 100
    assert int(clipped.inside.sum()) == int(expected.sum())
    rows, columns = np.nonzero(expected)
    assert clipped.inside.shape == (np.ptp(rows) + 1, np.ptp(columns) + 1)


@pytest.mark.parametrize("turn", [-360, 0, 360])
def test_a_hole_stays_in_its_polygon_wherever_it_is_told(turn):
    hole = [(-179.5 + turn, 1), (-179.25 + turn, 1), (-179.25 + turn, 2)]
    told = shapely.Polygon([(179, 0), (-179, 0), (-179, 3), (179, 3)], [hole])
    found = unwrapped(told)
    assert found.equals(
        shapely.Polygon([(179, 0), (181, 0), (181, 3), (179, 3)], [[(180.5, 1), (180.75, 1), (180.75, 2)]])
    )


@pytest.mark.parametrize(
    "ring",
    [
        [(-180, -90), (180, -90), (180, 90), (-180, 90)],
        [(-120, 80), (0, 80), (120, 80), (-120, 80)],
        [(10, 10), (20, 10), (20, 20)],
    ],
    ids=["the world", "around a pole", "far from the line"],
)
def test_what_crosses_nothing_or_goes_all_around_stays_as_it_is(ring):
    assert unwrapped(shapely.Polygon(ring)).equals_exact(shapely.Polygon(ring))


def test_a_wide_box_is_not_turned_around():
    assert polygon_of((-100, -10, 100, 10)).bounds == (-100, -10, 100, 10)
    assert polygon_of(shape(mapping(shapely.box(-100, -10, 100, 10)))).bounds == (-100, -10, 100, 10)
