"""`workshop`: write the lessons as notebooks."""

from pathlib import Path
from typing import Annotated

import typer

from embexplore.cli.arguments import Overwrite, Quiet


def workshop(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where they go; made if missing.")] = Path(
        "notebooks"
    ),
    *,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Write the workshop's notebooks, without outputs.

    Nine lessons on Null Island, with questions that can be checked. With --overwrite they are put back as they were: what was written in them is lost.
    """
    from embexplore.workshop import write_notebooks

    paths = write_notebooks(folder, overwrite=overwrite)
    if not quiet:
        typer.echo(f"Wrote {len(paths)} notebooks to {folder}. Open them with: jupyter lab {folder}")
