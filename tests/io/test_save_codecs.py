"""Every codec there is: encoded lazily, saved chunk by chunk, opened again, and searched with the same scores."""

import numpy as np
import pytest

from embexplore.analysis.recode import encode
from embexplore.analysis.search import search
from embexplore.core.codecs import codec_names
from embexplore.cube.build import codec_of
from embexplore.cube.pieces import tier_names
from embexplore.cube.validate import validate
from embexplore.io.open import open_cube
from embexplore.io.save import save_cube
from embexplore.io.write import write

CHAINS = ("pca3+int8", "svd3+lloyd2", "select3+int4-global", "itq+binary", "rotate+binary-median")
SLOW = ("rvq16",)
"""Fits for seconds, and differs from `rvq8` by a number."""
NAMES = (*(name for name in codec_names() if name not in ("transformed", *SLOW)), *CHAINS)


@pytest.fixture
def cube(tmp_path, sample):
    given = sample("float32", years=(2020, 2021), shape=(40, 35))
    return open_cube(write(tmp_path / "given.zarr", given.plan, given.read))


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_cube_is_searched_as_the_one_that_was_encoded(name, cube, tmp_path):
    encoded = encode(cube, name, random_state=0)
    variable = tier_names(encoded, "best")[0]
    assert hasattr(encoded[variable].data, "dask"), "codes are made when they are written"
    validate(encoded)
    again = open_cube(save_cube(encoded, tmp_path / "cube.zarr"))
    made, read = (codec_of(each, variable, year=2021) for each in (encoded, again))
    assert read.to_dict() == made.to_dict()
    assert list(read.parameters) == list(made.parameters)
    query = np.random.default_rng(0).normal(size=cube.sizes["band"]).astype(np.float32)
    scores = [search(each, query, year=2021) for each in (encoded, again)]
    np.testing.assert_array_equal(scores[1], scores[0])
    plain = search(cube, query, year=2021)
    np.testing.assert_array_equal(np.isnan(scores[1]), np.isnan(plain))
