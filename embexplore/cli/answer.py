"""What verbs print: results on stdout, notes on stderr, in words and units for readers."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import xarray as xr


def note(sentence: str, *, quiet: bool) -> None:
    """A sentence beside the result, on stderr; `""` is none."""
    if sentence and not quiet:
        typer.echo(sentence, err=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, least: int = 0) -> None:
    """Right-aligned columns under their names, two spaces apart: readable, and easy to cut and awk.

    `least` so many characters are used, though the screen may be narrower or there be none.
    """
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        shown.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        shown.add_row(*row)
    console = Console(highlight=False)
    console.width = max(console.width, least)
    console.print(shown)


def size(count: float) -> str:
    """A number of bytes: `41.2 MB`, in powers of 1000."""
    if count < 1000:
        return f"{count:.0f} bytes"
    thousands = min(int(math.log10(count) / 3 + 1e-9), 4)
    number = count / 1000**thousands
    return f"{number:.{0 if number >= 100 else 1}f} {('kB', 'MB', 'GB', 'TB')[thousands - 1]}"


def bytes_on_disk(path: str | Path) -> int | None:
    """Bytes of a file, or of all files of a local cube; None for an address."""
    folder = Path(path)
    if folder.is_file():
        return folder.stat().st_size
    if not folder.exists():
        return None
    return sum(entry.stat().st_size for entry in folder.rglob("*") if entry.is_file())


def opened(cube: str, aoi: Path | None = None) -> "xr.Dataset":
    """The cube of a path or address, restricted to the polygons of a file."""
    import embexplore.accessor  # noqa: F401  # registers `.emb`
    from embexplore.io.open import open_cube

    dataset = open_cube(cube)
    if aoi is None:
        return dataset
    from embexplore.analysis.area import clip
    from embexplore.io.areas import read_area

    return clip(dataset, read_area(aoi))


def written(*paths: str | Path | None, quiet: bool) -> None:
    """Say which files were written, and how large they are."""
    for path in paths:
        if path is not None:
            note(f"Wrote {path} ({size(bytes_on_disk(path) or 0)}).", quiet=quiet)
