"""Tessera's two Zarr layouts, read in place.

A: one store, a group `utm{zone}`; `embeddings (time, band, y, x)`, `scales (time, y, x)` with fill +inf.
B: one store a year; `embeddings (northing, easting, band)`, `scales (northing, easting)` with fill NaN, so
there a chunk that was never written looks like water.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.core.codecs import make_codec
from embexplore.cube import schema
from embexplore.cube.build import make_cube
from embexplore.cube.grid import BBox, Grid
from embexplore.errors import CRSMismatch, InvalidInput, VariantMismatch
from embexplore.io.sources.base import Block
from embexplore.io.sources.tessera import Artefacts, mask_artefacts, provenance
from embexplore.io.sources.zarr_store import expect_array, open_group

if TYPE_CHECKING:
    import zarr

_NAMES: Mapping[str, str] = {"northing": "y", "easting": "x", "year": "time", "bands": "band"}
_ZONE = re.compile(r"utm(\d{2})$")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class Zone:
    """One zone's arrays in one store."""

    file: str
    embeddings: "zarr.Array[Any]"
    scales: "zarr.Array[Any]"
    dims: tuple[str, ...]
    years: tuple[int, ...]
    grid: Grid
    version: str

    def window(self, year: int, rows: slice, columns: slice) -> Block:
        """Codes `(band, rows, columns)` and scales of a window, as stored."""
        where = {"time": self.years.index(year), "y": rows, "x": columns, "band": slice(None)}
        codes = np.asarray(self.embeddings[tuple(where[dim] for dim in self.dims)])
        left = [dim for dim in self.dims if dim != "time"]
        codes = np.transpose(codes, [left.index(dim) for dim in ("band", "y", "x")])
        if not codes.any():  # zarr-python gives the fill value where nothing is, not even the store
            expect_array(self.embeddings, self.file)
        scales = self.scales[tuple(where[dim] for dim in self.dims if dim != "band")]
        order = [dim for dim in left if dim != "band"]
        return Block(codes, np.asarray(scales if order == ["y", "x"] else np.transpose(scales), np.float32))


@dataclass
class TesseraZarr:
    """The Source of one zone of a Tessera store (or of one store a year), cropped to a bounding box."""

    zones: Sequence[Zone]
    whole: Grid
    rows: slice
    columns: slice
    name: str = "tessera-zarr"
    artefacts: Artefacts = field(default_factory=Artefacts)

    def __post_init__(self) -> None:
        self.grid = self.whole.crop(self.rows, self.columns)
        self.years = tuple(sorted(year for zone in self.zones for year in zone.years))
        size = self.zones[0].embeddings.shape[self.zones[0].dims.index("band")]
        self.bands = tuple(f"T{band:03d}" for band in range(size))
        self.codec = make_codec("tessera")
        self.provenance = provenance("Tessera Zarr store", self.zones[0].version)

    def read(self, year: int, rows: slice, columns: slice) -> Block:
        """Codes of a window; see `Source.read`."""
        zone = next(zone for zone in self.zones if year in zone.years)
        block = zone.window(year, _shift(rows, self.rows.start), _shift(columns, self.columns.start))
        if block.scales is None:
            return block
        return Block(np.ascontiguousarray(block.codes), mask_artefacts(block.scales, self.artefacts))

    def fingerprint(self) -> str:
        """A digest of addresses, shapes and window."""
        told = [(zone.file, zone.embeddings.shape, zone.years) for zone in self.zones]
        window = [self.grid.crs, self.grid.transform, self.grid.shape]
        return hashlib.sha256(json.dumps([self.name, told, window]).encode()).hexdigest()

    def cube(self) -> xr.Dataset:
        """The store as a cube: lazy, nothing copied; every function of the package works on it."""
        import dask.array as da

        def stack(part: int, shape: tuple[int, ...]) -> Any:
            chunks = (*shape[:-2], _spans(self.rows, chunk), _spans(self.columns, chunk))
            return da.stack([da.from_array(_Lazy(self, year, part), chunks=chunks) for year in self.years])

        first = self.zones[0]
        chunk = first.embeddings.chunks[first.dims.index("y")]
        rows, columns = self.grid.shape
        return make_cube(
            stack(0, (len(self.bands), rows, columns)),
            scales=stack(1, (rows, columns)),
            codec=self.codec,
            grid=self.grid,
            years=self.years,
            provenance=self.provenance,
            bands=self.bands,
            chunk=chunk,
        )


class _Lazy:
    """Codes (part 0) or scales (part 1) of a year, read when they are sliced."""

    def __init__(self, source: TesseraZarr, year: int, part: int) -> None:
        rows, columns = source.grid.shape
        self.source, self.year, self.part = source, year, part
        self.shape = (rows, columns) if part else (len(source.bands), rows, columns)
        self.dtype = np.dtype(np.float32 if part else np.int8)
        self.ndim = len(self.shape)

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[Any]:
        windows = [slice(*each.indices(size)[:2]) for each, size in zip(key[-2:], self.shape[-2:], strict=True)]
        block = self.source.read(self.year, *windows)
        return block.scales if self.part and block.scales is not None else block.codes[key[0]]


