"""How many bytes a cube takes on disk: written, counted, deleted."""

import tempfile
from pathlib import Path

import xarray as xr

from embexplore.io.save import save_cube


def written_bytes(cube: xr.Dataset, *, compression: str = "default") -> int:
    """Bytes of all files of a cube, told by writing it into a temporary folder.

    Parameters
    ----------
    cube : Dataset
        Lazy or in memory; computed window by window.
    compression : "default", "small", "none" or "archive"
        As `save_cube` takes it.

    Returns
    -------
    int
        Codes, side information, overviews and metadata.

    Raises
    ------
    WriteFailed
        The disk is full.

    Examples
    --------
    >>> import embexplore as ex
    >>> year = ex.null_island().sel(time=[2024])
    >>> ex.written_bytes(year.emb.encode("binary")) < ex.written_bytes(year) / 4
    True
    """
    with tempfile.TemporaryDirectory(prefix="embexplore-") as folder:
        path = save_cube(cube, Path(folder) / "cube.zarr", compression=compression)
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
