"""The rail of Labels: classes and their points, the next point to label, and where labels are kept."""

from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as ipw

from embexplore.io.labels import read_labels
from embexplore.ui.view import parts
from embexplore.ui.view.modes.classlist import ClassList, ClassRow, hexes
from embexplore.ui.view.upload import Upload, content_of
from embexplore.ui.words import count, percent

if TYPE_CHECKING:
    from embexplore.ui.view.modes.labels import LabelsView

GAIN = (
    "Measured on 2,880 real points of four regions, 20 seeds: after 5 to 40 labels, maps from suggested points were "
    "8.3 ± 1.6 points of accuracy better than maps from random ones, at 40 labels 5.3 ± 1.6."
)
"""`pytest tests/benchmarks/test_labeling.py -m bench` prints these numbers; nearest examples, classes equally common."""
PROSE = (
    "<p>The <b>?</b> stands for the most ground that your points say least about. Following hints found "
    "<b>8 points</b> more accuracy than random clicks, on real data.</p>"
)


class LabelsRail:
    """Three sections; `sections` are what the rail shows."""

    def __init__(self, view: "LabelsView") -> None:
        self._view, self._app, self._mode = view, view.app, view.mode
        self.sections: list[ipw.Widget] = [self._classes(), self._next(), self._kept()]

    def update(self) -> None:
        """Classes with their points, and whether hints are on."""
        mode, colors = self._mode, hexes(self._mode.colors)
        told = zip(mode.classes, mode.counts(), mode.shares(), strict=True)
        rows = [
            ClassRow(i + 1, colors[i], name, count(points, "point"), percent(share) if mode.is_ready else "")
            for i, (name, points, share) in enumerate(told)
        ]
        self._list.show(rows, mode.chosen)
        self._rename.value = mode.classes[mode.chosen - 1]
        self._hints.description = "Hints: on" if mode.hints else "Hints: off"
        parts.show(self._go, shown=mode.hints and bool(mode.points))
        self._get.disabled = not mode.points

    def _classes(self) -> ipw.Widget:
        does, mode = self._app.does, self._mode
        self._list = ClassList(lambda number: self._app.attempt(partial(setattr, mode, "chosen", number)))
        wide = "emx-grow", "emx-field", "emx-wide"
        self._new = parts.field("+ Add a class", does(self._add_class), *wide)
        self._rename = parts.field("Rename the chosen class", does(self._renamed), *wide)
        drop = parts.icon("close", "Remove the chosen class", self._remove_class, "emx-icon-only")
        title = parts.heading("Classes", "keys 1–9 choose")
        return parts.section(
            title,
            self._list.root,
            parts.row(parts.text("Name", "emx-muted"), self._rename, drop),
            self._new,
            fills=True,
        )

    def _next(self) -> ipw.Widget:
        gain = parts.text(PROSE, "emx-prose")
        self._go = parts.button("Go to the next", self._go_to_next, "emx-primary")
        self._hints = parts.button("Hints: on", lambda: self._app.attempt(self._switch_hints), "emx-quiet")
        return parts.section(parts.heading("Which point next?", hint=GAIN), gain, parts.row(self._go, self._hints))

    def _kept(self) -> ipw.Widget:
        upload = Upload("Load GeoJSON", ".geojson,.json", self._app.does(self._uploaded))
        self._get = parts.button("Download", self._download, "emx-quiet", tooltip="Your points as GeoJSON")
        return parts.section(parts.heading("Your labels"), self._view.saved.told, parts.row(upload, self._get))

    def _add_class(self, name: str) -> None:
        if name.strip():
            self._mode.add_class(name)
            self._new.value = ""

    def _renamed(self, name: str) -> None:
        self._mode.rename_class(self._mode.chosen, name)

    def _remove_class(self) -> None:
        self._app.attempt(lambda: self._mode.remove_class(self._mode.chosen))

    def _switch_hints(self) -> None:
        self._mode.hints = not self._mode.hints

    def _go_to_next(self) -> None:
        hint = self._mode.hint()
        if hint is not None:
            self._app.map.zoom_to(hint["lon"], hint["lat"])

    def _download(self) -> None:
        view = self._view
        self._app.attempt(lambda: self._app.drawers.exports.download(view.saved.name, view.write_points))

    def _uploaded(self, message: dict[str, Any]) -> None:
        name, content = content_of(message)
        self._mode.load(read_labels(content, grid=self._view.explorer.cube.emb.grid, name=name))
