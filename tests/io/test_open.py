"""Stored cubes open here and in other programs, on disk and over HTTP; what is no cube is refused in a sentence."""

import json
import pickle
import shutil
import warnings

import numpy as np
import pytest
import tensorstore
import xarray as xr
import zarr
from zarr.codecs import TransposeCodec

from embexplore.cube import schema
from embexplore.cube.build import grid_of, make_cube
from embexplore.errors import CorruptChunk, InvalidInput, NotACube, SourceUnavailable
from embexplore.io.byte_store import count_bytes
from embexplore.io.open import open_cube
from embexplore.io.write import write

LAYOUTS = ((None, "none"), (None, "default"), (32, "default"))


@pytest.fixture
def stored(tmp_path, sample):
    """`stored(kind, …)` writes a cube and gives its folder and sample."""

    def make(kind="both", **options):
        given = sample(kind, **options)
        return write(tmp_path / "c.zarr", given.plan, given.read), given

    return make


@pytest.mark.parametrize(("shard", "compression"), LAYOUTS)
@pytest.mark.parametrize("kind", ["both", "tessera"])
def test_plain_xarray_reads_the_same_codes(stored, kind, shard, compression):
    path, given = stored(kind, shard=shard, compression=compression)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cube = xr.open_zarr(path).load()
    for year, arrays in given.arrays.items():
        for name, values in arrays.items() if year in given.plan.years else ():
            assert cube[name].dtype == values.dtype
            np.testing.assert_array_equal(cube[name].sel(time=year), values)
    assert cube.time.dtype == np.int32
    assert list(map(str, cube.band.values)) == list(given.plan.bands)


@pytest.mark.parametrize(("shard", "compression"), LAYOUTS)
def test_zarr_python_and_tensorstore_read_the_same_codes(stored, shard, compression):
    path, given = stored(shard=shard, compression=compression)
    expected = np.stack([given.arrays[year]["embeddings"] for year in given.plan.years])
    group = zarr.open_group(path, mode="r")
    np.testing.assert_array_equal(group["embeddings"][:], expected)
    assert group["embeddings"].fill_value == schema.NODATA
    for name in ("embeddings", "bits", "valid", "precision", "x", "y", "time", "bits_center", "1/embeddings"):
        theirs = tensorstore.open({"driver": "zarr3", "kvstore": f"file://{path}/{name}"}).result()
        np.testing.assert_array_equal(theirs.read().result(), group[name][...])


@pytest.mark.parametrize(("shard", "compression"), LAYOUTS)
def test_a_cube_opens_over_http_with_every_reader(stored, serve, shard, compression):
    path, given = stored(shard=shard, compression=compression)
    url = f"{serve(path.parent)}/c.zarr"
    xr.testing.assert_identical(open_cube(url).load(), open_cube(path).load())
    expected = np.stack([given.arrays[year]["embeddings"] for year in given.plan.years])
    theirs = tensorstore.open({"driver": "zarr3", "kvstore": f"{url}/embeddings/"}).result()
    np.testing.assert_array_equal(theirs.read().result(), expected)
    from obstore.store import HTTPStore
    from zarr.storage import ObjectStore

    store = ObjectStore(HTTPStore.from_url(url, client_options={"allow_http": True}), read_only=True)
    np.testing.assert_array_equal(xr.open_zarr(store).embeddings.values, expected)
    xr.testing.assert_identical(open_cube(url, level=1).load(), open_cube(path, level=1).load())


def test_chunks_that_were_never_written_cost_no_request(stored, serve):
    path, _ = stored(compression="none")
    server = serve(path.parent)
    cube = open_cube(f"{server}/c.zarr")
    with count_bytes() as counter:
        cube.embeddings[0, :, :16, :16].compute()
        assert counter == {}
        cube.embeddings[0, :, :16, 16:32].compute()
    assert counter == {"embeddings/c/1/0/0/1": 16 * 16 * 16 + 4}


def test_a_chunk_of_bits_costs_at_most_a_seventh_of_the_int8_chunk(tmp_path, sample):
    """At 64 bands: 8 bytes of bits and 1 of the mask against 64; counted where bytes are read."""
    given = sample("both", compression="none", chunk=32)
    wide = {
        name: np.repeat(values, 4, axis=0) if name != "valid" else values for name, values in given.arrays[2020].items()
    }
    from dataclasses import replace

    from embexplore.core.codecs import make_codec

    codec = make_codec("binary").fit(np.random.default_rng(0).normal(size=(100, 64)).astype(np.float32))
    plan = replace(given.of(2020).plan, bands=tuple(map(str, range(64))), codecs=(make_codec("alphaearth"), codec))
    path = write(
        tmp_path / "wide.zarr",
        plan,
        lambda _, r, c: {k: np.ascontiguousarray(v[..., r, c]) for k, v in wide.items()},
    )
    cube = open_cube(path)
    costs = {}
    for names in (("embeddings",), ("bits", "valid")):
        with count_bytes() as counter:
            for name in names:
                cube[name][..., 32:64, :32].compute()
        costs[names[0]] = sum(counter.values())
    assert costs["embeddings"] == 64 * 32 * 32 + 4
    assert costs["bits"] <= costs["embeddings"] / 7


