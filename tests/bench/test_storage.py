"""The compression table says how it is called, instead of failing on a missing file name."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_without_a_file_it_says_how_it_is_called(arguments):
    command = [sys.executable, "-m", "embexplore.bench.storage", *arguments]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.stderr == "Usage: python -m embexplore.bench.storage FILE.tif\n"
