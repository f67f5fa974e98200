"""Places: the vector there, the reason why there is none, and the mean of an area."""

import numpy as np
import pytest
import shapely

from embexplore.analysis.area import clip
from embexplore.analysis.place import Probe, at, over, probe
from embexplore.errors import InvalidInput, NoData, OutOfBounds

CODECS = ("alphaearth", "float32", "int8", "tessera", "binary", "binary-sign")


@pytest.mark.parametrize("codec", CODECS)
def test_a_vector_is_the_decoded_pixel_at_unit_length(plant, chunked, codec):
    planted = plant(codec)
    cube = chunked(planted.cube)
    for row, column, year in ((30, 40, 2017), (69, 89, 2018), (31, 32, 2020)):
        truth = planted.at(row, column, year)
        if np.isnan(truth).any():
            continue
        vector = at(cube, **planted.lonlat(row, column), year=year)
        assert vector.dtype == np.float32
        # One rounding of a float32 decode, one of the division, components at most 1.
        np.testing.assert_allclose(vector.values, truth, rtol=0, atol=4 * 2.0**-24)


def test_a_vector_names_its_bands_year_and_provenance(north):
    vector = at(north.cube, **north.lonlat(30, 40))
    assert vector.dims == ("band",)
    assert list(vector.band.values[:2]) == ["A00", "A01"]
    assert vector.attrs["year"] == 2020, "the latest year by default"
    assert vector.attrs["provenance"]["model"] == "Planted"


def test_a_place_anywhere_in_a_pixel_is_that_pixel(planted):
    grid = planted.grid
    for down, across in ((0.01, 0.01), (0.99, 0.02), (0.5, 0.97)):
        a, _, c, _, e, f = grid.transform
        lon, lat = grid.lonlat(c + a * (40 + across), f + e * (30 + down))
        found = probe(planted.cube, lon=float(lon), lat=float(lat))
        assert (found.row, found.column) == (30, 40)
        assert (found.x, found.y) == pytest.approx((grid.x[40], grid.y[30]))


def test_reading_a_place_reads_its_one_chunk(north, counted):
    cube, source = counted(north.cube, "embeddings")
    at(cube, **north.lonlat(30, 40), year=2018)
    [(years, bands, rows, columns)] = source.reads
    assert source.values[years, bands].shape[:2] == (1, 16)
    assert rows.start <= 30 < rows.stop <= rows.start + 32
    assert columns.start <= 40 < columns.stop <= columns.start + 32


def test_a_probe_says_that_there_is_a_value_and_where(north):
    found = probe(north.cube, **north.lonlat(30, 40), year=2018)
    lonlat = north.lonlat(30, 40)
    where = (30, 40, north.grid.x[40], north.grid.y[30])
    message = f"lon={lonlat['lon']:g}, lat={lonlat['lat']:g} has a value in 2018."
    assert found == Probe(
        "value", message, **lonlat, year=2018, row=30, column=40, x=where[2], y=where[3], tier="embeddings"
    )


def test_no_data_is_said_by_probe_and_raised_by_at(north, chunked):
    cube = chunked(north.cube)
    assert np.isnan(north.at(10, 50, 2018)).all()
    found = probe(cube, **north.lonlat(10, 50), year=2018)
    assert found.status == "no data"
    assert "no data in 2018" in found.message
    with pytest.raises(NoData, match="no data in 2018"):
        at(cube, **north.lonlat(10, 50), year=2018)


@pytest.mark.parametrize("codec", ["tessera", "binary"])
def test_no_data_is_known_by_scale_and_by_mask_too(plant, codec):
    planted = plant(codec)
    assert probe(planted.cube, **planted.lonlat(10, 50), year=2018).status == "no data"


def test_water_is_told_from_no_data_where_the_scale_says_so(plant):
    planted = plant("tessera")
    planted.cube.scales.values[1, 10, 50] = np.nan
    planted.cube.scales.values[1, 10, 51] = np.inf
    assert probe(planted.cube, **planted.lonlat(10, 50), year=2018).status == "water"
    assert probe(planted.cube, **planted.lonlat(10, 51), year=2018).status == "no data"
    with pytest.raises(NoData, match="is water in 2018, where Planted has no embedding"):
        at(planted.cube, **planted.lonlat(10, 50), year=2018)


def test_a_vector_of_length_zero_is_no_data(plant):
    planted = plant("tessera")
    planted.cube.embeddings.values[1, :, 30, 40] = 0
    assert probe(planted.cube, **planted.lonlat(30, 40), year=2018).status == "no data"


