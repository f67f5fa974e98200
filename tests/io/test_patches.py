"""Folders of patches: what is written is read again, as rasterio sees it, and files that are none are refused."""

import numpy as np
import pytest
import rasterio
from affine import Affine

import embexplore as ex
from embexplore.core.codecs import make_codec
from embexplore.core.normalize import normalize
from embexplore.errors import AlreadyExists, InvalidInput, SourceUnavailable
from embexplore.io.patches import read_patches, write_patches


def eurosat(path, codes, crs="EPSG:32632"):
    """A file as the archive has it: uint8, 64 bands, code + 127, no nodata value."""
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "GTiff", "count": 64, "dtype": "uint8", "crs": crs}
    profile |= {
        "height": codes.shape[1],
        "width": codes.shape[2],
        "transform": Affine(10, 0, 500_000, 0, -10, 5_300_000),
    }
    with rasterio.open(path, "w", **profile) as file:
        file.write((codes.astype(np.int16) + 127).astype(np.uint8))


def codes_of(rng, rows=6, columns=5):
    vectors = normalize(rng.normal(size=(rows, columns, 64)))
    return np.moveaxis(make_codec("alphaearth").encode(vectors), -1, 0)


@pytest.fixture
def folder(tmp_path, rng):
    codes = {
        ("Forest", "Forest_1"): codes_of(rng),
        ("River", "River_1"): codes_of(rng),
        ("River", "River_2"): codes_of(rng),
    }
    codes["River", "River_2"][:, 2, 3] = 0  # the zero vector: no data
    for number, ((label, name), values) in enumerate(codes.items()):
        eurosat(tmp_path / "patches" / label / f"{name}.tif", values, crs=f"EPSG:{32631 + number}")
    return tmp_path / "patches", codes


def test_a_folder_of_classes_is_read_by_path(folder):
    root, codes = folder
    patches = read_patches(root)
    assert patches.labels == ("Forest", "River", "River")
    assert patches.names == ("Forest_1", "River_1", "River_2")
    for number, values in enumerate(codes.values()):
        expected = make_codec("alphaearth").decode(np.moveaxis(values, 0, -1))
        expected[(values == 0).all(axis=0)] = np.nan
        np.testing.assert_array_equal(patches[number], expected)
    assert np.isnan(patches[2][2, 3]).all()
    lon = patches.points.geometry.x
    assert lon.round(2).to_list() == [3.0, 9.0, 15.0], "each in its own UTM zone"
    assert "River 2" in repr(patches)


def test_what_was_read_is_written_code_by_code(folder, tmp_path):
    root, codes = folder
    out = write_patches(read_patches(root), tmp_path / "out")
    for (label, name), values in codes.items():
        with rasterio.open(out / label / f"{name}.tif") as file:
            np.testing.assert_array_equal(file.read(), (values.astype(np.int16) + 127).astype(np.uint8))
            assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            assert file.dtypes[0] == "uint8"
            assert file.descriptions[0] == "A00"
            assert "AlphaEarth" in file.tags()["TIFFTAG_COPYRIGHT"]
    again, before = read_patches(out), read_patches(root)
    for number in range(3):
        np.testing.assert_array_equal(again[number], before[number])
        assert again.place(number).bounds == before.place(number).bounds


def test_patches_of_a_cube_survive_the_folder(tmp_path):
    places = ex.null_island_truth().places.rename(columns={"class": "label"}).iloc[:3]
    patches = ex.patches_of(ex.null_island(), places.drop(columns="name", errors="ignore"), size=4, year=2024)
    again = read_patches(write_patches(patches, tmp_path / "out"))
    assert sorted(again.labels) == sorted(patches.labels)
    for number, (label, name) in enumerate(zip(again.labels, again.names, strict=True)):
        before = patches[list(zip(patches.labels, patches.names, strict=True)).index((label, name))]
        bound = make_codec("alphaearth").error_bound(np.nan_to_num(before)).max()
        np.testing.assert_allclose(again[number], before, rtol=0, atol=bound)


def test_plain_bands_are_patches_too(tmp_path, rng):
    values = rng.normal(size=(3, 4, 4)).astype(np.float32)
    values[:, 0, 0] = np.nan
    (tmp_path / "in" / "Field").mkdir(parents=True)
    with rasterio.open(
        tmp_path / "in" / "Field" / "one.tif", "w", driver="GTiff", count=3, dtype="float32", height=4, width=4,
        crs="EPSG:32632", transform=Affine(10, 0, 500_000, 0, -10, 5_300_000),
    ) as file:  # fmt: skip
        file.write(values)
    patches = read_patches(tmp_path / "in")
    np.testing.assert_array_equal(patches[0], np.moveaxis(values, 0, -1))
    with pytest.raises(InvalidInput, match="3 bands"):
        write_patches(patches, tmp_path / "out")


def test_files_of_another_kind_are_refused_when_they_are_read(folder, rng):
    root, _ = folder
    with rasterio.open(
        root / "River" / "River_9.tif", "w", driver="GTiff", count=3, dtype="float32", height=4, width=4,
        crs="EPSG:32632", transform=Affine(10, 0, 500_000, 0, -10, 5_300_000),
    ) as file:  # fmt: skip
        file.write(rng.normal(size=(3, 4, 4)).astype(np.float32))
    patches = read_patches(root)
    assert len(patches) == 4
    with pytest.raises(InvalidInput, match="3 bands"):
        patches[3]


def test_folders_that_hold_no_classes_are_refused(folder, tmp_path):
    root, _ = folder
    with pytest.raises(SourceUnavailable, match="no such folder"):
        read_patches(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match="no GeoTIFFs"):
        read_patches(tmp_path / "empty")
    with pytest.raises(InvalidInput, match="in no class's folder"):
        read_patches(root / "River")


def test_nothing_is_overwritten_and_no_name_leads_elsewhere(folder, tmp_path):
    root, _ = folder
    patches = read_patches(root)
    write_patches(patches.only(np.array([1])), tmp_path / "out")
    with pytest.raises(AlreadyExists, match="River_1"):
        write_patches(patches, tmp_path / "out")
    assert not (tmp_path / "out" / "Forest").exists(), "nothing is written where a file is there already"
    write_patches(patches, tmp_path / "out", overwrite=True)
    assert len(read_patches(tmp_path / "out")) == 3
    with pytest.raises(InvalidInput, match="same class and name"):
        write_patches(patches.only(np.array([1, 1])), tmp_path / "twice")
    for bad in ("../up", "a/b", "..", ""):
        named = type(patches)((bad,), ("one",), patches.load, patches.place, patches.provenance)
        with pytest.raises(InvalidInput, match="cannot be the name of a file"):
            write_patches(named, tmp_path / "bad")
