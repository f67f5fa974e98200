"""The one grid of several tiles: its CRS, its lattice, its extent; and where a tile lies on it."""

from collections.abc import Sequence

import numpy as np

from embexplore.cube.grid import BBox, Grid
from embexplore.errors import CRSMismatch, InvalidInput, OutOfBounds
from embexplore.io.sources.blocks import Tile


def common_grid(tiles: Sequence[Tile], bbox: BBox | None) -> Grid:
    """The union of the tiles on the lattice of the CRS that holds most of them, cropped to `bbox`."""
    home = _home_crs(tiles, bbox)
    first = next(tile for tile in tiles if tile.grid.crs == home)
    if bbox is None:
        for tile in tiles:
            if offset_in(first.grid, tile.grid) is None:
                raise CRSMismatch(_mismatch(first, tile))
    lattice = _union(first.grid, [_bounds_in(tile.grid, home) for tile in tiles])
    if bbox is None:
        return lattice
    grid = lattice.crop(*lattice.window(bbox))
    if all(region_of(grid, tile.grid, offset_in(grid, tile.grid)) is None for tile in tiles):
        raise OutOfBounds(f"bbox={bbox} crosses none of the {len(tiles)} files.")
    return grid


def _mismatch(first: Tile, other: Tile) -> str:
    if first.grid.crs != other.grid.crs:
        return (
            f"{first.file} lies in {_short(first.grid.crs)}, {other.file} in {_short(other.grid.crs)}: a cube has one "
            "CRS. Ingest them apart, or give a bounding box (--bbox W,S,E,N) to read both onto one grid with nearest."
        )
    return (
        f"{first.file} and {other.file} do not share their pixels: resolution {first.grid.resolution} and "
        f"{other.grid.resolution}, origins {first.grid.bounds[0], first.grid.bounds[3]} and "
        f"{other.grid.bounds[0], other.grid.bounds[3]}. Ingest them apart, or give a bounding box (--bbox W,S,E,N) to "
        "read both onto one grid with nearest."
    )


def _short(crs: str) -> str:
    from pyproj import CRS

    return crs if len(crs) < 30 else str(CRS.from_user_input(crs).name)


def _home_crs(tiles: Sequence[Tile], bbox: BBox | None) -> str:
    """The CRS of the tiles that cover the most of `bbox`; without one, of the first tile."""
    found = list(dict.fromkeys(tile.grid.crs for tile in tiles))
    if bbox is None or len(found) == 1:
        return found[0]
    covered = dict.fromkeys(found, 0.0)
    for tile in tiles:
        covered[tile.grid.crs] += _common_area(tile.grid.bbox, bbox)
    return max(found, key=lambda crs: covered[crs])


def _common_area(one: BBox, other: BBox) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)


def _bounds_in(grid: Grid, crs: str) -> BBox:
    if grid.crs == crs:
        return grid.bounds
    from pyproj import Transformer

    left, bottom, right, top = Transformer.from_crs(grid.crs, crs, always_xy=True).transform_bounds(
        *grid.bounds, densify_pts=21
    )
    return left, bottom, right, top


def _union(lattice: Grid, bounds: Sequence[BBox]) -> Grid:
    """The smallest grid on the lattice's pixels that contains all bounds."""
    a, b, c, d, e, f = lattice.transform
    tiny = 1e-6  # an edge on a pixel edge does not take in the next pixel
    left = int(np.floor((min(edge[0] for edge in bounds) - c) / a + tiny))
    right = int(np.ceil((max(edge[2] for edge in bounds) - c) / a - tiny))
    top = int(np.floor((max(edge[3] for edge in bounds) - f) / e + tiny))
    bottom = int(np.ceil((min(edge[1] for edge in bounds) - f) / e - tiny))
    return Grid(lattice.crs, (a, b, c + a * left, d, e, f + e * top), (bottom - top, right - left))


def offset_in(grid: Grid, other: Grid) -> tuple[int, int] | None:
    """Row and column of `other` in `grid`, or None where their pixels do not coincide."""
    if grid.crs != other.crs:
        return None
    try:
        return grid.offset(other)
    except InvalidInput:
        return None


def region_of(grid: Grid, tile: Grid, offset: tuple[int, int] | None) -> tuple[slice, slice] | None:
    """Rows and columns of a tile that a grid needs, or None."""
    rows, columns = tile.shape
    if offset is not None:
        top, left = -offset[0], -offset[1]
        bottom, right = top + grid.shape[0], left + grid.shape[1]
    else:
        a, _, c, _, e, f = tile.transform
        west, south, east, north = _bounds_in(grid, tile.crs)
        # Two pixels more on each side: the bounds of a reprojected rectangle are sampled, not exact.
        top, bottom = int(np.floor((north - f) / e)) - 2, int(np.ceil((south - f) / e)) + 2
        left, right = int(np.floor((west - c) / a)) - 2, int(np.ceil((east - c) / a)) + 2
    top, bottom, left, right = max(top, 0), min(bottom, rows), max(left, 0), min(right, columns)
    return None if top >= bottom or left >= right else (slice(top, bottom), slice(left, right))


def describe_resampled(tiles: Sequence[Tile], grid: Grid) -> tuple[str, ...]:
    """In a sentence, how many tiles are read onto the grid with nearest; nothing where none is."""
    other = [tile for tile in tiles if offset_in(grid, tile.grid) is None]
    used = [tile for tile in other if region_of(grid, tile.grid, None) is not None]
    if not used:
        return ()
    names = ", ".join(sorted({_short(tile.grid.crs) for tile in used}))
    count = f"{len(used)} file{'s' * (len(used) > 1)}"
    return (f"{count} of another grid ({names}) read onto {_short(grid.crs)} with nearest",)
