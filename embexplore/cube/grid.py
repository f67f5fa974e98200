"""A grid of square pixels on the ground: a CRS, an affine transform and a shape, always north-up."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from embexplore.errors import InvalidInput, OutOfBounds

if TYPE_CHECKING:
    from pyproj import Transformer

BBox = tuple[float, float, float, float]
"""(west, south, east, north) in degrees."""


@dataclass(frozen=True)
class Grid:
    """Where pixels lie. Rows run south: `y` descends; `x`, `y` are pixel centers.

    Attributes
    ----------
    crs : str
        What pyproj reads: `EPSG:32616`, WKT or PROJJSON.
    transform : tuple of 6 floats
        `(a, b, c, d, e, f)`: x = a·column + b·row + c and y = d·column + e·row + f of a pixel's
        upper-left corner; b = d = 0, a > 0, e < 0.
    shape : (rows, columns)
    """

    crs: str
    transform: tuple[float, float, float, float, float, float]
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        a, b, _, d, e, _ = self.transform
        if b or d or a <= 0 or e >= 0:
            raise InvalidInput(f"transform {self.transform}: expected a north-up grid without rotation.")
        if min(self.shape) < 1:
            raise InvalidInput(f"shape {self.shape}: expected at least one row and one column.")

    @classmethod
    def from_centers(cls, x: ArrayLike, y: ArrayLike, crs: str) -> "Grid":
        """The grid whose pixel centers are `x` (ascending) and `y` (descending), evenly spaced."""
        xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        dx, dy = _step(xs, "x"), _step(ys, "y")
        dx, dy = dx or abs(dy) or 1.0, dy or -(abs(dx) or 1.0)
        return cls(crs, (dx, 0.0, xs[0] - dx / 2, 0.0, dy, ys[0] - dy / 2), (len(ys), len(xs)))

    @property
    def x(self) -> NDArray[np.float64]:
        """Pixel-center x of every column, ascending."""
        a, _, c, *_ = self.transform
        return c + a * (np.arange(self.shape[1], dtype=np.float64) + 0.5)

    @property
    def y(self) -> NDArray[np.float64]:
        """Pixel-center y of every row, descending."""
        *_, e, f = self.transform
        return f + e * (np.arange(self.shape[0], dtype=np.float64) + 0.5)

    @property
    def resolution(self) -> tuple[float, float]:
        """Pixel width and height in units of the CRS, both positive."""
        return self.transform[0], -self.transform[4]

    @property
    def bounds(self) -> BBox:
        """(left, bottom, right, top) of the outer pixel edges in the CRS."""
        a, _, c, _, e, f = self.transform
        return c, f + e * self.shape[0], c + a * self.shape[1], f

    @cached_property
    def meters(self) -> tuple[float, float]:
        """Width and height of a pixel on the ground in meters; of a grid in degrees, in its middle."""
        from pyproj import CRS, Geod

        width, height = self.resolution
        if not self.is_geographic:
            unit = CRS.from_user_input(self.crs).axis_info[0].unit_conversion_factor
            return width * unit, height * unit
        _, bottom, _, top = self.bounds
        lat = (bottom + top) / 2
        along = Geod(ellps="WGS84").inv([0, 0], [lat, lat - height / 2], [width, 0], [lat, lat + height / 2])[2]
        return float(along[0]), float(along[1])

    @cached_property
    def bbox(self) -> BBox:
        """(west, south, east, north) in degrees that contains every pixel."""
        west, south, east, north = self._to_lonlat.transform_bounds(*self.bounds, densify_pts=21)
        return west, south, east, north

    @property
    def is_geographic(self) -> bool:
        """Whether x and y are degrees."""
        from pyproj import CRS

        return bool(CRS.from_user_input(self.crs).is_geographic)

    @cached_property
    def _to_lonlat(self) -> "Transformer":
        from pyproj import Transformer

        return Transformer.from_crs(self.crs, "EPSG:4326", always_xy=True)

    def lonlat(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Degrees of points given in the CRS."""
        lon, lat = self._to_lonlat.transform(x, y)
        return lon, lat

    def xy(self, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Points of the CRS of places given in degrees."""
        x, y = self._to_lonlat.transform(lon, lat, direction="INVERSE")
        return x, y

    def pixel(self, lon: float, lat: float) -> tuple[int, int]:
        """Row and column of the pixel that contains a place; OutOfBounds outside the grid."""
        found = self._find(lon, lat)
        if found is None:
            west, south, east, north = (f"{edge:.4f}" for edge in self.bbox)
            turned = abs(lon) <= 90 and self._find(lat, lon) is not None
            advice = f"Did you mean lon={lat:g}, lat={lon:g}?" if turned else "Give a place inside it."
            raise OutOfBounds(
                f"lon={lon:g}, lat={lat:g} lies outside this cube, which covers "
                f"lon {west} to {east}, lat {south} to {north}. {advice}"
            )
        return found

    def _find(self, lon: float, lat: float) -> tuple[int, int] | None:
        """Row and column of the pixel that contains a place; None outside the grid."""
        x, y = self.xy(lon, lat)
        a, _, c, _, e, f = self.transform
        column, row = (float(x) - c) / a, (float(y) - f) / e
        if not (0 <= row < self.shape[0] and 0 <= column < self.shape[1]):
            return None
        return int(row), int(column)

    def window(self, bbox: BBox) -> tuple[slice, slice]:
        """Rows and columns that touch a bounding box in degrees; OutOfBounds when none does."""
        west, south, east, north = bbox
        if not (west < east and south < north):
            raise InvalidInput(f"bbox={bbox}: expected west < east and south < north, in degrees.")
        left, bottom, right, top = self._to_lonlat.transform_bounds(*bbox, densify_pts=21, direction="INVERSE")
        a, _, c, _, e, f = self.transform
        tiny = 1e-6  # a bbox edge on a pixel edge does not take in the next pixel
        first_row, last_row = np.floor((top - f) / e + tiny), np.ceil((bottom - f) / e - tiny)
        first_column, last_column = np.floor((left - c) / a + tiny), np.ceil((right - c) / a - tiny)
        rows = slice(max(int(first_row), 0), min(int(last_row), self.shape[0]))
        columns = slice(max(int(first_column), 0), min(int(last_column), self.shape[1]))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            mine = ", ".join(f"{edge:.4f}" for edge in self.bbox)
            raise OutOfBounds(f"bbox={bbox} crosses nothing here: the data covers ({mine}).")
        return rows, columns

    def crop(self, rows: slice, columns: slice) -> "Grid":
        """The part of this grid in a window of rows and columns."""
        a, b, c, d, e, f = self.transform
        top, bottom, _ = rows.indices(self.shape[0])
        left, right, _ = columns.indices(self.shape[1])
        return Grid(self.crs, (a, b, c + a * left, d, e, f + e * top), (bottom - top, right - left))

    def offset(self, other: "Grid") -> tuple[int, int]:
        """Row and column of `other`'s first pixel in this grid; InvalidInput unless pixels coincide."""
        a, _, c, _, e, f = self.transform
        row, column = (other.transform[5] - f) / e, (other.transform[2] - c) / a
        same = np.allclose((other.transform[0], other.transform[4]), (a, e), rtol=1e-9)
        # A hundredth of a pixel: far below what matters, far above float64 noise in UTM coordinates.
        if not same or max(abs(row - round(row)), abs(column - round(column))) > 0.01:
            raise InvalidInput(f"grids {self.transform} and {other.transform} do not share their pixels.")
        return round(row), round(column)


def _step(centers: NDArray[np.float64], name: str) -> float:
    if centers.ndim != 1 or len(centers) == 0:
        raise InvalidInput(f"{name}: expected a non-empty 1-D coordinate, got shape {centers.shape}.")
    if len(centers) == 1:
        return 0.0
    step = (centers[-1] - centers[0]) / (len(centers) - 1)
    even = centers[0] + step * np.arange(len(centers))
    if step == 0 or (step > 0) != (name == "x") or np.abs(centers - even).max() > 0.01 * abs(step):
        order = "ascending" if name == "x" else "descending"
        raise InvalidInput(f"{name}: expected evenly spaced, {order} pixel centers.")
    return float(step)
