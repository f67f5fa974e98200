"""Labeled patches as a folder of rasters, one folder a class: EuroSAT-Embed's layout, read and written.

A written patch is a uint8 GeoTIFF of AlphaEarth's code + 127. That layout has no code for no data: 127 in all bands,
the zero vector, says so here, as it does when such files are ingested.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.core.codecs import make_codec
from embexplore.cube import schema
from embexplore.cube.build import with_crs
from embexplore.cube.grid import Grid
from embexplore.cube.patches import Patches
from embexplore.errors import AlreadyExists, InvalidInput, SourceUnavailable
from embexplore.io.export.cog import write_cog
from embexplore.io.progress import Progress
from embexplore.io.sources.alphaearth import BANDS, DIMENSIONS, require_unit_norms
from embexplore.io.sources.eurosat import ZERO
from embexplore.io.sources.registry import detect

if TYPE_CHECKING:
    from embexplore.io.sources.base import Source

ENDINGS = (".tif", ".tiff")
ANY_YEAR = 2000
"""Sources hold years, patches none."""


def read_patches(folder: str | Path) -> Patches:
    """The labeled patches of a folder: `FOLDER/CLASS/NAME.tif`, at any depth.

    Parameters
    ----------
    folder : str or Path
        Of GeoTIFFs, each in whatever CRS: EuroSAT-Embed's uint8, AlphaEarth's int8, or plain bands. All of one kind
        and number of bands; the first file tells.

    Returns
    -------
    Patches
        By path; the class is the file's own folder. Files are opened when they are asked for. Vectors as the files
        decode, NaN for no data.

    Raises
    ------
    SourceUnavailable
        There is no such folder.
    InvalidInput
        No GeoTIFFs, or one that lies in no class's folder; when read: another kind or number of bands.
    """
    root = Path(folder)
    if not root.is_dir():
        raise SourceUnavailable(f"{root}: no such folder. Give one that holds CLASS/NAME.tif.")
    files = sorted(file for file in root.rglob("*") if file.suffix.lower() in ENDINGS and file.is_file())
    loose = [file for file in files if file.parent == root]
    if not files or loose:
        given = f"{loose[0].name} lies in no class's folder" if loose else "there are no GeoTIFFs"
        raise InvalidInput(f"{root}: {given}. Expected {root.name}/CLASS/NAME.tif.")
    reader = _Reader(tuple(files))
    return Patches(
        tuple(file.parent.name for file in files),
        tuple(file.stem for file in files),
        reader.vectors,
        reader.grid,
        reader.first.provenance,
    )


class _Reader:
    """Opens the files of a folder one at a time, and holds them to be like the first."""

    def __init__(self, files: tuple[Path, ...]) -> None:
        self._files = files
        self.first = detect(files[0], year=ANY_YEAR)
        self._source = lru_cache(maxsize=2)(self._opened)

    def grid(self, number: int) -> Grid:
        """Where a patch lies."""
        return self._source(number).grid

    def vectors(self, number: int) -> NDArray[np.float32]:
        """Decoded, `(rows, columns, d)`."""
        source = self._source(number)
        rows, columns = source.grid.shape
        block = source.read(ANY_YEAR, slice(0, rows), slice(0, columns))
        return source.codec.decode(np.moveaxis(block.codes, 0, -1), block.scales)

    def _opened(self, number: int) -> "Source":
        source = detect(self._files[number], self.first.name, year=ANY_YEAR)
        if len(source.bands) != len(self.first.bands):
            raise InvalidInput(
                f"{self._files[number]} has {len(source.bands)} bands, {self._files[0]} has {len(self.first.bands)}: "
                "patches of one folder have the same."
            )
        return source


def write_patches(
    patches: Patches, folder: str | Path, *, overwrite: bool = False, progress: Progress | None = None
) -> Path:
    """Write patches as uint8 Cloud-Optimized GeoTIFFs, `FOLDER/CLASS/NAME.tif`, in EuroSAT-Embed's code.

    Parameters
    ----------
    patches : Patches
        Of 64 bands and unit length. Of patches that were read from files of AlphaEarth nothing is lost; a cube's are
        scaled to unit length, which moves a code by one at most.
    folder : str or Path
    overwrite : bool
        Replace files that are there; each appears whole or not at all.
    progress : callable (done, total, what), optional

    Raises
    ------
    InvalidInput
        Another number of bands or another length; a class or name that is no name of a file; two of one name.
    AlreadyExists, WriteFailed
        As every export; nothing is written where a file is there already.
    """
    root = Path(folder)
    paths = [
        root / _plain(label) / f"{_plain(name)}.tif" for label, name in zip(patches.labels, patches.names, strict=True)
    ]
    if len(set(paths)) < len(paths):
        raise InvalidInput("Two of these patches have the same class and name: give them a column `name`.")
    taken = next((path for path in paths if path.exists() and not overwrite), None)
    if taken is not None:
        raise AlreadyExists(f"{taken} already exists: choose another folder, or pass overwrite=True.")
    for number, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        codes = _codes(patches[number], path)
        said = patches.provenance.to_dict() | {"description": f"{patches.labels[number]}: AlphaEarth's code + {ZERO}"}
        write_cog(_on_map(codes, patches.place(number)), path, provenance=said, overwrite=overwrite)
        if progress:
            progress(number + 1, len(paths), "patches written")
    return root


def _plain(name: str) -> str:
    """The text as the name of a file or folder; refused where it would lead elsewhere."""
    if not name.strip() or name != Path(name).name or name in (".", "..") or "\\" in name:
        raise InvalidInput(f"{name!r} cannot be the name of a file: rename this class or patch.")
    return name


def _codes(vectors: NDArray[np.float32], path: Path) -> NDArray[np.uint8]:
    """AlphaEarth's codes + 127, `(rows, columns, 64)`; 127 in all bands where there is no data."""
    if vectors.shape[-1] != DIMENSIONS:
        raise InvalidInput(f"{path.name} has {vectors.shape[-1]} bands: this layout holds AlphaEarth's {DIMENSIONS}.")
    codes = np.asarray(make_codec("alphaearth").encode(vectors), np.int8)
    require_unit_norms(np.moveaxis(codes, -1, 0), str(path))
    return np.where(codes == schema.NODATA, ZERO, codes.astype(np.int16) + ZERO).astype(np.uint8)


def _on_map(codes: NDArray[np.uint8], grid: Grid) -> xr.DataArray:
    coordinates = {schema.BAND: list(BANDS), schema.Y: grid.y, schema.X: grid.x}
    array = xr.DataArray(np.moveaxis(codes, -1, 0), coordinates, (schema.BAND, schema.Y, schema.X), name="embeddings")
    return with_crs(array.to_dataset(), grid.crs)["embeddings"]