@pytest.mark.parametrize("place", [(0.0, 0.0), (-89.4557, 43.0501 - 0.01), (np.nan, 43.05), (np.inf, 43.05)])
def test_outside_is_said_by_probe_and_raised_by_at(north, place):
    lon, lat = place
    found = probe(north.cube, lon=lon, lat=lat)
    assert (found.status, found.row, found.x) == ("outside", None, None)
    assert "outside this cube, which covers" in found.message
    with pytest.raises(OutOfBounds, match="outside this cube"):
        at(north.cube, lon=lon, lat=lat)


def test_outside_a_clipped_area_is_told_from_outside_the_cube(north):
    west, south, east, north_edge = north.grid.bbox
    clipped = clip(north.cube, shapely.Polygon([(west, south), (east, south), (west, north_edge)]))
    found = probe(clipped, **north.lonlat(5, 85))
    assert found.status == "outside area"
    with pytest.raises(OutOfBounds, match="outside the area that this cube was clipped to"):
        at(clipped, **north.lonlat(5, 85))
    assert probe(clipped, **north.lonlat(60, 10), year=2017).status == "value"
    np.testing.assert_array_equal(
        at(clipped, **north.lonlat(60, 10), year=2017), at(north.cube, **north.lonlat(60, 10), year=2017)
    )


def test_a_year_that_the_cube_lacks_is_a_sentence(north):
    for ask in (at, probe):
        with pytest.raises(InvalidInput, match=r"year=2016: this cube has 2017, 2018, 2020\."):
            ask(north.cube, **north.lonlat(30, 40), year=2016)


def test_mixed_chunks_are_read_from_the_best_tier_that_each_has(mixed, north):
    cube, stored = mixed
    tiers = {0: None, 1: "embeddings", 2: "bits", 3: "embeddings"}
    for row in range(3):
        for column in range(3):
            pixels = np.argwhere(~np.isnan(north.of(2020)[32 * row : 32 * row + 32, 32 * column : 32 * column + 32, 0]))
            down, across = pixels[len(pixels) // 2]
            found = probe(cube, **north.lonlat(32 * row + down, 32 * column + across), year=2020)
            assert found.tier == tiers[stored[2, row, column]]
            assert found.status == ("value" if found.tier else "no data")


def test_the_mean_of_an_area_is_that_of_its_unit_vectors(planted, chunked):
    west, south, east, north_edge = planted.grid.bbox
    polygon = shapely.Polygon([(west, south), (east, south + (north_edge - south) * 0.3457), (west + 1e-6, north_edge)])
    lon, lat = planted.grid.lonlat(*np.meshgrid(planted.grid.x, planted.grid.y))
    inside = shapely.contains_xy(polygon, lon, lat) & ~np.isnan(planted.of(2018)[..., 0])
    mean = planted.of(2018)[inside].mean(axis=0)
    found = over(chunked(planted.cube), polygon, year=2018)
    assert found.attrs["pixels"] == inside.sum()
    # Every unit vector carries a few float32 roundings, their mean no more, the result one of its own;
    # dividing by the mean's length magnifies them.
    error = 5 * 2.0**-24 / np.linalg.norm(mean)
    np.testing.assert_allclose(found.values, mean / np.linalg.norm(mean), rtol=0, atol=error)


def test_lengths_of_the_stored_vectors_do_not_weigh_in_the_mean(plant):
    planted = plant("tessera")
    bbox = planted.grid.bbox
    before = over(planted.cube, bbox, year=2017)
    planted.cube.scales.values[0, :35] *= 4
    np.testing.assert_allclose(over(planted.cube, bbox, year=2017), before, rtol=0, atol=8 * 2.0**-24)


def test_an_area_without_data_is_a_sentence(north):
    top, bottom = north.grid.y[6], north.grid.y[18]
    west, south = north.grid.lonlat(north.grid.x[42], bottom)
    east, north_edge = north.grid.lonlat(north.grid.x[58], top)
    area = tuple(float(edge) for edge in (west, south, east, north_edge))
    with pytest.raises(NoData, match="No pixel of this area has data in 2018"):
        over(north.cube, area, year=2018)
    assert over(north.cube, area, year=2017).attrs["pixels"] > 100


def test_an_area_of_opposite_vectors_has_no_mean_direction(plant):
    planted = plant("float32")
    codes = np.zeros_like(planted.cube.embeddings.values)
    codes[:, 0, :, ::2], codes[:, 0, :, 1::2] = 1, -1
    cube = planted.cube.assign(embeddings=(planted.cube.embeddings.dims, codes))
    with pytest.raises(NoData):
        over(cube, planted.grid.bbox)
