"""The code of a view of a large cube: it names the level that the maps are computed on, in every mode."""

import numpy as np
import pytest

import embexplore as ex
from embexplore.ui import levels

AREA = {
    "type": "Polygon",
    "coordinates": [[[0.115, 0.106], [0.126, 0.106], [0.126, 0.113], [0.115, 0.113], [0.115, 0.106]]],
}
VIEWS = {
    "change": {"mode": "change"},
    "which year": {"mode": "change", "change": {"picture": "year"}},
    "both years": {"mode": "change", "change": {"picture": "side"}},
    "colors": {"mode": "colors"},
    "colors of a part": {"mode": "colors", "colors": {"fit_area": AREA, "all_years": False}},
    "clusters": {"mode": "clusters"},
    "compression": {"mode": "compression"},
    "compression of fewer directions": {"mode": "compression", "compression": {"dims": 16, "picture": "difference"}},
    "compression of change": {"mode": "compression", "compression": {"question": "change"}},
}


@pytest.mark.parametrize("area", [None, AREA], ids=["cube", "area"])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", ["overviews", "every second pixel"])
def test_the_code_of_a_large_cube_gives_the_map_on_screen(kind, view, area, island, monkeypatch):
    monkeypatch.setattr(levels, "LARGEST", 10_000)
    cube = ex.open_cube(island.encoding["source"]) if kind == "overviews" else island.isel(x=slice(0, 180))
    app = ex.Explorer(cube)
    app.similar.search(0.1236, 0.1071)
    app.restore(app.state() | VIEWS[view] | {"area": area})
    assert not app.shared.pyramid.is_complete
    names = {"cube": cube}
    exec(app.to_code(), names)  # our own code, which is what is tested
    np.testing.assert_array_equal(names[app.active.result].values, app.values().values)
