"""The Zarr conventions of a cube's groups: `spatial`, `proj:`, `multiscales`, `geoemb:`, as plain attributes.

Written so that readers who know nothing of embexplore find grid, CRS, pyramid and quantizer; matched on
UUID when read, never on name. Sources: github.com/zarr-conventions (spatial, multiscales),
github.com/zarr-experimental/geo-proj, github.com/geo-embeddings/embeddings-zarr-convention.
No CF `_FillValue` anywhere: it turns int8 into float32 on open. No data is Zarr's `fill_value`.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from embexplore.core.codecs import Codec
from embexplore.cube import schema
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance
from embexplore.errors import NotACube

_RAW = "https://raw.githubusercontent.com"
_GITHUB = "https://github.com"


def _convention(uuid: str, name: str, repository: str, tag: str, description: str) -> dict[str, str]:
    return {
        "schema_url": f"{_RAW}/{repository}/refs/tags/{tag}/schema.json",
        "spec_url": f"{_GITHUB}/{repository}/blob/{tag}/README.md",
        "uuid": uuid,
        "name": name,
        "description": description,
    }


SPATIAL = _convention(
    "689b58e2-cf7b-45e0-9fff-9cfc0883d6b4",
    "spatial",
    "zarr-conventions/spatial",
    "v1",
    "Spatial coordinate information",
)
PROJ = _convention(
    "f17cb550-5864-4468-aeb7-f3180cfb622f",
    "proj:",
    "zarr-experimental/geo-proj",
    "v1",
    "Coordinate reference system information for geospatial data",
)
MULTISCALES = _convention(
    "d35379db-88df-4056-af3a-620245f8e347",
    "multiscales",
    "zarr-conventions/multiscales",
    "v1",
    "Multiscale layout of zarr datasets",
)
GEOEMB = _convention(
    "61c12cc5-0e28-4056-999a-480cf3fb7e4c",
    "geoemb:",
    "geo-embeddings/embeddings-zarr-convention",
    "v1",
    "Geoembeddings convention for geospatial embedding arrays with model provenance",
)

_METHODS = {
    "alphaearth": ("signed_square", "https://source.coop/tge-labs/aef"),
    "int8": ("linear", None),
    "tessera": ("per_pixel_scale", None),
    "binary": ("binary", None),
    "binary-sign": ("binary", None),
}
"""Codec name → `geoemb:quantization.method` and `link`; a power law has no method of the proposal's own."""


def write_conventions(
    grid: Grid, *, codecs: Sequence[Codec], dimensions: int, provenance: Provenance, levels: Sequence[Grid] = ()
) -> dict[str, Any]:
    """Attributes of a cube's root group, or of one overview group (then `levels` is empty).

    Parameters
    ----------
    dimensions : int
        Number of bands of the decoded vectors.
    levels : sequence of Grid
        The overviews, subgroups `1`, `2`, …; the root itself is level 0.
    """
    attrs: dict[str, Any] = {
        "zarr_conventions": [SPATIAL, PROJ, GEOEMB],
        **_spatial(grid),
        **_proj(grid.crs),
        **_geoemb(grid, codecs, dimensions, provenance),
    }
    if levels:
        attrs["zarr_conventions"] = [*attrs["zarr_conventions"], MULTISCALES]
        attrs["multiscales"] = _multiscales(grid, levels)
    return attrs


def _spatial(grid: Grid) -> dict[str, Any]:
    return {
        "spatial:dimensions": [schema.Y, schema.X],
        "spatial:bbox": [float(edge) for edge in grid.bounds],
        "spatial:transform": [float(number) for number in grid.transform],
        "spatial:shape": list(grid.shape),
        "spatial:registration": "pixel",
    }


def _proj(crs: str) -> dict[str, Any]:
    from pyproj import CRS

    parsed = CRS.from_user_input(crs)
    authority = parsed.to_authority(min_confidence=100)
    if authority is not None:
        return {"proj:code": ":".join(authority)}
    return {"proj:wkt2": parsed.to_wkt()}


def _geoemb(grid: Grid, codecs: Sequence[Codec], dimensions: int, provenance: Provenance) -> dict[str, Any]:
    best = codecs[0]
    stored = np.dtype(best.dtype).name
    attrs: dict[str, Any] = {
        "geoemb:type": "pixel",
        "geoemb:dimensions": dimensions,
        "geoemb:model": provenance.variant,
        "geoemb:source_data": [provenance.source],
        "geoemb:data_type": stored,
        "geoemb:build_version": f"embexplore {version('embexplore')}",
    }
    if not grid.is_geographic:
        attrs["geoemb:gsd"] = grid.resolution[0]
    if best.name in _METHODS:
        method, link = _METHODS[best.name]
        quantization = {"method": method, "original_dtype": "float32", "quantized_dtype": stored, "link": link}
        if best.has_scales:
            quantization |= {"scale_array": schema.SCALES, "nodata": "+inf"}
        attrs["geoemb:quantization"] = {key: value for key, value in quantization.items() if value is not None}
    return attrs


def _multiscales(grid: Grid, levels: Sequence[Grid]) -> dict[str, Any]:
    layout: list[dict[str, Any]] = [{"asset": ".", "transform": {"scale": [1.0, 1.0], "translation": [0.0, 0.0]}}]
    for number, _ in enumerate(levels, start=1):
        step = {"scale": [2.0, 2.0], "translation": [0.0, 0.0]}
        parent = "." if number == 1 else str(number - 1)
        layout.append({"asset": str(number), "derived_from": parent, "transform": step})
    for entry, level in zip(layout, (grid, *levels), strict=True):
        entry |= {"spatial:shape": list(level.shape), "spatial:transform": [float(n) for n in level.transform]}
    return {"layout": layout, "resampling_method": "average"}


def declares(attrs: Mapping[str, Any], convention: Mapping[str, str]) -> bool:
    """Whether a group lists a convention, matched on its UUID."""
    listed = attrs.get("zarr_conventions", ())
    return any(isinstance(entry, Mapping) and entry.get("uuid") == convention["uuid"] for entry in listed)


def read_crs(attrs: Mapping[str, Any]) -> str:
    """The CRS that a group's attributes name (`proj:code`, `proj:wkt2` or `proj:projjson`); NotACube without one."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    for name in ("proj:code", "proj:wkt2", "proj:projjson"):
        if value := attrs.get(name):
            try:
                CRS.from_user_input(value)
            except CRSError as error:
                raise NotACube(f"{name}={value!r} is no coordinate system that PROJ knows ({error}).") from error
            return str(value) if isinstance(value, str) else CRS.from_user_input(value).to_wkt()
    raise NotACube("no coordinate system: expected `proj:code`, `proj:wkt2` or `proj:projjson` among the attributes.")


def read_grid(attrs: Mapping[str, Any]) -> Grid | None:
    """The grid of a group that declares `spatial` with an affine transform and a shape; None otherwise."""
    if not declares(attrs, SPATIAL) or not {"spatial:transform", "spatial:shape"} <= set(attrs):
        return None
    a, b, c, d, e, f = (float(number) for number in attrs["spatial:transform"])
    rows, columns = attrs["spatial:shape"]
    return Grid(read_crs(attrs), (a, b, c, d, e, f), (int(rows), int(columns)))


def read_levels(attrs: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the groups of a pyramid, the finest first (`.` is the group itself); `(".",)` where there is none."""
    if not declares(attrs, MULTISCALES):
        return (".",)
    return tuple(str(entry["asset"]) for entry in attrs.get("multiscales", {}).get("layout", ())) or (".",)
