"""Cubes come back as they were written, whatever their kind and layout; nothing is overwritten unasked."""

import os
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embexplore.core.codecs import make_codec
from embexplore.cube.schema import Provenance
from embexplore.cube.validate import validate
from embexplore.errors import AlreadyExists, CRSMismatch, InvalidInput, NotACube, VariantMismatch, WriteFailed
from embexplore.io.open import open_cube
from embexplore.io.verify import verify
from embexplore.io.write import write

KINDS = ("alphaearth", "float32", "tessera", "bits", "both", "per chunk")
LAYOUTS = ((None, "default"), (32, "none"), (32, "archive"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def assert_holds(cube, sample, years) -> None:
    assert cube.time.values.tolist() == sorted(years)
    assert cube.time.dtype == np.int32
    cube = cube.compute()
    for year in years:
        for name, values in {**sample.arrays[year], **sample.parameters[year]}.items():
            np.testing.assert_array_equal(cube[name].sel(time=year).values, values, err_msg=name)


@pytest.mark.parametrize(("shard", "compression"), LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_cube_comes_back_as_it_was_written(tmp_path, sample, kind, shard, compression):
    given = sample(kind, shard=shard, compression=compression)
    write(tmp_path / "c.zarr", given.plan, given.read)
    cube = open_cube(tmp_path / "c.zarr")
    validate(cube)
    assert_holds(cube, given, (2020, 2021))
    assert verify(tmp_path / "c.zarr") == []
    assert leftovers(tmp_path) == ["c.zarr"]


@pytest.mark.parametrize("kind", KINDS)
def test_precision_says_which_chunks_hold_data_in_which_tier(tmp_path, sample, kind):
    given = sample(kind)
    write(tmp_path / "c.zarr", given.plan, given.read)
    full = {"bits": 2, "both": 3}.get(kind, 1)
    precision = open_cube(tmp_path / "c.zarr").precision.values
    expected = np.full((2, 5, 4), full)
    expected[:, 0, 0] = 0
    np.testing.assert_array_equal(precision, expected)
    name = "bits" if kind == "bits" else "embeddings"
    assert not (tmp_path / "c.zarr" / name / "c/0/0/0/0").exists()
    assert (tmp_path / "c.zarr" / name / "c/0/0/0/1").exists()


@pytest.mark.parametrize("shard", [None, 32])
def test_the_bytes_do_not_depend_on_the_number_of_threads(tmp_path, sample, shard):
    given = sample("both", shard=shard)
    for workers in (1, 4):
        write(tmp_path / f"{workers}.zarr", given.plan, given.read, workers=workers)
    assert contents(tmp_path / "1.zarr") == contents(tmp_path / "4.zarr")


@pytest.mark.parametrize("kind", KINDS)
def test_an_appended_year_ends_in_the_bytes_of_a_cube_written_at_once(tmp_path, sample, kind):
    given = sample(kind, years=(2021, 2020, 2018))
    write(tmp_path / "once.zarr", given.plan, given.read)
    write(tmp_path / "twice.zarr", given.of(2021).plan, given.read)
    write(tmp_path / "twice.zarr", given.of(2020, 2018).plan, given.read, append=True)
    assert contents(tmp_path / "once.zarr") == contents(tmp_path / "twice.zarr")
    assert_holds(open_cube(tmp_path / "twice.zarr"), given, (2018, 2020, 2021))


def test_an_existing_cube_is_not_overwritten_unasked(tmp_path, sample):
    given = sample("alphaearth")
    write(tmp_path / "c.zarr", given.plan, given.read)
    before = contents(tmp_path / "c.zarr")
    with pytest.raises(AlreadyExists, match=r"already exists.*--overwrite"):
        write(tmp_path / "c.zarr", given.plan, given.read)
    with pytest.raises(AlreadyExists, match=r"year=2021: .* already has 2020, 2021"):
        write(tmp_path / "c.zarr", given.of(2021).plan, given.read, append=True)
    assert contents(tmp_path / "c.zarr") == before
    assert leftovers(tmp_path) == ["c.zarr"]


def test_a_folder_that_is_no_cube_is_never_overwritten(tmp_path, sample):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/cat.jpg").write_bytes(b"cat")
    given = sample("alphaearth")
    with pytest.raises(AlreadyExists, match="is not a cube"):
        write(tmp_path / "photos", given.plan, given.read, overwrite=True)
    assert contents(tmp_path / "photos") == {"cat.jpg": b"cat"}


def test_overwriting_a_cube_keeps_the_old_one_until_the_new_one_is_whole(tmp_path, sample):
    old, new = sample("alphaearth"), sample("tessera")
    out = tmp_path / "c.zarr"
    write(out, old.plan, old.read)
    before = contents(out)

    def read(*window):
        assert contents(out) == before
        return new.read(*window)

    write(out, new.plan, read, overwrite=True)
    assert_holds(open_cube(out), new, (2020, 2021))
    assert leftovers(tmp_path) == ["c.zarr"]


def test_overwriting_a_year_keeps_the_others_and_the_old_one_until_the_new_one_is_whole(tmp_path, sample):
    given = sample("both", years=(2021, 2020))
    out = tmp_path / "c.zarr"
    write(out, given.plan, given.read)
    before = contents(out)
    changed = replace(given, arrays={**given.arrays, 2020: given.arrays[2018]})

    def read(*window):
        assert contents(out) == before
        return changed.read(*window)

    write(out, given.of(2020, 2019).plan, read, append=True, overwrite=True)
    assert_holds(open_cube(out), changed, (2019, 2020, 2021))
    assert verify(out) == []
    assert leftovers(tmp_path) == ["c.zarr"]


def test_another_grid_crs_model_or_codec_is_refused_with_both_names(tmp_path, sample):
    given = sample("alphaearth", years=(2020,))
    out = tmp_path / "c.zarr"
    write(out, given.plan, given.read)
    plan = given.of(2021).plan
    other = {
        CRSMismatch: [
            ("EPSG:32631.*EPSG:32632", replace(plan, grid=replace(plan.grid, crs="EPSG:32632"))),
            ("very same pixels", replace(plan, grid=replace(plan.grid, shape=(72, 40)))),
        ],
        VariantMismatch: [
            ("Test 1.*Test 2", replace(plan, provenance=Provenance("a test", "Test", "2"))),
            ("alphaearth.*float32", replace(plan, codecs=(make_codec("float32"),))),
        ],
    }
    for error, cases in other.items():
        for sentence, wrong in cases:
            with pytest.raises(error, match=sentence):
                write(out, wrong, given.read, append=True)
    assert leftovers(tmp_path) == ["c.zarr"]


def test_years_encoded_with_a_codec_fitted_elsewhere_are_refused(tmp_path, sample):
    given = sample("bits", years=(2020,))
    write(tmp_path / "c.zarr", given.plan, given.read)
    other = make_codec("binary").fit(np.random.default_rng(1).normal(size=(50, 16)).astype(np.float32))
    other = replace(other, length=given.plan.codecs[0].length)
    with pytest.raises(VariantMismatch, match="fitted on other data"):
        write(tmp_path / "c.zarr", replace(given.of(2021).plan, codecs=(other,)), given.read, append=True)


def test_windows_of_the_wrong_shape_type_or_name_are_refused(tmp_path, sample):
    given = sample("alphaearth")
    wrong = {
        "expected int8": lambda a: {"embeddings": a["embeddings"].astype(np.int16)},
        r"got int8 \(15, ": lambda a: {"embeddings": a["embeddings"][1:]},
        r"got \['bits'\]": lambda a: {"bits": a["embeddings"]},
    }
    for sentence, spoil in wrong.items():
        with pytest.raises(InvalidInput, match=sentence):
            write(tmp_path / "c.zarr", given.plan, lambda *window, s=spoil: s(given.read(*window)), overwrite=True)
    with pytest.raises(NotACube, match="still being written"):
        open_cube(tmp_path / "c.zarr")


class Stop(Exception):
    """What ends an ingest: a dead server, an interrupt."""


def stopping_after(given, count):
    left = [count]
    lock = threading.Lock()

    def read(*window):
        with lock:
            left[0] -= 1
            if left[0] < 0:
                raise Stop
        return given.read(*window)

    return read


@pytest.mark.parametrize("shard", [None, 32])
def test_an_interrupted_write_resumes_and_reads_no_window_twice(tmp_path, sample, shard):
    given = sample("both", shard=shard)
    write(tmp_path / "whole.zarr", given.plan, given.read)
    out = tmp_path / "c.zarr"
    with pytest.raises(Stop):
        write(out, given.plan, stopping_after(given, 5))
    assert leftovers(tmp_path) == ["c.zarr.journal", "c.zarr.partial", "whole.zarr"]
    asked = []
    write(out, given.plan, lambda *window: asked.append(window) or given.read(*window))
    windows = 2 * (20 if shard is None else 6)
    assert len(asked) == windows - 5
    assert contents(out) == contents(tmp_path / "whole.zarr")


def test_a_file_that_changed_after_it_was_noted_is_written_again(tmp_path, sample):
    given = sample("alphaearth")
    write(tmp_path / "whole.zarr", given.plan, given.read)
    out = tmp_path / "c.zarr"
    with pytest.raises(Stop):
        write(out, given.plan, stopping_after(given, 30))
    done = sorted((tmp_path / "c.zarr.partial/embeddings/c").rglob("*"))
    files = [path for path in done if path.is_file()]
    files[3].write_bytes(files[4].read_bytes())  # a whole chunk with a good checksum, but another one
    files[5].unlink()
    write(out, given.plan, given.read)
    assert contents(out) == contents(tmp_path / "whole.zarr")


def test_resuming_with_another_source_or_other_options_says_what_to_do(tmp_path, sample):
    given = sample("alphaearth")
    out = tmp_path / "c.zarr"
    with pytest.raises(Stop):
        write(out, given.plan, stopping_after(given, 5))
    for other in (replace(given.plan, fingerprint="2"), replace(given.plan, compression="none")):
        with pytest.raises(InvalidInput, match=r"another, unfinished write.*Run that one again.*or delete"):
            write(out, other, given.read)
    write(out, replace(given.plan, fingerprint="2"), given.read, overwrite=True)
    assert_holds(open_cube(out), given, (2020, 2021))


def test_files_of_years_that_were_given_up_do_not_come_back(tmp_path, sample):
    given = sample("alphaearth", years=(2020,))
    out = tmp_path / "c.zarr"
    write(out, given.plan, given.read)
    with pytest.raises(Stop):
        write(out, given.of(2019).plan, stopping_after(given, 12), append=True)
    (tmp_path / "c.zarr.journal").unlink()
    empty = np.full_like(given.arrays[2021]["embeddings"], -128)
    sparse = replace(given, arrays={**given.arrays, 2021: {"embeddings": empty}})
    write(out, given.of(2021).plan, sparse.read, append=True)
    assert_holds(open_cube(out), sparse, (2020, 2021))
    assert not list((out / "embeddings/c/1").rglob("*/*/*"))


def test_a_second_writer_is_turned_away(tmp_path, sample):
    given = sample("alphaearth")
    out = tmp_path / "c.zarr"

    def read(*window):
        with pytest.raises(WriteFailed, match="another process is writing"):
            write(out, given.plan, given.read)
        return given.read(*window)

    write(out, given.plan, read, workers=1)
    assert leftovers(tmp_path) == ["c.zarr"]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 200 kB; skips where this process may not mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_said_in_a_sentence_and_the_write_resumes_there(small_disk, tmp_path, sample):
    given = sample("alphaearth", years=(2021, 2020, 2019), compression="none")
    write(tmp_path / "whole.zarr", given.plan, given.read)
    out = small_disk / "c.zarr"
    with pytest.raises(WriteFailed, match=r"No space left on device.*run the same command again"):
        write(out, given.plan, given.read)
    with pytest.raises(NotACube, match="still being written"):
        open_cube(out)
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    asked = []
    write(out, given.plan, lambda *window: asked.append(window) or given.read(*window))
    assert 0 < len(asked) < 60
    assert contents(out) == contents(tmp_path / "whole.zarr")


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(tmp_path, sample):
    (tmp_path / "file").write_bytes(b"")
    given = sample("alphaearth")
    with pytest.raises(WriteFailed, match="cannot be written"):
        write(tmp_path / "file" / "c.zarr", given.plan, given.read)


def test_progress_ends_at_the_total(tmp_path, sample):
    seen = []
    given = sample("alphaearth")
    write(tmp_path / "c.zarr", given.plan, given.read, progress=lambda *told: seen.append(told))
    assert [done for done, _, _ in seen] == list(range(1, len(seen) + 1))
    assert {total for _, total, _ in seen} == {len(seen)}
    assert {what for _, _, what in seen} >= {"2021", "2020", "2020, overview 1"}


def test_no_more_windows_are_in_memory_than_there_are_threads(tmp_path, sample):
    given, lock, inside, peak = sample("alphaearth"), threading.Lock(), [0], [0]

    def read(*window):
        with lock:
            inside[0] += 1
            peak[0] = max(peak[0], inside[0])
        values = given.read(*window)
        os.sched_yield()
        with lock:
            inside[0] -= 1
        return values

    write(tmp_path / "c.zarr", given.plan, read, workers=2)
    assert peak[0] <= 2
