"""`ingest`: a cube from files."""

from functools import partial
from typing import Annotated

import typer

from embexplore.cli.answer import note, written
from embexplore.cli.arguments import Box, OutCube, Overwrite, Quiet, parse_box
from embexplore.cli.progress import bar


def ingest(
    out: OutCube,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="Local files, or http(s):// or s3:// addresses.")],
    *,
    year: Annotated[
        int | None,
        typer.Option(metavar="Y", help="The year of the files, where they do not say it.", show_default=False),
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="What the files are; detected by default.", show_default=False)
    ] = None,
    bbox: Annotated[
        Box | None,
        typer.Option(parser=parse_box, metavar="W,S,E,N", help="Only this box, in degrees.", show_default=False),
    ] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Make a cube of files, or add years to one.

    Files are AlphaEarth COGs, GeoTIFFs, Tessera arrays or Zarr, local or remote. An existing cube of the same grid and variant gains the years that it lacks; a year that is there needs --overwrite.
    Interrupted, the same command resumes.
    """
    from embexplore.io.ingest import ingest as write

    box = None if bbox is None else bbox.bbox
    say = partial(note, quiet=quiet)
    with bar(quiet=quiet) as progress:
        write(out, files, year=year, source=source, bbox=box, overwrite=overwrite, progress=progress, say=say)
    written(out, quiet=quiet)