def _spans(window: slice, chunk: int) -> tuple[int, ...]:
    """Sizes of the pieces into which stored chunks cut a window."""
    cuts = [window.start, *range((window.start // chunk + 1) * chunk, window.stop, chunk), window.stop]
    return tuple(int(size) for size in np.diff(cuts))


def open_tessera_zarr(files: Sequence[str], *, year: int | None = None, bbox: BBox | None = None) -> TesseraZarr:
    """One zone of Tessera Zarr stores as a Source; `.cube()` gives it as a cube without copying.

    Parameters
    ----------
    files : sequence of str
        A store of layout A or B, one of its zones (`STORE/utm30`), or stores of layout B of several years.
    year : int, optional
        Of a layout B store that does not say it.
    bbox : (west, south, east, north), optional
        In degrees; chooses the zone (of its center) and crops.

    Raises
    ------
    InvalidInput
        No such layout; several zones and nothing that chooses one; a year that is not known.
    CRSMismatch, VariantMismatch
        Stores of different grids or dataset versions.
    """
    zones = [_zone(file, year, bbox) for file in files]
    first = zones[0]
    for zone in zones[1:]:
        if zone.grid != first.grid:
            raise CRSMismatch(f"{first.file} and {zone.file} lie on different grids: ingest them apart.")
        if zone.version != first.version:
            raise VariantMismatch(
                f"Tessera versions {first.version} ({first.file}) and {zone.version} ({zone.file}) cannot share a cube."
            )
    rows, columns = first.grid.window(bbox) if bbox else (slice(0, first.grid.shape[0]), slice(0, first.grid.shape[1]))
    return TesseraZarr(zones, first.grid, rows, columns)


def is_tessera(file: str) -> bool:
    """Whether a store has one of the two layouts."""
    group = open_group(file)
    if schema.ATTRS in group.attrs:
        return False
    return {"embeddings", "scales"} <= set(group.array_keys()) or any(map(_ZONE.match, group.group_keys()))


def _zone(file: str, year: int | None, bbox: BBox | None) -> Zone:
    root = open_group(file)
    group = root
    attrs = dict(root.attrs)
    if "embeddings" not in root:
        name = _choose_zone(file, [name for name in root.group_keys() if _ZONE.match(name)], bbox)
        group = root[name]
        attrs |= dict(group.attrs)
    embeddings, scales = group["embeddings"], group["scales"]
    dims = tuple(_NAMES.get(dim, dim) for dim in embeddings.metadata.dimension_names or ())
    if set(dims) - {"time"} != {"band", "y", "x"}:
        raise InvalidInput(
            f"{file}: embeddings have dims {dims}, expected (time, band, y, x) or (northing, easting, band)."
        )
    years = tuple(int(value) for value in group["time"][:]) if "time" in dims else (_year_of(file, attrs, year),)
    return Zone(file, embeddings, scales, dims, years, _grid(group, attrs, file), _version(attrs))


def _choose_zone(file: str, names: Sequence[str], bbox: BBox | None) -> str:
    if len(names) == 1:
        return names[0]
    wanted = f"utm{int(((bbox[0] + bbox[2]) / 2 + 180) // 6) % 60 + 1:02d}" if bbox else None
    if wanted in names:
        return wanted
    if not names:
        raise InvalidInput(f"{file} has neither `embeddings` nor zones utm01…utm60: not a Tessera store.")
    raise InvalidInput(
        f"{file} has zones {', '.join(sorted(names))}{f', not {wanted}' if wanted else ''}. "
        f"Choose one with a bounding box (--bbox W,S,E,N) or by its address {file.rstrip('/')}/{min(names)}."
    )


def _year_of(file: str, attrs: Mapping[str, Any], year: int | None) -> int:
    told = year or next((attrs[key] for key in ("tessera:year", "year") if key in attrs), None)
    found = _YEAR.findall(file)
    if told is None and len(set(found)) != 1:
        raise InvalidInput(f"{file} does not say its year. Say which it holds: --year 2024 (year=2024).")
    return int(told or found[0])


def _version(attrs: Mapping[str, Any]) -> str:
    keys = ("tessera:dataset_version", "tessera_dataset_version", "geoemb:build_version", "geoemb:model")
    return str(next((attrs[key] for key in keys if attrs.get(key)), ""))


def _grid(group: "zarr.Group", attrs: Mapping[str, Any], file: str) -> Grid:
    crs = next((attrs[key] for key in ("proj:code", "proj:wkt2", "crs_wkt") if attrs.get(key)), None)
    zone = _ZONE.search(group.path) or _ZONE.search(file.rstrip("/"))
    if crs is None and zone is None:
        raise InvalidInput(f"{file} has no CRS: expected the attribute proj:code.")
    names = [next((name for name in pair if name in group), None) for pair in (("x", "easting"), ("y", "northing"))]
    if None in names:
        raise InvalidInput(f"{file} has no coordinates x, y (easting, northing).")
    x, y = (np.asarray(group[name][:]) for name in names if name)
    return Grid.from_centers(x, y, crs or f"EPSG:326{zone[1] if zone else ''}")


def _shift(window: slice, by: int) -> slice:
    return slice(window.start + by, window.stop + by)
