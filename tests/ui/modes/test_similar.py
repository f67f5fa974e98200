"""Similar: several examples, thresholds over cached scores, inversion, best places."""

import numpy as np
import pytest

from embexplore.errors import InvalidInput, NoData, OutOfBounds

PIVOT, FIELD, OTHER = (0.1236, 0.1071), (0.1233, 0.1055), (0.12217, 0.11155)


def test_a_click_is_a_new_search_and_pins_the_pixel(app):
    app.similar.click(*PIVOT)
    app.similar.click(*OTHER)
    assert [(e.lon, e.lat, e.year) for e in app.similar.examples] == [(*OTHER, 2024)]
    assert app.pinned == OTHER


def test_the_score_is_that_of_the_accessor(app, island):
    app.similar.search(*PIVOT)
    app.similar.add(*OTHER)
    app.similar.add(*FIELD, like=False)
    for combine in ("mean", "max", "min", "contrast"):
        app.similar.combine = combine
        like = [island.emb.at(lon=lon, lat=lat, year=2024) for lon, lat in (PIVOT, OTHER)]
        unlike = [island.emb.at(lon=FIELD[0], lat=FIELD[1], year=2024)]
        expected = island.emb.search(like, negatives=unlike, combine=combine, year=2024)
        np.testing.assert_array_equal(app.similar.score.values, expected.values)


def test_an_example_stays_what_it_was_in_its_year(app, island):
    app.similar.search(*PIVOT)
    app.year = 2018
    then = island.emb.at(lon=PIVOT[0], lat=PIVOT[1], year=2024)
    np.testing.assert_array_equal(app.similar.score.values, island.emb.search(then, year=2018).values)
    assert app.similar.score.year == 2018


def test_thresholds_opacity_and_colors_never_scan_again(asked):
    asked.values()
    scans = asked.answers.scans
    for cut in np.linspace(0, 1, 11):
        asked.similar.threshold = float(cut)
        assert asked.similar.finding()
        asked.similar.layers()[-1].paint(asked.values().values)
    asked.opacity, asked.ramp, asked.similar.invert = 0.5, "gray", True
    assert asked.similar.finding()
    asked.undo()
    assert asked.similar.finding()
    assert asked.answers.scans == scans


def test_without_a_threshold_a_tenth_is_kept(asked):
    finite = np.isfinite(asked.similar.score.values)
    exact = np.nanquantile(asked.similar.score.values, 0.9)
    assert abs(asked.similar.cut - exact) <= 0.005  # two digits
    at_least = [np.nanmean(asked.similar.score.values[finite] >= exact + d) for d in (-0.005, 0.005)]
    assert at_least[1] <= asked.similar.kept[finite].mean() <= at_least[0]


def test_what_is_painted_is_what_is_kept(asked):
    for invert in (False, True):
        asked.similar.invert = invert
        painted = asked.similar.layers()[-1].paint(asked.values().values)
        np.testing.assert_array_equal(painted.pixels > 0, asked.similar.kept)
        assert (painted.palette[0, 3], painted.palette[1:, 3].min()) == (0, 255)


def test_the_best_are_painted_in_the_last_color_and_the_threshold_in_the_first(asked):
    asked.similar.threshold = 0.5
    values = np.array([[1.0, 0.5, 0.4999, np.nan]], np.float32)
    assert asked.similar.layers()[-1].paint(values).pixels.tolist() == [[255, 1, 0, 0]]


def test_inverted_matches_are_the_least_alike_also_after_a_new_score(asked):
    asked.similar.invert = True
    first = asked.similar.hits
    values = asked.similar.score.values
    assert first.similarity.iloc[0] == np.nanmin(values)
    assert first.similarity.is_monotonic_increasing
    asked.similar.add(*FIELD)
    again = asked.similar.hits
    assert again.similarity.iloc[0] == np.nanmin(asked.similar.score.values)
    assert again.similarity.iloc[0] != first.similarity.iloc[0]


def test_matches_keep_their_distance(asked):
    asked.similar.spacing = 200.0
    hits = asked.similar.hits
    x, y = hits.x.to_numpy(), hits.y.to_numpy()
    apart = np.hypot(x[:, None] - x, y[:, None] - y)[np.triu_indices(len(hits), 1)]
    assert apart.min() >= 200


def test_removing_the_last_example_to_be_like_removes_all(app):
    app.similar.search(*PIVOT)
    app.similar.add(*FIELD, like=False)
    app.similar.remove(0)
    assert app.similar.examples == []
    app.undo()
    assert len(app.similar.examples) == 2


def test_a_dragged_pin_takes_the_vector_of_its_new_place(app, island):
    app.similar.search(*PIVOT)
    app.similar.move(0, *OTHER)
    there = island.emb.at(lon=OTHER[0], lat=OTHER[1], year=2024)
    np.testing.assert_array_equal(app.similar.score.values, island.emb.search(there, year=2024).values)


