"""AlphaEarth COGs: south-up, 64 bands apart, on disk, over HTTP and from S3, one or many, each block once."""

import numpy as np
import pytest
import rasterio
from archive import BUCKET, unit_codes, write_sparse_tile, write_tiff
from rasterio.enums import Resampling
from rasterio.transform import Affine, rowcol
from rasterio.warp import reproject

from embexplore.errors import CRSMismatch, InvalidInput, OutOfBounds, SourceUnavailable, VariantMismatch
from embexplore.io.sources import address, detect

CRS = "EPSG:32616"
LEFT, TOP = 300_000.0, 4_900_000.0
HEADER = 131_072
"""Bytes that are read at open, of every file."""


def read_all(source, year=2024, step=256):
    """Every pixel of a source, window by window, as the writer asks for them."""
    rows, columns = source.grid.shape
    whole = np.empty((64, rows, columns), np.int8)
    for top in range(0, rows, step):
        for left in range(0, columns, step):
            window = slice(top, min(top + step, rows)), slice(left, min(left + step, columns))
            whole[:, window[0], window[1]] = source.read(year, *window).codes
    return whole


def box(grid, rows, columns):
    """A bounding box in degrees strictly inside these pixels of a grid."""
    inner = grid.crop(rows, columns)
    left, bottom, right, top = inner.bounds
    lon, lat = inner.lonlat([left, right, left, right], [top, top, bottom, bottom])
    return max(lon[0], lon[2]), max(lat[2], lat[3]), min(lon[1], lon[3]), min(lat[0], lat[1])


@pytest.fixture(scope="module")
def patch():
    return unit_codes(np.random.default_rng(0), 300, 250)


@pytest.fixture(scope="module")
def archive_folder(tmp_path_factory, patch):
    """One sparse 8192² tile whose data lie across four blocks of 1024², in the bucket's layout."""
    folder = tmp_path_factory.mktemp("bucket")
    key = f"{BUCKET}/tge-labs/aef/v1/annual/2024/16N/one-0000000000-0000000000.tiff"
    write_sparse_tile(folder / key, crs=CRS, left=LEFT, top=TOP, patches=[(900, 900, patch)])
    return folder, key


@pytest.mark.parametrize("south_up", [True, False])
@pytest.mark.parametrize(("interleave", "block"), [("band", 64), ("pixel", 64), ("band", 1024)])
def test_any_window_is_what_rasterio_reads_north_up(tmp_path, rng, south_up, interleave, block):
    codes = unit_codes(rng, 150, 210)
    path = write_tiff(
        tmp_path / "a.tiff", codes, crs=CRS, left=LEFT, top=TOP, south_up=south_up, interleave=interleave, block=block
    )
    with rasterio.open(path) as dataset:
        plain = dataset.read()
        assert (dataset.transform.e > 0) == south_up
    north_up = plain[:, ::-1] if south_up else plain
    source = detect(path, year=2024)
    assert source.grid.transform == (10, 0, LEFT, 0, -10, TOP)
    for rows, columns in [
        (slice(0, 150), slice(0, 210)),
        (slice(7, 8), slice(200, 210)),
        (slice(60, 130), slice(0, 1)),
    ]:
        np.testing.assert_array_equal(source.read(2024, rows, columns).codes, north_up[:, rows, columns])
    np.testing.assert_array_equal(read_all(detect(path, year=2024), step=50), codes)


def test_a_pixel_that_is_nodata_in_one_band_is_nodata_in_all(tmp_path, rng):
    codes = unit_codes(rng, 40, 50)
    codes[17, 3, 4] = -128
    source = detect(write_tiff(tmp_path / "a.tiff", codes, crs=CRS, left=LEFT, top=TOP, block=16), year=2024)
    read = source.read(2024, slice(0, 40), slice(0, 50)).codes
    assert (read[:, 3, 4] == -128).all()
    codes[:, 3, 4] = -128
    np.testing.assert_array_equal(read, codes)


def test_the_real_chip_is_read_bit_for_bit(real_data):
    path = real_data / "aef_wisconsin_2024_utm16n_10m.tif"
    source = detect(path, year=2024)
    assert (source.name, source.grid.crs, source.grid.shape) == ("alphaearth", "EPSG:32616", (97, 98))
    with rasterio.open(path) as dataset:
        np.testing.assert_array_equal(source.read(2024, slice(0, 97), slice(0, 98)).codes, dataset.read())
    assert "Google DeepMind" in source.provenance.attribution


