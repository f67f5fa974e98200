"""The same answers from a cluster of processes: functions, codecs and results travel."""

import dask
import numpy as np
import pytest
import xarray as xr

from embexplore.analysis.area import clip
from embexplore.analysis.change import change, largest_change
from embexplore.analysis.colors import fit_pca, pca_rgb
from embexplore.analysis.nearest import nearest
from embexplore.analysis.recode import encode, with_bits
from embexplore.analysis.search import search
from embexplore.analysis.top import top
from embexplore.io.open import open_cube
from embexplore.io.save import save_cube


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        yield client


def test_two_processes_answer_as_numpy_does(client, north):
    assert len(client.scheduler_info()["workers"]) == 2
    lazy = north.cube.chunk({"time": 1, "y": 32, "x": 32})
    positives = [north.at(30, 40, 2020), north.at(60, 10, 2020)]
    west, south, east, north_edge = north.grid.bbox
    area = (west, south, (west + east) / 2, north_edge)
    pca = fit_pca(north.cube)

    def answers(cube):
        score = search(cube, positives, combine="max")
        yield score
        yield change(cube)
        yield largest_change(cube)
        yield pca_rgb(cube, pca)
        yield search(clip(cube, area), positives)
        yield search(encode(cube, "int8", per_chunk=True), positives)
        both = with_bits(cube)
        yield both
        hits = top(cube, score, k=5, min_distance=100), nearest(both, positives, k=5)
        yield from (xr.Dataset.from_dataframe(table.drop(columns="geometry")) for table in hits)
        yield xr.DataArray(np.abs(fit_pca(cube).components_))

    for mine, theirs in zip(answers(north.cube), answers(lazy), strict=True):
        xr.testing.assert_allclose(theirs.compute(), mine, rtol=0, atol=north.cosine_error)


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("is_persisted", [False, True])
def test_a_cluster_writes_the_bytes_that_one_process_writes(north, tmp_path, *, is_persisted):
    """Eight times: fused tasks of two windows with one key made a cluster fail in 3 of 8 saves, and in 8 of 8."""
    lazy = encode(north.cube.chunk({"time": 1, "y": 32, "x": 32}), "binary")
    with dask.config.set(scheduler="threads"):
        expected = open_cube(save_cube(lazy, tmp_path / "here.zarr")).compute()
    lazy = lazy.persist() if is_persisted else lazy
    for turn in range(8):
        written = save_cube(lazy, tmp_path / f"{turn}.zarr")
        with dask.config.set(scheduler="threads"):
            xr.testing.assert_identical(open_cube(written).compute(), expected)
    assert fit_pca(lazy).mean_.shape == (north.cube.sizes["band"],)
