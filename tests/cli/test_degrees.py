"""A cube in degrees is told in degrees."""

import numpy as np

from embexplore.core.codecs import make_codec
from embexplore.cube.build import make_cube
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance
from embexplore.io.save import save_cube


def test_places_of_a_cube_in_degrees_are_told_apart(run, rng, tmp_path):
    codec, grid = make_codec("float32"), Grid("EPSG:4326", (1e-4, 0.0, -60.0, 0.0, -1e-4, -30.0), (4, 4))
    codes = rng.normal(size=(1, 8, 4, 4)).astype(np.float32)
    cube = make_cube(codes, codec=codec, grid=grid, years=(2024,), provenance=Provenance("tests", "Planted", "1", ""))
    said = run("search", save_cube(cube, tmp_path / "c.zarr"), "--at", "-59.99995,-30.00005", "--top", 16).out
    rows = [line.split() for line in said.splitlines()[2:]]
    assert len({(x, y) for *_, x, y in rows}) == len({(lon, lat) for _, _, lon, lat, *_ in rows}) == 16
