"""Tessera's 0.1° tiles: int8 `.npy`, float32 `_scales.npy`, and a landmask GeoTIFF that says where they lie.

A scale says more than a number: NaN is water, +inf no data. The published scales are one a pixel, or
one a pixel and band; the latter are brought to one a pixel, exactly where a pixel's 128 are equal, else
within half a step of the new scale.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embexplore.core.codecs import make_codec
from embexplore.cube.grid import BBox, Grid
from embexplore.cube.schema import Provenance
from embexplore.errors import InvalidInput, SourceUnavailable, VariantMismatch
from embexplore.io.sources.address import Stat, is_remote, stat
from embexplore.io.sources.base import Block
from embexplore.io.sources.blocks import edges, group_shape
from embexplore.io.sources.mosaic import Mosaic
from embexplore.io.sources.npy import NpyFile, open_npy
from embexplore.io.sources.raster import open_raster

DIMENSIONS = 128
BANDS = tuple(f"T{band:03d}" for band in range(DIMENSIONS))
SCALES = "_scales.npy"
_DATASET = re.compile(r"npy/([^/]+)/\d{4}/")
_LANDMASK_VERSION = re.compile(r"v\d+(?:\.\d+)?")


def provenance(source: str, version: str) -> Provenance:
    """Where Tessera vectors come from."""
    return Provenance(source, "Tessera", version, "TESSERA embeddings, University of Cambridge", "CC0-1.0")


@dataclass
class Artefacts:
    """Pixels whose scale is no scale (zero, negative or −inf), counted as they are read; they become no data."""

    pixels: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, pixels: int) -> None:
        """Count so many more."""
        with self._lock:
            self.pixels += pixels

    def describe(self) -> str | None:
        """A sentence, where there were any."""
        return f"{self.pixels} pixels have a scale ≤ 0: taken as no data." if self.pixels else None


@dataclass(eq=False)
class TesseraTile:
    """One published tile."""

    file: str
    codes: NpyFile
    factors: NpyFile
    grid: Grid
    artefacts: Artefacts

    def __post_init__(self) -> None:
        rows, columns = self.grid.shape
        down, _ = group_shape((1, columns), self.grid.shape, DIMENSIONS)
        self.row_edges = edges(rows, down)
        self.column_edges = (0, columns)

    @property
    def stat(self) -> Stat:
        """Size and tag of both files."""
        one, other = self.codes.stat, self.factors.stat
        return Stat(one.size + other.size, f"{one.tag} {other.tag}")

    def load(self, rows: slice, columns: slice) -> Block:
        """Codes `(128, rows, columns)` and scales of a window."""
        codes = np.moveaxis(self.codes.rows(rows)[:, columns], -1, 0)
        scales = np.asarray(self.factors.rows(rows)[:, columns], np.float32)
        if scales.ndim == 3:
            codes, scales = one_scale(codes, scales)
        return Block(np.ascontiguousarray(codes), mask_artefacts(scales, self.artefacts))

    def stored_bytes(self, rows: slice, columns: slice) -> int:
        """Bytes to read for a window."""
        return (rows.stop - rows.start) * (self.codes.row_bytes + self.factors.row_bytes)


def one_scale(codes: NDArray[np.int8], scales: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Codes `(d, h, w)` and scales `(h, w, d)` with one scale a pixel `(h, w)`.

    Where a pixel's scales are equal nothing changes; else values are rounded to the pixel's own largest
    magnitude over 127. A NaN in any band is water, +inf no data.
    """
    factors = np.moveaxis(scales, -1, 0)
    first = factors[0].copy()
    differs = (factors != first).any(axis=0) & np.isfinite(factors).all(axis=0)
    first[np.isnan(factors).any(axis=0)] = np.nan
    first[np.isposinf(factors).any(axis=0)] = np.inf
    if not differs.any():
        return codes, first
    codes = codes.copy()
    values = codes[:, differs] * factors[:, differs]
    step = np.abs(values).max(axis=0) / np.float32(127)
    codes[:, differs] = np.round(values / np.where(step > 0, step, 1))
    first[differs] = step
    return codes, first


