"""Colors: directions, stretches and fits, and code that gives the same bits."""

import numpy as np
import pytest

import embexplore as ex
from embexplore.errors import InvalidInput, OutOfBounds

CORNER = {
    "type": "Polygon",
    "coordinates": [[[0.117, 0.107], [0.126, 0.107], [0.126, 0.113], [0.117, 0.113], [0.117, 0.107]]],
}
VIEWS = {
    "as it opens": {},
    "other directions": {"channels": (3, 1, 6)},
    "another stretch": {"stretch": (10, 90)},
    "one year": {"all_years": False},
    "fitted on an area": {"fit_area": CORNER, "fit_name": "the area"},
    "all of it": {"channels": (2, 2, 5), "stretch": (0, 100), "all_years": False, "fit_area": CORNER},
}


@pytest.fixture
def colors(app):
    app.mode = "colors"
    return app.colors


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("area", [None, CORNER], ids=["cube", "area"])
def test_the_code_gives_the_colors_of_the_view_bit_for_bit(colors, view, area):
    colors.param.update(**VIEWS[view])
    colors.explorer.area = area
    colors.explorer.year = 2021
    names = {}
    exec(colors.explorer.to_code(), names)  # our own code, which is what is tested
    np.testing.assert_array_equal(names["rgb"].values, colors.explorer.values().values)


def test_swapped_channels_are_the_same_pictures_in_other_colors(colors):
    before = colors.explorer.values().values
    colors.choose(3, 1, 2)
    np.testing.assert_array_equal(colors.explorer.values().values, before[..., [2, 0, 1]])


def test_fitted_on_all_years_the_map_of_a_year_is_the_same_in_every_view(colors):
    """Equal vectors have equal colors whatever the area and the year on the map."""
    whole = colors.explorer.values()
    colors.explorer.area = CORNER
    part = colors.explorer.values()
    inside = part.values.any(axis=-1)
    same = whole.sel(x=part.x, y=part.y).values
    np.testing.assert_array_equal(part.values[inside], same[inside])


def test_dots_are_pixels_in_their_own_colors(colors, island):
    found, shown = colors.dots()
    pca = colors.pca
    for row, column in ((10, 12), (20, 20)):
        lon, lat = island.emb.grid.lonlat(float(found.x[column]), float(found.y[row]))
        vector = island.emb.at(lon=float(lon), lat=float(lat), year=2024)
        # The map projects decoded vectors, `at` gives them at unit length; decoded lengths are 1 ± 0.01.
        apart = np.abs(pca.transform(vector.values) - found.values[row, column])
        assert apart.max() <= 0.01 * np.abs(pca.components_).sum(axis=1).max()
    map_ = colors.explorer.values()
    np.testing.assert_array_equal(shown, map_.sel(x=found.x, y=found.y).values)


def test_the_finding_says_how_much_the_colors_show(colors):
    share = colors.shares[:3].sum()
    assert (
        colors.finding()
        == f"3 of 64 directions show {100 * share:.0f}\u00a0% of what differs in the cube, in all years."
    )
    colors.choose(1, 1, 1)
    assert colors.finding().startswith(f"1 of 64 directions show {100 * colors.shares[0]:.0f}")


def test_directions_and_areas_that_there_are_not_are_sentences(colors):
    with pytest.raises(InvalidInput, match="expected three directions from 1 to 10"):
        colors.choose(1, 2, 11)
    far = {"type": "Polygon", "coordinates": [[[5, 5], [6, 5], [6, 6], [5, 5]]]}
    with pytest.raises(OutOfBounds):
        colors.fit_on(far, "the area")
    before = colors.explorer.state()
    with pytest.raises(InvalidInput):
        colors.explorer.restore({"mode": "colors", "colors": {"channels": [1, 2, 99]}})
    assert colors.explorer.state() == before


def test_the_view_survives_state_and_share(colors, island):
    colors.param.update(channels=(2, 3, 4), stretch=(5, 95), all_years=False, fit_area=CORNER, fit_name="the area")
    again = ex.Explorer(island, view=colors.explorer.share())
    assert again.state() == colors.explorer.state()
