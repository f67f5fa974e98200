"""Tessera: npy tiles with scales and landmask, both Zarr layouts in place, and the archive's manifest."""

import re
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xarray as xr
import zarr
from archive import write_tiff
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pyproj import Transformer

from embexplore.cube.build import codec_of, grid_of, provenance_of
from embexplore.errors import CRSMismatch, InvalidInput, OutOfBounds, SourceUnavailable, VariantMismatch
from embexplore.io.fetch import fetch
from embexplore.io.ingest import ingest
from embexplore.io.open import open_cube
from embexplore.io.sources import address, detect
from embexplore.io.sources.tessera import one_scale
from embexplore.io.sources.tessera_zarr import open_tessera_zarr

pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata:UserWarning")

CRS = "EPSG:32631"
NAME, EAST = "grid_0.05_52.05", "grid_0.15_52.05"
_EDGE = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(0.1, 52.05)
LEFT, TOP = round(_EDGE[0], -1) - 300, round(_EDGE[1], -1)
"""The first tile's 30 columns end where the second begins, at 0.1°E."""


def tessera_values(rng, rows=40, columns=30):
    codes = rng.integers(-127, 128, (rows, columns, 128)).astype(np.int8)
    scales = rng.uniform(0.01, 0.1, (rows, columns)).astype(np.float32)
    scales[3, 4], scales[5, 6] = np.nan, np.inf
    return codes, scales


def write_tile(root, codes, scales, *, name=NAME, year=2024, dataset="v1", left=LEFT, crs=CRS):
    """One tile in the layout of the Source Cooperative repository."""
    folder = root / "npy" / dataset / str(year) / name
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{name}.npy", codes)
    np.save(folder / f"{name}_scales.npy", scales)
    version = re.match(r"v\d+(\.\d+)?", dataset)[0]
    land = np.ones((1, *codes.shape[:2]), np.uint8)
    landmask = root / "landmasks" / version / f"{name}.tiff"
    write_tiff(landmask, land, crs=crs, left=left, top=TOP, block=16, south_up=False, nodata=None)
    return folder / f"{name}.npy"


def test_a_tile_is_read_with_water_and_no_data_told_apart(tmp_path, rng):
    codes, scales = tessera_values(rng)
    out = ingest(tmp_path / "t.zarr", write_tile(tmp_path, codes, scales))
    cube = open_cube(out)
    assert list(cube.time) == [2024]
    assert (grid_of(cube).crs, grid_of(cube).transform) == (CRS, (10, 0, LEFT, 0, -10, TOP))
    np.testing.assert_array_equal(cube.embeddings.values[0], np.moveaxis(codes, -1, 0))
    np.testing.assert_array_equal(cube.scales.values[0], scales)
    assert np.isnan(cube.scales.values[0, 3, 4])
    assert np.isposinf(cube.scales.values[0, 5, 6])
    assert provenance_of(cube).variant == "Tessera v1"
    decoded = codec_of(cube, "embeddings").decode(codes, scales)
    np.testing.assert_allclose(decoded[0, 0], codes[0, 0] * scales[0, 0], rtol=2 * np.finfo(np.float32).eps)


def test_scales_per_band_that_are_equal_change_nothing(rng):
    codes, scales = tessera_values(rng)
    first = np.moveaxis(codes, -1, 0)
    same, one = one_scale(first, np.repeat(scales[..., None], 128, axis=2))
    np.testing.assert_array_equal(same, first)
    np.testing.assert_array_equal(one, scales)


@settings(max_examples=30)
@given(
    hnp.arrays(np.int8, (128, 2, 3), elements=st.integers(-127, 127)),
    hnp.arrays(np.float32, (2, 3, 128), elements=st.floats(2**-10, 2**4, width=32)),
)
def test_scales_per_band_are_kept_within_half_a_step(codes, scales):
    values = codes.astype(np.float64) * np.moveaxis(scales, -1, 0)
    again, step = one_scale(codes, scales)
    # Half a step, and float32's rounding of product, quotient and step (4 roundings of up to 127 steps).
    bound = step * (0.5 + 127 * 4 * np.finfo(np.float32).eps)
    assert (np.abs(again * step.astype(np.float64) - values) <= bound).all()


def test_artefact_scales_become_no_data_and_are_reported(tmp_path, rng):
    codes, scales = tessera_values(rng)
    scales[7, 8], scales[9, 9] = 0, -0.5
    with pytest.warns(UserWarning, match=r"2 pixels have a scale ≤ 0: taken as no data"):
        out = ingest(tmp_path / "t.zarr", write_tile(tmp_path, codes, scales))
    read = open_cube(out).scales.values[0]
    assert np.isposinf(read[[7, 9], [8, 9]]).all()


