"""Pictures made by hand, read back by Pillow."""

import base64
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from embexplore.errors import InvalidInput
from embexplore.ui.render.png import color_png, color_webp, data_url, palette_png

sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))
pictures = sizes.flatmap(lambda size: arrays(np.uint8, size))
palettes = st.integers(1, 256).flatmap(lambda n: arrays(np.uint8, (n, 4)))


def read(picture: bytes, mode: str = "RGBA"):
    image = Image.open(io.BytesIO(picture))
    image.load()
    return np.asarray(image.convert(mode))


@settings(max_examples=50)
@given(pictures, palettes)
def test_a_palette_picture_has_the_colors_of_its_palette(index, palette):
    expected = palette[np.minimum(index, len(palette) - 1)]
    np.testing.assert_array_equal(read(palette_png(index, palette)), expected)


@settings(max_examples=30)
@given(sizes, st.sampled_from([3, 4]), st.integers(0, 2**32 - 1))
def test_colors_come_back_as_they_were(size, channels, seed):
    colors = np.random.default_rng(seed).integers(0, 256, (*size, channels), dtype=np.uint8)
    np.testing.assert_array_equal(read(color_png(colors), "RGB" if channels == 3 else "RGBA"), colors)


def test_a_picture_that_is_a_part_of_a_larger_array_is_drawn_the_same(rng):
    whole = rng.integers(0, 256, (50, 60, 4), dtype=np.uint8)
    assert color_png(whole[5:30, 7:40]) == color_png(whole[5:30, 7:40].copy())


def test_webp_is_smaller_keeps_alpha_and_follows_its_quality(rng):
    smooth = np.add.outer(np.arange(256), np.arange(256)) // 2
    noise = rng.integers(0, 20, (256, 256, 3))
    colors = np.concatenate([smooth[..., None] // 2 + noise, (smooth[..., None] > 60) * 255], -1).astype(np.uint8)
    good, poor = color_webp(colors), color_webp(colors, quality=10)
    np.testing.assert_array_equal(read(good)[..., 3], colors[..., 3])
    shown = colors[..., 3] == 255
    off = [np.abs(read(picture)[shown].astype(int) - colors[shown]).mean() for picture in (good, poor)]
    assert off[0] < off[1]
    assert len(good) < len(color_png(colors))


def test_a_picture_becomes_an_address():
    picture = color_png(np.zeros((2, 2, 3), np.uint8))
    head, _, body = data_url(picture).partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body) == picture
    assert data_url(b"x", "webp").startswith("data:image/webp;")


@pytest.mark.parametrize(
    "draw",
    [
        lambda: palette_png(np.zeros((2, 2), np.int16), np.zeros((4, 4), np.uint8)),
        lambda: palette_png(np.zeros((0, 2), np.uint8), np.zeros((4, 4), np.uint8)),
        lambda: palette_png(np.zeros((2, 2), np.uint8), np.zeros((4, 3), np.uint8)),
        lambda: palette_png(np.zeros((2, 2), np.uint8), np.zeros((257, 4), np.uint8)),
        lambda: color_png(np.zeros((2, 2, 2), np.uint8)),
        lambda: color_webp(np.zeros((2, 2), np.uint8)),
    ],
)
def test_what_is_no_picture_is_refused_with_what_was_expected(draw):
    with pytest.raises(InvalidInput, match="expected"):
        draw()
