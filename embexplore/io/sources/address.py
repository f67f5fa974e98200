"""Where a file lies: on disk, behind HTTP range requests, in S3 or Google storage; and what GDAL needs to read it.

GDAL is configured only inside `gdal_environment` blocks, never for the whole process.
"""

import os
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from embexplore.errors import InvalidInput, SourceUnavailable

R = TypeVar("R")

USER_AGENT = "embexplore (+https://pypi.org/project/embexplore)"
"""Sent with every request: Source Cooperative refuses urllib's default."""

RETRIES = 4
FIRST_WAIT = 0.25
"""Seconds before the first retry, doubled each time: 0.25 + 0.5 + 1 + 2 = 3.75 s until a server counts as dead."""

GDAL_CACHE_BYTES = 32 << 20
"""GDAL's own cache while we read: blocks are read once, and its default of 5 % of memory would keep them all.

Measured on 3072² × 64 int8: 494 MB resident instead of 1,060.
"""

TIMEOUT = 60.0
S3_REGION = "us-west-2"

_YEAR = re.compile(r"(19|20)\d\d")
_SCHEMES = ("http", "https", "s3", "gs")

# Each entry saves a request or makes one survive: measured in tests/io/test_alphaearth.py.
_GDAL_REMOTE: Mapping[str, str] = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # no directory listing, no look for .aux.xml and .ovr beside the file
    "GDAL_INGESTED_BYTES_AT_OPEN": "131072",  # the header of an AlphaEarth COG in one request instead of several
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "GDAL_HTTP_MAX_RETRY": "2",
    "GDAL_HTTP_RETRY_DELAY": "0.25",
    "GDAL_HTTP_CONNECTTIMEOUT": "10",
    "GDAL_HTTP_TIMEOUT": "120",
    "GDAL_HTTP_USERAGENT": USER_AGENT,
    "CPL_VSIL_CURL_NON_CACHED": "/vsicurl/:/vsis3/",  # a server that died once is asked again; a replaced file is reread
}


@dataclass(frozen=True)
class Stat:
    """A file's size in bytes, and what changes with its content (mtime of a local file, ETag of a remote one)."""

    size: int
    tag: str


def is_remote(file: str) -> bool:
    """Whether a file is an address rather than a path."""
    return urlsplit(file).scheme in _SCHEMES


def as_text(file: object) -> str:
    """A path or address as a string; `file://` addresses become paths."""
    text = os.fspath(file) if isinstance(file, os.PathLike) else str(file)
    return urlsplit(text).path if text.startswith("file://") else text


def http_url(file: str) -> str:
    """The HTTP address of a remote file; S3 and Google storage are read anonymously, path-style.

    `AWS_ENDPOINT_URL` (or GDAL's `AWS_S3_ENDPOINT`) replaces Amazon's host.
    """
    parts = urlsplit(file)
    if parts.scheme == "s3":
        return f"{_s3_endpoint()}/{parts.netloc}{parts.path}"
    if parts.scheme == "gs":
        return f"https://storage.googleapis.com/{parts.netloc}{parts.path}"
    return file


def gdal_name(file: str) -> str:
    """The name under which GDAL reads a path or address."""
    if file.startswith("/vsi") or not is_remote(file):
        return file
    if file.startswith("s3://"):
        return f"/vsis3/{file.removeprefix('s3://')}"
    return f"/vsicurl/{http_url(file)}"


def gdal_environment(file: str) -> AbstractContextManager[object]:
    """GDAL's configuration for reading one file, for this thread and this block only."""
    import rasterio
    from rasterio.env import hasenv

    # rasterio restores GDAL's cache size only at the end of the outermost Env: inside the user's, hers rules.
    options: dict[str, str | int] = {} if hasenv() else {"GDAL_CACHEMAX": GDAL_CACHE_BYTES}
    if not is_remote(file) and not file.startswith("/vsi"):
        return rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", **options)
    options |= _GDAL_REMOTE
    if file.startswith("s3://"):
        endpoint = urlsplit(_s3_endpoint())
        options |= {
            "AWS_S3_ENDPOINT": endpoint.netloc,
            "AWS_HTTPS": "YES" if endpoint.scheme == "https" else "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",  # the bucket's name has dots, which no certificate covers
            "AWS_REGION": os.environ.get("AWS_REGION", S3_REGION),
        }
        if not _has_aws_credentials():
            options["AWS_NO_SIGN_REQUEST"] = "YES"
    return rasterio.Env(session=_no_session(), **options)


