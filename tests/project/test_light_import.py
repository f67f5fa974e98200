"""`import embexplore` stays light: a fresh process shows what it drags in."""

import json
import subprocess
import sys

HEAVY = ["panel", "bokeh", "holoviews", "ipyleaflet", "matplotlib", "rasterio", "sklearn", "geopandas", "duckdb"]


def loaded_by(statement: str) -> set[str]:
    code = f"import sys, json; {statement}; print(json.dumps(sorted(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(out.stdout))


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = loaded_by("import embexplore")
    assert "xarray" in loaded, "the accessor is registered with xarray"
    assert not loaded & set(HEAVY)


def test_importing_the_package_compiles_nothing() -> None:
    assert not {name for name in loaded_by("import embexplore") if name.split(".")[0] in {"numba", "llvmlite"}}


def test_the_command_line_answers_help_without_heavy_imports() -> None:
    loaded = loaded_by("import embexplore.cli")
    assert not loaded & {*HEAVY, "numba"}
