"""The noise floor: true on ground whose truth is known, its own for every cube, and unmoved by real change."""

import functools

import numpy as np
import pytest

from embexplore.analysis import noise
from embexplore.analysis.area import clip
from embexplore.analysis.change import change
from embexplore.analysis.noise import noise_floor
from embexplore.analysis.recode import encode
from embexplore.core.noise import usual_noise
from embexplore.errors import InvalidInput, NoData
from embexplore.io.demo import null_island
from embexplore.io.sources.island.world import HALO
from embexplore.io.sources.synthetic import NullIsland


@functools.cache
def island():
    return null_island().load()


@functools.cache
def unchanged():
    """Pixels of the island whose kind of surface is one and the same in all years: rotating crops are not."""
    truth = NullIsland()
    years = []
    for year in truth.years:
        kinds = np.empty((truth.size, truth.size), np.uint8)
        for row, column, target, inner in truth._blocks(slice(None), slice(None)):
            kinds[target] = truth.world.kinds(row, column, year)[1][HALO:-HALO, HALO:-HALO][inner]
        years.append(kinds)
    return (np.stack(years) == years[0]).all(axis=0)


def false_alarms(floor, first, second, cube=None):
    """Share of the ground that truly did not change, and changed more than a floor."""
    apart = change(island() if cube is None else cube, first, second).values[unchanged()]
    return (apart[~np.isnan(apart)] > floor).mean()


@pytest.mark.parametrize("years", [(2017, 2024), (2017, 2018), (2020, 2021), (2019, 2022)])
def test_about_one_in_a_hundred_pixels_that_did_not_change_passes(years):
    """Nearer to the promise than what the map alone tells, and than the floor of a year for seven."""
    found = noise_floor(island(), *years)
    apart = change(island(), *years).values
    rivals = [usual_noise(apart), float(np.nanpercentile(apart, 99))]
    if years == (2017, 2024):
        rivals.append(noise_floor(island(), 2023, 2024).floor)
    passing = false_alarms(found.floor, *years)
    print(years, f"floor {found.floor:.4f}, false alarms {passing:.2%}, of rivals", rivals)
    assert all(abs(passing - 0.01) < abs(false_alarms(rival, *years) - 0.01) for rival in rivals)


def test_stable_ground_is_ground_that_did_not_change():
    """Among what counts as stable, at most a tenth as much has changed as elsewhere."""
    found = noise_floor(island(), 2017, 2024)
    apart = change(island(), 2017, 2024).values
    assert found.pixels == (~np.isnan(apart)).sum()
    truth = unchanged()[~np.isnan(apart)]
    steps = change(island()).values[:, ~np.isnan(apart)]
    stable = noise.is_stable(steps)
    assert stable.sum() == found.stable_pixels
    assert (~truth[stable]).mean() < (~truth[~stable]).mean() / 10


def test_years_further_apart_have_a_higher_floor():
    steps = [noise_floor(island(), year, year + 1).floor for year in range(2017, 2024)]
    assert noise_floor(island(), 2017, 2024).floor > max(steps)


def test_every_pair_of_consecutive_years_has_its_floor():
    """The same share of the same stable ground; asked for by itself, a pair has that floor."""
    found = noise_floor(island(), 2017, 2024)
    assert list(found.yearly) == list(range(2018, 2025))
    for year, floor in found.yearly.items():
        alone = noise_floor(island(), year - 1, year)
        assert alone.yearly[year] == alone.floor
        # Pixels without data in 2017 or 2024 are left out of one and not of the other.
        assert abs(false_alarms(floor, year - 1, year) - false_alarms(alone.floor, year - 1, year)) < 0.001


def test_another_cube_has_another_floor():
    coarse = encode(island(), "binary")
    floors = noise_floor(island(), 2017, 2024).floor, noise_floor(coarse, 2017, 2024).floor
    assert false_alarms(floors[0], 2017, 2024, coarse) > 5 * false_alarms(floors[1], 2017, 2024, coarse)


