"""`rgb`: a picture whose colors are the embedding's first three directions."""

from pathlib import Path
from typing import Annotated

import typer

from embexplore.cli.answer import opened, written
from embexplore.cli.arguments import Aoi, Cube, Overwrite, Quiet, Year
from embexplore.cli.outputs import RASTERS, checked
from embexplore.cli.progress import bar, kept


def rgb(
    cube: Cube,
    *,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The picture: .tif (with its place on the ground) or .png.")
    ],
    year: Year = None,
    aoi: Aoi = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Color a year by its first three components.

    Alike colors, alike places. The principal components are fitted on all years of the cube, so pictures of different years share their colors.
    """
    from embexplore.cube.years import resolve_year
    from embexplore.io.export import stamp, write_cog, write_png

    checked(out, (*RASTERS, ".png"), overwrite=overwrite)
    dataset = opened(cube, aoi)
    year = resolve_year(dataset, year)
    pca = dataset.emb.fit_pca(3, random_state=0)
    colors = dataset.emb.pca_rgb(pca, year=year)
    described = f"The first three principal components of {year} as red, green, blue"
    provenance = stamp(dataset, years=[year], description=described)
    with bar(quiet=quiet) as progress:
        colors = kept(colors, progress)
        if out.suffix.lower() == ".png":
            write_png(colors, out, provenance=provenance, overwrite=overwrite)
        else:
            write_cog(colors, out, provenance=provenance, overwrite=overwrite, progress=progress)
    shares = ", ".join(
        f"{name} {100 * share:.0f} %"
        for name, share in zip(("red", "green", "blue"), pca.explained_variance_ratio_, strict=True)
    )
    typer.echo(f"{described}: {100 * sum(pca.explained_variance_ratio_):.0f} % of the variance ({shares}).")
    written(out, quiet=quiet)