def test_tiles_that_do_not_fit_are_refused_with_a_sentence(tmp_path, rng):
    codes, scales = tessera_values(rng)
    lone = tmp_path / "lone" / "2024" / "grid_9.05_9.05.npy"
    lone.parent.mkdir(parents=True)
    np.save(lone, codes)
    with pytest.raises(SourceUnavailable, match=r"_scales\.npy: there is no such file"):
        detect(lone)
    np.save(lone.with_name("grid_9.05_9.05_scales.npy"), scales)
    with pytest.raises(SourceUnavailable, match=r"its landmask grid_9\.05_9\.05\.tiff.*was not found"):
        detect(lone)
    short = write_tile(tmp_path / "short", codes, scales)
    np.save(short, codes[:-1])
    with pytest.raises(InvalidInput, match=r"expected float"):
        detect(short)
    wrong = write_tile(tmp_path / "wrong", codes[..., :64], scales)
    with pytest.raises(InvalidInput, match=r"expected int8 \(rows, columns, 128\)"):
        detect(wrong)
    cut = write_tile(tmp_path / "cut", codes, scales)
    cut.write_bytes(cut.read_bytes()[:-100])
    with pytest.raises(SourceUnavailable, match=r"is cut off"):
        detect(cut)
    one = write_tile(tmp_path, codes, scales)
    other = write_tile(tmp_path, codes, scales, dataset="v1.1-cam")
    with pytest.raises(VariantMismatch, match=r"v1 \(.*v1\.1-cam \("):
        detect([one, other])


@pytest.fixture
def repository(tmp_path, rng):
    """Two tiles side by side on one grid, one of them in two years, and the manifest."""
    root = tmp_path / "tessera" / "tessera"
    values = {year: tessera_values(rng) for year in (2023, 2024)}
    for year, (codes, scales) in values.items():
        write_tile(root, codes, scales, year=year)
    east = tessera_values(rng, 40, 25)
    write_tile(root, *east, name=EAST, left=LEFT + 300)
    rows = [(0.05, 52.05, 2023), (0.05, 52.05, 2024), (0.15, 52.05, 2024), (99.95, 1.05, 2024)]
    table = {name: [row[axis] for row in rows] for axis, name in enumerate(("lon", "lat", "year"))}
    pq.write_table(pa.table(table | {"grid_size": [1] * 4}), root / "npy" / "v1" / "manifest.parquet")
    return tmp_path, values, east


def test_tiles_are_fetched_from_the_manifest_with_their_cost_said(repository, serve, tmp_path):
    folder, values, east = repository
    server = serve(folder)
    tile = detect(folder / "tessera/tessera/npy/v1/2024" / NAME / f"{NAME}.npy").grid
    bbox = tile.crop(slice(10, 20), slice(10, 30)).bbox
    bbox = (bbox[0], bbox[1], 0.102, bbox[3])
    said = []
    root = f"{server.url}/tessera/tessera"
    out = fetch("tessera", tmp_path / "t.zarr", bbox=bbox, years=(2022, 2024), root=root, say=said.append)
    cube = open_cube(out)
    assert list(cube.time) == [2023, 2024]
    rows, columns = grid_of(cube).shape
    row, column = tile.offset(grid_of(cube))
    whole = np.full((128, 40, 55), 0, np.int8)
    whole[:, :, :30], whole[:, :, 30:] = np.moveaxis(values[2024][0], -1, 0), np.moveaxis(east[0], -1, 0)
    np.testing.assert_array_equal(
        cube.embeddings.sel(time=2024).values, whole[:, row : row + rows, column : column + columns]
    )
    inside = values[2023][1][row : row + rows, column : min(column + columns, 30)]
    np.testing.assert_array_equal(cube.scales.sel(time=2023).values[:, : inside.shape[1]], inside)
    assert np.isposinf(cube.scales.sel(time=2023).values[:, inside.shape[1] :]).all()
    assert said[0].startswith("2022 is not in the archive: starting with 2023")
    assert "MB to download" in said[1]
    codes = [entry for entry in server.gets(f"{NAME}.npy") if entry["range"] != "bytes=0-511"]
    assert {entry["sent"] for entry in codes} == {rows * 30 * 128}, "whole rows of the window, and no others"
    assert all("embexplore" in entry["agent"] for entry in server.log)
    with pytest.raises(OutOfBounds, match=r"crosses no tile of Tessera v1"):
        fetch("tessera", tmp_path / "n.zarr", bbox=(-50, 0, -49, 1), years=2024, root=root)


