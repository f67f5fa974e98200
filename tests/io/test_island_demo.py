"""The demo on disk: the committed cube is what the seed gives, and a package without it makes its own."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from embexplore.errors import AlreadyExists
from embexplore.io import demo as module
from embexplore.io.demo import demo, null_island, null_island_path, null_island_places, null_island_truth, truth_of
from embexplore.io.open import open_cube
from embexplore.io.sources.synthetic import YEARS, NullIsland

DATA = Path(__file__).parents[2] / "data"


def codes(cube):
    return cube["embeddings"].transpose("time", "band", "y", "x").values


def test_the_committed_cube_regenerates_bit_for_bit():
    committed, island = null_island(), NullIsland()
    assert null_island_path() == DATA / "null-island.zarr"
    assert tuple(committed["time"].values) == YEARS
    for year in YEARS:
        made = island.read(year, slice(None), slice(None)).codes
        assert np.array_equal(committed["embeddings"].sel(time=year).values, made), year


def test_the_committed_truth_is_that_of_the_seed():
    shipped, made = null_island_truth(), truth_of(NullIsland())
    assert np.array_equal(shipped.classes, made.classes)
    assert shipped.classes.attrs["classes"] == made.classes.attrs["classes"]
    assert np.array_equal(shipped.elevation, made.elevation)
    assert list(shipped.places["name"]) == list(made.places["name"])
    assert shipped.places.geometry.geom_equals_exact(made.places.geometry, 1e-7).all()
    assert list(shipped.changes["first_year"]) == list(made.changes["first_year"])
    assert shipped.changes.geometry.geom_equals_exact(made.changes.geometry, 1e-7).all()


def test_truth_and_cube_lie_on_the_same_pixels():
    cube, truth = null_island(), null_island_truth()
    assert np.array_equal(cube["x"], truth.classes["x"])
    assert np.array_equal(cube["y"], truth.elevation["y"])
    assert np.array_equal(cube["time"], truth.classes["time"])


def test_what_is_shipped_is_small():
    size = sum(file.stat().st_size for file in DATA.rglob("null-island*/**/*") if file.is_file())
    print(f"data/: {size / 1e6:.1f} MB")
    assert size <= 12e6


def test_a_demo_of_some_years_is_a_cube_with_progress(tmp_path):
    seen = []
    out = demo(tmp_path / "a.zarr", size=64, seed=3, years=(2018, 2020), progress=lambda *told: seen.append(told))
    cube = open_cube(out)
    island = NullIsland(64, seed=3, years=(2018, 2020))
    assert np.array_equal(codes(cube)[1], island.read(2020, slice(None), slice(None)).codes)
    assert seen[-1][0] == seen[-1][1] == len(seen)
    with pytest.raises(AlreadyExists):
        demo(out, size=64)
    demo(out, size=32, years=(2021,), overwrite=True)
    assert open_cube(out).sizes["x"] == 32


def test_a_package_without_data_makes_the_island_once_in_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv(module.CACHE, str(tmp_path / "cache"))
    monkeypatch.setattr(module, "_shipped", lambda: tmp_path / "nowhere")
    first = null_island_path()
    made = (first / "zarr.json").stat().st_mtime_ns
    assert null_island_path() == first
    assert (first / "zarr.json").stat().st_mtime_ns == made
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == [first.name]
    assert np.array_equal(codes(open_cube(first)), codes(open_cube(DATA / "null-island.zarr")))
    assert len(null_island_truth().places) == len(truth_of(NullIsland()).places)


def test_two_processes_may_make_it_at_once(tmp_path):
    program = (
        "from embexplore.io import demo; from pathlib import Path; demo._shipped = lambda: Path('nowhere'); "
        "demo.demo.__kwdefaults__.update(size=48, years=(2019,)); print(demo.null_island_path())"
    )
    environment = {**os.environ, module.CACHE: str(tmp_path)}
    runs = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    paths = {run.communicate(timeout=300)[0].strip() for run in runs}
    assert [run.returncode for run in runs] == [0, 0]
    assert len(paths) == 1
    assert open_cube(paths.pop()).sizes["x"] == 48
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("platform", "variable", "tail"),
    [("linux", "XDG_CACHE_HOME", "embexplore"), ("win32", "LOCALAPPDATA", "embexplore")],
)
def test_the_cache_is_where_the_platform_keeps_caches(monkeypatch, tmp_path, platform, variable, tail):
    monkeypatch.delenv(module.CACHE, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert module.cache_folder() == tmp_path / tail
    monkeypatch.setattr(sys, "platform", "darwin")
    assert module.cache_folder() == Path.home() / "Library" / "Caches" / "embexplore"


@pytest.mark.parametrize("is_shipped", [True, False])
def test_the_places_are_those_of_the_truth(is_shipped, tmp_path, monkeypatch):
    if not is_shipped:
        monkeypatch.setattr(module, "_shipped", lambda: tmp_path)
    truth = truth_of(NullIsland()).places
    places = null_island_places()
    assert [place[:2] for place in places] == list(zip(truth["name"], truth["class"], strict=True))
    np.testing.assert_allclose([place[2:] for place in places], truth[["lon", "lat"]], rtol=0, atol=5e-7)  # as written
