"""`search`: places alike, as a table, a map and a file of hits."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embexplore.cli.answer import note, opened, table, written
from embexplore.cli.arguments import Aoi, Cube, Overwrite, Place, Quiet, Year, parse_place
from embexplore.cli.outputs import RASTERS, checked, checked_hits
from embexplore.cli.progress import bar, kept

if TYPE_CHECKING:
    import xarray as xr
    from geopandas import GeoDataFrame


class Combine(StrEnum):
    """How several examples make one query: the names that `embexplore.search` takes."""

    mean = "mean"
    max = "max"
    min = "min"
    contrast = "contrast"


def search(
    cube: Cube,
    *,
    at: Annotated[
        list[Place],
        typer.Option(parser=parse_place, metavar="LON,LAT", help="A place to look like; may be given several times."),
    ],
    unlike: Annotated[
        list[Place] | None,
        typer.Option(
            "--not", parser=parse_place, metavar="LON,LAT", help="A place to look unlike.", show_default=False
        ),
    ] = None,
    combine: Annotated[
        Combine, typer.Option(metavar="HOW", help="Of several places: mean, max, min or contrast.")
    ] = Combine.mean,
    year: Year = None,
    aoi: Aoi = None,
    top: Annotated[int, typer.Option(metavar="K", help="How many places to list.", min=1)] = 20,
    min_distance: Annotated[float, typer.Option(metavar="M", help="Meters between listed places.", min=0)] = 0.0,
    out: Annotated[
        Path | None, typer.Option(metavar="TIF", help="Write the scores as a map.", show_default=False)
    ] = None,
    hits: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the places: .parquet, .geojson, .csv.", show_default=False),
    ] = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
) -> None:
    """Find the places most alike one or several places.

    Similarity is the cosine of two vectors: 1 is the same. Places are in degrees, longitude first.
    """
    from embexplore.cube.build import grid_of
    from embexplore.cube.years import resolve_year
    from embexplore.io.export import stamp, write_cog, write_hits

    checked(out, RASTERS, overwrite=overwrite)
    checked_hits(hits, overwrite=overwrite)
    whole = opened(cube)
    year = resolve_year(whole, year)
    positives = [whole.emb.at(lon=place.lon, lat=place.lat, year=year) for place in at]
    negatives = [whole.emb.at(lon=place.lon, lat=place.lat, year=year) for place in unlike or []]
    part = opened(cube, aoi)
    score = part.emb.search(positives, negatives=negatives or None, combine=combine.value, year=year)
    asked = _asked(at, unlike or [], combine, year)
    provenance = stamp(whole, years=[year], description=asked)
    with bar(quiet=quiet) as progress:
        score = kept(score, progress)
        places = part.emb.top(score, k=top, min_distance=min_distance)
        if out is not None:
            write_cog(score, out, provenance=provenance, overwrite=overwrite, progress=progress)
        if hits is not None:
            write_hits(places, hits, provenance=provenance, overwrite=overwrite)
    typer.echo(f"{asked}:")
    _show(places, decimals=6 if grid_of(whole).is_geographic else 1)
    note(_approximate(score), quiet=quiet)
    written(out, hits, quiet=quiet)


def _asked(at: list[Place], unlike: list[Place], combine: Combine, year: int) -> str:
    """The search in words."""
    like = " and ".join(f"{place.lon:g},{place.lat:g}" for place in at)
    other = " and ".join(f"{place.lon:g},{place.lat:g}" for place in unlike)
    how = f" ({combine})" if combine is not Combine.mean else ""
    return f"Similarity to {like}{f' and unlike {other}' if other else ''} in {year}{how}"


def _show(places: "GeoDataFrame", decimals: int) -> None:
    """The hits as a table; x and y in degrees or meters."""
    rows = [
        [
            str(hit.rank),
            f"{hit.similarity:.4f}",
            f"{hit.geometry.x:.6f}",
            f"{hit.geometry.y:.6f}",
            f"{hit.x:.{decimals}f}",
            f"{hit.y:.{decimals}f}",
        ]
        for hit in places.itertuples()
    ]
    table(["rank", "similarity", "lon", "lat", "x", "y"], rows)


def _approximate(score: "xr.DataArray") -> str:
    """A sentence where some scores come from binary codes, else nothing."""
    from embexplore.cube import schema

    if "tier" not in score.coords:
        return ""
    share = float((score["tier"] == schema.BITS_ONLY).mean())
    return f"Approximate in {100 * share:.0f} % of the map, which is stored as binary codes." if share else ""
