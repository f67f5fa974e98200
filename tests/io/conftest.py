"""Small cubes of every kind to write, with the arrays that must come back; a file server that answers ranges."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from embexplore.core.codecs import make_codec
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance
from embexplore.io.plan import Plan

BANDS = 16
SHAPE = (72, 56)
CHUNK = 16
KINDS = ("alphaearth", "float32", "tessera", "bits", "both", "per chunk")


@dataclass(frozen=True)
class Sample:
    """A plan, and per year the arrays by variable that its `read` gives windows of."""

    plan: Plan
    arrays: dict[int, dict[str, np.ndarray]]
    parameters: dict[int, dict[str, np.ndarray]]

    def read(self, year: int, rows: slice, columns: slice) -> dict[str, np.ndarray]:
        chunk = self.plan.chunk
        blocks = (
            slice(rows.start // chunk, -(-rows.stop // chunk)),
            slice(columns.start // chunk, -(-columns.stop // chunk)),
        )
        pixels = {name: np.ascontiguousarray(values[..., rows, columns]) for name, values in self.arrays[year].items()}
        return pixels | {name: values[blocks] for name, values in self.parameters[year].items()}

    def of(self, *years: int) -> "Sample":
        """The same with other years to write."""
        return replace(self, plan=replace(self.plan, years=years))


def _vectors(year: int, shape: tuple[int, int], d: int) -> np.ndarray:
    """Unit vectors that change smoothly, a chunk and some pixels of it without data."""
    rng = np.random.default_rng(year)
    coarse = rng.normal(size=(4, 4, d))
    rows, columns = (np.linspace(0, 2.999, n) for n in shape)
    i, j = rows.astype(int), columns.astype(int)
    u, v = (rows - i)[:, None, None], (columns - j)[None, :, None]
    top = coarse[i][:, j] * (1 - v) + coarse[i][:, j + 1] * v
    bottom = coarse[i + 1][:, j] * (1 - v) + coarse[i + 1][:, j + 1] * v
    vectors = top * (1 - u) + bottom * u + rng.normal(scale=0.05, size=(*shape, d))
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    vectors[:CHUNK, :CHUNK] = np.nan
    vectors[30:33, 20:40] = np.nan
    return vectors.astype(np.float32)


def make_sample(
    kind: str, *, years: tuple[int, ...] = (2021, 2020), shape: tuple[int, int] = SHAPE, **options
) -> Sample:
    chunk = options.get("chunk", CHUNK)
    vectors = {year: _vectors(year, shape, BANDS) for year in (2018, 2019, 2020, 2021)}
    some = np.concatenate([v[~np.isnan(v[..., 0])] for v in vectors.values()])[::7]
    names = {"per chunk": ("int8",), "bits": ("binary",), "both": ("alphaearth", "binary")}.get(kind, (kind,))
    codecs = tuple(make_codec(name).fit(some, random_state=0) for name in names)
    arrays, parameters = {}, {}
    for year, x in vectors.items():
        arrays[year], parameters[year] = _encoded(kind, codecs, x, chunk)
    plan = Plan(
        grid=Grid("EPSG:32631", (10.0, 0.0, 200000.0, 0.0, -10.0, 20000.0), shape),
        years=years,
        bands=tuple(f"A{i:02d}" for i in range(BANDS)),
        codecs=codecs,
        provenance=Provenance(source="a test", model="Test", version="1"),
        fingerprint="1",
        per_chunk=("embeddings",) if kind == "per chunk" else (),
        **{"chunk": CHUNK, **options},
    )
    return Sample(plan, arrays, parameters)


def _encoded(kind: str, codecs, x: np.ndarray, chunk: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    has_data = ~np.isnan(x[..., 0])
    arrays = {codec.variable: np.moveaxis(codec.encode(x), -1, 0) for codec in codecs}
    if kind == "tessera":
        scales = codecs[0].scales(x)
        scales[5, 20] = np.nan  # water
        arrays["scales"] = scales
    if kind in ("bits", "both"):
        arrays["valid"] = has_data.astype(np.uint8)
    if kind != "per chunk":
        return arrays, {}
    rows, columns = (-(-n // chunk) for n in x.shape[:2])
    parameters = {f"embeddings_{name}": np.zeros((rows, columns, BANDS), np.float32) for name in codecs[0].parameters}
    for i, j in np.ndindex(rows, columns):
        block = x[i * chunk : (i + 1) * chunk, j * chunk : (j + 1) * chunk]
        good = block[~np.isnan(block[..., 0])]
        codec = codecs[0].fit(good) if len(good) else codecs[0]
        arrays["embeddings"][:, i * chunk : (i + 1) * chunk, j * chunk : (j + 1) * chunk] = np.moveaxis(
            codec.encode(block), -1, 0
        )
        for name, values in codec.parameters.items():
            parameters[f"embeddings_{name}"][i, j] = values
    return arrays, parameters


@pytest.fixture
def sample() -> Callable[..., Sample]:
    """`sample(kind, years=…, shape=…, shard=…, compression=…)`."""
    return make_sample


class _RangeHandler(http.server.SimpleHTTPRequestHandler):
    """Files with byte ranges, as object stores answer them."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = path.read_bytes()
        status, body, extra = 200, data, {}
        if asked := self.headers.get("Range"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start = max(len(data) - int(last), 0) if not first else int(first)
            stop = len(data) if not first or not last else min(int(last) + 1, len(data))
            status, body = 206, data[start:stop]
            extra["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
        self.send_response(status)
        for name, value in {"Content-Length": len(body), "Accept-Ranges": "bytes", **extra}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.server.seen.append((self.command, self.path))
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """`serve(folder)` gives the address of a server of that folder, gone after the test."""
    servers = []

    def start(folder: Path) -> str:
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(_RangeHandler, directory=str(folder))
        )
        server.seen = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
