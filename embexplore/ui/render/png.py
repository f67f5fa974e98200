"""Pictures for the map as bytes: PNG with a palette, PNG and WebP with colors.

Written by hand, because Pillow's PNG costs over 100 ms at 512 × 512 and hides the palette. Rows are stored
as differences from the row above (filter 2): magnified pixels repeat, and their differences are zeros.
"""

import base64
import struct
import zlib
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from embexplore.errors import InvalidInput

SIGNATURE = b"\x89PNG\r\n\x1a\n"
UP = 2
PALETTE, RGB, RGBA = 3, 2, 6
"""Color types of the PNG specification, table 11.1."""

FAST = 1
"""zlib level: 1024² of noise take 25 ms; level 6 takes six times as long for 4 % fewer bytes."""


def palette_png(index: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """A picture of palette indices.

    Parameters
    ----------
    index : ndarray of shape (h, w), uint8
    palette : ndarray of shape (n <= 256, 4), uint8
        Red, green, blue, alpha of every index; indices from n on get the last color.
    """
    _expect(index.ndim == 2 and index.dtype == np.uint8, index, "palette indices uint8 (h, w)")
    return b"".join((_head(index, PALETTE), _colors(palette), _pixels(index), _chunk(b"IEND", b"")))


def color_png(colors: NDArray[np.uint8]) -> bytes:
    """A picture of colors `(h, w, 3)` or `(h, w, 4)`, uint8, without loss."""
    _expect(colors.ndim == 3 and colors.shape[-1] in (3, 4) and colors.dtype == np.uint8, colors, "colors (h, w, 3|4)")
    return b"".join((_head(colors, RGB if colors.shape[-1] == 3 else RGBA), _pixels(colors), _chunk(b"IEND", b"")))


def color_webp(colors: NDArray[np.uint8], *, quality: int = 80) -> bytes:
    """A picture of colors in a tenth of the bytes of `color_png`: what differs, no eye sees on a map.

    Alpha is kept exactly.
    """
    from io import BytesIO

    from PIL import Image

    _expect(colors.ndim == 3 and colors.shape[-1] in (3, 4) and colors.dtype == np.uint8, colors, "colors (h, w, 3|4)")
    out = BytesIO()
    Image.fromarray(colors).save(out, "WEBP", quality=quality, method=0)  # 40 ms for 1024²; method 4 takes 150
    return out.getvalue()


def data_url(picture: bytes, kind: Literal["png", "webp"] = "png") -> str:
    """A picture as an address that holds it: no server, no file, no second request."""
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"


def _expect(is_right: bool, given: NDArray[np.uint8], expected: str) -> None:
    if not is_right or not given.size:
        raise InvalidInput(f"{given.dtype} of shape {given.shape}: expected {expected}, not empty.")


def _head(pixels: NDArray[np.uint8], color_type: int) -> bytes:
    height, width = pixels.shape[:2]
    return SIGNATURE + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, color_type, 0, 0, 0))


def _colors(palette: NDArray[np.uint8]) -> bytes:
    """The chunks PLTE and tRNS: always 256 colors, so that no index is without one."""
    is_palette = palette.ndim == 2 and palette.shape[1] == 4 and len(palette) <= 256 and palette.dtype == np.uint8
    _expect(is_palette, palette, "a palette uint8 (n <= 256, 4)")
    full = np.concatenate([palette, np.repeat(palette[-1:], 256 - len(palette), axis=0)])
    return _chunk(b"PLTE", full[:, :3].tobytes()) + _chunk(b"tRNS", full[:, 3].tobytes())


def _pixels(pixels: NDArray[np.uint8]) -> bytes:
    rows = pixels.reshape(len(pixels), -1)
    filtered = np.empty((len(rows), 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])  # modulo 256, as the specification says
    return _chunk(b"IDAT", zlib.compress(filtered.data, FAST))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))))
