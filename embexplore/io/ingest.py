"""Files in, cube out: find out what the files are, then write them window by window."""

import shutil
import threading
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.cube.grid import BBox
from embexplore.cube.schema import Provenance
from embexplore.errors import InvalidInput, NoData
from embexplore.io.job import JOURNAL
from embexplore.io.plan import Plan
from embexplore.io.progress import Progress, Say
from embexplore.io.sources.base import Block, Source
from embexplore.io.sources.mosaic import Mosaic, has_data
from embexplore.io.sources.registry import Files, detect
from embexplore.io.stored_cube import PARTIAL
from embexplore.io.write import write


def ingest(
    out: str | Path,
    files: Files,
    *,
    year: int | None = None,
    source: str | None = None,
    bbox: BBox | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    say: Say | None = None,
) -> Path:
    """A cube on disk from local or remote files, or from an xarray object.

    Parameters
    ----------
    out : path
        The cube. Where it exists already, with the same grid and variant, the years that it lacks are added.
    files : path, address (http, s3, gs), several of them, Dataset or DataArray
    year : int, optional
        The year that the files hold; needed where neither they nor a folder of their path say it.
    source : str, optional
        Overrides detection: `alphaearth`, `geotiff`, `eurosat`, `tessera`, `tessera-zarr`, `dataset`, `earthengine`.
    bbox : (west, south, east, north), optional
        In degrees. Needed where files lie in several UTM zones: the zone with most of it gives the grid.
    overwrite : bool
        Replace years that the cube has already.
    progress : callable, optional
        Called with (done, total, what).
    say : callable, optional
        Told in sentences what is resampled, and which values were no good; without it they are warnings.

    Returns
    -------
    Path
        Of the cube. Interrupted, nothing that opens as a cube is left, and the same call resumes.
    """
    told = say or _warn
    found = detect(files, source, year=year, bbox=bbox)
    for note in getattr(found, "notes", ()):
        told(f"{note}.")
    return write_source(out, found, overwrite=overwrite, progress=progress, say=told)


def write_source(
    out: str | Path,
    source: Source,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
    say: Say | None = None,
) -> Path:
    """Write all of a source as a new cube, or as further years of an existing one."""
    is_resumed = Path(f"{out}{JOURNAL}").exists()
    if isinstance(source, Mosaic) and not is_resumed:
        source.check()
    plan = Plan(
        grid=source.grid,
        years=source.years,
        bands=source.bands,
        codecs=(source.codec,),
        provenance=_with_notes(source),
        fingerprint=source.fingerprint(),
    )
    is_new = not Path(out).exists()
    try:
        path = write(out, plan, _Reader(source), overwrite=overwrite, append=not is_new, progress=progress)
    except (InvalidInput, NoData):
        if is_new and not is_resumed:  # trying again cannot help: the next try is of another source
            _forget(Path(out))
        raise
    artefacts = getattr(source, "artefacts", None)
    if artefacts is not None and (told := artefacts.describe()):
        (say or _warn)(told)
    return path


class _Reader:
    """A source's blocks as the writer wants them, by cube variable; refuses a source without any data."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._pixels_left = len(source.years) * source.grid.shape[0] * source.grid.shape[1]
        self._found = False
        self._lock = threading.Lock()

    def __call__(self, year: int, rows: slice, columns: slice) -> Mapping[str, NDArray[np.generic]]:
        block = self.source.read(year, rows, columns)
        self._note(block)
        arrays: dict[str, NDArray[np.generic]] = {self.source.codec.variable: block.codes}
        if block.scales is not None:
            arrays[schema.SCALES] = block.scales
        return arrays

    def _note(self, block: Block) -> None:
        """Raise in the last window if no window had data: before the cube is committed."""
        found = bool(has_data(block, self.source.codec).any())
        with self._lock:
            self._found |= found
            self._pixels_left -= block.codes.shape[1] * block.codes.shape[2]
            if self._pixels_left <= 0 and not self._found:
                raise NoData(f"every pixel of {self.source.name} is no data here: there is nothing to write.")


def _forget(out: Path) -> None:
    """Remove what an unfinished write of a new cube left."""
    shutil.rmtree(f"{out}{PARTIAL}", ignore_errors=True)
    Path(f"{out}{JOURNAL}").unlink(missing_ok=True)


def _with_notes(source: Source) -> Provenance:
    notes = getattr(source, "notes", ())
    told = "; ".join((source.provenance.source, *notes))
    return replace(source.provenance, source=told)


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=4)
