"""Null Island on disk: make one of any size, and open the small one that everybody has.

`null_island()` opens `data/null-island.zarr` beside the package (a checkout, an editable install). A wheel
has no `data/`: there the same cube is generated once, in about ten seconds, into the user's cache.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from embexplore.cube import schema
from embexplore.cube.build import with_crs
from embexplore.io.demo_files import Truth, read_places, read_truth, write_truth
from embexplore.io.open import open_cube
from embexplore.io.plan import Plan
from embexplore.io.progress import Progress
from embexplore.io.sources.synthetic import SMALLEST, VERSION, YEARS, NullIsland
from embexplore.io.write import write

NAME = "null-island"
CACHE = "EMBEXPLORE_CACHE"
"""Environment variable that names another folder than the user's cache."""


def demo(
    out: str | Path,
    *,
    size: int = SMALLEST,
    seed: int = 0,
    years: Sequence[int] = YEARS,
    overwrite: bool = False,
    compression: str = "default",
    progress: Progress | None = None,
) -> Path:
    """Write a Null Island as a cube, streamed: memory does not grow with its size.

    Parameters
    ----------
    out : str or Path
    size : int
        Rows and columns of 10 m, centered on 0.12°E 0.11°N.
    seed : int
    years : sequence of int
    overwrite : bool
    compression : str
        As in `Plan`.
    progress : callable, optional
        `progress(done, total, what)`.

    Raises
    ------
    AlreadyExists
        `out` exists and `overwrite` was not given.
    InvalidInput
        A size below 1, no years.
    """
    island = NullIsland(size, seed=seed, years=years)
    plan = Plan(
        island.grid,
        island.years,
        island.bands,
        (island.codec,),
        island.provenance,
        island.fingerprint(),
        compression=compression,
    )
    variable = island.codec.variable
    return write(
        out,
        plan,
        lambda year, rows, columns: {variable: island.read(year, rows, columns).codes},
        overwrite=overwrite,
        progress=progress,
    )


def null_island() -> xr.Dataset:
    """The small Null Island, 192 × 192 pixels and eight years, as a lazy cube.

    Examples
    --------
    >>> from embexplore.io.demo import null_island
    >>> cube = null_island()
    >>> dict(cube.sizes)["time"], dict(cube.sizes)["x"]
    (8, 192)
    """
    return open_cube(null_island_path())


def null_island_path() -> Path:
    """Where the small Null Island lies; it is generated first where the package came without it."""
    shipped = _shipped() / f"{NAME}.zarr"
    return shipped if (shipped / "zarr.json").exists() else _cached()


def _shipped() -> Path:
    return Path(__file__).resolve().parents[2] / "data"


def cache_folder() -> Path:
    """The user's cache for embexplore: `EMBEXPLORE_CACHE`, or what the platform calls a cache."""
    if named := os.environ.get(CACHE):
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "embexplore"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "embexplore"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "embexplore"


def _cached() -> Path:
    """The island in the user's cache. Built beside and renamed: of two processes, one wins, both are right."""
    folder = cache_folder()
    ready = folder / f"{NAME}-{VERSION}.zarr"
    if (ready / "zarr.json").exists():
        return ready
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="making-") as making:
        made = demo(Path(making) / f"{NAME}.zarr")
        try:
            made.rename(ready)
        except OSError:
            if not (ready / "zarr.json").exists():
                raise
    return ready


def null_island_truth() -> Truth:
    """The truth of the small Null Island: read where it was shipped, made from the seed elsewhere."""
    shipped = _shipped() / f"{NAME}-truth"
    return read_truth(shipped) if shipped.exists() else truth_of(NullIsland())


def null_island_places() -> list[tuple[str, str, float, float]]:
    """Name, class, longitude and latitude of the places in `null_island_truth().places`, without the rest of it."""
    shipped = _shipped() / f"{NAME}-truth"
    if shipped.exists():
        return read_places(shipped)
    table = truth_of(NullIsland()).places
    return [(row.name, row[2], float(row.lon), float(row.lat)) for row in table.itertuples()]


def truth_of(island: NullIsland) -> Truth:
    """The truth of any island, in memory."""
    from embexplore.io.sources.island.kinds import CLASSES

    axes = {schema.Y: island.grid.y, schema.X: island.grid.x}
    classes = xr.DataArray(
        np.stack([island.classes(year) for year in island.years]),
        {schema.TIME: np.array(island.years, np.int32), **axes},
        (schema.TIME, schema.Y, schema.X),
        name="classes",
        attrs={"classes": list(CLASSES)},
    )
    elevation = xr.DataArray(island.elevation(), axes, (schema.Y, schema.X), name="elevation", attrs={"units": "m"})
    both = with_crs(xr.Dataset({"classes": classes, "elevation": elevation}), island.grid.crs)
    return Truth(both["classes"], both["elevation"], island.places, island.changes.to_crs("EPSG:4326"))


def ship(folder: Path) -> None:
    """Write what the repository's `data/` holds: the small cube and its truth."""
    demo(folder / f"{NAME}.zarr", overwrite=True, compression="small")
    write_truth(truth_of(NullIsland()), folder / f"{NAME}-truth")
