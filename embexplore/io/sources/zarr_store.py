"""Foreign Zarr stores, opened read-only with zarr-python: a folder, or an HTTP or S3 address."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embexplore.errors import InvalidInput, SourceUnavailable
from embexplore.io.byte_store import gone
from embexplore.io.sources.address import USER_AGENT, http_url, is_remote

if TYPE_CHECKING:
    import zarr


def open_group(file: str) -> "zarr.Group":
    """The root group of a store.

    Raises
    ------
    SourceUnavailable
        Nothing is there, or its server does not answer.
    InvalidInput
        It is no Zarr group.
    """
    import zarr

    if not is_remote(file) and not Path(file).exists():
        raise SourceUnavailable(f"{file}: there is no such folder. Check the path.")
    try:
        return zarr.open_group(_store(file) if is_remote(file) else file, mode="r")
    except (FileNotFoundError, ValueError, KeyError, TypeError) as error:  # an array, other JSON, no metadata
        raise InvalidInput(f"{file} is not a Zarr group.") from error
    except Exception as error:
        if is_remote(file):
            raise SourceUnavailable(f"{file}: the server does not answer ({error}).") from error
        raise


def expect_array(array: "zarr.Array[Any]", file: str) -> None:
    """Raise SourceUnavailable if an array that was opened from a store is not there any more."""
    import zarr

    try:
        zarr.open_array(array.store, path=array.path, mode="r")
    except FileNotFoundError as error:
        raise gone(file, is_remote=is_remote(file)) from error


def _store(file: str) -> "zarr.abc.store.Store":
    from obstore.store import HTTPStore
    from zarr.storage import ObjectStore

    url = http_url(file)
    http = HTTPStore.from_url(
        url,
        client_options={"user_agent": USER_AGENT, "allow_http": True, "timeout": timedelta(seconds=120)},
        retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=60)},
    )
    return ObjectStore(http, read_only=True)
