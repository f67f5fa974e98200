"""A file appears whole or not at all: it is built in a folder beside its name and renamed at the end."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embexplore.errors import AlreadyExists, EmbexploreError, WriteFailed


def refuse_existing(path: Path | str, *, overwrite: bool = False) -> Path:
    """The path, if it may be written: AlreadyExists or WriteFailed with what to do, before any work is done."""
    path = Path(path)
    if path.is_dir():
        raise AlreadyExists(f"{path} is a folder: give the name of a file.")
    if path.exists() and not overwrite:
        raise AlreadyExists(f"{path} already exists: choose another name, or pass --overwrite (overwrite=True).")
    if not path.parent.is_dir():
        raise WriteFailed(f"{path}: the folder {path.parent} does not exist. Make it first.")
    return path


@contextmanager
def whole_file(path: Path | str, *, overwrite: bool = False) -> Iterator[Path]:
    """Where to build the file `path`; it takes its name when the block ends without an error.

    The file is built in the folder `NAME.partial` beside it, on the same disk, so that the rename is
    atomic; whatever else lands in that folder (GDAL's temporary overviews) goes with it. What an
    interrupted run left there is removed by the next one.

    Raises
    ------
    AlreadyExists
        If `path` is there and `overwrite` is false; an overwritten file stays until the rename.
    WriteFailed
        If the system refuses (full disk, no permission): nothing is left behind.
    """
    path = refuse_existing(path, overwrite=overwrite)
    folder = path.with_name(path.name + ".partial")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield folder / path.name
        (folder / path.name).replace(path)
    except EmbexploreError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise WriteFailed(f"{path} was not written ({reason}); nothing was left behind.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
