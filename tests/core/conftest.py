"""What the core tests share: one array in every order of memory that a cube can hand over, and both backends."""

import numpy as np
import pytest


def views(array):
    """`array (h, w, c)` as band-first, pixel-major, windowed, reversed and read-only memory, by name."""
    bands = np.ascontiguousarray(np.moveaxis(array, -1, 0))
    height, width = array.shape[:2]
    around = np.zeros((len(bands), height + 5, width + 7), array.dtype)
    around[:, 2 : 2 + height, 3 : 3 + width] = bands
    table = np.zeros((height + 2, width + 2, array.shape[-1] + 3), array.dtype)
    table[1:-1, 1:-1, :-3] = array
    readonly = bands.copy()
    readonly.flags.writeable = False
    return {
        "pixel-major": np.ascontiguousarray(array),
        "band-first": np.moveaxis(bands, 0, -1),
        "band-first window": np.moveaxis(around[:, 2 : 2 + height, 3 : 3 + width], 0, -1),
        "pixel-major window": table[1:-1, 1:-1, :-3],
        "reversed": np.ascontiguousarray(array[::-1, ::-1])[::-1, ::-1],
        "read-only": np.moveaxis(readonly, 0, -1),
        "rows apart": np.ascontiguousarray(np.repeat(array, 2, axis=0))[::2],
    }


@pytest.fixture(params=["numba", "numpy"])
def backend(request, monkeypatch):
    """Both ways to run kernels: compiled, and by their numpy twins."""
    monkeypatch.setenv("EMBEXPLORE_NUMBA", "1" if request.param == "numba" else "0")
    return request.param


@pytest.fixture
def in_every_order():
    """The function `views`."""
    return views