def test_real_change_does_not_lift_the_floor(plant):
    """A fifth of the ground becomes another place in 2020: the floor stays that of the rest."""
    planted = plant("float32")
    before = noise_floor(planted.cube, 2017, 2020)
    vectors = planted.cube.embeddings.values
    vectors[2, :, :14] = -vectors[0, :, :14]
    after = noise_floor(planted.cube, 2017, 2020)
    values = change(planted.cube, 2017, 2020).values
    assert np.nanmin(values[:14]) > 1.9
    rest = values[14:][~np.isnan(values[14:])]
    assert after.stable_pixels <= len(rest)
    assert after.floor <= rest.max() < 1.9
    assert abs(after.floor - before.floor) < (values[:14][~np.isnan(values[:14])].min() - before.floor) / 10


def test_lazy_and_in_memory_agree_bit_for_bit(planted, chunked):
    lazy, eager = noise_floor(chunked(planted.cube), 2017, 2020), noise_floor(planted.cube, 2017, 2020)
    # Kernels add bands in another order where blocks are cut: a rounding may move one pixel over the fence.
    assert abs(lazy.stable_pixels - eager.stable_pixels) <= 1
    assert lazy.floor == pytest.approx(eager.floor, abs=2 * planted.cosine_error)
    assert (lazy.pixels, lazy.years) == (eager.pixels, (2017, 2020))


def test_ground_named_as_stable_is_taken_as_it_is(planted, chunked):
    west, south, east, north = planted.grid.bbox
    area = (west, south, (west + east) / 2, north)
    found = noise_floor(chunked(planted.cube), 2017, 2020, percentile=90, stable=area)
    values = change(clip(planted.cube, area), 2017, 2020).values
    known = values[~np.isnan(values)]
    assert found.floor == pytest.approx(np.percentile(known, 90), abs=planted.cosine_error)
    assert found.stable_pixels == found.pixels == len(known)
    assert "you named" in found.how


@pytest.mark.parametrize("percentile", [50, 90, 99])
def test_the_distribution_says_how_much_passes_where(north, percentile):
    found = noise_floor(north.cube, 2017, 2020, percentile=percentile)
    coarse = 1 / noise.QUANTILES + 1 / found.stable_pixels
    assert found.passing(found.floor) == pytest.approx(1 - percentile / 100, abs=coarse)
    assert (found.passing(-1), found.passing(2.0)) == (1, 0)
    edges = np.linspace(0, 2, 41)
    shares = found.shares(edges)
    assert shares.sum() == pytest.approx(1)
    above = edges.searchsorted(found.floor)
    assert shares[above:].sum() <= 1 - percentile / 100 + coarse


def test_a_cube_of_two_years_tells_its_floor_from_them(north):
    found = noise_floor(north.cube.isel(time=[0, 2]), 2017, 2020)
    assert "between the two years" in found.how
    assert 0 < found.floor < np.nanmax(change(north.cube, 2017, 2020).values)


def test_a_large_cube_is_read_in_part(north, counted, monkeypatch):
    monkeypatch.setattr(noise, "PIXELS", 1500)
    cube, source = counted(north.cube, "embeddings")
    found = noise_floor(cube, 2017, 2020, random_state=1)
    read = {tuple((part.start, part.stop) for part in index[-2:]) for index in source.reads}
    pixels = sum((bottom - top) * (right - left) for (top, bottom), (left, right) in read)
    assert found.pixels <= pixels < 1500 + 32 * 32, "chunk by chunk until there are enough"
    assert noise_floor(cube, 2017, 2020, random_state=1).floor == found.floor


@pytest.mark.parametrize(
    ("years", "options", "error", "sentence"),
    [
        ((2016, 2020), {}, InvalidInput, "year=2016: this cube has 2017, 2018, 2020"),
        ((2017, 2017), {}, InvalidInput, "two different years"),
        ((2017, 2020), {"percentile": 100}, InvalidInput, "percentile=100: expected a number between 0 and 100"),
    ],
)
def test_what_has_no_floor_is_a_sentence(north, years, options, error, sentence):
    with pytest.raises(error, match=sentence):
        noise_floor(north.cube, *years, **options)


def test_too_few_pixels_are_a_sentence(north):
    with pytest.raises(NoData, match="stable pixels with data in 2017 and 2020: a floor needs 100"):
        noise_floor(north.cube.isel(y=slice(0, 9), x=slice(0, 9)), 2017, 2020)
