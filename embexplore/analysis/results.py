"""What results look like: names, units, year and provenance, and a vector as a DataArray."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.cube import schema


def described(result: xr.DataArray, cube: xr.Dataset, *, name: str, long_name: str, **attrs: Any) -> xr.DataArray:
    """A result with its name, `long_name`, further attributes, and the cube's provenance."""
    provenance = dict(cube.attrs[schema.ATTRS]["provenance"])
    return result.rename(name).assign_attrs(long_name=long_name, **attrs, provenance=provenance)


def vector_of(cube: xr.Dataset, values: NDArray[np.floating], *, year: int, long_name: str) -> xr.DataArray:
    """A vector `(band,)` float32 with the cube's band names."""
    coordinates = {name: cube.coords[name].values for name in (schema.BAND,) if name in cube.coords}
    vector = xr.DataArray(values.astype(np.float32), coordinates, (schema.BAND,))
    return described(vector, cube, name="embedding", long_name=long_name, units="1", year=year)
