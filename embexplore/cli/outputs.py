"""Outputs that were asked for, checked before anything is computed: ending, folder, nothing overwritten."""

from pathlib import Path

from embexplore.errors import InvalidInput

RASTERS = (".tif", ".tiff")


def checked(path: Path | None, endings: tuple[str, ...], *, overwrite: bool) -> None:
    """Refuse an output that cannot be written in the end; None is no output."""
    from embexplore.io.export.whole import refuse_existing

    if path is None:
        return
    if path.suffix.lower() not in endings:
        raise InvalidInput(f"{path}: expected a name that ends in {' or '.join(endings)}.")
    refuse_existing(path, overwrite=overwrite)


def checked_hits(path: Path | None, *, overwrite: bool) -> None:
    """Refuse a file of hits that cannot be written in the end."""
    from embexplore.io.export.hits import ENDINGS

    checked(path, ENDINGS, overwrite=overwrite)
