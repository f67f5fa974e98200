"""The Explorer as somebody sees it, in JupyterLab or on its own page: where things are, and what they say."""

import json
from pathlib import Path

import numpy as np

PICTURES = ".leaflet-right-pane img, .leaflet-left-pane img, .leaflet-ground-pane img"
ANSWER = ".leaflet-right-pane img"


class Screen:
    """An Explorer in a page."""

    def __init__(self, page) -> None:
        self.page = page
        self.map = page.locator(".emx-map .leaflet-container").first
        self.root = page.locator(".emx").first

    def wait_for_map(self) -> None:
        """Until the first picture is drawn."""
        self.page.locator(".leaflet-ground-pane img").first.wait_for(state="attached")
        self.page.wait_for_function(
            """([css]) => {
              const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
              return all(document).some((e) => e.matches(css) && e.naturalWidth > 1);
            }""",
            arg=[PICTURES.replace(", ", ",")],
        )
        self.root.evaluate("element => element.scrollIntoView({ block: 'start' })")
        self.rest()

    def rest(self) -> None:
        """Until nothing on the map has changed for a while."""
        shown = None
        for _ in range(100):
            self.page.wait_for_timeout(400)
            before = shown
            shown = self.page.locator(".leaflet-ground-pane img").last.get_attribute("src"), self.picture, self.status
            if shown == before:
                return

    @property
    def picture(self) -> str:
        """The address of the answer's picture."""
        return self.page.locator(ANSWER).first.get_attribute("src") or ""

    def at(self, across: float, down: float) -> tuple[float, float]:
        """Where a part of the map lies on the page; (0.5, 0.5) is its middle."""
        box = self.map.bounding_box()
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def click(self, across: float, down: float) -> str:
        """Click the map and wait until an answer is drawn; the address of its picture."""
        before = self.picture
        self.page.mouse.click(*self.at(across, down))
        return self.wait_for_picture(before)

    def wait_for_picture(self, *before: str) -> str:
        """Wait until the answer's picture is none of these, and drawn. Answers are PNG, colors of the start WebP."""
        image = self.page.locator(ANSWER).first.element_handle()
        self.page.wait_for_function(
            """([image, old]) => image.src.startsWith("data:image/png") && !old.includes(image.src)
                                 && image.complete && image.naturalWidth > 1""",
            arg=[image, list(before)],
        )
        self.rest()
        return self.picture

    @property
    def status(self) -> str:
        """The sentence under the map."""
        return self.page.locator(".emx-message").first.text_content() or ""

    def wait_for_status(self, part: str) -> str:
        """Wait until the sentence under the map contains this."""
        self.page.locator(".emx-message", has_text=part).first.wait_for()
        return self.status

    def button(self, name: str):
        """A button by its whole name."""
        return self.page.get_by_role("button", name=name, exact=True).first

    def mode(self, title: str) -> None:
        """Switch to a mode by its title."""
        self.page.locator(".emx-modes button", has_text=title).first.click()

    def code(self) -> str:
        """The cell that Show code shows; the drawer is closed again."""
        self.button("Show code").click()
        shown = self.page.locator(".emx-drawer pre").first
        shown.wait_for()
        text = shown.inner_text()
        self.button("Close").click()
        return text


class LabHost:
    """What a kernel in JupyterLab computed."""

    name = "lab"

    def __init__(self, notebook, folder: Path) -> None:
        self._notebook, self._folder = notebook, folder

    def scans(self) -> int:
        """How many maps the Explorer computed so far."""
        return self._notebook.ask("app.answers.scans")

    def values(self) -> np.ndarray:
        """The map of the last answer."""
        path = self._folder / "values.npy"
        self._notebook.tell(f"import numpy; numpy.save({str(path)!r}, app.values().values)")
        return np.load(path)


class ServedHost:
    """What a counting server computed."""

    name = "served"

    def __init__(self, server, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._before = len(self.lines())

    def lines(self) -> list[dict]:
        """One for each map that was computed, by any session."""
        return [json.loads(line) for line in self._server.said.splitlines() if line.startswith('{"scan"')]

    def scans(self) -> int:
        """How many maps were computed since this host was made."""
        return len(self.lines()) - self._before

    def values(self) -> np.ndarray:
        """The map that was computed last."""
        return np.load(self._folder / f"{self.lines()[-1]['scan']}.npy")