@pytest.mark.parametrize("door", ["http", "s3"])
def test_each_block_is_asked_for_once_and_little_else_is(archive_folder, serve, patch, door, monkeypatch):
    folder, key = archive_folder
    server = serve(folder)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    file = f"s3://{key}" if door == "s3" else f"{server.url}/{key}"
    whole = detect(file)
    bbox = box(whole.grid, slice(850, 1300), slice(850, 1200))
    server.forget()
    source = detect(file, bbox=bbox)
    assert source.years == (2024,)
    read = read_all(source)

    rows, columns = whole.grid.window(bbox)
    expected = np.full((64, *whole.grid.crop(rows, columns).shape), -128, np.int8)
    expected[:, 900 - rows.start : 1200 - rows.start, 900 - columns.start : 1150 - columns.start] = patch
    np.testing.assert_array_equal(read, expected)

    needed = source.tiles[2024][0].tile.stored_bytes(rows, columns)
    assert source.cache.loads == 4
    blocks = 4 * 64
    gets = server.gets("tiff")
    print(f"\n{door}: {len(gets)} GET, {server.bytes:,} bytes for {blocks} blocks of {needed:,} bytes")
    # GDAL reads in 16 kB pages: each block costs up to one page at either end. The header is read once by
    # GDAL and once by `stored_bytes`; every further handle may read the block index (96 kB) once more.
    assert len(gets) <= blocks + 32
    assert server.bytes <= needed + blocks * 2 * 16_384 + 3 * HEADER
    data = [entry["range"] for entry in gets if int(entry["range"].split("=")[1].split("-")[0]) > 2 * HEADER]
    assert len(data) == len(set(data)), "a block was downloaded twice"
    assert all("embexplore" in entry["agent"] for entry in server.log)


def test_the_stated_size_is_what_the_header_says(archive_folder):
    folder, key = archive_folder
    raster = detect(folder / key).tiles[2024][0].tile
    with rasterio.open(folder / key) as dataset:
        # North-up rows 900–1199 are disk rows 6992–7291: block rows 6 and 7; columns 900–1149: 0 and 1.
        names = [f"BLOCK_SIZE_{x}_{y}" for x in (0, 1) for y in (6, 7)]
        told = [dataset.get_tag_item(name, "TIFF", bidx=band) for name in names for band in dataset.indexes]
    assert raster.stored_bytes(slice(900, 1200), slice(900, 1150)) == sum(map(int, told))
    assert raster.stored_bytes(slice(3000, 3001), slice(0, 1)) == 0


def test_tiles_with_an_offset_lie_on_one_grid(tmp_path, rng):
    one, other = unit_codes(rng, 200, 300), unit_codes(rng, 250, 260)
    one[:, :30] = -128
    a = write_tiff(tmp_path / "2024" / "a.tiff", one, crs=CRS, left=LEFT, top=TOP, block=128)
    b = write_tiff(tmp_path / "2024" / "b.tiff", other, crs=CRS, left=LEFT + 2700, top=TOP + 100, block=128)
    source = detect([a, b])
    expected = np.full((64, 250, 530), -128, np.int8)
    expected[:, :, 270:] = other
    valid = one[0] != -128
    expected[:, 10:210, :300][:, valid] = one[:, valid]
    assert source.grid.transform == (10, 0, LEFT, 0, -10, TOP + 100)
    np.testing.assert_array_equal(read_all(source, step=100), expected)
    assert source.notes == ()


def test_the_neighbor_zone_is_read_with_nearest_and_said(tmp_path, rng):
    """The seam at 84°W: what lies east of it comes from zone 17, as GDAL's own nearest warp and point sampling read it."""
    from pyproj import Transformer

    seam = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(-84, 44)
    left, top = round(seam[0] - 2000, -1), round(seam[1] + 1500, -1)
    west = write_tiff(tmp_path / "2024" / "16N.tiff", unit_codes(rng, 300, 220), crs=CRS, left=left, top=top, block=128)
    east = Transformer.from_crs("EPSG:4326", "EPSG:32617", always_xy=True).transform(-84, 44)
    codes = unit_codes(rng, 400, 300)
    neighbor = write_tiff(
        tmp_path / "2024" / "17N.tiff",
        codes,
        crs="EPSG:32617",
        left=round(east[0] - 1000, -1),
        top=round(east[1] + 2000, -1),
        block=128,
    )
    source = detect([west, neighbor], bbox=(-84.024, 43.99, -83.99, 44.005))
    assert source.grid.crs == CRS
    assert "1 file of another grid (EPSG:32617) read onto EPSG:32616 with nearest" in source.notes[0]
    read = read_all(source, step=64)

    def onto_grid(path):
        with rasterio.open(path) as dataset:
            return reproject(
                rasterio.band(dataset, dataset.indexes),
                np.full(read.shape, -128, np.int8),
                dst_crs=source.grid.crs,
                dst_transform=Affine(*source.grid.transform),
                dst_nodata=-128,
                resampling=Resampling.nearest,
            )[0]

    first, second = onto_grid(west), onto_grid(neighbor)
    expected = np.where(first[0] == -128, second, first)
    assert (first[0] != -128).sum() > 1000
    assert ((first[0] == -128) & (second[0] != -128)).sum() > 1000
    differ = np.argwhere((read != expected).any(axis=0))
    # GDAL interpolates positions and may be 1/8 pixel off (its default `tolerance`): it may take the next
    # pixel only where a center lies that close to an edge. Everywhere else the answers are the same.
    x, y = source.grid.x[differ[:, 1]], source.grid.y[differ[:, 0]]
    u, v = Transformer.from_crs(CRS, "EPSG:32617", always_xy=True).transform(x, y)
    with rasterio.open(neighbor) as dataset:
        position = np.array(rowcol(dataset.transform, u, v, op=lambda value: value))
        assert np.abs(position - np.round(position)).min(axis=0).max(initial=0) < 0.125
        sampled = np.array(list(dataset.sample(zip(u, v, strict=True)))).reshape(-1, 64)
    np.testing.assert_array_equal(read[:, differ[:, 0], differ[:, 1]].T, sampled)


