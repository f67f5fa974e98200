"""Numbers as readers see them."""

import pytest

from embexplore.cli.answer import bytes_on_disk, size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (442_170, "442 kB"),
        (1_000_000, "1.0 MB"),
        (10_760_000, "10.8 MB"),
        (96e12, "96.0 TB"),
        (6.1e15, "6100 TB"),
    ],
)
def test_bytes_are_said_in_powers_of_a_thousand(count, text):
    assert size(count) == text


def test_bytes_on_disk_counts_files_and_folders_and_nothing_elsewhere(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"12345")
    (tmp_path / "c").write_bytes(b"123")
    assert bytes_on_disk(tmp_path) == 8
    assert bytes_on_disk(tmp_path / "c") == 3
    assert bytes_on_disk("https://example.org/cube.zarr") is None
