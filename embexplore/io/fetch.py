"""From the public archives to a cube: look up the files, say what it will cost, write what the place needs."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from embexplore.cube.grid import BBox
from embexplore.cube.years import describe_years
from embexplore.errors import InvalidInput, OutOfBounds
from embexplore.io.index import Entry, address_under, find_index, read_index, read_manifest
from embexplore.io.ingest import write_source
from embexplore.io.progress import Progress, Say
from embexplore.io.sources.alphaearth import open_alphaearth
from embexplore.io.sources.base import Source
from embexplore.io.sources.earthengine import open_collection
from embexplore.io.sources.mosaic import Mosaic
from embexplore.io.sources.raster import Raster, open_raster
from embexplore.io.sources.tessera import Artefacts, TesseraTile, open_tessera, open_tile

ALPHAEARTH = "https://data.source.coop/tge-labs/aef/v1/annual"
"""Source Cooperative's copy; `s3://us-west-2.opendata.source.coop/tge-labs/aef/v1/annual` has the same keys."""

TESSERA = "https://data.source.coop/tessera/tessera"


def fetch(
    source_name: str,
    out: str | Path,
    *,
    bbox: BBox,
    years: int | Sequence[int],
    root: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    say: Say | None = None,
) -> Path:
    """A cube of a place from a public archive, downloading only the blocks that it needs.

    Parameters
    ----------
    source_name : str
        `alphaearth`, `tessera` (or `tessera:DATASET`), `earthengine`.
    out : path
        The cube. Where it exists, the years are added.
    bbox : (west, south, east, north)
        In degrees; may cross a zone's edge, then the zone with most of it gives the grid.
    years : int or sequence of int
        Years before the archive's first are replaced by its first, which is said.
    root : str, optional
        Another place with the archive's layout: a mirror, a bucket, a folder.
    overwrite : bool
        Replace years that the cube has already.
    progress : callable, optional
        Called with (done, total, what).
    say : callable, optional
        Told in sentences, before anything is downloaded: years, pixels, files and MB; and what is resampled.

    Returns
    -------
    Path
        Of the cube. Interrupted, by a dead server for one, the same call resumes.

    Raises
    ------
    OutOfBounds
        The archive has nothing there.
    InvalidInput
        None of the years is in the archive.
    SourceUnavailable
        The archive does not answer.
    """
    archive, _, dataset = source_name.partition(":")
    if archive not in _ARCHIVES:
        raise InvalidInput(f"source {source_name!r} cannot be fetched: choose one of {', '.join(_ARCHIVES)}.")
    wanted = (years,) if isinstance(years, int) else tuple(sorted(set(years)))
    if not wanted:
        raise InvalidInput("years=(): name at least one year.")
    told = say or (lambda _: None)
    source = _ARCHIVES[archive](dataset, bbox, wanted, root, told)
    return write_source(out, source, overwrite=overwrite, progress=progress, say=say)


def _alphaearth(_: str, bbox: BBox, years: Sequence[int], root: str | None, say: Say) -> Source:
    root = root or ALPHAEARTH
    index = find_index(root)
    entries = read_index(index, bbox)
    if not entries:
        raise OutOfBounds(f"bbox={bbox} crosses nothing in {index}: AlphaEarth has no data there.")
    chosen = choose_years(years, {entry.year for entry in entries}, say)
    rasters = _open_all([entry for entry in entries if entry.year in chosen], root)
    source = open_alphaearth(rasters, bbox=bbox)
    say(describe_download(source))
    for note in source.notes:
        say(f"{note}.")
    return source


def choose_years(wanted: Sequence[int], there: set[int], say: Say) -> tuple[int, ...]:
    """The wanted years that are there; a first year before the archive's first becomes that one, and is said.

    Raises InvalidInput when none is there.
    """
    has = f"the archive has {describe_years(sorted(there))} here"
    chosen = {year for year in wanted if year in there}
    if min(wanted) < min(there):
        chosen.add(min(there))
        say(f"{min(wanted)} is not in the archive: starting with {min(there)}, its first year here.")
    if not chosen:
        raise InvalidInput(f"years {describe_years(sorted(wanted))}: {has}.")
    absent = [year for year in wanted if year not in there and year > min(there)]
    if absent:
        say(f"{describe_years(absent)} left out: {has}.")
    return tuple(sorted(chosen))


def describe_download(source: Mosaic) -> str:
    """Years, pixels, files and megabytes of a source, in a sentence, before its pixels are read."""
    rows, columns = source.grid.shape
    touched = source.touched()
    with ThreadPoolExecutor(8) as pool:
        sizes = pool.map(lambda each: each[1].stored_bytes(*each[2]), touched)
        needed = sum(sizes)
    pixels = rows * columns * len(source.years)
    bands = source.codec.code_size(len(source.bands)) + 4 * source.codec.has_scales
    return (
        f"{source.provenance.variant}, {describe_years(source.years)}: {columns} × {rows} pixels × "
        f"{len(source.years)} year{'s' * (len(source.years) > 1)} ({pixels:,}) from "
        f"{len(touched)} file{'s' * (len(touched) > 1)}: about {needed / 1e6:.1f} MB to download, "
        f"{pixels * bands / 1e6:.1f} MB of codes before compression."
    )


def _open_all(entries: Sequence[Entry], root: str) -> dict[int, list[Raster]]:
    files = [address_under(root, entry.path) for entry in entries]
    with ThreadPoolExecutor(8) as pool:
        rasters = list(pool.map(open_raster, files))
    found: dict[int, list[Raster]] = {}
    for entry, raster in zip(entries, rasters, strict=True):
        found.setdefault(entry.year, []).append(raster)
    return found


def _tessera(dataset: str, bbox: BBox, years: Sequence[int], root: str | None, say: Say) -> Source:
    root = (root or TESSERA).rstrip("/")
    dataset = dataset or "v1"
    entries = read_manifest(f"{root}/npy/{dataset}/manifest.parquet", bbox)
    if not entries:
        raise OutOfBounds(f"bbox={bbox} crosses no tile of Tessera {dataset}: it has no data there.")
    chosen = choose_years(years, {entry.year for entry in entries}, say)
    wanted = [entry for entry in entries if entry.year in chosen]
    artefacts = Artefacts()
    with ThreadPoolExecutor(8) as pool:
        opened = pool.map(lambda entry: open_tile(f"{root}/npy/{dataset}/{entry.path}", artefacts), wanted)
        tiles = list(opened)
    by_year: dict[int, list[TesseraTile]] = {}
    for entry, tile in zip(wanted, tiles, strict=True):
        by_year.setdefault(entry.year, []).append(tile)
    source = open_tessera(by_year, bbox=bbox)
    say(describe_download(source))
    for note in source.notes:
        say(f"{note}.")
    return source


def _earthengine(_: str, bbox: BBox, years: Sequence[int], __: str | None, say: Say) -> Source:
    source = open_collection(bbox, years)
    rows, columns = source.grid.shape
    pixels = rows * columns * len(source.years)
    say(
        f"Earth Engine, {describe_years(source.years)}: {columns} × {rows} pixels, {pixels * 256 / 1e6:.1f} MB as float32."
    )
    return source


_ARCHIVES: dict[str, Callable[[str, BBox, Sequence[int], str | None, Say], Source]] = {
    "alphaearth": _alphaearth,
    "tessera": _tessera,
    "earthengine": _earthengine,
}