def test_mixed_grids_without_a_bbox_are_refused_with_a_sentence(tmp_path, rng):
    codes = unit_codes(rng, 20, 20)
    a = write_tiff(tmp_path / "a.tiff", codes, crs=CRS, left=LEFT, top=TOP, block=16)
    b = write_tiff(tmp_path / "b.tiff", codes, crs="EPSG:32617", left=LEFT, top=TOP, block=16)
    c = write_tiff(tmp_path / "c.tiff", codes, crs=CRS, left=LEFT + 3, top=TOP, block=16)
    with pytest.raises(CRSMismatch, match=r"a\.tiff lies in EPSG:32616, .*b\.tiff in EPSG:32617.*--bbox"):
        detect([a, b], year=2024)
    with pytest.raises(CRSMismatch, match=r"do not share their pixels.*--bbox"):
        detect([a, c], year=2024)


def test_a_bbox_that_crosses_nothing_is_said(tmp_path, rng):
    path = write_tiff(tmp_path / "a.tiff", unit_codes(rng, 20, 20), crs=CRS, left=LEFT, top=TOP, block=16)
    with pytest.raises(OutOfBounds, match=r"crosses nothing"):
        detect(path, year=2024, bbox=(10, 10, 11, 11))


def test_files_that_are_not_alphaearth_are_refused_with_a_sentence(tmp_path, rng):
    codes = unit_codes(rng, 20, 20)

    def write(name, values, crs=CRS, **options):
        return write_tiff(tmp_path / name, values, crs=crs, left=LEFT, top=TOP, block=16, **options)

    with pytest.raises(InvalidInput, match=r"63 bands, AlphaEarth has 64.*--source geotiff"):
        detect(write("63.tiff", codes[:63]), year=2024)
    with pytest.raises(InvalidInput, match=r"has no CRS"):
        detect(write("nocrs.tiff", codes, crs=None), year=2024)
    with pytest.raises(SourceUnavailable, match=r"no such file"):
        detect(tmp_path / "missing.tiff", year=2024)
    (tmp_path / "text.tiff").write_text("hello")
    with pytest.raises(InvalidInput, match=r"not a raster that GDAL can read"):
        detect(tmp_path / "text.tiff", year=2024)
    with pytest.raises(InvalidInput, match=r"holds float32, expected int8"):
        detect(write("float.tiff", codes.astype(np.float32)), "alphaearth", year=2024)
    with pytest.raises(InvalidInput, match=r"unknown: choose one of alphaearth, geotiff"):
        detect(write("a.tiff", codes), "sentinel", year=2024)
    with pytest.raises(InvalidInput, match=r"no files were given"):
        detect([])


def test_linear_looking_codes_are_refused_by_their_norms(tmp_path, rng):
    vectors = rng.normal(size=(64, 30, 30))
    vectors /= np.sqrt((vectors**2).sum(axis=0))
    linear = np.round(vectors * 127.5).astype(np.int8)
    noise = rng.integers(-127, 128, (64, 30, 30)).astype(np.int8)
    for codes, said in [(linear, "they look linear"), (noise, "another quantizer")]:
        path = write_tiff(tmp_path / f"{len(said)}.tiff", codes, crs=CRS, left=LEFT, top=TOP, block=16)
        source = detect(path, year=2024)
        with pytest.raises(InvalidInput, match=said):
            source.read(2024, slice(0, 30), slice(0, 30))
        with pytest.raises(InvalidInput, match=r"expected 1 ± 0.02"):
            source.check()


