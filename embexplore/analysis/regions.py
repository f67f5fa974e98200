"""The largest connected changes of a map as a table: where, how much, how large, and when."""

from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.analysis.change import change as changes
from embexplore.analysis.tally import HECTARE
from embexplore.cube import schema
from embexplore.cube.build import crs_of
from embexplore.cube.grid import Grid
from embexplore.cube.years import years_of
from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from shapely.geometry.base import BaseGeometry


def change_regions(
    cube: xr.Dataset, change: xr.DataArray, *, floor: float, min_pixels: int = 9, k: int = 20
) -> "GeoDataFrame":
    """The largest connected areas that changed more than a floor.

    Parameters
    ----------
    cube : Dataset
        The cube that `change` was computed from: it knows the CRS, and the years between.
    change : DataArray of dims (y, x)
        What `change` returned for two years, or a part of it. Computed if lazy. NaN belongs to no region.
    floor : float
        Pixels above it count, as `noise_floor` gives it.
    min_pixels : int
        Smaller regions are left out. Pixels that touch at a corner are connected.
    k : int
        At most so many regions.

    Returns
    -------
    GeoDataFrame in EPSG:4326
        Largest first (of equals, the first by row): `rank` from 1; `change`, the mean of its pixels;
        `hectares`; `pixels`; `year`, the later year of the two consecutive ones between which its pixels
        changed most, on average; `x`, `y`, the center of its most changed pixel in the cube's CRS; and
        `geometry`, the outline along pixel edges.

    Raises
    ------
    InvalidInput
        `change` has other dims than (y, x); `min_pixels` or `k` is no count.

    Examples
    --------
    >>> import embexplore as ex
    >>> cube = ex.null_island()
    >>> noise = cube.emb.noise_floor(2017, 2024)
    >>> regions = cube.emb.change_regions(cube.emb.change(2017, 2024), floor=noise.floor, k=3)
    >>> list(regions["rank"]), bool(regions.hectares.is_monotonic_decreasing)
    ([1, 2, 3], True)
    """
    import geopandas as gpd
    from scipy import ndimage

    if set(change.dims) != {schema.Y, schema.X}:
        raise InvalidInput(f"change has dims {change.dims}: expected a map of dims (y, x), of two years.")
    for name, count in (("min_pixels", min_pixels), ("k", k)):
        if not isinstance(count, Real) or count < 1 or count != int(count):
            raise InvalidInput(f"{name}={count!r}: expected a whole number of at least 1.")
    change = change.transpose(schema.Y, schema.X).compute()
    grid = Grid.from_centers(change[schema.X].values, change[schema.Y].values, crs_of(cube))
    labels, count = ndimage.label(change.values > floor, structure=np.ones((3, 3)))
    pixels = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    largest = [number for number in np.argsort(-pixels, kind="stable").tolist() if pixels[number] >= min_pixels]
    windows = ndimage.find_objects(labels)
    chosen = [(windows[n], labels[windows[n]] == n + 1) for n in largest[: int(k)]]
    years = _years(cube, change, chosen)
    rows = [_region(change, grid, *one) | {"year": year} for one, year in zip(chosen, years, strict=True)]
    columns = ["rank", "change", "hectares", "pixels", "year", "x", "y", "geometry"]
    table = [{"rank": rank, **row} for rank, row in enumerate(rows, 1)]
    return gpd.GeoDataFrame(table, columns=columns, geometry="geometry", crs="EPSG:4326")


def _region(change: xr.DataArray, grid: Grid, window: tuple[slice, slice], mask: NDArray[np.bool_]) -> dict[str, Any]:
    """One row: `mask` is the region inside its window."""
    part = change[window]
    values = np.where(mask, part.values, -np.inf)
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    outline = _outline(mask, grid.crop(*window))
    return {
        "change": float(part.values[mask].mean()),
        "hectares": _square_meters(grid, outline, int(mask.sum())) / HECTARE,
        "pixels": int(mask.sum()),
        "x": float(part[schema.X][column]),
        "y": float(part[schema.Y][row]),
        "geometry": outline,
    }


def _years(
    cube: xr.Dataset, change: xr.DataArray, regions: list[tuple[tuple[slice, slice], NDArray[np.bool_]]]
) -> list[int]:
    """The later year of the consecutive pair, among those that the map spans, with the largest mean change."""
    import dask

    years = change.attrs.get("years") or years_of(cube)
    between = [year for year in sorted(years_of(cube)) if min(years) <= year <= max(years)]
    here = cube.sel({schema.Y: change[schema.Y], schema.X: change[schema.X], schema.TIME: between})
    steps = changes(here)
    # One graph for all regions: a chunk that several of them share is read once.
    parts = dask.compute(*(steps.data[:, rows, columns] for (rows, columns), _ in regions))
    pairs = zip(parts, (mask for _, mask in regions), strict=True)
    return [int(steps[schema.TIME][_largest_mean(part[:, mask])]) for part, mask in pairs]


def _largest_mean(steps: NDArray[np.float32]) -> int:
    """The row of `(pairs, n)` with the largest mean; NaN is left out."""
    known = ~np.isnan(steps)
    means = np.where(known, steps, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return int(means.argmax())


def _outline(mask: NDArray[np.bool_], grid: Grid) -> "BaseGeometry":
    """The region's outline along pixel edges, in degrees."""
    import shapely
    from affine import Affine
    from rasterio.features import shapes
    from shapely.geometry import shape

    found = shapes(mask.astype(np.uint8), mask=mask, connectivity=8, transform=Affine(*grid.transform))
    outline = shapely.make_valid(shapely.union_all([shape(geometry) for geometry, _ in found]))
    return shapely.transform(outline, lambda xy: np.column_stack(grid.lonlat(xy[:, 0], xy[:, 1])))


def _square_meters(grid: Grid, outline: "BaseGeometry", pixels: int) -> float:
    """Area on the map plane of a projected CRS; on the ellipsoid where the grid is in degrees."""
    from pyproj import CRS, Geod

    if grid.is_geographic:
        return abs(Geod(ellps="WGS84").geometry_area_perimeter(outline)[0])
    unit = CRS.from_user_input(grid.crs).axis_info[0].unit_conversion_factor
    return pixels * grid.resolution[0] * grid.resolution[1] * unit**2
