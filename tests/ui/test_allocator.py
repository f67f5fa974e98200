"""Memory of large arrays goes back to the system when they are freed."""

import subprocess
import sys

import pytest

from embexplore.ui.allocator import return_large_arrays

FREED = """
import sys
import numpy as np
from embexplore.ui.allocator import return_large_arrays

def resident():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]) * 1024

if sys.argv[1] == "set":
    return_large_arrays()
del (large := [np.ones(16 << 20, np.uint8)])[:]  # glibc learns that 16 MiB come and go
before = resident()
large = [np.ones(4 << 20, np.uint8) for _ in range(16)]
pins = [bytearray(2000) for _ in range(1000)]  # what lies above them
del large
print((resident() - before) >> 20)
"""


def kept(word: str) -> int:
    """MiB of 64 that stay when all that was large is freed."""
    done = subprocess.run([sys.executable, "-c", FREED, word], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_what_large_arrays_took_is_free_again():
    if not return_large_arrays():
        pytest.skip("this C library has no mallopt")
    assert kept("set") < 8
    assert kept("unset") > 32
