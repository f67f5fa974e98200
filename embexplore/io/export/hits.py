"""Write a table of places as GeoParquet, GeoJSON or CSV, chosen by the ending of the name; always in degrees."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from embexplore.errors import InvalidInput
from embexplore.io.export.whole import whole_file

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

METADATA = "embexplore"
"""Key of the provenance in the footer of a Parquet file and in a GeoJSON object."""


def write_hits(
    hits: "GeoDataFrame", path: Path | str, *, provenance: Mapping[str, str], overwrite: bool = False
) -> Path:
    """Write hits, in the format of the ending: `.parquet`, `.geojson` (or `.json`), `.csv`.

    Parameters
    ----------
    hits : GeoDataFrame
        Points; any CRS, written as longitude and latitude (EPSG:4326). Columns go along.
    provenance : mapping of str
        What `stamp` gives: in the Parquet footer and the GeoJSON object under `embexplore`, as columns of a CSV.

    Raises
    ------
    InvalidInput
        For another ending.
    AlreadyExists, WriteFailed
        As `whole_file` does.
    """
    ending = Path(path).suffix.lower()
    if ending not in _WRITERS:
        raise InvalidInput(f"{path}: hits are written as .parquet, .geojson or .csv, not as {ending or 'no ending'}.")
    with whole_file(path, overwrite=overwrite) as temporary:
        _WRITERS[ending](hits.to_crs("EPSG:4326"), temporary, dict(provenance))
    return Path(path)


def _write_parquet(hits: "GeoDataFrame", path: Path, provenance: dict[str, str]) -> None:
    """GeoParquet 1.1: WKB geometry and `geo` metadata, as geopandas writes them; ours beside it in the footer."""
    import pyarrow.parquet as pq

    hits.to_parquet(path, index=False, compression="zstd")
    table = pq.read_table(path)
    footer = {**(table.schema.metadata or {}), METADATA.encode(): json.dumps(provenance).encode()}
    pq.write_table(table.replace_schema_metadata(footer), path, compression="zstd")


def _write_geojson(hits: "GeoDataFrame", path: Path, provenance: dict[str, str]) -> None:
    """RFC 7946: longitude and latitude, no `crs` member."""
    features = list(hits.iterfeatures(na="null", drop_id=True))
    collection = {"type": "FeatureCollection", METADATA: provenance, "features": features}
    path.write_text(json.dumps(collection, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def _write_csv(hits: "GeoDataFrame", path: Path, provenance: dict[str, str]) -> None:
    """Columns `lon, lat` instead of the geometry, then the provenance, repeated in each row."""
    table = hits.drop(columns=hits.geometry.name).assign(lon=hits.geometry.x, lat=hits.geometry.y, **provenance)
    table.to_csv(path, index=False)


_WRITERS = {".parquet": _write_parquet, ".geojson": _write_geojson, ".json": _write_geojson, ".csv": _write_csv}
ENDINGS = tuple(_WRITERS)
"""Endings of names that `write_hits` takes."""
