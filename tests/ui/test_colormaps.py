"""The ramps are colorcet's, linear in lightness; numbers become the colors they should."""

import numpy as np
import pytest

from embexplore.ui import colormaps
from embexplore.ui.colormaps import CHANGE, SIMILARITY, SIMILARITY_DARK
from embexplore.ui.ground import ground_layer


def lightness(colors):
    """CIE L* of sRGB colors (n, 3), by the standard's own formulas (IEC 61966-2-1, CIE 15)."""
    srgb = colors / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    y = linear @ [0.2126, 0.7152, 0.0722]
    return np.where(y > (6 / 29) ** 3, 116 * np.cbrt(y) - 16, y * (29 / 3) ** 3)


def test_the_tables_are_the_named_parts_of_colorcet():
    colorcet = pytest.importorskip("colorcet")
    for name, part, ramp in [
        ("CET_L16", slice(41, 225), SIMILARITY[::-1]),
        ("CET_L16", slice(51, 248), SIMILARITY_DARK),
        ("CET_L17", slice(50, 256), CHANGE),
    ]:
        expected = [list(bytes.fromhex(color[1:])) for color in colorcet.palette[name][part]]
        assert ramp.tolist() == expected


@pytest.mark.parametrize("ramp", [SIMILARITY, SIMILARITY_DARK, CHANGE], ids=["similarity", "dark", "change"])
def test_every_ramp_runs_one_way_in_lightness(ramp):
    steps = np.diff(lightness(ramp))
    # A color rounded to 8 bits is off by at most half a level in each channel: at most 0.65 L* where dark.
    assert (steps > -0.65).all() or (steps < 0.65).all()
    assert abs(lightness(ramp)[-1] - lightness(ramp)[0]) > 50


def test_the_faintest_kept_pixel_stands_out_from_its_ground():
    assert lightness(SIMILARITY)[0] < 90
    assert lightness(CHANGE)[0] < 90
    lightest = max(colormaps.GROUND_DARK)
    assert np.abs(SIMILARITY_DARK[0].astype(int) - lightest).max() > 60


def test_shade_gives_end_colors_at_and_beyond_the_limits_and_the_table_between():
    values = np.array([-1, 0.5, 0.75, 1.0, 2.0, np.nan])
    colors = colormaps.shade(values, SIMILARITY, low=0.5, high=1.0)
    middle = (len(SIMILARITY) - 1) / 2
    expected = [SIMILARITY[0], SIMILARITY[0], SIMILARITY[round(middle)], SIMILARITY[-1], SIMILARITY[-1], SIMILARITY[0]]
    np.testing.assert_array_equal(colors, expected)


def test_equal_limits_do_not_divide_by_zero():
    colors = colormaps.shade(np.full((2, 2), 1.0, np.float32), CHANGE, low=1.0, high=1.0)
    assert colors.shape == (2, 2, 3)


def test_the_ground_is_gray_between_its_limits_and_keeps_the_order_of_brightness(app):
    rgb = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    painted = ground_layer(app).paint(rgb[:, np.newaxis])
    gray = painted.palette[painted.pixels[:, 0]]
    assert (gray[0] == 0).all(), "no data is clear"
    assert (gray[1:, 3] == 255).all()
    assert (gray[1:, :3] == gray[1:, :1]).all()
    assert (gray[1, 0], gray[-1, 0]) == colormaps.GROUND
    assert (np.diff(gray[1:, 0].astype(int)) >= 0).all()


def test_classes_stay_apart_in_a_gradient_however_often_a_ramp_repeats_their_colors():
    css = colormaps.css_gradient(np.array([[255, 0, 0], [0, 255, 0]], np.uint8).repeat(128, axis=0))
    assert css == "linear-gradient(90deg, #ff0000 0% 50%, #00ff00 50% 100%)"


def test_a_gradient_names_the_ends_of_its_ramp():
    css = colormaps.css_gradient(CHANGE)
    assert css.startswith(f"linear-gradient(90deg, #{bytes(CHANGE[0]).hex()},")
    assert css.endswith(f"#{bytes(CHANGE[-1]).hex()})")
