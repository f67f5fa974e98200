"""`info`: what a cube is."""

import json
from typing import Annotated, Any

import typer

from embexplore.cli.answer import opened, size, table
from embexplore.cli.arguments import Cube
from embexplore.cli.failure import EXPECTED, complain


def info(
    cube: Cube,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Read every chunk; name the broken ones.")] = False,
) -> None:
    """Say what a cube holds.

    Codec, years, place, size, coverage by year and provenance. With --verify, the exit code is 1 if a chunk is broken.
    """
    from embexplore.cli.facts import facts

    found = facts(opened(cube), cube, verify=verify)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        for name, value in _lines(found):
            typer.echo(f"{name:<13}{value}")
        typer.echo("")
        _show_years(found)
    if broken := found.get("broken_chunks"):
        complain(f"{len(broken)} broken chunks: {', '.join(broken)}")
        raise typer.Exit(EXPECTED)
    if verify and not as_json:
        typer.echo("\nEvery chunk is whole.")


def _lines(found: dict[str, Any]) -> list[tuple[str, str]]:
    from embexplore.cube.years import describe_years

    rows, columns = found["shape"]
    unit = "°" if found["resolution"][0] < 0.1 else "m"
    tiers = [
        f"{name}: {tier['codec']['name']}, {tier['dtype']}, {tier['bytes_per_pixel']} bytes a pixel"
        for name, tier in found["tiers"].items()
    ]
    lines = [
        ("cube", found["path"]),
        ("model", f"{found['model']} {found['version']}".strip()),
        ("source", found["source"]),
        ("attribution", " ".join(filter(None, (found["attribution"], found["license"])))),
        ("years", describe_years(found["years"])),
        ("vector", f"{found['dimensions']} dimensions"),
        *(("codes" if number == 0 else " ", tier) for number, tier in enumerate(tiers)),
        ("quantizer", _quantizer(found)),
        ("grid", f"{columns} × {rows} pixels of {found['resolution'][0]:g} {unit}, {found['crs']}"),
        ("place", _place(*found["bbox"])),
        ("chunks", f"{found['chunk'][1]} × {found['chunk'][0]} pixels"),
        ("compression", f"{found['compression']}, for {found['readers']}"),
        ("size", _size(found)),
    ]
    return [(name, value) for name, value in lines if value]


def _quantizer(found: dict[str, Any]) -> str:
    """The method that the cube's conventions name, and the codecs' options."""
    method = (found["quantization"] or {}).get("method", "").replace("_", " ")
    options = [
        f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}"
        for tier in found["tiers"].values()
        for key, value in tier["codec"].items()
        if key != "name" and value is not None
    ]
    return ", ".join(filter(None, (method, *options)))


def _place(west: float, south: float, east: float, north: float) -> str:
    from embexplore.ui.words import degrees

    return f"{degrees(west, south)} to {degrees(east, north)}"


def _size(found: dict[str, Any]) -> str:
    codes, float32 = size(found["bytes_as_codes"]), size(found["bytes_as_float32"])
    if found["bytes_on_disk"] is None:
        return f"{codes} of codes, {float32} as float32"
    stored = size(found["bytes_on_disk"])
    return f"{stored} on disk; uncompressed codes {codes} ({found['ratio_of_codes']:.1f} ×), float32 {float32} ({found['ratio']:.1f} ×)"


def _show_years(found: dict[str, Any]) -> None:
    """A row for each year: pixels with data, and what its chunks hold."""
    chunks = found["chunks"]
    kinds = [kind for kind in ("codes", "bits", "both", "none") if any(year[kind] for year in chunks.values())]
    rows = []
    for year in map(str, found["years"]):
        share = found["coverage"][year]
        counts = [str(chunks[year][kind]) for kind in kinds] if year in chunks else []
        rows.append([year, "not counted" if share is None else f"{100 * share:.2f} %", *counts])
    named = {"codes": "chunks in full", "bits": "chunks of bits", "both": "chunks of both", "none": "empty chunks"}
    table(["year", "pixels with data", *(named[kind] for kind in kinds)], rows)
