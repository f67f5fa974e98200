"""The page of codecs lists those there are, with the bytes that they take, and every step."""

import re
from pathlib import Path

import numpy as np
import pytest

from embexplore.core.codecs import codec_names, make_codec
from embexplore.core.transforms import step_names

PAGE = (Path(__file__).parents[2] / "docs" / "codecs.md").read_text()
CODECS = {row[0]: row[1:] for row in re.findall(r"^\| `([\w-]+)` \| [^|]+ \| (\d+) \| ([\d,]+) \|", PAGE, re.MULTILINE)}


def test_every_codec_has_a_row_and_every_row_is_a_codec():
    assert sorted(CODECS) == sorted(set(codec_names()) - {"transformed"})


@pytest.mark.parametrize("name", CODECS)
def test_bytes_are_those_of_64_bands(name):
    vectors = np.random.default_rng(0).normal(size=(600, 64)).astype(np.float32)
    codec = make_codec(name).fit(vectors)
    stored = codec.encode(vectors[:1]).nbytes + 4 * codec.has_scales
    assert [int(number.replace(",", "")) for number in CODECS[name]] == [stored, codec.side_bytes]
    assert codec.bytes_per_pixel(64) == stored


def test_every_step_has_a_row_and_every_row_is_a_step():
    _, _, steps = PAGE.partition("| step |")
    named = re.findall(r"^\| `([a-z]+)\d*` \|", steps, re.MULTILINE)
    assert sorted(named) == sorted(step_names())
