"""AlphaEarth from Earth Engine through Xee (≥ 0.1): 64 float variables become AlphaEarth's codes.

Earth Engine serves the decoded values, which are the codes' own, so encoding them again is exact.
`open_collection` needs an account and the network; what becomes of its Dataset does not, and is tested.
The package is never called by the alias that Earth Engine's own client uses.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from embexplore.core.codecs import make_codec
from embexplore.cube.grid import BBox
from embexplore.errors import InvalidInput, MissingDependency, SourceUnavailable
from embexplore.io.sources.alphaearth import BANDS, provenance
from embexplore.io.sources.dataset import DatasetSource, crs_of_data, make_source, to_time_band_y_x

COLLECTION = "GOOGLE/SATELLITE_EMBEDDING/V1/ANNUAL"
SCALE = (10.0, -10.0)


def open_xee(data: xr.Dataset, *, crs: str | None = None, bbox: BBox | None = None) -> DatasetSource:
    """The Source of a Dataset as Xee opens it: variables A00…A63 on `[time, y, x]`, NaN where there is no data.

    Raises InvalidInput when bands are missing; the message names them.
    """
    missing = [band for band in BANDS if band not in data.data_vars]
    if missing:
        raise InvalidInput(
            f"{len(BANDS) - len(missing)} bands where {len(BANDS)} are expected: "
            f"{', '.join(missing[:5])}{', …' if len(missing) > 5 else ''} missing."
        )
    array = data[list(BANDS)].to_dataarray("band").rename("Earth Engine")
    return make_source(
        to_time_band_y_x(array),
        name="earthengine",
        codec=make_codec("alphaearth"),
        bands=BANDS,
        provenance=provenance(f"Earth Engine {COLLECTION}"),
        crs=crs or crs_of_data(data),
        bbox=bbox,
    )


def open_collection(bbox: BBox, years: Sequence[int]) -> DatasetSource:
    """The Source of a place in Earth Engine's AlphaEarth collection; needs `ee.Initialize` to have run.

    Raises
    ------
    MissingDependency
        Xee is not installed.
    SourceUnavailable
        Earth Engine is not initialized, or does not answer.
    """
    earth_engine, xee = require_xee()
    import shapely

    west, south, east, north = bbox
    crs = utm_of((west + east) / 2, (south + north) / 2)
    grid: dict[str, Any] = xee.helpers.fit_geometry(geometry=shapely.box(*bbox), grid_crs=crs, grid_scale=SCALE)
    try:
        region = earth_engine.Geometry.Rectangle([west, south, east, north])
        images = earth_engine.ImageCollection(COLLECTION).filterBounds(region)
        images = images.filterDate(f"{min(years)}-01-01", f"{max(years) + 1}-01-01")
        # A year is several images, one a UTM zone and tile: their mosaic, as Earth Engine makes it.
        yearly = [images.filterDate(f"{year}-01-01", f"{year + 1}-01-01").mosaic() for year in years]
        stamped = [
            image.set("system:time_start", earth_engine.Date.fromYMD(year, 1, 1).millis())
            for image, year in zip(yearly, years, strict=True)
        ]
        data = xr.open_dataset(earth_engine.ImageCollection(stamped), engine="ee", **grid)
    except Exception as error:
        raise SourceUnavailable(
            f"Earth Engine does not answer ({error}). Run `ee.Authenticate()` and `ee.Initialize(project=…)` first."
        ) from error
    return open_xee(data, crs=crs)


def require_xee() -> tuple[Any, Any]:
    """The modules of Earth Engine's client and of Xee; MissingDependency where they are not installed."""
    try:
        import importlib

        earth_engine = importlib.import_module("ee")
        xee = importlib.import_module("xee")
        importlib.import_module("xee.helpers")
    except ImportError as error:
        raise MissingDependency(
            "Earth Engine needs the package xee (≥ 0.1): `pip install 'embexplore[earthengine]'`."
        ) from error
    return earth_engine, xee


def utm_of(lon: float, lat: float) -> str:
    """The UTM zone of a place, as an EPSG code."""
    zone = int(np.floor((lon + 180) / 6)) % 60 + 1
    return f"EPSG:{32600 if lat >= 0 else 32700}".removesuffix("00") + f"{zone:02d}"