def test_places_without_data_or_outside_are_refused_in_words(app, island):
    with pytest.raises(OutOfBounds):
        app.similar.search(9.0, 50.0)
    rows, columns = np.nonzero(np.isnan(island.emb.search(island.emb.at(lon=0.12, lat=0.11), year=2024).values))
    lon, lat = island.emb.grid.lonlat(island.emb.grid.x[columns[0]], island.emb.grid.y[rows[0]])
    with pytest.raises(NoData):
        app.similar.search(float(lon), float(lat))
    with pytest.raises(InvalidInput, match="Click a place to be like first"):
        app.similar.add(*FIELD, like=False)
    assert app.similar.examples == []


def test_the_sentence_counts_the_kept_pixels(asked):
    kept = int(asked.similar.kept.sum())
    share = 100 * kept / np.isfinite(asked.similar.score.values).sum()
    assert asked.similar.finding().startswith(
        f"{share:.1f}\u00a0% of the island is at least {asked.similar.cut:.2f} alike"
    )
    area = kept / 100  # hectares, of pixels of 10 m
    assert (f"{area / 100:.2f} km²" if area >= 100 else f"{area:.1f} ha") in asked.similar.finding()


def test_a_click_near_a_named_place_takes_its_name(app):
    pivot = {place.name: place for place in app.places}["Pivot, north"]
    app.similar.search(pivot.lon + 0.0001, pivot.lat)
    assert app.similar.examples[0].name == "Pivot, north"
    app.similar.search(*FIELD)
    assert app.similar.examples[0].name == "Field"
    app.similar.search(0.1167, 0.1118)
    assert app.similar.examples[0].name == ""


def test_stable_ground_stays_within_the_usual_noise(asked, island):
    """The band holds for any query: tested on every pixel that is stable by the definition of the floor."""
    year, before = 2024, 2023
    change = island.emb.change(before, year).values
    stable = change <= asked.shared.drift(before, year)
    now = asked.similar.score.values
    asked.year = before
    then = asked.similar.score.values
    asked.year = year
    rows, columns = np.nonzero(stable)
    inside = []
    for row, column in list(zip(rows, columns, strict=True))[::97]:
        lon, lat = island.emb.grid.lonlat(island.emb.grid.x[column], island.emb.grid.y[row])
        low, high = asked.similar.usual(float(lon), float(lat))
        assert low <= now[row, column] <= high
        inside.append(low - 1e-6 <= then[row, column] <= high + 1e-6)  # float32 scores
    assert len(inside) > 100
    assert all(inside)


def test_chunks_that_are_searched_in_bits_only_are_counted(island, tmp_path):
    import shapely

    import embexplore as ex

    west, south, east, north = island.emb.grid.bbox
    path = tmp_path / "mixed.zarr"
    ex.demo(tmp_path / "large.zarr", size=512, years=(2023, 2024))
    large = ex.open_cube(tmp_path / "large.zarr")
    west, south, east, north = large.emb.grid.bbox
    keep = shapely.box(west, south, (west + east) / 2 - 0.001, north)
    ex.repack(large, path, keep)
    app = ex.Explorer(path)
    app.similar.search(0.12, 0.11)
    chunks = np.unique(app.values().tier.values, return_counts=True)
    assert set(chunks[0]) == {1, 2}
    assert "Approximate in 2 chunks." in app.similar.finding()


def test_what_a_long_scan_shows_on_its_way_is_not_taken_for_the_answer(app, monkeypatch):
    from embexplore.ui import answers

    similar, partly = app.similar, []
    similar.search(*PIVOT)
    cut, best = similar.cut, list(similar.hits.similarity)

    def scan(lazy, *, out, **_):
        with again.answers.partly():
            partly.append(similar.cut)  # nothing is there yet
            out[: len(out) // 2] = lazy.values[: len(out) // 2]
            partly.extend([similar.cut, list(similar.hits.similarity)])
        out[...] = lazy.values

    again = type(app)(app.cube)
    similar = again.similar
    similar.search(*PIVOT)
    monkeypatch.setattr(answers, "scan", scan)
    again.values()
    assert similar.cut == cut
    assert list(similar.hits.similarity) == best
    assert cut not in partly
    assert best not in partly


def test_a_picture_keeps_the_settings_that_it_was_made_with(asked):
    score = asked.similar.score.values
    for threshold in (None, 0.5):
        asked.similar.threshold = threshold
        layer, kept, ramp = asked.similar.layers()[-1], asked.similar.kept, asked.similar.ramp
        with asked.step():
            asked.similar.param.update(threshold=0.9, invert=True)
            asked.ramp = "gray"
            asked.similar.add(*FIELD)
        painted = layer.paint(score)
        np.testing.assert_array_equal(painted.pixels > 0, kept)
        np.testing.assert_array_equal(painted.palette[-1, :3], ramp[-1])
        asked.undo()
