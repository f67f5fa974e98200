"""`encode`: the same embeddings in another codec."""

from typing import Annotated

import typer

from embexplore.cli.answer import bytes_on_disk, opened, size
from embexplore.cli.arguments import Cube, OutCube, Overwrite, Quiet
from embexplore.cli.progress import bar


def encode(
    cube: Cube,
    out: OutCube,
    *,
    codec: Annotated[str, typer.Option(metavar="NAME", help="float32, int8, binary, …")],
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Write a cube in another codec.

    The result is a cube like any other. Interrupted, the same command resumes.
    """
    from embexplore.io.save import save_cube

    dataset, before = opened(cube), bytes_on_disk(cube)  # before: it may be the very cube that is replaced
    small = dataset.emb.encode(codec, random_state=0)
    with bar(quiet=quiet) as progress:
        save_cube(small, out, overwrite=overwrite, progress=progress)
    after = bytes_on_disk(out) or 0
    typer.echo(f"{out}: {size(after)} on disk" + (f", before {size(before)}." if before else "."))