def write_layout_a(path, codes, scales, zones=("utm31",)):
    """One store, a group a zone, `(time, band, y, x)`."""
    root = zarr.open_group(path, mode="w", attributes={"geoemb:model": "Tessera", "tessera:dataset_version": "v1"})
    rows, columns = scales.shape[1:]
    for zone in zones:
        group = root.create_group(zone, attributes={"proj:code": f"EPSG:326{zone[3:]}"})
        dims = ["time", "band", "y", "x"]
        array = group.create_array(
            "embeddings", shape=codes.shape, dtype="int8", chunks=(1, 128, 16, 16), dimension_names=dims, fill_value=0
        )
        array[:] = codes
        array = group.create_array(
            "scales",
            shape=scales.shape,
            dtype="float32",
            chunks=(1, 16, 16),
            fill_value=np.inf,
            dimension_names=["time", "y", "x"],
        )
        array[:] = scales
        for name, values in (
            ("time", np.array([2023, 2024], np.int32)),
            ("x", LEFT + 10 * (np.arange(columns) + 0.5)),
            ("y", TOP - 10 * (np.arange(rows) + 0.5)),
        ):
            group.create_array(name, data=values, dimension_names=[name])
    zarr.consolidate_metadata(root.store)


def write_layout_b(path, codes, scales, version="v1"):
    """One store a year, `(northing, easting, band)`."""
    attributes = {"proj:code": CRS, "tessera_dataset_version": version}
    group = zarr.open_group(path, mode="w", attributes=attributes)
    names = ["northing", "easting", "band"]
    group.create_array("embeddings", data=codes, chunks=(16, 16, 128), dimension_names=names, fill_value=0)
    group.create_array("scales", data=scales, chunks=(16, 16), dimension_names=names[:2], fill_value=np.nan)
    rows, columns = scales.shape
    group.create_array("easting", data=LEFT + 10 * (np.arange(columns) + 0.5), dimension_names=["easting"])
    group.create_array("northing", data=TOP - 10 * (np.arange(rows) + 0.5), dimension_names=["northing"])
    zarr.consolidate_metadata(group.store)


@pytest.fixture
def both_years(rng):
    codes = np.stack([np.moveaxis(tessera_values(rng)[0], -1, 0) for _ in range(2)])
    scales = np.stack([tessera_values(rng)[1] for _ in range(2)])
    return codes, scales


@pytest.mark.parametrize("door", ["disk", "http"])
@pytest.mark.parametrize("layout", ["A", "B"])
def test_both_zarr_layouts_are_cubes_in_place_and_can_be_ingested(tmp_path, serve, both_years, layout, door):
    codes, scales = both_years
    if layout == "A":
        write_layout_a(tmp_path / "tessera.zarr", codes, scales)
        files = ["tessera.zarr"]
    else:
        for number, year in enumerate((2023, 2024)):
            write_layout_b(tmp_path / f"utm31_{year}.zarr", np.moveaxis(codes[number], 0, -1), scales[number])
        files = ["utm31_2023.zarr", "utm31_2024.zarr"]
    base = serve(tmp_path).url if door == "http" else str(tmp_path)
    files = [f"{base}/{file}" for file in files]

    source = detect(files)
    assert source.name == "tessera-zarr"
    assert source.grid.transform == (10, 0, LEFT, 0, -10, TOP)
    cube = source.cube()
    assert cube.embeddings.dims == ("time", "band", "y", "x")
    assert (cube.embeddings.dtype, list(cube.time)) == (np.int8, [2023, 2024])
    np.testing.assert_array_equal(cube.embeddings.values, codes)
    np.testing.assert_array_equal(cube.scales.values, scales)
    np.testing.assert_array_equal(cube.embeddings[1, :, 17:18, 2:3].values, codes[1, :, 17:18, 2:3])
    xr.testing.assert_identical(open_cube(files[0]), detect(files[:1]).cube())

    bbox = source.grid.crop(slice(5, 30), slice(3, 21)).bbox
    cropped = open_tessera_zarr(files, bbox=bbox)
    row, column = source.grid.offset(cropped.grid)
    rows, columns = cropped.grid.shape
    part = (slice(None), slice(None), slice(row, row + rows), slice(column, column + columns))
    np.testing.assert_array_equal(cropped.cube().embeddings.values, codes[part])
    written = open_cube(ingest(tmp_path / f"{layout}-{door}", files, bbox=bbox))
    np.testing.assert_array_equal(written.embeddings.values, codes[part])
    np.testing.assert_array_equal(written.scales.values, scales[(part[0], *part[2:])])
    assert provenance_of(written).variant == "Tessera v1"


