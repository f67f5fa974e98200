"""Plain GeoTIFFs and EuroSAT-style exports: what becomes of values, nodata, scale and offset."""

import numpy as np
import pytest
import rasterio
from archive import unit_codes, write_tiff

from embexplore.core.codecs import make_codec
from embexplore.errors import InvalidInput, VariantMismatch
from embexplore.io.sources import detect

PLACE = {"crs": "EPSG:32616", "left": 300_000.0, "top": 4_900_000.0, "block": 16}
WINDOW = (slice(0, 20), slice(0, 30))


def read(path, **options):
    source = detect(path, year=2024, **options)
    return source, source.read(2024, *(slice(0, size) for size in source.grid.shape)).codes


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", "uint8"])
def test_numbers_become_float32_vectors_and_nodata_becomes_nan(tmp_path, rng, dtype):
    values = rng.integers(1, 100, (12, 20, 30)).astype(dtype)
    values[5, 3, 4] = 0
    source, vectors = read(write_tiff(tmp_path / "a.tif", values, nodata=0, **PLACE))
    assert (source.name, source.codec.name, source.bands[:2]) == ("geotiff", "float32", ("A00", "A01"))
    expected = values.astype(np.float32)
    expected[:, 3, 4] = np.nan
    np.testing.assert_array_equal(vectors, expected)


def test_a_vector_with_one_nan_has_no_value_and_an_infinite_one_is_refused(tmp_path, rng):
    values = rng.normal(size=(12, 20, 30)).astype(np.float32)
    values[5, 3, 4] = np.nan
    _, vectors = read(write_tiff(tmp_path / "nan.tif", values, nodata=None, **PLACE))
    assert np.isnan(vectors).sum() == 12
    assert np.isnan(vectors[:, 3, 4]).all()
    values[5, 3, 4] = -np.inf
    path = write_tiff(tmp_path / "inf.tif", values, nodata=None, **PLACE)
    with pytest.raises(InvalidInput, match=r"inf\.tif: 1 pixels hold infinite values"):
        read(path)


def test_scale_and_offset_of_the_bands_are_applied(tmp_path, rng):
    values = rng.integers(-100, 100, (4, 20, 30)).astype(np.int16)
    path = write_tiff(tmp_path / "a.tif", values, nodata=None, **PLACE)
    with rasterio.open(path, "r+") as dataset:
        dataset.scales, dataset.offsets = (0.5, 2, 1, 1), (0, 3, 0, 0)
    _, vectors = read(path)
    np.testing.assert_array_equal(vectors[:2], [values[0] * np.float32(0.5), values[1] * np.float32(2) + 3])


def test_files_that_are_no_vectors_are_refused_with_a_sentence(tmp_path, rng):
    values = rng.normal(size=(12, 20, 30)).astype(np.float32)
    a = write_tiff(tmp_path / "a.tif", values, nodata=None, **PLACE)
    b = write_tiff(tmp_path / "b.tif", values[:5], nodata=None, **PLACE)
    one = write_tiff(tmp_path / "one.tif", values[:1], nodata=None, **PLACE)
    codes = write_tiff(tmp_path / "codes.tif", unit_codes(rng, 20, 30), **PLACE)
    with pytest.raises(InvalidInput, match=r"a\.tif has 12 bands, .*b\.tif has 5"):
        detect([a, b], year=2024)
    with pytest.raises(InvalidInput, match=r"has one band"):
        detect(one, year=2024)
    with pytest.raises(VariantMismatch, match=r"a\.tif is geotiff, .*codes\.tif is alphaearth"):
        detect([a, codes], year=2024)


def test_a_shifted_export_gives_alphaearths_codes_exactly(tmp_path, rng):
    codes = unit_codes(rng, 20, 30)
    source, read_codes = read(
        write_tiff(tmp_path / "a.tif", (codes.astype(np.int16) + 127).astype(np.uint8), nodata=None, **PLACE)
    )
    assert (source.name, source.codec.name, source.provenance.variant) == (
        "eurosat",
        "alphaearth",
        "AlphaEarth Foundations v1",
    )
    np.testing.assert_array_equal(read_codes, codes)


def test_every_code_survives_the_shift():
    """All 255 codes: decoding the export's formula and encoding it again gives the same number."""
    codes = np.arange(-127, 128, dtype=np.int8)
    codec = make_codec("alphaearth")
    vectors = codec.decode(codes[:, None])
    exported = np.clip(np.round(np.sign(vectors) * np.sqrt(np.abs(vectors)) * 127.5), -127, 127) + 127
    np.testing.assert_array_equal(exported[:, 0] - 127, codes)


def test_a_zero_vector_of_an_export_is_no_data(tmp_path, rng):
    codes = unit_codes(rng, 20, 30)
    codes[:, 3, 4] = 0
    _, read_codes = read(
        write_tiff(tmp_path / "a.tif", (codes.astype(np.int16) + 127).astype(np.uint8), nodata=None, **PLACE)
    )
    codes[:, 3, 4] = -128
    np.testing.assert_array_equal(read_codes, codes)


def test_uint8_bands_that_are_no_export_are_plain_numbers_unless_said_otherwise(tmp_path, rng):
    values = rng.integers(0, 255, (64, 20, 30)).astype(np.uint8)
    path = write_tiff(tmp_path / "a.tif", values, nodata=None, **PLACE)
    assert detect(path, year=2024).name == "geotiff"
    with pytest.raises(InvalidInput, match=r"another quantizer"):
        read(path, name="eurosat")
    values[0, 0, 0] = 255
    with pytest.raises(InvalidInput, match=r"holds the value 255"):
        read(write_tiff(tmp_path / "b.tif", values, nodata=None, **PLACE), name="eurosat")


def test_any_int8_file_is_readable_as_plain_numbers(tmp_path, rng):
    codes = unit_codes(rng, 20, 30)[:63]
    codes[0, 0, 0] = -128
    source, vectors = read(write_tiff(tmp_path / "a.tif", codes, **PLACE), name="geotiff")
    assert source.codec.name == "float32"
    np.testing.assert_array_equal(vectors[:, 1:], codes[:, 1:])
    assert np.isnan(vectors[:, 0, 0]).all()
