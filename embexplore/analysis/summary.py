"""A cube in a few lines of text: what it is, when, where, how stored, and where it comes from."""

import xarray as xr

from embexplore.cube import schema
from embexplore.cube.build import grid_of, provenance_of
from embexplore.cube.pieces import dimension_of
from embexplore.cube.years import describe_years, years_of


def summary(cube: xr.Dataset) -> str:
    """What `cube.emb` prints; reads no data."""
    if schema.ATTRS not in cube.attrs:
        return "<embexplore: this Dataset is not a cube; make it one with `make_cube`, or open one with `open_cube`>"
    provenance, grid = provenance_of(cube), grid_of(cube)
    rows, columns = grid.shape
    width, height = grid.resolution
    unit = "°" if grid.is_geographic else " m"
    west, south, east, north = grid.bbox
    lines = {
        "years": describe_years(years_of(cube)),
        "pixels": f"{columns} × {rows} of {width:g} × {height:g}{unit}, {dimension_of(cube)} bands",
        "where": f"{_degrees(west, 'E', 'W')} – {_degrees(east, 'E', 'W')}, "
        f"{_degrees(south, 'N', 'S')} – {_degrees(north, 'N', 'S')}, {grid.crs[:40]}",
        "codecs": ", ".join(_codec(cube, variable) for variable in cube.attrs[schema.ATTRS]["codecs"]),
        "source": provenance.source,
        "license": provenance.license,
        "credit": provenance.attribution,
    }
    if schema.INSIDE in cube.coords:
        lines["clipped"] = f"{int(cube.coords[schema.INSIDE].sum())} of {rows * columns} pixels lie in the area"
    body = "\n".join(f"  {name:<8} {text}" for name, text in lines.items() if text)
    return f"<embexplore cube: {provenance.variant}>\n{body}"


def _codec(cube: xr.Dataset, variable: str) -> str:
    entry = cube.attrs[schema.ATTRS]["codecs"][variable]
    size = cube[variable].nbytes / 1e6 if variable in cube else 0
    by_chunk = any(schema.CHUNK_Y in cube[name].dims for name in entry.get("parameters", {}).values())
    return f"{entry['name']}{' by chunk' if by_chunk else ''} in `{variable}` ({size:.1f} MB)"


def _degrees(value: float, positive: str, negative: str) -> str:
    return f"{abs(value):.4f}°{positive if value >= 0 else negative}"
