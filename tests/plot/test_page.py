"""The page of maps: whole, offline, true to the arrays, and safe against any text."""

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from embexplore.core.codecs import make_codec
from embexplore.core.noise import usual_noise
from embexplore.cube.build import make_cube
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance
from embexplore.plot.html import scale_bar
from embexplore.plot.page import write_page
from embexplore.plot.panels import panels_of

ROWS, COLUMNS, BANDS = 40, 50, 64
GRID = Grid("EPSG:32631", (10.0, 0.0, 179_000.0, 0.0, -10.0, 12_000.0), (ROWS, COLUMNS))
PROVENANCE = Provenance("made for a test", "Two halves", "1", "Nobody's <b>data</b> & more.", "CC0-1.0")


def halves(years=(2020, 2021), changed=slice(30, 36)):
    """West and east halves of two kinds of ground; a strip of the east that changes in the last year; a gap."""
    rng = np.random.default_rng(0)
    kinds = np.linalg.qr(rng.normal(size=(BANDS, BANDS)))[0][:3]
    kind = np.zeros((len(years), ROWS, COLUMNS), int)
    kind[:, :, COLUMNS // 2 :] = 1
    kind[-1, 10:20, changed] = 2
    vectors = kinds[kind] + 0.03 * rng.normal(size=(*kind.shape, BANDS))
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    vectors[:, :3, :3] = np.nan
    codec = make_codec("alphaearth")
    codes = np.moveaxis(codec.encode(vectors.astype(np.float32)), -1, 1)
    return make_cube(codes, codec=codec, grid=GRID, years=years, provenance=PROVENANCE)


@pytest.fixture(scope="module")
def cube():
    return halves()


@pytest.fixture(scope="module")
def panels(cube):
    lon, lat = GRID.lonlat(GRID.x[5], GRID.y[20])
    return {panel.name: panel for panel in panels_of(cube, lon=float(lon), lat=float(lat), year=2021)}


class Page(HTMLParser):
    """Tags, texts and addresses of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.texts, self.alternatives = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "srcset", "href", "data", "action"}]
        self.alternatives += [value for name, value in attrs if name == "alt"]

    def handle_data(self, data):
        self.texts.append(data)


def test_a_page_holds_three_maps_and_asks_no_host_for_anything(cube, tmp_path):
    text = write_page(cube, tmp_path / "page.html", title="Two halves").read_text(encoding="utf-8")
    page = Page(text)
    assert page.tags.count("img") == 3
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert "url(" not in text
    assert "@import" not in text
    assert "default-src &#x27;none&#x27;" in text
    assert all(len(alternative) > 40 for alternative in page.alternatives)
    pictures = [Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) for address in page.addresses]
    assert {picture.size for picture in pictures} == {(COLUMNS, ROWS)}


def test_a_page_names_source_attribution_years_and_the_python_of_each_map(cube, tmp_path):
    opened_by = 'cube = ex.open_cube("halves.zarr")'
    page = Page(write_page(cube, tmp_path / "page.html", opened_by=opened_by).read_text(encoding="utf-8"))
    said = " ".join(page.texts)
    for part in (PROVENANCE.attribution, "made for a test", "2020, 2021", "64 dimensions", "EPSG:32631", opened_by):
        assert part in said
    assert "cube.emb.change(2020, 2021)" in said
    assert "cube.emb.pca_rgb(pca, year=2021)" in said


def test_the_python_of_each_map_runs_and_gives_that_map(cube, panels):
    scope = {"cube": cube}
    for panel in panels.values():
        exec(panel.code, scope)
    np.testing.assert_array_equal(panels["Colors"].light[..., :3], scope["rgb"].values)
    data = np.isfinite(scope["change"].values)
    np.testing.assert_array_equal(panels["Change"].light[..., 3] == 255, data)
    assert panels["Similar"].rows[0][1] == f"{scope['hits'].similarity.iloc[1]:.3f}"


def is_colored(picture):
    """Where a picture is not gray."""
    return np.ptp(picture[..., :3].astype(int), axis=-1) > 10


def test_similarity_colors_the_kind_of_the_place_and_nothing_else(panels):
    colored = is_colored(panels["Similar"].light)
    assert not colored[:, COLUMNS // 2 :].any()
    assert 0.08 < colored.mean() < 0.12, "the most alike tenth"
    np.testing.assert_array_equal(colored, is_colored(panels["Similar"].dark))


def test_change_colors_what_changed_and_numbers_it(panels):
    change = panels["Change"]
    colored = is_colored(change.light)
    planted = np.zeros((ROWS, COLUMNS), bool)
    planted[10:20, 30:36] = True
    assert colored[planted].all()
    # Gaussian noise passes three robust standard deviations rarely; a hundredth of stable ground is generous.
    assert colored[~planted].mean() < 0.01
    assert [row[0] for row in change.rows] == [mark.label for mark in change.marks]
    first = change.marks[0]
    assert planted[int(first.top / 100 * ROWS), int(first.left / 100 * COLUMNS)]


def test_no_data_is_transparent_on_every_map(panels):
    for panel in panels.values():
        for picture in (panel.light, panel.dark):
            assert (picture[:3, :3, 3] == 0).all()
            assert (picture[5:, 5:, 3] == 255).all()


def test_the_pin_lies_on_the_pixel_of_the_place(panels):
    pin = next(mark for mark in panels["Similar"].marks if mark.kind == "pin")
    assert (pin.left, pin.top) == pytest.approx((100 * 5.5 / COLUMNS, 100 * 20.5 / ROWS))


def test_a_cube_of_one_year_has_no_change_map(tmp_path):
    page = Page(write_page(halves(years=(2024,)), tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.tags.count("img") == 2


def test_text_of_users_and_files_never_becomes_markup(cube, tmp_path):
    nasty = '<script>alert("x")</script><img src=https://example.org/x>&amp;'
    evil = replace(PROVENANCE, model=nasty, source=nasty, attribution=nasty)
    attrs = {**cube.attrs["embexplore"], "provenance": evil.to_dict()}
    path = write_page(
        cube.assign_attrs(embexplore=attrs), tmp_path / "page.html", title=nasty, place=nasty, opened_by=nasty
    )
    page = Page(path.read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert page.tags.count("img") == 3
    assert all(address.startswith("data:") for address in page.addresses)
    assert page.texts.count(nasty) >= 2


def test_a_large_cube_is_drawn_from_every_nth_pixel(monkeypatch, cube):
    monkeypatch.setattr("embexplore.plot.panels.SHARPEST", 20)
    lon, lat = GRID.lonlat(GRID.x[5], GRID.y[20])
    for panel in panels_of(cube, lon=float(lon), lat=float(lat), year=2021):
        assert panel.light.shape == (14, 17, 4)


def test_usual_noise_is_three_standard_deviations_whatever_a_few_pixels_do(rng):
    noise = rng.normal(0.03, 0.01, 100_000)
    noise[:2000] = 0.9
    # The median and the MAD of a sample whose 2 % are elsewhere move by at most that share of their range.
    assert usual_noise(noise) == pytest.approx(0.06, abs=0.003)


@pytest.mark.parametrize("crs", ["EPSG:32631", "EPSG:4326"])
def test_the_scale_bar_is_a_round_length_within_a_quarter_of_the_width(crs):
    step = 10.0 if crs == "EPSG:32631" else 10 / 111_319.5
    left, top = (179_000.0, 12_000.0) if crs == "EPSG:32631" else (0.1, 0.1)
    share, text = scale_bar(Grid(crs, (step, 0.0, left, 0.0, -step, top), (100, 192)))
    # 1.92 km across; a quarter is 480 m. UTM's scale near its zone's edge is 1.001.
    assert text == "200 m"
    assert share == pytest.approx(200 / 1920, rel=2e-3)


def test_make_explores_page_is_null_islands(tmp_path, monkeypatch, capsys):
    from embexplore.plot.page import main

    monkeypatch.chdir(tmp_path)
    main()
    path = Path(capsys.readouterr().out.splitlines()[0])
    assert path == tmp_path / "out" / "null-island.html"
    text = path.read_text(encoding="utf-8")
    assert "<title>Null Island</title>" in text
    assert text.count("<img") == 3
    assert not re.search(r'(src|href)="http', text)
    assert len(text) < 1_000_000