@pytest.mark.parametrize("door", ["disk", "http"])
@pytest.mark.parametrize("layout", ["A", "B"])
def test_a_store_in_place_that_vanished_is_said_to_be_gone_and_is_no_sea_without_data(
    tmp_path, serve, both_years, layout, door
):
    path = tmp_path / "utm31_2023.zarr"
    if layout == "A":
        write_layout_a(path, *both_years)
    else:
        write_layout_b(path, np.moveaxis(both_years[0][0], 0, -1), both_years[1][0])
    place = f"{serve(tmp_path).url}/{path.name}" if door == "http" else str(path)
    cube = open_cube(place)
    shutil.rmtree(path)
    kind = "address" if door == "http" else "folder"
    for name in ("embeddings", "scales"):
        with pytest.raises(SourceUnavailable, match=f"^The {kind} of this cube is gone: {place} held it"):
            cube[name].compute()


def test_a_cube_in_place_reads_only_the_chunks_it_is_asked_for(tmp_path, serve, both_years):
    write_layout_a(tmp_path / "tessera.zarr", *both_years)
    server = serve(tmp_path)
    cube = detect(f"{server.url}/tessera.zarr").cube()
    server.forget()
    cube.embeddings[0, :, :4, :4].compute()
    chunks = [entry["path"] for entry in server.gets() if "/embeddings/c/" in entry["path"]]
    assert chunks == ["/tessera.zarr/utm31/embeddings/c/0/0/0/0"]


def test_a_zone_is_chosen_by_the_bbox_or_named_in_the_sentence(tmp_path, both_years):
    write_layout_a(tmp_path / "t.zarr", *both_years, zones=("utm30", "utm31"))
    with pytest.raises(InvalidInput, match=r"has zones utm30, utm31.*--bbox.*t\.zarr/utm30"):
        detect(tmp_path / "t.zarr")
    assert detect(tmp_path / "t.zarr" / "utm30").grid.crs == "EPSG:32630"
    bbox = detect(tmp_path / "t.zarr" / "utm31").grid.bbox
    assert detect(tmp_path / "t.zarr", bbox=bbox).grid.crs == "EPSG:32631"


def test_stores_that_do_not_fit_are_refused_with_a_sentence(tmp_path, both_years):
    codes, scales = np.moveaxis(both_years[0][0], 0, -1), both_years[1][0]
    write_layout_b(tmp_path / "a_2023.zarr", codes, scales)
    write_layout_b(tmp_path / "b_2024.zarr", codes, scales, version="v2")
    write_layout_b(tmp_path / "c_2024.zarr", codes[:-1], scales[:-1])
    write_layout_b(tmp_path / "plain.zarr", codes, scales)
    with pytest.raises(VariantMismatch, match=r"versions v1 .*a_2023\.zarr.* and v2"):
        detect([tmp_path / "a_2023.zarr", tmp_path / "b_2024.zarr"])
    with pytest.raises(CRSMismatch, match=r"different grids"):
        detect([tmp_path / "a_2023.zarr", tmp_path / "c_2024.zarr"])
    with pytest.raises(InvalidInput, match=r"does not say its year.*--year"):
        detect(tmp_path / "plain.zarr")
    assert detect(tmp_path / "plain.zarr", year=2020).years == (2020,)
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(InvalidInput, match=r"is not a Zarr group"):
        detect(tmp_path / "empty.zarr")
    with pytest.raises(SourceUnavailable, match=r"no such folder"):
        detect(tmp_path / "missing.zarr")


def test_a_dead_tessera_server_is_named(tmp_path, serve, both_years, monkeypatch):
    monkeypatch.setattr(address, "FIRST_WAIT", 0.01)
    write_layout_a(tmp_path / "t.zarr", *both_years)
    server = serve(tmp_path)
    server.stop()
    with pytest.raises(SourceUnavailable, match=r"does not answer"):
        open_tessera_zarr([f"{server.url}/t.zarr"])


def test_a_store_opens_the_same_with_plain_xarray(tmp_path, both_years):
    """The oracle: what xarray reads in the store is what the cube holds."""
    write_layout_a(tmp_path / "t.zarr", *both_years)
    plain = xr.open_zarr(tmp_path / "t.zarr", group="utm31", mask_and_scale=False)
    cube = detect(tmp_path / "t.zarr").cube()
    np.testing.assert_array_equal(plain.embeddings.values, cube.embeddings.values)
    np.testing.assert_array_equal(plain.x.values, cube.x.values)
