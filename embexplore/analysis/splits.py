"""Which points are held out together: blocks of ground, since neighbors are alike and would tell each other's class."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embexplore.errors import InvalidInput

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

RADIUS = 6_371_008.8
"""Mean radius of the Earth in meters (IUGG)."""


def spatial_groups(points: "GeoDataFrame", size_in_meters: float) -> NDArray[np.int64]:
    """The block of ground that each point lies in.

    Blocks are squares on a sphere, in rows along parallels: they depend on the size alone, not on which points
    there are, and are `size_in_meters` along both sides everywhere (to 0.6 %; at a pole, triangles).

    Parameters
    ----------
    points : GeoDataFrame
        Points in any CRS; of other shapes the centroid.
    size_in_meters : float
        Side of a block.

    Returns
    -------
    ndarray of shape (n,), int64
        Equal for points of one block.

    Raises
    ------
    InvalidInput
        No CRS, an empty geometry, or a size that is none.

    Examples
    --------
    >>> import embexplore as ex
    >>> places = ex.null_island_truth().places
    >>> blocks = ex.spatial_groups(places, 250)
    >>> len(blocks) == len(places)
    True
    """
    if not 0 < size_in_meters < np.pi * RADIUS:
        raise InvalidInput(f"size_in_meters={size_in_meters}: expected meters above 0, and less than half the Earth.")
    if not hasattr(points, "to_crs") or points.crs is None:
        raise InvalidInput(f"points are a {type(points).__name__}: expected a GeoDataFrame with its CRS.")
    if points.geometry.isna().any() or points.geometry.is_empty.any():
        raise InvalidInput("Some of these points have no place: leave them out.")
    shapes = points.geometry if (points.geom_type == "Point").all() else points.geometry.representative_point()
    places = shapes.to_crs("EPSG:4326")
    return blocks_at(places.x.to_numpy(), places.y.to_numpy(), size_in_meters)


def blocks_at(lon: NDArray[np.float64], lat: NDArray[np.float64], size: float) -> NDArray[np.int64]:
    """Numbers `(n,)` of the blocks of `size` meters at places in degrees."""
    degree = np.pi * RADIUS / 180
    down = np.floor((90 - np.asarray(lat, float)) * degree / size).astype(np.int64)
    middle = np.clip(90 - (down + 0.5) * size / degree, -90, 90)
    around = np.maximum(np.ceil(360 * degree * np.cos(np.radians(middle)) / size), 1)
    across = np.floor((np.asarray(lon, float) + 180) % 360 / 360 * around).astype(np.int64)
    return down * int(np.ceil(360 * degree / size) + 1) + across
