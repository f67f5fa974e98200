"""Memory that fits leave behind: glibc learns to keep what large arrays free, and a kernel of two gigabytes cannot spare it."""

import ctypes
from functools import lru_cache

LARGE = 1 << 20
"""Bytes from which an array's memory goes back to the system when it is freed: maps and samples, not what a chart is made of."""

_M_MMAP_THRESHOLD = -3
"""mallopt(3)."""


@lru_cache(maxsize=1)
def return_large_arrays() -> bool:
    """Let this process give back the memory of large arrays at once; whether the C library can.

    By itself glibc raises its own bound to the largest array that was freed, up to 32 MiB, and keeps smaller ones. On
    Null Island a kernel that used all six modes took 696 MiB so, and 130 MiB less with the bound fixed, at 256 kB as at 1 MiB
    (tests/benchmarks/test_latency.py prints what it takes).
    """
    try:
        return bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE))
    except (OSError, TypeError, AttributeError):  # musl and macOS have no mallopt, Windows no library without a name
        return False
