"""The report: it stands alone, says every number, escapes what users named, and no name covers another."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from embexplore.core.dimension import Dimension
from embexplore.ui.report import page
from embexplore.ui.report.placing import Box, place
from embexplore.ui.report.tables import fixed, money, percent, size

NAN = float("nan")
VOID = {"meta", "path", "circle", "rect", "br"}


def row(codec, stored, recall, read=None, **others):
    """A row of the table, with what every codec has."""
    numbers = {"recall_at_10": recall, "recall_euclidean_at_10": recall, "rank_correlation": 0.98}
    numbers |= {"score_error": 0.01, "change_flipped": 0.02, "change_correlation": 0.9, "change_auc": NAN}
    numbers |= {"color_difference": 3.0, "reconstruction_error": 0.05}
    limits = {
        f"{name}_{end}": value + step
        for name, value in numbers.items()
        for end, step in (("low", -0.01), ("high", 0.01))
    }
    size = {
        "bytes_per_pixel": stored,
        "bytes_scanned_per_pixel": read or stored,
        "side_bytes": 123,
        "bytes_on_disk": NAN,
    }
    speed = {"queries_per_second": 250.0, "encode_seconds": 0.5}
    return {"codec": codec, "is_best": recall > 0.8, **size, **numbers, **limits, **speed, **others}


@pytest.fixture
def rows():
    return [
        row("float32", 256, 1.0),
        row("int4", 32, 0.93),
        row("binary", 8, 0.63),
        row("binary, 200 re-checked", 72, 0.99, 8),
    ]


@pytest.fixture
def about():
    return {
        "cube": "lake.zarr", "model": "AlphaEarth", "version": "1", "source": "a source", "attribution": "somebody",
        "license": "CC-BY 4.0", "codec": "alphaearth", "stored_bytes_per_pixel": 64.0, "dimensions": 64,
        "crs": "EPSG:32616", "shape": [97, 98], "resolution": [10.0, 10.0], "bbox": [1.0, 2.0, 3.0, 4.0], "year": 2024,
        "since": 2017, "floor": 0.1, "queries": 200, "k": 10, "fitted_pixels": 5000, "tested_pixels": 4900,
        "weighed_pixels": 9506, "left_out": {}, "random_state": 0, "price": 0.023, "versions": {"embexplore": "0.1.0"},
    }  # fmt: skip


@pytest.fixture
def shape():
    return Dimension(np.array([0.6, 0.3, 0.08, 0.02]), 2.5, 2.75, 3.1, 400)


class Nesting(HTMLParser):
    """Fails where a tag is closed that is not the one open."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.addresses = [], [], []

    def handle_starttag(self, tag, attrs):
        self.addresses += [value for name, value in attrs if name in {"src", "href", "xlink:href", "action"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_is_whole_and_asks_for_nothing(rows, about, shape):
    text = page(rows, about, shape)
    read = Nesting()
    read.feed(text)
    assert not read.open
    assert not read.addresses
    assert "<script" not in text
    assert not re.search(r"url\(|@import|https?://", text)


def test_the_page_says_every_codec_its_recall_and_its_interval(rows, about, shape):
    text = page(rows, about, shape)
    for each in rows:
        assert (
            f"{each['recall_at_10']:.3f}<small>{each['recall_at_10_low']:.3f}–{each['recall_at_10_high']:.3f}" in text
        )
    for part in (
        "4,900 pixels",
        "<dt>seed</dt><dd>0<",
        "embexplore 0.1.0",
        "checkerboard",
        "2.5",
        "somebody",
        "CC-BY 4.0",
    ):
        assert part in text
    assert "finds true change" not in text  # nobody gave the truth: no column of it


def test_the_answer_is_the_best_codec_of_each_size(rows, about, shape):
    cards = re.findall(r"<li><span>(.*?)</span><b>(.*?)</b>.*?<em>(.*?)</em>", page(rows, about, shape))
    assert cards == [
        ("8 bytes", "0.630", "binary"),
        ("32 bytes", "0.930", "int4"),
        ("8 bytes read, 72 stored", "0.990", "binary then 200 re-checked"),
    ]


def test_names_that_are_markup_stay_text(rows, about, shape):
    evil = "<script>alert(1)</script>"
    about |= {"cube": f"/data/{evil}", "attribution": evil, "labels": evil, "classes": {evil: 3}, "labeled_points": 3}
    about |= {"shuffled": {"knn": 0.5}, "left_out": {evil: evil}}
    told = {"knn_worst_class": evil, f"knn_f1_{evil}": 0.2}
    told |= {
        f"knn_{name}{end}": 0.5
        for name in ("accuracy", "accuracy_lost", "macro_f1", "worst_f1")
        for end in ("", "_low", "_high")
    }
    text = page([each | told for each in rows], about, shape)
    assert evil not in text
    assert "&lt;script&gt;" in text


def test_one_year_and_small_vectors_make_a_page_too(rows, about, shape):
    alone = [{**each, **dict.fromkeys([name for name in each if name.startswith("change_")], NAN)} for each in rows]
    text = page(alone, about | {"since": None, "floor": NAN, "dimensions": 4}, shape)
    assert "no change to compare" in text
    assert "nan" not in text.lower()


def test_no_name_covers_another_or_a_point(rng):
    frame = Box(0, 0, 900, 500)
    points = [
        (f"codec{number}", *place_) for number, place_ in enumerate(rng.uniform((60, 60), (700, 440), (40, 2)).tolist())
    ]
    points += [("twin", 300.0, 200.0), ("twin", 300.0, 200.0)]
    labels = place(points, frame)
    assert len(labels) > 35
    boxes = [label.box for label in labels.values()]
    for number, box in enumerate(boxes):
        assert box.is_in(frame)
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])
        assert not any(box.overlaps(Box(x - 5, y - 5, x + 5, y + 5)) for _, x, y in points)


def test_a_point_without_room_has_no_name():
    assert place([("name", 5.0, 5.0)], Box(0, 0, 10, 10)) == {}


def test_numbers_are_written_for_readers():
    assert (size(999), size(41_200_000), size(96e12), size(6.1e15)) == (
        "999\u00a0B",
        "41.2\u00a0MB",
        "96.0\u00a0TB",
        "6.1\u00a0PB",
    )
    assert (percent(0.0655), percent(0.5), money(26_496.2), money(0.5)) == (
        "6.55\u00a0%",
        "50.0\u00a0%",
        "$\u00a026,496",
        "$\u00a00.50",
    )
    assert fixed(3)(-0.0021) == "−0.002"
