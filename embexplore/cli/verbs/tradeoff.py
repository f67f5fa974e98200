"""`tradeoff`: what every codec costs and saves on this cube, as a table, as JSON and as a page."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embexplore.analysis.costs import PRICE
from embexplore.cli.answer import note, opened, written
from embexplore.cli.arguments import Aoi, Cube, Overwrite, Quiet, Year
from embexplore.cli.outputs import checked
from embexplore.cli.progress import bar

if TYPE_CHECKING:
    from embexplore.ui.report import Report


def tradeoff(
    cube: Cube,
    *,
    codecs: Annotated[
        str | None,
        typer.Option(metavar="A,B,…", help="Names or chains such as pca32+int4; all by default.", show_default=False),
    ] = None,
    year: Year = None,
    since: Annotated[
        int | None,
        typer.Option(metavar="Y", help="Earlier year of the change map; the first by default.", show_default=False),
    ] = None,
    aoi: Aoi = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Known classes: points (.geojson, .parquet) or a raster (.tif).", show_default=False
        ),
    ] = None,
    changed: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Polygons that truly changed between both years.", show_default=False),
    ] = None,
    recheck: Annotated[
        int, typer.Option(metavar="N", help="Of small codecs, also rank the best N again with int8; 0: no.", min=0)
    ] = 200,
    queries: Annotated[int, typer.Option(metavar="N", help="Pixels that are searched for.", min=1)] = 200,
    price: Annotated[float, typer.Option(metavar="P", help="Dollars a gigabyte and month.", min=0)] = PRICE,
    random_state: Annotated[int, typer.Option(metavar="N", help="Seed of pixels and intervals.", min=0)] = 0,
    as_json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write all numbers.", show_default=False)
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page that stands alone.", show_default=False)
    ] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Measure what codecs cost and save.

    Each is fitted on half of the ground and measured on the other half: the nearest that a search finds, the change map, colors, bytes on disk, speed. Intervals are 95 %.
    """
    from embexplore.analysis.tradeoff import ALL
    from embexplore.io.weigh import written_bytes
    from embexplore.ui.report import Report

    checked(as_json, (".json",), overwrite=overwrite)
    checked(html, (".html", ".htm"), overwrite=overwrite)
    dataset = opened(cube, aoi)
    names = ALL if codecs is None else [name.strip() for name in codecs.split(",") if name.strip()]
    with bar(quiet=quiet) as progress:
        table = dataset.emb.tradeoff(
            names,
            year=year,
            since=since,
            changed=_area(changed),
            labels=_labels(labels, cube, year, random_state),
            recheck=recheck or None,
            queries=queries,
            weigh=written_bytes,
            progress=progress,
            random_state=random_state,
        )
        given = {"aoi": aoi, "labels": labels, "changed": changed}
        words = {name: None if path is None else str(path) for name, path in given.items()}
        report = Report.of(dataset, table, name=cube, given=words, price=price, random_state=random_state)
    _write(as_json, report.json, overwrite=overwrite)
    _write(html, report.html, overwrite=overwrite)
    _say(report)
    for name, reason in table.attrs["left_out"].items():
        note(f"Left out: {name} ({reason}).", quiet=quiet)
    written(as_json, html, quiet=quiet)


def _area(path: Path | None) -> Any:
    from embexplore.io.areas import read_area

    return None if path is None else read_area(path)


def _labels(path: Path | None, cube: str, year: int | None, random_state: int) -> Any:
    from embexplore.cube.build import grid_of
    from embexplore.cube.years import resolve_year
    from embexplore.io.class_raster import read_any_labels

    if path is None:
        return None
    whole = opened(cube)
    year = resolve_year(whole, year)
    return read_any_labels(path, grid=grid_of(whole), year=year, random_state=random_state)


def _write(path: Path | None, text: Callable[[], str], *, overwrite: bool) -> None:
    from embexplore.io.export.whole import whole_file

    if path is not None:
        with whole_file(path, overwrite=overwrite) as temporary:
            temporary.write_text(text(), encoding="utf-8")


def _say(report: "Report") -> None:
    from embexplore.cli.tradeoff_words import headline, show

    shape = report.shape
    typer.echo(headline(report.about))
    show(report)
    typer.echo(
        f"\n{shape.kept(0.9)} of {len(shape.spectrum)} principal axes hold 90 % of the variance.\nIntrinsic dimension: "
        f"{shape.two_nn:.1f} (TwoNN), {shape.likelihood:.1f} (MLE), {shape.local_pca:.1f} (local PCA)."
    )