def stat(file: str) -> Stat:
    """Size and tag of a file; SourceUnavailable when it is missing or its server does not answer."""
    if is_remote(file):
        return with_retries(lambda: _remote_stat(file), file)
    try:
        info = Path(file).stat()
    except FileNotFoundError:
        raise SourceUnavailable(f"{file}: there is no such file. Check the path.") from None
    except OSError as error:
        raise SourceUnavailable(f"{file} cannot be read: {error.strerror}.") from error
    return Stat(info.st_size, str(info.st_mtime_ns))


def download(file: str, start: int | None = None, stop: int | None = None) -> bytes:
    """The bytes [start, stop) of a path or address, or all of them."""
    if not is_remote(file):
        stat(file)
        with Path(file).open("rb") as stream:
            stream.seek(start or 0)
            return stream.read(-1 if stop is None else stop - (start or 0))
    return with_retries(lambda: _remote_bytes(file, start, stop), file)


def with_retries(read: Callable[[], R], file: str) -> R:
    """What `read` answers, tried again with growing waits while `file`'s server does not answer."""
    wait = FIRST_WAIT
    for attempt in range(RETRIES + 1):
        try:
            return read()
        except (OSError, EOFError) as error:
            if isinstance(error, SourceUnavailable) or attempt == RETRIES or not is_remote(file):
                raise _unavailable(file, error) from error
        time.sleep(wait)
        wait *= 2
    raise SourceUnavailable(f"{file}: not read.")  # unreachable: the loop returns or raises


def year_in(file: str) -> int:
    """The year that a path names in one of its folders (`…/2024/…`); InvalidInput when it names none, or several."""
    found = {part for part in re.split(r"[/\\]", file) if _YEAR.fullmatch(part)}
    if len(found) == 1:
        return int(found.pop())
    what = f"folders name several years ({', '.join(sorted(found))})" if found else "folder does not name a year"
    raise InvalidInput(f"{file}: its {what}. Say which year it holds, as in --year 2024 (year=2024).")


def _unavailable(file: str, error: BaseException) -> SourceUnavailable:
    if isinstance(error, SourceUnavailable):
        return error
    if not is_remote(file):
        return SourceUnavailable(f"{file} cannot be read: {error}.")
    return SourceUnavailable(
        f"{file}: the server does not answer ({error}), tried {RETRIES + 1} times. "
        "Run the same command again when it is back: what was written is kept."
    )


def _remote_stat(file: str) -> Stat:
    request = Request(http_url(file), method="HEAD", headers={"User-Agent": USER_AGENT})  # noqa: S310 (schemes are ours)
    with _open(request, file) as answer:
        headers = answer.headers
    tag = headers.get("ETag") or headers.get("Last-Modified") or ""
    return Stat(int(headers.get("Content-Length") or 0), tag.strip('"'))


def _remote_bytes(file: str, start: int | None, stop: int | None) -> bytes:
    headers = {"User-Agent": USER_AGENT}
    if start is not None or stop is not None:
        headers["Range"] = f"bytes={start or 0}-{'' if stop is None else stop - 1}"
    with _open(Request(http_url(file), headers=headers), file) as answer:  # noqa: S310 (schemes are ours)
        data: bytes = answer.read()
        if "Range" in headers and answer.status != 206:
            raise SourceUnavailable(f"{file}: the server ignores range requests. Download the file, then ingest it.")
    if stop is not None and len(data) != stop - (start or 0):
        raise EOFError(f"{len(data)} bytes came instead of {stop - (start or 0)}")
    return data


def _open(request: Request, file: str):  # noqa: ANN202 (urllib's answer type is private)
    try:
        return urlopen(request, timeout=TIMEOUT)  # noqa: S310 (schemes are ours)
    except HTTPError as error:
        if error.code in (429, 500, 502, 503, 504):
            raise URLError(f"HTTP {error.code}") from error
        raise SourceUnavailable(f"{file}: the server answers HTTP {error.code} ({error.reason}).") from error


def _s3_endpoint() -> str:
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_S3_ENDPOINT")
    if not endpoint:
        return f"https://s3.{os.environ.get('AWS_REGION', S3_REGION)}.amazonaws.com"
    if "://" not in endpoint:
        endpoint = ("http://" if os.environ.get("AWS_HTTPS", "YES").upper() == "NO" else "https://") + endpoint
    return endpoint.rstrip("/")


def _has_aws_credentials() -> bool:
    return any(os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ROLE_ARN"))


def _no_session():  # noqa: ANN202 (rasterio is imported late)
    """A session that adds nothing: rasterio's default looks for boto3 credentials and the instance metadata."""
    from rasterio.session import DummySession

    return DummySession()
