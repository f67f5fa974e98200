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
    west, south, east, north = found["bbox"]
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
        *(("codes" if number == 0 else "", tier) for number, tier in enumerate(tiers)),
        ("quantizer", "; ".join(_options(tier["codec"]) for tier in found["tiers"].values())),
        ("grid", f"{columns} × {rows} pixels of {found['resolution'][0]:g} {unit}, {found['crs']}"),
        ("place", f"{west:.4f}…{east:.4f} °E, {south:.4f}…{north:.4f} °N"),
        ("chunks", f"{found['chunk'][0]} × {found['chunk'][1]} pixels"),
        ("compression", _compression(found)),
        ("size", _size(found)),
    ]
    return [(name, value) for name, value in lines if value]


def _options(codec: dict[str, Any]) -> str:
    options = ", ".join(f"{key}={value}" for key, value in codec.items() if key != "name" and value is not None)
    return f"{codec['name']} ({options})" if options else str(codec["name"])


def _compression(found: dict[str, Any]) -> str:
    if found["compression"] == "archive":
        return f"archive: {found['readers']}"
    return f"{found['compression']}: {found['readers']}"


def _size(found: dict[str, Any]) -> str:
    memory = f"{size(found['bytes_as_codes'])} as codes, {size(found['bytes_as_float32'])} as float32"
    if found["bytes_on_disk"] is None:
        return memory
    return f"{size(found['bytes_on_disk'])} on disk, {found['ratio']:.1f} times smaller than float32; {memory}"


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