def mask_artefacts(scales: NDArray[np.float32], artefacts: Artefacts) -> NDArray[np.float32]:
    """The scales with +inf (no data) where one is zero, negative or −inf; counted in `artefacts`."""
    wrong = scales <= 0
    if wrong.any():
        artefacts.add(int(wrong.sum()))
        scales = np.where(wrong, np.float32(np.inf), scales)
    return scales


def open_tessera(tiles: Mapping[int, Sequence[TesseraTile]], *, bbox: BBox | None = None) -> Mosaic:
    """The Source of Tessera tiles by year; VariantMismatch for tiles of different datasets."""
    versions = {dataset_of(tile.file): tile.file for year in tiles for tile in tiles[year]}
    if len(versions) > 1:
        told = ", ".join(f"{version or 'unnamed'} ({file})" for version, file in sorted(versions.items()))
        raise VariantMismatch(f"Tessera datasets {told} cannot share a cube: their vectors are not comparable.")
    return Mosaic(
        "tessera",
        tiles,
        codec=make_codec("tessera"),
        bands=BANDS,
        provenance=provenance("Tessera npy tiles", next(iter(versions))),
        bbox=bbox,
        artefacts=next(tile.artefacts for year in tiles for tile in tiles[year]),
    )


def dataset_of(file: str) -> str:
    """The dataset that a path names (`v1`, `v1.1-cam`, …), or an empty string."""
    match = _DATASET.search(file.replace("\\", "/"))
    return match[1] if match else ""


def open_tile(file: str, artefacts: Artefacts, *, landmask: str | None = None) -> TesseraTile:
    """Describe the tile of an embedding file.

    Parameters
    ----------
    file : str
        `…/grid_0.15_52.05.npy`; `…_scales.npy` lies beside it.
    landmask : str, optional
        The GeoTIFF with its place; looked for beside it, and in `landmasks/` above it, where not given.

    Raises
    ------
    SourceUnavailable
        A file is missing; the message names the places that were looked at.
    InvalidInput
        Not (H, W, 128) int8 with scales (H, W) or (H, W, 128) and a landmask of H × W.
    """
    codes = open_npy(file)
    factors = open_npy(file.removesuffix(".npy") + SCALES)
    raster = open_raster(landmask or find_landmask(file))
    shape = codes.shape[:2]
    if len(codes.shape) != 3 or codes.shape[2] != DIMENSIONS or codes.dtype != np.int8:
        raise InvalidInput(f"{file} is {codes.dtype} {codes.shape}, expected int8 (rows, columns, {DIMENSIONS}).")
    if factors.shape not in (shape, codes.shape) or factors.dtype.kind != "f":
        raise InvalidInput(
            f"{factors.file} is {factors.dtype} {factors.shape}, expected float {shape} or {codes.shape}."
        )
    if raster.grid.shape != shape:
        raise InvalidInput(f"{raster.file} has {raster.grid.shape} pixels, {file} has {shape}: not the same tile.")
    return TesseraTile(file, codes, factors, raster.grid, artefacts)


def find_landmask(file: str) -> str:
    """Where the landmask of an embedding file lies: beside it, or under `landmasks/` above it."""
    name = f"{file.replace(chr(92), '/').rsplit('/', 1)[-1].removesuffix('.npy')}.tiff"
    folder = file[: -len(name) + 1].rstrip("/") if is_remote(file) else str(Path(file).parent)
    version = _LANDMASK_VERSION.match(dataset_of(file) or "v1")
    places = [f"{folder}/{name}"]
    while "/" in folder.replace("://", "") and len(places) < 12:
        folder = folder.rsplit("/", 1)[0]
        places.append(f"{folder}/landmasks/{version[0] if version else 'v1'}/{name}")
        places.append(f"{folder}/global_0.1_degree_tiff_all/{name}")
        if folder.endswith("/npy"):
            places[:] = [f"{folder.rsplit('/', 1)[0]}/landmasks/{version[0] if version else 'v1'}/{name}", *places]
    for place in places:
        try:
            stat(place)
        except SourceUnavailable as error:
            if "HTTP 404" in str(error) or "no such file" in str(error):
                continue
            raise
        return place
    raise SourceUnavailable(
        f"{file}: its landmask {name}, which says where it lies, was not found; looked for {', '.join(places[:3])}, …. "
        "Put it beside the file."
    )