def test_opening_reads_no_codes(stored):
    path, _ = stored()
    with count_bytes() as counter:
        open_cube(path)
    assert not [key for key in counter if key.startswith(("embeddings/", "bits/c", "valid/"))]


def test_years_are_sorted_and_the_grid_is_that_of_the_plan(stored):
    path, given = stored()
    cube = open_cube(path)
    assert given.plan.years == (2021, 2020)
    assert cube.time.values.tolist() == [2020, 2021]
    assert grid_of(cube) == given.plan.grid
    assert cube.chunk_row.values.tolist() == [row // 16 for row in range(72)]


def test_a_lazy_cube_travels_to_another_process(stored):
    path, given = stored()
    travelled = pickle.loads(pickle.dumps(open_cube(path)))
    np.testing.assert_array_equal(travelled.embeddings.sel(time=2021), given.arrays[2021]["embeddings"])


def test_dask_tells_a_cube_from_the_one_it_replaced(tmp_path, sample):
    given = sample("alphaearth", years=(2020,))
    write(tmp_path / "c.zarr", given.plan, given.read)
    old = open_cube(tmp_path / "c.zarr").embeddings.data.name
    assert open_cube(tmp_path / "c.zarr").embeddings.data.name == old
    write(tmp_path / "c.zarr", given.plan, given.read, overwrite=True)
    assert open_cube(tmp_path / "c.zarr").embeddings.data.name != old


def test_any_window_equals_the_same_window_of_the_array(stored):
    path, given = stored("alphaearth", shard=32)
    reader = open_cube(path).embeddings.data
    whole = np.stack([given.arrays[year]["embeddings"] for year in (2020, 2021)])
    rng = np.random.default_rng(0)
    for _ in range(20):
        window = tuple(slice(*sorted(rng.integers(0, size + 1, 2))) for size in whole.shape)
        np.testing.assert_array_equal(reader[window].compute(), whole[window])


def test_overviews_are_named_and_anything_else_is_refused(stored):
    path, _ = stored()
    assert open_cube(path, level=1).sizes["y"] == 36
    with pytest.raises(InvalidInput, match="level=9: this cube has levels 0, 1, 2, 3"):
        open_cube(path, level=9)


def test_what_is_no_cube_is_refused_in_a_sentence(tmp_path, stored, serve):
    path, _ = stored()
    root = json.loads((path / "zarr.json").read_text())

    def variant(**changes):
        (path / "zarr.json").write_text(json.dumps({**root, **changes}))
        return path

    (tmp_path / "photos").mkdir()
    (tmp_path / "v2").mkdir()
    (tmp_path / "v2/.zgroup").write_text('{"zarr_format": 2}')
    cases = [
        (tmp_path / "none.zarr", SourceUnavailable, "no such file"),
        (tmp_path / "photos", NotACube, "there is no zarr.json in it"),
        (tmp_path / "v2", NotACube, "Zarr v2 store"),
        (path.with_name("c.zarr.partial"), NotACube, "still being written"),
        (f"{serve(tmp_path)}/none.zarr", SourceUnavailable, "no zarr.json at this address"),
        (path / "embeddings", NotACube, "a single Zarr array"),
    ]
    for place, error, sentence in cases:
        with pytest.raises(error, match=sentence):
            open_cube(place)
    attrs = {key: value for key, value in root["attributes"].items() if key != "embexplore"}
    no_crs = {key: value for key, value in root["attributes"].items() if not key.startswith("proj:")}
    for changes, sentence in (
        ({"consolidated_metadata": None}, "no consolidated metadata"),
        ({"attributes": attrs}, "no attribute 'embexplore'"),
        ({"attributes": no_crs}, "no coordinate system"),
    ):
        with pytest.raises(NotACube, match=sentence):
            open_cube(variant(**changes))


def test_a_group_without_variables_is_refused(tmp_path):
    zarr.create_group(tmp_path / "empty.zarr", zarr_format=3)
    with pytest.raises(NotACube, match="no consolidated metadata"):
        open_cube(tmp_path / "empty.zarr")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr.consolidate_metadata(tmp_path / "empty.zarr")
    with pytest.raises(NotACube):
        open_cube(tmp_path / "empty.zarr")


def test_a_dead_server_is_said_in_a_sentence(monkeypatch):
    from datetime import timedelta

    from embexplore.io import byte_store

    monkeypatch.setattr(byte_store, "RETRY", {"max_retries": 0, "retry_timeout": timedelta(seconds=1)})
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1:1/c\.zarr.*Check the address"):
        open_cube("http://127.0.0.1:1/c.zarr")


def test_a_chunk_damaged_on_the_server_is_named(stored, serve):
    path, _ = stored(compression="none")
    file = path / "embeddings/c/0/0/1/1"
    file.write_bytes(b"x" + file.read_bytes()[1:])
    cube = open_cube(f"{serve(path.parent)}/c.zarr")
    with pytest.raises(CorruptChunk, match=r"embeddings/c/0/0/1/1 of http.* is damaged"):
        cube.embeddings.compute()


def test_a_cube_that_xarray_wrote_with_datetimes_in_another_order_opens_as_years(tmp_path, sample):
    given = sample("alphaearth")
    codes = np.stack([given.arrays[year]["embeddings"] for year in (2020, 2021)])
    cube = make_cube(
        codes, codec=given.plan.codecs[0], grid=given.plan.grid, years=(2020, 2021), provenance=given.plan.provenance
    )
    dated = cube.assign_coords(time=np.array(["2020-01-01", "2021-06-01"], "datetime64[ns]"))
    dated = dated.transpose("y", "x", "band", "time").rename(y="northing", x="easting", time="year")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dated.to_zarr(tmp_path / "x.zarr", encoding={"embeddings": {"fill_value": -128}})
    opened = open_cube(tmp_path / "x.zarr")
    assert opened.embeddings.dims == ("time", "band", "y", "x")
    assert opened.time.values.tolist() == [2020, 2021]
    np.testing.assert_array_equal(opened.embeddings, codes)
    assert grid_of(opened) == given.plan.grid


def written_by_xarray(cube, path, **options):
    """A cube as xarray writes it: no checksums, no `precision`, names of one length, chunks of zeros left out."""
    plain = cube.drop_vars("precision", errors="ignore").drop_encoding()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain.to_zarr(path, encoding={"embeddings": {"fill_value": -128, **options}})
    return path


@pytest.mark.parametrize(
    "options", [{}, {"filters": [TransposeCodec(order=(3, 2, 1, 0))]}], ids=["plain", "transposed"]
)
def test_a_cube_that_xarray_wrote_and_that_vanished_is_gone_not_empty(stored, tmp_path, options):
    cube = open_cube(stored("alphaearth")[0])
    path = written_by_xarray(
        cube.assign_coords(band=[f"A{i:02d}" for i in range(cube.sizes["band"])]), tmp_path / "x", **options
    )
    opened = open_cube(path)
    np.testing.assert_array_equal(opened.embeddings, cube.embeddings)
    shutil.rmtree(path)
    with pytest.raises(SourceUnavailable, match=f"^The folder of this cube is gone: {path} held it"):
        opened.embeddings.compute()


def test_a_cube_opens_from_a_bucket_without_credentials(stored, serve, tmp_path, monkeypatch):
    """Path-style requests to a localhost endpoint, as any S3-compatible store answers them."""
    path, _ = stored()
    (tmp_path / "bucket").mkdir()
    path.rename(tmp_path / "bucket/c.zarr")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", serve(tmp_path))
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    cube = open_cube("s3://bucket/c.zarr").load()
    xr.testing.assert_identical(cube, open_cube(tmp_path / "bucket/c.zarr").load())


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda root: root["attributes"].update(embexplore=5), "names no codecs"),
        (lambda root: root["attributes"].update(embexplore={}), "names no codecs"),
        (lambda root: described(root).pop("codecs"), "describes no readable arrays"),
        (lambda root: described(root).pop("node_type"), "describes no readable arrays"),
        (lambda root: described(root).update(shape=[2, "x", 5, 5]), "describes no readable arrays"),
    ],
)
def test_metadata_that_is_json_but_senseless_is_a_sentence(stored, spoil, sentence):
    path, _ = stored()
    root = json.loads((path / "zarr.json").read_text())
    spoil(root)
    (path / "zarr.json").write_text(json.dumps(root))
    with pytest.raises(NotACube, match=sentence):
        open_cube(path)


def described(root):
    """What the root metadata says of the embeddings."""
    return root["consolidated_metadata"]["metadata"]["embeddings"]
