"""Clusters: groups fitted once for all years, isolated without a scan, and handed on to Labels."""

import numpy as np
import pytest

import embexplore as ex

AREA = {"type": "Polygon", "coordinates": [[[0.116, 0.106], [0.122, 0.106], [0.122, 0.113], [0.116, 0.106]]]}


@pytest.fixture
def grouped(app):
    app.mode = "clusters"
    app.clusters.n = 5
    return app


def test_the_map_is_that_of_the_accessor(grouped, island):
    clusters = island.emb.fit_clusters(5, year=2024, random_state=0)
    np.testing.assert_array_equal(grouped.values().values, island.emb.cluster(clusters, year=2024).values)
    grouped.year = 2019
    np.testing.assert_array_equal(grouped.values().values, island.emb.cluster(clusters, year=2019).values)


@pytest.mark.parametrize("state", [{}, {"area": AREA}, {"area": AREA, "fitted_on": "area"}, {"alone": 2, "seed": 3}])
def test_the_code_gives_the_same_bits(grouped, state):
    for name, value in state.items():
        setattr(grouped if name == "area" else grouped.clusters, name, value)
    names = {}
    exec(grouped.to_code(), names)
    np.testing.assert_array_equal(names["groups"].values, grouped.values().values)
    assert list(names["areas"].pixels) == list(grouped.clusters.table.pixels)


def test_all_sessions_of_a_cube_share_the_fit(grouped, island):
    assert ex.Explorer(island).clusters.groups is not grouped.clusters.groups  # eight groups, not five
    other = ex.Explorer(island)
    other.clusters.n = 5
    assert other.clusters.groups is grouped.clusters.groups


def test_groups_are_told_to_be_slow_until_they_are_known(app):
    app.mode = "clusters"
    app.clusters.seed = 4242
    assert not app.clusters.is_quick
    app.values()
    assert app.clusters.is_quick


def test_isolating_a_group_never_scans(grouped):
    grouped.values()
    scans = grouped.answers.scans
    grouped.clusters.isolate(2)
    painted = grouped.clusters.layers()[-1].paint(grouped.values().values)
    shown = painted.palette[painted.pixels][..., 3] > 0
    np.testing.assert_array_equal(shown, grouped.values().values == 2)
    assert "Group 2 covers" in grouped.clusters.finding()
    grouped.clusters.isolate(2)
    assert grouped.clusters.alone is None
    grouped.undo()
    assert grouped.clusters.alone == 2
    assert grouped.answers.scans == scans


def test_no_data_is_clear_and_every_group_has_its_color(grouped):
    values = grouped.values().values
    painted = grouped.clusters.layers()[-1].paint(values)
    drawn = painted.palette[painted.pixels]
    np.testing.assert_array_equal(drawn[..., 3] == 0, values == 0)
    for number in range(1, 6):
        assert (drawn[values == number, :3] == grouped.clusters.colors[number - 1]).all()
    assert len({tuple(color) for color in grouped.clusters.colors}) == 5


def test_the_finding_tells_the_table(grouped):
    table = grouped.clusters.table
    largest = table.loc[table.share.idxmax()]
    assert f"Group {largest.number} covers most of the island, {100 * largest.share:.0f}" in grouped.clusters.finding()
    grouped.area = AREA
    assert "of the area" in grouped.clusters.finding()


def test_shares_by_year_are_those_of_each_years_map(grouped):
    shares = grouped.clusters.shares()
    assert shares.shape == (8, 5)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    grouped.year = 2017
    np.testing.assert_array_equal(shares[0], grouped.clusters.table.share)


def test_groups_go_on_in_labels_as_typical_points(grouped):
    grouped.clusters.to_labels()
    assert grouped.mode == "labels"
    assert grouped.labels.classes == [f"Group {number}" for number in range(1, 6)]
    assert grouped.labels.counts() == [3] * 5
    clusters = grouped.clusters.groups
    for point in grouped.labels.points:
        vector = grouped.shared.vector(point.lon, point.lat, point.year)
        assert point.label == f"Group {(clusters.centers_ @ vector).argmax() + 1}"
    grouped.undo()
    assert (grouped.mode, grouped.labels.points) == ("clusters", [])


def test_the_state_travels(grouped, island):
    grouped.clusters.alone = 3
    other = ex.Explorer(island, view=grouped.share())
    assert (other.mode, other.clusters.n, other.clusters.alone) == ("clusters", 5, 3)


def test_a_picture_keeps_the_settings_that_it_was_made_with(grouped):
    layer, values = grouped.clusters.layers()[-1], grouped.values().values
    grouped.clusters.param.update(n=3, alone=2, seed=7)
    assert len(layer.paint(values).palette) == 1 + 5
    assert (layer.paint(values).palette[1:, 3] == 255).all()
    np.testing.assert_array_equal(layer.compute(grouped.part).values, values)
