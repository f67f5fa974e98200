"""Codes of another width are refused: kernels would read or write beside them."""

import numpy as np
import pytest

from embexplore.core.codecs import make_codec

VECTORS = np.random.default_rng(0).standard_normal((600, 16)).astype(np.float32)


@pytest.mark.parametrize("name", ["int8", "int4", "ternary", "binary", "pq4", "rvq4", "pca+near2"])
@pytest.mark.parametrize(
    "change", [lambda codes: codes[:, :-1], lambda codes: np.repeat(codes, 2, axis=1)], ids=["less", "more"]
)
def test_codes_of_another_width_are_refused(name, change):
    codec = make_codec(name).fit(VECTORS, random_state=0)
    codes = change(codec.encode(VECTORS))
    with pytest.raises(ValueError, match=r"codec has|fields take|there are books for"):
        codec.decode(codes)