def test_names_and_sizes_do_not_matter_norms_do(tmp_path, rng):
    path = write_tiff(tmp_path / "a.tiff", unit_codes(rng, 3, 5), crs=CRS, left=LEFT, top=TOP, block=16)
    with rasterio.open(path, "r+") as dataset:
        dataset.descriptions = [f"embedding {band}" for band in range(64)]
    source = detect(path, year=2024)
    assert (source.name, source.bands[63]) == ("alphaearth", "A63")


def test_two_published_versions_are_refused(tmp_path, rng):
    codes = unit_codes(rng, 20, 20)
    files = [
        write_tiff(tmp_path / "tge-labs/aef" / version / "2024/a.tiff", codes, crs=CRS, left=LEFT, top=TOP, block=16)
        for version in ("v1", "v2")
    ]
    with pytest.raises(VariantMismatch, match=r"v1 .*v2 .*cannot share a cube"):
        detect(files)


def test_the_year_is_taken_from_the_path_only_when_there_is_one():
    assert address.year_in("s3://bucket/annual/2018/10N/a.tiff") == 2018
    assert address.year_in("/data/2020/x/2020/a.tiff") == 2020
    with pytest.raises(InvalidInput, match=r"does not name a year.*--year"):
        address.year_in("/data/aef_2024.tiff")
    with pytest.raises(InvalidInput, match=r"several years.*2020, 2024"):
        address.year_in("/2020/reprocessed/2024/a.tiff")


def test_a_dead_server_is_asked_again_then_named(archive_folder, serve, monkeypatch):
    folder, key = archive_folder
    monkeypatch.setattr(address, "FIRST_WAIT", 0.01)
    server = serve(folder)
    source = detect(f"{server.url}/{key}")
    server.die(after=500_000)
    with pytest.raises(SourceUnavailable, match=r"does not answer.*Run the same command again"):
        source.read(2024, slice(900, 1000), slice(900, 1000))
    server.revive()
    assert (source.read(2024, slice(900, 1000), slice(900, 1000)).codes != -128).all()


def test_a_block_index_lost_to_a_dying_server_is_not_read_as_nodata(archive_folder, serve, monkeypatch):
    """GDAL itself takes the blocks for sparse then, and gives −128 without an error."""
    folder, key = archive_folder
    monkeypatch.setattr(address, "FIRST_WAIT", 0.01)
    server = serve(folder)
    name = f"{server.url}/{key}"
    window = ((7168, 8192), (0, 1024))
    with address.gdal_environment(name):
        plain = rasterio.open(address.gdal_name(name))
        rasterio.open(address.gdal_name(name)).close()  # and with it GDAL's cache of the file
        server.die()
        assert (plain.read(1, window=window) == -128).all(), "GDAL reports this now: the guard may go"
        server.revive()
        source = detect(name)
        raster = source.tiles[2024][0].tile
        assert raster.stored_bytes(slice(0, 1024), slice(0, 1024)) > 0
        rasterio.open(address.gdal_name(name)).close()
        server.die()
        with pytest.raises(SourceUnavailable):
            source.read(2024, slice(900, 1000), slice(900, 1000))


def test_a_server_that_refuses_is_named_with_its_answer(archive_folder, serve, monkeypatch):
    folder, key = archive_folder
    monkeypatch.setattr(address, "FIRST_WAIT", 0.01)
    server = serve(folder)
    with pytest.raises(SourceUnavailable, match=r"HTTP 404"):
        detect(f"{server.url}/{key}.nothing", year=2024)
    server.answer_only(503)
    with pytest.raises(SourceUnavailable, match=r"HTTP 503.*tried 5 times"):
        detect(f"{server.url}/{key}")


def test_reading_leaves_gdals_configuration_as_it_was(archive_folder):
    from rasterio._env import get_gdal_config

    names = ("GDAL_CACHEMAX", "GDAL_DISABLE_READDIR_ON_OPEN", "GDAL_HTTP_USERAGENT", "AWS_NO_SIGN_REQUEST")
    folder, key = archive_folder
    before = [get_gdal_config(name) for name in names]
    detect(folder / key).read(2024, slice(900, 901), slice(900, 901))
    assert [get_gdal_config(name) for name in names] == before
    with rasterio.Env(GDAL_CACHEMAX=77_000_000, GDAL_HTTP_USERAGENT="mine"):
        with address.gdal_environment("https://example.org/a.tiff"):
            assert get_gdal_config("GDAL_HTTP_USERAGENT") == address.USER_AGENT
        assert get_gdal_config("GDAL_HTTP_USERAGENT") == "mine"
        assert get_gdal_config("GDAL_CACHEMAX") == 77_000_000
