"""AlphaEarth's index of files: which of them hold a place in a year.

Read from Parquet, CSV or GeoPackage, in any of the column variants that readers have met. Of a remote
Parquet file only the few columns that matter are downloaded (not the outlines), once: they are kept in
the user's cache until the file's size or ETag changes.
"""

import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from embexplore.cube.grid import BBox
from embexplore.errors import InvalidInput, SourceUnavailable
from embexplore.io.sources.address import Stat, download, is_remote, stat

if TYPE_CHECKING:
    import pyarrow as pa

NAMES = ("aef_index.parquet", "aef_index.csv", "aef_index.gpkg")
"""Looked for in this order: the smallest download first."""

CACHE_VERSION = 1
EDGES = ("wgs84_west", "wgs84_south", "wgs84_east", "wgs84_north")
OUTLINES = ("geometry", "geom", "WKT", "wkt")
PATHS = ("path", "location", "url", "href")
PAGE = 1 << 16
TESSERA_CELL = 0.1
"""Degrees that a Tessera tile is wide and high."""

_KEY = re.compile(r"\d{4}/\d{1,2}[NS]/[^/]+$", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One file of the index: its year, its address, and the degrees (west, south, east, north) that it covers."""

    year: int
    path: str
    bbox: BBox


def find_index(root: str) -> str:
    """The index file under a root folder or address; SourceUnavailable when there is none."""
    for name in NAMES:
        file = f"{root.rstrip('/')}/{name}"
        if is_remote(file) and file.endswith(".gpkg"):
            continue  # about 500 MB, and nothing in it that the others lack
        try:
            stat(file)
        except SourceUnavailable as error:
            if "HTTP 404" in str(error) or "no such file" in str(error):
                continue
            raise
        return file
    raise SourceUnavailable(f"{root} holds no index ({', '.join(NAMES)}). Check the address.")


def read_index(file: str, bbox: BBox) -> list[Entry]:
    """The files of an index whose data touch a bounding box in degrees, in the index's order.

    Raises
    ------
    InvalidInput
        The index lacks columns; the message names them.
    SourceUnavailable
        It is not there, or its server does not answer.
    """
    table = _read_local(file) if not is_remote(file) else _read_remote(file)
    west, south, east, north = (table[edge].to_numpy() for edge in EDGES)
    crosses = (west < bbox[2]) & (east > bbox[0]) & (south < bbox[3]) & (north > bbox[1])
    rows = table.take(np.flatnonzero(crosses)).to_pylist()
    return [Entry(row["year"], row["path"], tuple(row[edge] for edge in EDGES)) for row in rows]


def read_manifest(file: str, bbox: BBox) -> list[Entry]:
    """The tiles of a Tessera manifest (columns lon, lat, year: centers of 0.1° cells) that touch a bounding box.

    Their paths are `YEAR/grid_LON_LAT/grid_LON_LAT.npy`, as under `npy/DATASET/`.
    """
    import pyarrow.parquet as pq

    stream = io.BufferedReader(_RemoteFile(file, stat(file)), PAGE)
    with pq.ParquetFile(stream) as parquet:
        missing = {"lon", "lat", "year"} - set(parquet.schema_arrow.names)
        if missing:
            raise InvalidInput(f"{file} lacks {', '.join(sorted(missing))}: expected Tessera's manifest.")
        table = parquet.read(columns=["lon", "lat", "year"])
    lon, lat = table["lon"].to_numpy(), table["lat"].to_numpy()
    half = TESSERA_CELL / 2
    crosses = (lon - half < bbox[2]) & (lon + half > bbox[0]) & (lat - half < bbox[3]) & (lat + half > bbox[1])
    entries = []
    for row in table.take(np.flatnonzero(crosses)).to_pylist():
        name = f"grid_{row['lon']:.2f}_{row['lat']:.2f}"
        cell = (row["lon"] - half, row["lat"] - half, row["lon"] + half, row["lat"] + half)
        entries.append(Entry(int(row["year"]), f"{int(row['year'])}/{name}/{name}.npy", cell))
    return entries


def address_under(root: str, path: str) -> str:
    """Where a file of the index lies in the archive at `root`: its `year/zone/name` part there.

    The index names S3 or Google storage; the same keys lie behind HTTP, in a mirror or in a local copy.
    """
    path = re.sub(r"\.vrt$", ".tiff", path)
    key = _KEY.search(path)
    return f"{root.rstrip('/')}/{key[0]}" if key else path


def _read_local(file: str) -> "pa.Table":
    if file.endswith(".parquet"):
        import pyarrow.parquet as pq

        with pq.ParquetFile(file) as parquet:
            return _normalize(parquet.read(columns=_wanted(parquet.schema_arrow.names)), file)
    if file.endswith(".gpkg"):
        return _normalize(_read_geopackage(file), file)
    return _read_csv(Path(file).read_bytes(), file)


def _read_remote(file: str) -> "pa.Table":
    """The normalized index, from the user's cache where it is there and the file has not changed."""
    import pyarrow.parquet as pq

    from embexplore.io.demo import cache_folder

    status = stat(file)
    content = _digest(json.dumps([CACHE_VERSION, status.size, status.tag]))
    cached = cache_folder() / "index" / f"{_digest(file)}-{content}.parquet"
    if cached.exists():
        return pq.read_table(cached)
    if file.endswith(".parquet"):
        with pq.ParquetFile(io.BufferedReader(_RemoteFile(file, status), PAGE)) as parquet:
            table = _normalize(parquet.read(columns=_wanted(parquet.schema_arrow.names)), file)
    else:
        table = _read_csv(download(file), file)
    cached.parent.mkdir(parents=True, exist_ok=True)
    for old in cached.parent.glob(f"{_digest(file)}-*.parquet"):
        old.unlink(missing_ok=True)
    partial = cached.with_suffix(f".{os.getpid()}")
    pq.write_table(table, partial)
    partial.replace(cached)
    return table


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _wanted(names: Sequence[str]) -> list[str]:
    """The columns to read: the outlines only where there are no bounds."""
    wanted = {"year", *PATHS, *(EDGES if set(EDGES) <= set(names) else OUTLINES)}
    return [name for name in names if name in wanted]


def _read_csv(data: bytes, file: str) -> "pa.Table":
    from pyarrow import csv

    names = data[: data.find(b"\n")].decode().strip().replace('"', "").split(",")
    options = csv.ConvertOptions(include_columns=_wanted(names))
    parsing = csv.ParseOptions(newlines_in_values=True)
    return _normalize(csv.read_csv(io.BytesIO(data), parse_options=parsing, convert_options=options), file)


def _read_geopackage(file: str) -> "pa.Table":
    import pyarrow as pa
    import pyogrio

    frame = pyogrio.read_dataframe(file)
    columns = {name: frame[name].to_numpy() for name in frame.columns if name != frame.geometry.name}
    return pa.table({**columns, "geometry": frame.geometry.to_wkb().to_numpy()})


def _normalize(table: "pa.Table", file: str) -> "pa.Table":
    """The columns `year`, `path` and the four `wgs84_*`, whatever they were called."""
    import pyarrow as pa

    names = set(table.column_names)
    path = next((name for name in PATHS if name in names), None)
    edges = _edges(table, names)
    missing = [
        told
        for told, found in [("year", "year" in names), ("path", path), (f"{EDGES[0]}… or geometry", edges is not None)]
        if not found
    ]
    if missing or edges is None or path is None:
        raise InvalidInput(
            f"{file} lacks {', '.join(missing)}; it has {', '.join(sorted(names)) or 'none of the known columns'}. "
            "Expected AlphaEarth's index: year, path, and bounds in degrees."
        )
    columns = {
        "year": table["year"].cast(pa.int32()),
        "path": table[path].cast(pa.string()),
        **dict(zip(EDGES, edges, strict=True)),
    }
    return pa.table(columns)


def _edges(table: "pa.Table", names: set[str]) -> Iterable[NDArray[np.float64]] | None:
    """West, south, east and north of every row, from columns or else from outlines."""
    if set(EDGES) <= names:
        return [table[edge].to_numpy().astype(float) for edge in EDGES]
    import shapely

    outline = next((name for name in OUTLINES if name in names), None)
    if outline is None:
        return None
    values: list[Any] = table[outline].to_pylist()
    shapes = shapely.from_wkt(values) if isinstance(values[0], str) else shapely.from_wkb(values)
    return list(shapely.bounds(shapes).T)


class _RemoteFile(io.RawIOBase):
    """A remote file as pyarrow reads it: seekable, each read one range request."""

    def __init__(self, file: str, status: Stat) -> None:
        self._file = file
        self._size = status.size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        stop = min(self._position + len(buffer), self._size)
        if stop <= self._position:
            return 0
        data = download(self._file, self._position, stop)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
