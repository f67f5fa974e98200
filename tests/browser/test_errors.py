"""What goes wrong, or is stopped, is a sentence under the map, and the picture stays."""

import re
import shutil

from hosts import serve
from screen import Screen

import embexplore as ex
from embexplore.cube.build import with_chunk_grid
from embexplore.io.demo import demo, null_island_path


def test_a_kernel_that_restarts_under_an_open_page_says_what_to_do(page, lab):
    notebook = lab(page, "import embexplore as ex\napp = ex.Explorer(ex.null_island())\napp")
    notebook.run_all()
    screen = Screen(page)
    screen.wait_for_map()
    picture = screen.click(0.62, 0.72)
    page.watch.expected += ["Cannot send"]  # JupyterLab's own words for a widget that moves while no kernel is there
    page.watch.expected += ["Comm not found"]  # and for widgets that the old kernel closes as it ends
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    assert screen.wait_for_status("The kernel restarted; run the cell again.").startswith("Not possible.")
    assert screen.picture == picture


def test_a_server_that_stops_says_so_and_the_picture_stays(page, tmp_path):
    page.watch.expected += ["ERR_CONNECTION_REFUSED", "Lost websocket", "WebSocket"]
    with serve(tmp_path, str(null_island_path())) as server:
        page.goto(server.url)
        screen = Screen(page)
        screen.wait_for_map()
        picture = screen.click(0.62, 0.72)
        server.process.terminate()
        screen.wait_for_status("The server was stopped")
        assert screen.picture == picture


def test_a_cube_that_vanishes_is_named_and_the_picture_stays(page, tmp_path, screenshot):
    path = demo(tmp_path / "lake.zarr", size=96, years=(2023, 2024))
    with serve(tmp_path, str(path)) as server:
        page.goto(server.url)
        screen = Screen(page)
        screen.wait_for_map()
        screen.click(0.55, 0.72)
        screen.wait_for_status("alike")
        picture = screen.picture
        shutil.rmtree(path)
        screen.mode("Change")
        said = screen.wait_for_status("Not possible.")
        screenshot(page, "error-vanished")
        assert "lake.zarr" in said
        assert screen.picture == picture


def test_a_long_scan_tells_its_progress_and_cancel_goes_back_to_the_last_answer(page, tmp_path, screenshot):
    small_chunks = with_chunk_grid(ex.null_island().drop_vars("precision"), 32)
    path = ex.save_cube(small_chunks, tmp_path / "island.zarr")
    with serve(tmp_path, str(path), SLOWLY="1") as server:
        page.goto(server.url)
        screen = Screen(page)
        screen.wait_for_map()
        picture, said = screen.click(0.62, 0.6), screen.wait_for_status("alike")
        code = screen.code()
        (tmp_path / "slow").touch()
        page.mouse.click(*screen.at(0.55, 0.5))
        screen.wait_for_status("chunks, about")
        assert re.fullmatch(
            r"Searching \d+ of \d+ chunks, about \d+ s left\. The map fills in as it goes\.", screen.status
        )
        screenshot(page, "progress")
        screen.button("Cancel").click()
        assert screen.wait_for_status("Stopped.") == "Stopped. The map still shows the last answer."
        screen.rest()
        screenshot(page, "progress-stopped")
        assert screen.picture == picture
        assert not screen.button("Cancel").is_visible()
        assert screen.code() == code
        (tmp_path / "slow").unlink()
        assert screen.click(0.55, 0.5) != picture
        assert screen.wait_for_status("alike") != said
