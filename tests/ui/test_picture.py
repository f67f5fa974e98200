"""The picture that is saved shows the answer over its ground, with no data black."""

import numpy as np


def test_kept_pixels_have_the_ramps_colors_and_others_are_gray(asked):
    from embexplore.ui.picture import picture

    asked.opacity = 1.0
    drawn = picture(asked)
    assert (drawn.dims, drawn.dtype) == (("y", "x", "rgb"), np.uint8)
    kept, has_data = asked.similar.kept, np.isfinite(asked.values().values)
    colors = {tuple(color) for color in np.maximum(asked.similar.ramp, 1).tolist()}
    assert {tuple(color) for color in drawn.values[kept].tolist()} <= colors
    rest = drawn.values[has_data & ~kept]
    assert (rest == rest[:, :1]).all()
    assert (drawn.values[~has_data] == 0).all()


def test_a_hidden_answer_leaves_the_ground_and_half_opacity_mixes(asked):
    from embexplore.ui.picture import picture

    asked.opacity = 1.0
    full = picture(asked).values.astype(int)
    asked.hidden = True
    ground = picture(asked).values.astype(int)
    asked.hidden, asked.opacity = False, 0.5
    mixed = picture(asked).values.astype(int)
    assert np.abs(mixed - (full + ground) / 2).max() <= 1  # rounded once, and never 0 where there is data
