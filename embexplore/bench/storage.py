"""Measure the compression settings on real codes: ratio, and milliseconds to decode and encode 256 MiB.

`python -m embexplore.bench.storage FILE.tif` prints the table of docs/storage.md for the codes in a
file (one chunk of at most 256 × 256 pixels of it), on one thread, best of several rounds in one run.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embexplore.cube import schema
from embexplore.io.chunk_codec import Blosc, ChunkCodec, Crc32c, Step, Zstd

MEBIBYTES = 256
ROUNDS = 7


@dataclass(frozen=True)
class Row:
    """One setting: its name, bytes before over bytes after, and milliseconds for 256 MiB of codes."""

    name: str
    ratio: float
    decode: float
    encode: float
    readers: str = "any"


def candidates() -> Iterator[tuple[str, tuple[Step, ...], bool]]:
    """Name, steps before the checksum, and whether differences along x come first."""
    yield "none", (), False
    for level in (1, 3, 9, 19):
        yield f"zstd {level}", (Zstd(level),), False
    for name, level in (("lz4", 5), ("zstd", 1), ("zstd", 3), ("zstd", 5), ("zstd", 9)):
        for shuffle in ("noshuffle", "bitshuffle"):
            yield f"blosc {name} {level}, {shuffle}", (Blosc(name, level, shuffle),), False
    for level in (1, 3, 19):
        yield f"x-difference + zstd {level}", (Zstd(level),), True


def measure(codes: NDArray[np.int8], rounds: int = ROUNDS) -> list[Row]:
    """A row per setting for one chunk of codes `(band, y, x)`; every setting is checked to be lossless first."""
    codecs = {name: ChunkCodec(codes.dtype, (*steps, Crc32c()), delta) for name, steps, delta in candidates()}
    stored = {name: codec.encode(codes) for name, codec in codecs.items()}
    for name, codec in codecs.items():
        if not np.array_equal(codec.decode(stored[name], codes.shape), codes):
            raise ArithmeticError(f"{name} does not give back what it was given")
    decode = dict.fromkeys(codecs, np.inf)
    encode = dict.fromkeys(codecs, np.inf)
    for number in range(rounds):  # settings in turn, so that a busy moment of the machine hits all alike
        for name, codec in codecs.items():
            decode[name] = min(decode[name], _seconds(codec.decode, stored[name], codes.shape))
            if number < 3:
                encode[name] = min(encode[name], _seconds(codec.encode, codes))
    scale = 1e3 * MEBIBYTES * 2**20 / codes.nbytes
    return [
        Row(
            name,
            codes.nbytes / len(stored[name]),
            decode[name] * scale,
            encode[name] * scale,
            "zarr-python, embexplore" if codec.is_delta else "any",
        )
        for name, codec in codecs.items()
    ]


def _seconds(function: Callable[..., Any], *args: Any) -> float:
    start = time.perf_counter()
    function(*args)
    return time.perf_counter() - start


def markdown(rows: list[Row]) -> str:
    """The table of docs/storage.md."""
    head = "| setting | ratio | decode 256 MiB, ms | encode 256 MiB, ms | readers |\n|---|---|---|---|---|"
    body = [f"| {row.name} | {row.ratio:.2f} | {row.decode:.0f} | {row.encode:.0f} | {row.readers} |" for row in rows]
    return "\n".join([head, *body])


def read_codes(path: str | Path) -> NDArray[np.int8]:
    """The first chunk of codes in an int8 GeoTIFF, `(band, y, x)`."""
    import rasterio
    from rasterio.windows import Window

    with rasterio.open(path) as file:
        size = (min(schema.CHUNK, file.width), min(schema.CHUNK, file.height))
        codes: NDArray[np.int8] = file.read(window=Window(0, 0, *size))
    return codes


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit("Usage: python -m embexplore.bench.storage FILE.tif")
    sys.stdout.write(markdown(measure(read_codes(sys.argv[1]))) + "\n")
