"""`demo`: make a Null Island."""

from typing import Annotated

import typer

from embexplore.cli.answer import written
from embexplore.cli.arguments import OutCube, Overwrite, Quiet, Years, parse_years
from embexplore.cli.progress import bar


def demo(
    out: OutCube,
    *,
    size: Annotated[int, typer.Option(metavar="N", help="Pixels of 10 m on each side.")] = 192,
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed, another island.")] = 0,
    years: Annotated[Years, typer.Option(parser=parse_years, metavar="Y-Y", help="Years.")] = "2017-2024",  # type: ignore[assignment]
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Make a Null Island, a fictional cube to try things on.

    Its land cover and its changes are known. It lies at 0° N, just east of 0° E, and has data at 0.12° E, 0.11° N in every year.
    """
    from embexplore.io.demo import demo as make

    with bar(quiet=quiet) as progress:
        make(out, size=size, seed=seed, years=years.years, overwrite=overwrite, progress=progress)
    written(out, quiet=quiet)
