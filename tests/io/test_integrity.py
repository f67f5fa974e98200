"""Flipped bits, cut-off files and lost files: each is reported by name, and none is read as data."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from embexplore.errors import CorruptChunk, NotACube, SourceUnavailable
from embexplore.io.open import open_cube
from embexplore.io.verify import bytes_on_disk, verify
from embexplore.io.write import write

CASES = (
    ("both", None, "none"),
    ("both", 32, "default"),
    ("tessera", 32, "none"),
    ("per chunk", None, "default"),
    ("alphaearth", 32, "archive"),
    ("float32", None, "default"),
)


def stored_files(cube: Path) -> list[Path]:
    return sorted(path for path in cube.rglob("*") if path.is_file() and path.name != "zarr.json")


def key_of(cube: Path, file: Path) -> str:
    return file.relative_to(cube).as_posix()


def assert_nothing_is_read(cube: Path, file: Path) -> None:
    """Whoever computes the whole cube (or level) that holds a damaged file gets an error that names it."""
    key = key_of(cube, file)
    level = int(key.split("/")[0]) if key.split("/")[0].isdigit() else 0
    with pytest.raises(CorruptChunk) as error:
        open_cube(cube, level=level).compute(scheduler="synchronous")
    assert key in str(error.value)
    assert "\n" not in str(error.value)


def damage_bit(data: bytes, rng: np.random.Generator) -> bytes:
    spoiled = bytearray(data)
    spoiled[rng.integers(len(data))] ^= 1 << rng.integers(8)
    return bytes(spoiled)


def damage_length(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: rng.integers(len(data))]


@pytest.mark.parametrize(("kind", "shard", "compression"), CASES)
def test_a_flipped_bit_or_a_missing_end_in_any_file_is_named_and_never_read(
    tmp_path, sample, rng, kind, shard, compression
):
    given = sample(kind, shard=shard, compression=compression, shape=(48, 40))
    cube = tmp_path / "c.zarr"
    write(cube, given.plan, given.read)
    files = stored_files(cube)
    arrays = {key_of(cube, file).split("/c")[0] for file in files}
    assert arrays == {name for name, size in bytes_on_disk(cube).items() if size and name != "metadata"}
    chosen = [file for name in sorted(arrays) for file in pick(cube, files, name, rng)]
    for number, file in enumerate(chosen):
        good = file.read_bytes()
        for damage in (damage_bit, damage_length):
            file.write_bytes(damage(good, rng))
            problems = verify(cube)
            assert problems, file
            assert all(key_of(cube, file) in problem for problem in problems), problems
            if number % 4 == 0:
                assert_nothing_is_read(cube, file)
        file.write_bytes(good)
    assert verify(cube) == []


def pick(cube: Path, files: list[Path], name: str, rng: np.random.Generator) -> list[Path]:
    """Two files of an array."""
    mine = [file for file in files if key_of(cube, file).split("/c")[0] == name]
    return [mine[i] for i in rng.permutation(len(mine))[:2]]


@pytest.mark.parametrize("shard", [None, 32])
def test_a_chunk_that_the_cube_says_it_has_is_missed(tmp_path, sample, shard):
    given = sample("both", shard=shard, shape=(48, 40))
    cube = tmp_path / "c.zarr"
    write(cube, given.plan, given.read)
    for name in (
        "embeddings/c/1/0/1/0",
        "bits/c/0/0/0/1",
        "valid/c/0/0/1",
        "precision/c/0/0/0",
        "bits_center/c/0",
        "x/c/0",
    ):
        file = cube / name
        good = file.read_bytes()
        file.unlink()
        problems = verify(cube)
        assert problems
        assert all(name in problem and "missing" in problem for problem in problems)
        assert_nothing_is_read(cube, file)
        file.write_bytes(good)


def test_one_damaged_chunk_of_a_shard_leaves_the_others_readable(tmp_path, sample):
    given = sample("alphaearth", shard=32, compression="none", years=(2020,))
    cube = tmp_path / "c.zarr"
    write(cube, given.plan, given.read)
    shard = cube / "embeddings/c/0/0/1/0"
    data = bytearray(shard.read_bytes())
    data[10] ^= 1  # in the first chunk of the shard: rows 32–47, columns 0–15
    shard.write_bytes(bytes(data))
    codes = open_cube(cube).embeddings.sel(time=2020)
    with pytest.raises(CorruptChunk, match=r"embeddings/c/0/0/1/0\[0, 0, 0, 0\] of .*c\.zarr is damaged"):
        codes[:, 32:48, :16].compute()
    expected = given.arrays[2020]["embeddings"]
    np.testing.assert_array_equal(codes[:, 32:64, 16:32].values, expected[:, 32:64, 16:32])
    assert len(verify(cube)) == 1


def test_whole_chunks_in_each_others_place_are_the_limit_of_a_checksum(tmp_path, sample):
    """A checksum speaks of one chunk's bytes: it cannot know where they belong. Only the journal's digests can."""
    given = sample("alphaearth", compression="none", years=(2020,))
    cube = tmp_path / "c.zarr"
    write(cube, given.plan, given.read)
    one, two = cube / "embeddings/c/0/0/1/1", cube / "embeddings/c/0/0/1/2"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    assert verify(cube) == []


def test_damaged_metadata_is_not_a_cube(tmp_path, sample):
    given = sample("alphaearth")
    cube = tmp_path / "c.zarr"
    write(cube, given.plan, given.read)
    root = cube / "zarr.json"
    root.write_bytes(root.read_bytes()[:-100])
    for look in (open_cube, verify):
        with pytest.raises(NotACube, match=r"zarr\.json cannot be read"):
            look(cube)


@pytest.mark.parametrize("kind", ["folder", "address"])
def test_a_cube_that_vanished_is_said_to_be_gone_from_where_it_was(tmp_path, sample, serve, kind):
    given = sample("both", shard=32, shape=(48, 40))
    write(tmp_path / "c.zarr", given.plan, given.read)
    place = f"{serve(tmp_path)}/c.zarr" if kind == "address" else str(tmp_path / "c.zarr")
    cube = open_cube(place)
    shutil.rmtree(tmp_path / "c.zarr")
    with pytest.raises(SourceUnavailable) as told:
        cube.embeddings.compute()
    assert str(told.value).startswith(f"The {kind} of this cube is gone: {place} held it")
