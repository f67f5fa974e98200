"""Write colors as a PNG picture: transparent where there is no data, provenance in its text chunks."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from embexplore.errors import InvalidInput
from embexplore.io.export.whole import whole_file

LARGEST = 89_000_000
"""Pixels of a picture that Pillow still opens without a warning; more belong into a GeoTIFF."""


def write_png(
    colors: xr.DataArray, path: Path | str, *, provenance: Mapping[str, str], overwrite: bool = False
) -> Path:
    """Write `(y, x, rgb)` colors, uint8 with 0, 0, 0 for no data, as a PNG without georeference.

    Raises
    ------
    InvalidInput
        If the array is not `(y, x, rgb)` uint8, or too large for a picture (write a GeoTIFF instead).
    AlreadyExists, WriteFailed
        As `whole_file` does.
    """
    if colors.dims[-1:] != ("rgb",) or colors.ndim != 3 or colors.dtype != np.uint8:
        raise InvalidInput(f"{colors.dtype} {colors.dims}: expected uint8 colors of dims (y, x, rgb).")
    if colors.shape[0] * colors.shape[1] > LARGEST:
        raise InvalidInput(f"{colors.shape[0]} × {colors.shape[1]} pixels are too many for a picture: write a .tif.")
    with whole_file(path, overwrite=overwrite) as temporary:
        _save(np.asarray(colors.data), temporary, provenance)
    return Path(path)


def _save(rgb: np.ndarray, path: Path, provenance: Mapping[str, str]) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    known = {"description": "Description", "attribution": "Copyright", "software": "Software"}
    for key, value in provenance.items():
        text.add_itxt(known.get(key, key), value)
    alpha = np.where(rgb.any(axis=-1, keepdims=True), 255, 0).astype(np.uint8)
    Image.fromarray(np.concatenate([rgb, alpha], axis=-1)).save(path, pnginfo=text, compress_level=6)
