"""`repack`: int8 where it matters, binary elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from embexplore.cli.answer import bytes_on_disk, opened, size
from embexplore.cli.arguments import Cube, OutCube, Overwrite, Quiet
from embexplore.cli.progress import bar


def repack(
    cube: Cube,
    out: OutCube,
    *,
    keep: Annotated[Path, typer.Option(metavar="FILE", help="Polygons inside which int8 is kept (GeoJSON, …).")],
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Keep int8 inside polygons, binary codes outside.

    Prints the bytes before and after. Chunks that touch a polygon are kept whole. Interrupted, the same command resumes.
    """
    from embexplore.io.areas import read_area
    from embexplore.io.repack import repack as write

    area = read_area(keep)
    dataset, before = opened(cube), bytes_on_disk(cube)  # before: it may be the very cube that is replaced
    with bar(quiet=quiet) as progress:
        write(dataset, out, area, overwrite=overwrite, progress=progress)
    after = bytes_on_disk(out) or 0
    typer.echo(f"before {size(before)}\nafter  {size(after)}" if before else f"after  {size(after)}")
    if before and after:
        smaller = before / after
        typer.echo(f"{smaller:.1f} times smaller" if smaller > 1.05 else "Not smaller: the polygons touch most chunks.")
