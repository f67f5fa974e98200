"""The sources by name, and which one a file is."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from embexplore.cube.grid import BBox
from embexplore.cube.schema import NODATA
from embexplore.errors import InvalidInput, VariantMismatch
from embexplore.io.sources import alphaearth, dataset, earthengine, eurosat, geotiff, tessera, tessera_zarr
from embexplore.io.sources.address import as_text, is_remote, year_in
from embexplore.io.sources.base import Source
from embexplore.io.sources.raster import Raster, open_raster

Files = Any
"""A path or address, several of them, or an xarray Dataset or DataArray."""


@dataclass(frozen=True)
class Request:
    """What was asked for: files (or one xarray object), the year they hold, the part that is wanted."""

    files: tuple[str, ...]
    year: int | None = None
    bbox: BBox | None = None
    data: Any = None

    @cached_property
    def rasters(self) -> tuple[Raster, ...]:
        """The files, described by GDAL."""
        return tuple(open_raster(file) for file in self.files)

    @property
    def rasters_by_year(self) -> Mapping[int, Sequence[Raster]]:
        """The described files by the year that was given, or that their paths name."""
        found: dict[int, list[Raster]] = {}
        for raster in self.rasters:
            found.setdefault(self.year or year_in(raster.file), []).append(raster)
        return found


LANDMASK = re.compile(r"grid_[^/]*\.tiff?$")
"""Tessera's georeferencing files, which may be named beside the arrays they belong to."""

Opener = Callable[[Request], Source]
_OPENERS: dict[str, Opener] = {}


def register(name: str) -> Callable[[Opener], Opener]:
    """Decorator: make a source available under a name."""

    def remember(opener: Opener) -> Opener:
        _OPENERS[name] = opener
        return opener

    return remember


def source_names() -> tuple[str, ...]:
    """All registered names."""
    return tuple(_OPENERS)


def detect(files: Files, name: str | None = None, *, year: int | None = None, bbox: BBox | None = None) -> Source:
    """Open files as the source that they are.

    Parameters
    ----------
    files : path, address, sequence of them, Dataset or DataArray
    name : str, optional
        Overrides detection: one of `source_names()`.
    year : int, optional
        The year that the files hold, where they do not say it and their paths do not name it.
    bbox : (west, south, east, north), optional
        In degrees; the source's grid covers no more than this.

    Raises
    ------
    InvalidInput
        An unknown name, no files, a file of no known kind, a year that is not known.
    VariantMismatch
        Files of different sources.
    """
    request = _request(files, year, bbox)
    if name is not None and name not in _OPENERS:
        raise InvalidInput(f"source {name!r} is unknown: choose one of {', '.join(_OPENERS)}.")
    return _OPENERS[name or _recognize(request)](request)


def _request(files: Files, year: int | None, bbox: BBox | None) -> Request:
    if isinstance(files, (str, os.PathLike)):
        files = [files]
    if year is not None and not 1000 <= year <= 9999:
        raise InvalidInput(f"year={year}: expected a calendar year of four digits, such as 2024.")
    if hasattr(files, "dims"):
        return Request((), year, bbox, files)
    texts = tuple(as_text(file) for file in files)
    if not texts:
        raise InvalidInput("no files were given: name at least one path or address.")
    return Request(texts, year, bbox)


def _recognize(request: Request) -> str:
    """The registry name of what was given, by kind of file first, by content then."""
    if request.data is not None:
        return _recognize_data(request.data)
    kinds = {file: _kind(file) for file in request.files}
    if "tessera" in kinds.values():
        kinds = {file: kind for file, kind in kinds.items() if not LANDMASK.search(file)}
    if set(kinds.values()) == {"raster"}:
        kinds = {raster.file: _recognize_raster(raster) for raster in request.rasters}
    elif set(kinds.values()) == {"zarr"}:
        kinds = {file: _recognize_zarr(file) for file in request.files}
    if len(set(kinds.values())) > 1:
        one, other = next((a, b) for a in kinds for b in kinds if kinds[a] != kinds[b])
        raise VariantMismatch(
            f"{one} is {kinds[one]}, {other} is {kinds[other]}: vectors of different sources are not comparable. "
            "Ingest them apart, or say what they are with --source (source=…)."
        )
    return next(iter(kinds.values()))


def _kind(file: str) -> str:
    ending = Path(file.rstrip("/")).suffix.lower()
    if ending == ".npy":
        return "tessera"
    if ending in (".nc", ".nc4", ".h5"):
        return "dataset"
    if ".zarr" in file or (not is_remote(file) and Path(file).is_dir()):
        return "zarr"
    return "raster"


def _recognize_raster(raster: Raster) -> str:
    if alphaearth.looks_like(raster):
        return "alphaearth"
    if raster.dtype == "int8" and raster.nodata == NODATA:
        alphaearth.require_bands(raster, alphaearth.DIMENSIONS, "int8")  # 63 bands: say so
    return "eurosat" if eurosat.looks_like(raster) else "geotiff"


def _recognize_zarr(file: str) -> str:
    return "tessera-zarr" if tessera_zarr.is_tessera(file) else "dataset"


def _recognize_data(data: Any) -> str:
    return "earthengine" if set(alphaearth.BANDS) <= set(getattr(data, "data_vars", ())) else "dataset"


@register("alphaearth")
def _alphaearth(request: Request) -> Source:
    return alphaearth.open_alphaearth(request.rasters_by_year, bbox=request.bbox)


@register("geotiff")
def _geotiff(request: Request) -> Source:
    return geotiff.open_geotiff(request.rasters_by_year, bbox=request.bbox)


@register("eurosat")
def _eurosat(request: Request) -> Source:
    return eurosat.open_eurosat(request.rasters_by_year, bbox=request.bbox)


@register("tessera")
def _tessera(request: Request) -> Source:
    artefacts = tessera.Artefacts()
    landmasks = {Path(file).stem: file for file in request.files if LANDMASK.search(file)}
    tiles: dict[int, list[tessera.TesseraTile]] = {}
    for file in request.files:
        if not file.endswith(".npy") or file.endswith(tessera.SCALES):
            continue
        tile = tessera.open_tile(file, artefacts, landmask=landmasks.get(Path(file).stem))
        tiles.setdefault(request.year or year_in(file), []).append(tile)
    if not tiles:
        raise InvalidInput(f"{', '.join(request.files)}: expected Tessera's grid_….npy files (scales beside them).")
    return tessera.open_tessera(tiles, bbox=request.bbox)


@register("tessera-zarr")
def _tessera_zarr(request: Request) -> Source:
    return tessera_zarr.open_tessera_zarr(request.files, year=request.year, bbox=request.bbox)


@register("dataset")
def _dataset(request: Request) -> Source:
    data = request.data
    if data is None:
        if len(request.files) > 1:
            raise InvalidInput(f"{len(request.files)} Datasets: give one, or join them with `xarray.concat` first.")
        data = dataset.open_file(request.files[0])
    return dataset.open_dataset(data, year=request.year, bbox=request.bbox)


@register("earthengine")
def _earthengine(request: Request) -> Source:
    if request.data is None:
        raise InvalidInput("earthengine reads the Dataset that Xee opens, or use fetch: files hold no such thing.")
    return earthengine.open_xee(request.data, bbox=request.bbox)
