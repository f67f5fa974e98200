"""`fetch`: embeddings of a box and years from a public archive."""

from functools import partial
from typing import Annotated

import typer

from embexplore.cli.answer import note, written
from embexplore.cli.arguments import Box, OutCube, Overwrite, Quiet, Years, parse_box, parse_years
from embexplore.cli.progress import bar


def fetch(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The archive: alphaearth, tessera or earthengine.")],
    out: OutCube,
    *,
    bbox: Annotated[Box, typer.Option(parser=parse_box, metavar="W,S,E,N", help="The box, in degrees.")],
    years: Annotated[Years, typer.Option(parser=parse_years, metavar="Y[-Y]", help="Years.")],
    root: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="A mirror of the archive: folder or address.", show_default=False),
    ] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Fetch a box and years from a public archive.

    Says the size before it starts. Interrupted, the same command resumes.
    """
    from embexplore.io.fetch import fetch as download

    say = partial(note, quiet=quiet)
    with bar(quiet=quiet) as progress:
        download(
            source, out, bbox=bbox.bbox, years=years.years, root=root, overwrite=overwrite, progress=progress, say=say
        )
    written(out, quiet=quiet)
