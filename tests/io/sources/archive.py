"""A localhost archive: AlphaEarth look-alikes in the archive's own layout, behind a server that counts.

The server answers range requests as a bucket does (ETag, 206, 404), counts requests and body bytes,
and can be told to die: after so many bytes it drops every connection until it is revived.
"""

import hashlib
import json
import math
import os
import re
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

SIZE = 8192
BANDS = tuple(f"A{band:02d}" for band in range(64))
ANNUAL = "tge-labs/aef/v1/annual"
BUCKET = "us-west-2.opendata.source.coop"


class Server:
    """Serves a folder on localhost, from a process of its own, until `stop`; `url` is its address.

    A process of its own, because GDAL holds Python's lock in some calls that send requests.
    """

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.port = int(self._process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def _control(self, word: str) -> bytes:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("CONTROL", word)
        answer = connection.getresponse().read()
        connection.close()
        return answer

    @property
    def log(self) -> list[dict]:
        """Every answered request: method, path, range, agent, sent (body bytes)."""
        return json.loads(self._control("log"))

    @property
    def requests(self) -> int:
        return len(self.log)

    @property
    def bytes(self) -> int:
        return sum(entry["sent"] for entry in self.log)

    def gets(self, ending: str = "") -> list[dict]:
        return [entry for entry in self.log if entry["method"] == "GET" and entry["path"].endswith(ending)]

    def forget(self) -> None:
        self._control("forget")

    def die(self, after: int = 0) -> None:
        """Drop every connection once `after` more body bytes were sent."""
        self._control(f"die={after}")

    def answer_only(self, status: int) -> None:
        """Answer every request with an HTTP status."""
        self._control(f"status={status}")

    def revive(self) -> None:
        self._control("revive")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder: Path
    entries: ClassVar[list[dict]] = []
    bytes_left: ClassVar[float] = math.inf
    status: ClassVar[int] = 0
    lock: ClassVar = threading.Lock()

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def do_CONTROL(self):
        word, _, value = self.path.partition("=")
        answer = b""
        if word == "log":
            answer = json.dumps(_Handler.entries).encode()
        elif word == "forget":
            _Handler.entries.clear()
        elif word == "die":
            _Handler.bytes_left = int(value)
        elif word == "status":
            _Handler.status = int(value)
        else:
            _Handler.bytes_left, _Handler.status = math.inf, 0
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def answer(self, *, body):
        if _Handler.bytes_left <= 0:
            self.drop()
            return
        path = self.folder / self.path.split("?")[0].lstrip("/")
        code = _Handler.status or (200 if path.is_file() else 404)
        if "Python-urllib" in self.headers.get("User-Agent", ""):
            code = 403  # as Source Cooperative does
        if code == 200:
            self.send_file(path, body=body)
            return
        self.note(0)
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def send_file(self, path, *, body):
        info = path.stat()
        start, stop = 0, info.st_size
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked:
            start = int(asked[1])
            stop = min(int(asked[2]) + 1, stop) if asked[2] else stop
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(stop - start))
        self.send_header("Accept-Ranges", "bytes")
        tag = hashlib.md5(f"{path}{info.st_size}{info.st_mtime_ns}".encode()).hexdigest()
        self.send_header("ETag", f'"{tag}"')
        self.send_header("Last-Modified", self.date_time_string(int(info.st_mtime)))
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{info.st_size}")
        self.end_headers()
        if not body:
            self.note(0)
            return
        with path.open("rb") as stream:
            stream.seek(start)
            data = stream.read(stop - start)
        with _Handler.lock:
            data = data[: int(max(min(_Handler.bytes_left, len(data)), 0))]
            _Handler.bytes_left -= len(data)
        self.note(len(data))
        self.wfile.write(data)
        if len(data) < stop - start:
            self.drop()

    def note(self, sent):
        headers = self.headers
        _Handler.entries.append(
            {
                "method": self.command,
                "path": self.path,
                "range": headers.get("Range"),
                "agent": headers.get("User-Agent", ""),
                "sent": sent,
            }
        )

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def unit_codes(rng, rows: int, columns: int):
    """AlphaEarth codes `(64, rows, columns)` of random unit vectors."""
    import numpy as np

    vectors = rng.normal(size=(64, rows, columns))
    vectors /= np.sqrt((vectors**2).sum(axis=0))
    return np.clip(np.round(np.sign(vectors) * np.sqrt(np.abs(vectors)) * 127.5), -127, 127).astype(np.int8)


def write_tiff(path, codes, *, crs, left, top, block=1024, south_up=True, nodata=-128, resolution=10, **options):
    """A whole AlphaEarth look-alike of `codes (bands, rows, columns)` (north-up): ZSTD, by band, south-up on disk."""
    import rasterio
    from rasterio.transform import Affine

    bands, rows, columns = codes.shape
    transform = Affine(resolution, 0, left, 0, -resolution, top)
    if south_up:
        transform = Affine(resolution, 0, left, 0, resolution, top - rows * resolution)
        codes = codes[:, ::-1]
    profile = {
        "driver": "GTiff",
        "height": rows,
        "width": columns,
        "count": bands,
        "dtype": codes.dtype,
        "crs": crs,
        "transform": transform,
        "nodata": nodata,
        "tiled": True,
        "blockxsize": block,
        "blockysize": block,
        "interleave": "band",
        "compress": "zstd",
        **options,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(codes)
        dataset.descriptions = [f"A{band:02d}" for band in range(bands)]
    return path


def write_sparse_tile(path: Path, *, crs: str, left: float, top: float, patches) -> Path:
    """A sparse 8192² COG look-alike with overviews, whose upper-left corner is (left, top).

    `patches`: (row, column, codes (64, h, w)), counted north-up; all else is left out of the file.
    """
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.transform import Affine
    from rasterio.windows import Window

    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {
        "driver": "GTiff",
        "width": SIZE,
        "height": SIZE,
        "count": 64,
        "dtype": "int8",
        "nodata": -128,
        "crs": crs,
        "transform": Affine(10, 0, left, 0, 10, top - 10 * SIZE),
        "tiled": True,
        "blockxsize": 1024,
        "blockysize": 1024,
        "interleave": "band",
        "compress": "zstd",
        "zstd_level": 1,
        "SPARSE_OK": True,
        "BIGTIFF": "YES",
    }
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.descriptions = BANDS
    with (
        rasterio.Env(SPARSE_OK_OVERVIEW="ON", COMPRESS_OVERVIEW="ZSTD", GDAL_NUM_THREADS="2"),
        rasterio.open(path, "r+") as dataset,
    ):
        # Real files have every power of two; these three are made in 0.4 s instead of 3 s.
        dataset.build_overviews([64, 512, 8192], Resampling.nearest)
    with rasterio.open(path, "r+") as dataset:  # data last, so that the header stays in front
        for row, column, codes in patches:
            _, height, width = codes.shape
            dataset.write(codes[:, ::-1], window=Window(column, SIZE - row - height, width, height))
    return path


def link(source: Path, target: Path) -> Path:
    """The same file under another name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(source, target)
    return target


if __name__ == "__main__":
    _Handler.folder = Path(sys.argv[1])
    _server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    _server.daemon_threads = True
    sys.stdout.write(f"{_server.server_address[1]}\n")
    sys.stdout.flush()
    _server.serve_forever()
