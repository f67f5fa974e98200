"""`evaluate`: what codecs cost the classes of labeled points or polygons."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embexplore.cli.answer import note, opened, table, written
from embexplore.cli.arguments import Cube, Overwrite, Quiet, Year
from embexplore.cli.outputs import checked

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame


def evaluate(
    cube: Cube,
    labels: Annotated[
        Path,
        typer.Argument(
            metavar="LABELS",
            help="Points or polygons with a `label`, `class` or `name` (.geojson, .parquet), or classes (.tif).",
        ),
    ],
    *,
    codecs: Annotated[
        str | None, typer.Option(metavar="A,B,…", help="float32,int8,pca32+int8, …", show_default=False)
    ] = None,
    block: Annotated[float, typer.Option(metavar="M", help="Meters along a block that is held out whole.")] = 250.0,
    year: Year = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the rows.", show_default=False)] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Tell classes from what codecs store.

    A polygon counts once, with the mean of its pixels. Five nearest neighbors and a linear probe, each dealt at random and by whole blocks of ground; 95 % intervals by drawing blocks. p is McNemar's against float32.
    """
    from embexplore.analysis.evaluate import CODECS
    from embexplore.cube.years import resolve_year
    from embexplore.io.class_raster import read_any_labels

    checked(json, (".json",), overwrite=overwrite)
    dataset = opened(cube)
    when = resolve_year(dataset, year)
    shapes = read_any_labels(labels, grid=dataset.emb.grid, year=when, polygons=True, random_state=0)
    wanted = CODECS if codecs is None else tuple(codecs.split(","))
    found = dataset.emb.evaluate(shapes, codecs=wanted, block=block, year=year, random_state=0)
    about = found.attrs
    what = _what(shapes)
    note(f"{about['points']} {what} in {about['groups']} blocks of {block:g} m.", quiet=quiet)
    if about["without_data"]:
        note(f"{about['without_data']} {what} have no data and were left out.", quiet=quiet)
    table(["codec", "bytes", "method", "split", "accuracy", "95 %", "worst class", "F1", "p"], _rows(found))
    if json is not None:
        _write(found, json, overwrite=overwrite)
    written(json, quiet=quiet)


def _what(shapes: "GeoDataFrame") -> str:
    are_points = shapes.geom_type == "Point"
    return "points" if are_points.all() else "points and polygons" if are_points.any() else "polygons"


def _rows(found: "DataFrame") -> list[list[str]]:
    return [
        [
            str(row["codec"]),
            f"{row['bytes_per_pixel']:g}",
            str(row["method"]),
            str(row["split"]),
            f"{row['accuracy']:.3f}",
            f"{row['accuracy_low']:.3f}–{row['accuracy_high']:.3f}",
            str(row["worst_class"]),
            f"{row['worst_f1']:.2f}",
            f"{row['mcnemar_p']:.2g}",
        ]
        for row in found.to_dict("records")
    ]


def _write(found: "DataFrame", path: Path, *, overwrite: bool) -> None:
    from embexplore.io.export.whole import whole_file

    rows = found.to_json(orient="records", double_precision=15, force_ascii=False)
    with whole_file(path, overwrite=overwrite) as temporary:
        temporary.write_text(f'{{"rows": {rows}}}\n', encoding="utf-8")
