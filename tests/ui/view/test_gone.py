"""A page on a cube that vanished after the server opened it."""

import shutil

import embexplore as ex
from embexplore.ui.hosts.served import explorer_page
from embexplore.ui.view.app import App


def test_a_new_page_on_a_cube_that_vanished_says_so(island, tmp_path):
    ex.save_cube(island.isel(x=slice(60, 100), y=slice(60, 100)), tmp_path / "cube.zarr")
    cube = ex.open_cube(tmp_path / "cube.zarr")
    shutil.rmtree(tmp_path / "cube.zarr")
    view = App(ex.Explorer(cube))
    told = f"folder of this cube is gone: {tmp_path / 'cube.zarr'}"
    assert told in view.status._message.value
    assert "emx-hidden" in view.status._undo._dom_classes
    view.status.say("")
    view.map.painter.paint()  # it was moved
    assert told in view.status._message.value
    assert explorer_page(cube, view="damaged") is not None


def test_a_click_that_cannot_be_answered_any_more_leaves_its_problem_and_the_state_before(island, tmp_path):
    ex.save_cube(island.isel(x=slice(60, 100), y=slice(60, 100)), tmp_path / "cube.zarr")
    explorer = ex.Explorer(ex.open_cube(tmp_path / "cube.zarr"))
    view = App(explorer)
    explorer.opacity = 0.5
    before = explorer.state()
    shutil.rmtree(tmp_path / "cube.zarr")
    assert not view.attempt(lambda: setattr(explorer, "year", 2018))
    assert explorer.state() == before
    assert explorer.problem
    assert explorer.problem in view.status._message.value
    assert "emx-hidden" not in view.status._undo._dom_classes
