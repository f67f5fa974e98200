"""Rows from disk to scores, through `open_cube` and `.emb.search` as users go: checksums, dask and all.

The cube is uncompressed and its files are in the page cache. The limit is reading the same bytes
through `numpy.memmap`; the peer reads with zarr-python and computes with numpy.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from embexplore.bench.contest import Contest, Goal, demand
from embexplore.bench.limits import read
from embexplore.bench.maps import BANDS, EPS, Floats, Int8, map_codes, numpy_scores, some_queries
from embexplore.bench.registry import row
from embexplore.core.codecs import make_codec
from embexplore.core.cosine import cosine
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance

YEAR = 2024


def _write(folder: Path, codes: Int8) -> Path:
    from embexplore.io.plan import Plan
    from embexplore.io.write import write

    plan = Plan(
        grid=Grid("EPSG:32631", (10.0, 0.0, 500_000.0, 0.0, -10.0, 100_000.0), codes.shape[1:]),
        years=(YEAR,),
        bands=tuple(f"A{band:02d}" for band in range(BANDS)),
        codecs=(make_codec("alphaearth"),),
        provenance=Provenance("benchmark", "random codes"),
        shard=None,
        compression="none",
        overviews=False,
    )
    return write(folder / "cube.zarr", plan, lambda _, rows, columns: {"embeddings": codes[:, rows, columns]})


def _disk(scale: float, window: Callable[[int], slice], goal: float) -> Contest:
    import embexplore as ex

    codes, query = map_codes(scale), some_queries(1)[0]
    folder = TemporaryDirectory(prefix="embexplore-bench-")  # removed when the contest is forgotten
    path = _write(Path(folder.name), codes)
    part = window(codes.shape[1])
    wanted = np.ascontiguousarray(codes[:, part, part])
    plain = Path(folder.name) / "codes.bin"
    wanted.tofile(plain)
    cube = ex.open_cube(path).isel(y=part, x=part)

    def ours() -> Floats:
        return np.asarray(cube.emb.search(query, year=YEAR).values)

    def check() -> None:
        exact = cosine(query, make_codec("alphaearth").decode(np.moveaxis(wanted[:, :64], 0, -1)))
        off = np.abs(ours()[:64].astype(np.float64) - exact)
        demand(bool(np.nanmax(off) <= (2 * BANDS + 8) * EPS), "disk → scores")

    def limit() -> None:
        read(np.memmap(plain, np.int8, "r"), None)

    def zarr_and_numpy() -> NDArray[np.float32]:
        import zarr

        stored = zarr.open_array(f"{folder.name}/cube.zarr/embeddings", mode="r")
        return numpy_scores(np.asarray(stored[0, :, part, part]), query[None])

    return Contest(ours, check, limit, {"zarr-python + numpy": zarr_and_numpy}, (Goal("seconds", goal),))


@row("disk → scores, 2048², uncompressed")
def disk_to_scores(scale: float) -> Contest:
    """A whole year of a cube, from its files to a map of cosines."""
    return _disk(scale, lambda _: slice(None), 0.130)


@row("disk → scores, 1024² window")
def window_to_scores(scale: float) -> Contest:
    """A quarter of it."""
    return _disk(scale, lambda n: slice(n // 4, 3 * n // 4), 0.065)
