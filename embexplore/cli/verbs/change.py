"""`change`: how much every pixel changed between two years, or between all consecutive ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embexplore.cli.answer import opened, table, written
from embexplore.cli.arguments import Aoi, Cube, Overwrite, Quiet
from embexplore.cli.outputs import RASTERS, checked
from embexplore.cli.progress import bar, kept

if TYPE_CHECKING:
    import xarray as xr

    from embexplore.cli.summary import Summary
    from embexplore.cube.grid import Grid


def change(
    cube: Cube,
    first: Annotated[int | None, typer.Argument(metavar="Y1", help="A year.", show_default=False)] = None,
    second: Annotated[int | None, typer.Argument(metavar="Y2", help="Another year.", show_default=False)] = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Every consecutive pair of years, and the year of largest change.")
    ] = False,
    aoi: Aoi = None,
    out: Annotated[Path | None, typer.Option(metavar="TIF", help="Write the map.", show_default=False)] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Measure change between years.

    Change is 1 − cosine of a pixel's vectors in two years, from 0 (none) to 2. With --all, --out holds a band for each pair of years, the largest change and its year.
    """
    if every == (first is not None) or (first is None) != (second is None):
        raise typer.BadParameter("give two years, as in 2017 2024, or --all", param_hint="Y1 Y2")
    checked(out, RASTERS, overwrite=overwrite)
    dataset = opened(cube, aoi)
    with bar(quiet=quiet) as progress:
        layers, years = _all_pairs(dataset) if every else _one_pair(dataset, first, second)
        layers = kept(layers, progress)
        if out is not None:
            _write(dataset, layers, years, out, overwrite=overwrite, progress=progress)
        _show(dataset, layers, every=every)
    written(out, quiet=quiet)


def _one_pair(dataset: "xr.Dataset", first: int | None, second: int | None) -> "tuple[xr.DataArray, list[int]]":
    result = dataset.emb.change(first, second)
    return result.expand_dims(layer=[f"{first}–{second}"]), [int(first or 0), int(second or 0)]


def _all_pairs(dataset: "xr.Dataset") -> "tuple[xr.DataArray, list[int]]":
    """A layer a pair of years, then the largest change of each pixel and its year."""
    import xarray as xr

    series, largest = dataset.emb.change(), dataset.emb.largest_change()
    pairs = [f"{since}–{until}" for since, until in zip(series["since"].values, series["time"].values, strict=True)]
    parts = [series.drop_vars(["since", "time"]).rename(time="layer"), largest["change"], largest["year"]]
    layers = xr.concat(parts, "layer", coords="minimal", compat="override", join="override")
    names = [*pairs, "largest change", "year of largest change"]
    years = [int(series["since"].values[0]), *(int(year) for year in series["time"].values)]
    return layers.assign_coords(layer=names).rename("change"), years


def _write(dataset: "xr.Dataset", layers: "xr.DataArray", years: list[int], out: Path, **options: object) -> None:
    from embexplore.io.export import stamp, write_cog

    names = [str(name) for name in layers["layer"].values]
    described = f"Change (1 - cosine similarity): {', '.join(names)}"
    write_cog(layers, out, provenance=stamp(dataset, years=years, description=described), bands=names, **options)


def _show(dataset: "xr.Dataset", layers: "xr.DataArray", *, every: bool) -> None:
    from embexplore.cli.summary import summarize
    from embexplore.cube.build import grid_of

    grid = grid_of(dataset)
    shown = layers[:-1] if every else layers
    names = [str(name) for name in shown["layer"].values]
    summaries = summarize(shown)
    rows = [_row(name, summary, grid) for name, summary in zip(names, summaries, strict=True)]
    typer.echo("Change, 1 − cosine: 0 is none.")
    table(["years", "median", "95 % below", "largest", "at lon,lat", "data"], rows)
    if every:
        _show_years(layers[-2:], [int(name[-4:]) for name in names[:-1]], summaries[-1])


def _row(name: str, summary: "Summary", grid: "Grid") -> list[str]:
    if not summary.data:
        return [name, "", "", "", "", "0 %"]
    lon, lat = grid.lonlat(grid.x[summary.column], grid.y[summary.row])
    share = f"{100 * summary.data / summary.pixels:.1f} %"
    return [
        name,
        f"{summary.median:.4f}",
        f"{summary.high:.4f}",
        f"{summary.largest:.4f}",
        f"{lon:.5f},{lat:.5f}",
        share,
    ]


def _show_years(largest: "xr.DataArray", years: list[int], summary: "Summary") -> None:
    """When pixels changed most, all of them and those that changed more than most ground does."""
    from embexplore.cli.summary import count_years

    if not summary.data:
        return
    everywhere, above = count_years(largest, years, summary.usual)
    rows = [
        [str(year), f"{100 * count / summary.data:.1f} %", f"{100 * beyond / summary.data:.1f} %"]
        for year, count, beyond in zip(years, everywhere, above, strict=True)
    ]
    typer.echo(f"\nYear of each pixel's largest change; beyond the usual noise means more than {summary.usual:.3f}.")
    table(["year", "pixels", "beyond the usual noise"], rows)
    counts = above if any(above) else everywhere
    most = max(range(len(years)), key=counts.__getitem__)
    typer.echo(f"Year of largest change: {years[most]}.")
