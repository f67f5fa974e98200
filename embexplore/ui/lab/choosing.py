"""The left side of the lab: codecs, settings, labels, and the button that measures them beside the page."""

from typing import TYPE_CHECKING, Any

from embexplore.errors import EmbexploreError
from embexplore.ui.lab import words
from embexplore.ui.view.work import Work

if TYPE_CHECKING:
    from embexplore.ui.lab.dress import Dress
    from embexplore.ui.lab.model import Lab


class Choosing:
    """What is asked of a lab; `root` is the layout."""

    def __init__(self, lab: "Lab", dress: "Dress") -> None:
        self.lab, self._dress, self._pn = lab, dress, dress.pn
        self._work = Work(self)
        self._stop: Any = None
        self.boxes = self._pn.Column(*self._groups(), margin=0, sizing_mode="stretch_width")
        self.running, self.wrong, self._labeled = (dress.html("") for _ in range(3))
        self.cancel = self._pn.widgets.Button(label="Cancel", visible=False, width=90, **dress.of())
        self.cancel.on_click(lambda _: self._stop())
        self.root = self._pn.Column(
            *(dress.html("<h2>Codecs</h2>"), self.boxes, self._typed(), self._pn.Row(*self._asked(), margin=0)),
            *(dress.html("<h2>Labels <small>GeoJSON points, for accuracy</small></h2>"), self._upload(), self._labeled),
            *(self._measure(), self.running, self.cancel, self.wrong),
            **dress.box("lab-choose"),
        )

    def progress(self, sentence: str, share: float, *, stop: Any) -> None:
        """How far the measuring is."""
        self._stop = stop
        self.running.object = words.running(sentence, share)
        self.cancel.visible = True

    def rest(self) -> None:
        """Nothing is measured any more."""
        self.running.object, self.cancel.visible = "", False

    def close(self) -> None:
        """Measure no more: the visitor left."""
        self._work.close()

    def start(self, _: Any = None) -> None:
        """Measure what is ticked, beside the page."""
        self.wrong.object = ""
        self._work.start(
            self.lab.measured,
            what="Measuring",
            unit="codecs",
            done=self.lab.take,
            failed=lambda error: self.tell(str(error)),
            stopped=lambda: self.tell(""),
        )

    def add(self, typed: Any) -> None:
        """Tick what was typed, or say why it is no codec for this cube."""
        try:
            self.lab.add(typed.value_input or typed.value)
        except EmbexploreError as error:
            self.tell(str(error))
            return
        typed.value = ""
        self.tell("")
        self.boxes[:] = self._groups()

    def tell(self, problem: str) -> None:
        """Say what was not possible; nothing clears it."""
        self.wrong.object = words.wrong(problem)

    def _typed(self) -> Any:
        """A line for any other codec, and its button."""
        typed = self._pn.widgets.TextInput(
            placeholder="pca24+rotate+int4", sizing_mode="stretch_width", **self._dress.of("typed")
        )
        add = self._pn.widgets.Button(label="Add", width=64, **self._dress.of())
        add.on_click(lambda _: self.add(typed))
        return self._pn.Row(typed, add, margin=0)

    def _measure(self) -> Any:
        measure = self._pn.widgets.Button(
            label="Measure", color="primary", sizing_mode="stretch_width", **self._dress.of()
        )
        measure.on_click(self.start)
        return measure

    def _upload(self) -> Any:
        labels = self._pn.widgets.FileInput(accept=".geojson,.json", sizing_mode="stretch_width", **self._dress.of())
        labels.param.watch(lambda event: self._load(labels) if event.new else None, "value")
        return labels

    def _asked(self) -> list[Any]:
        """Year, second stage and queries."""
        lab = self.lab
        years = sorted(lab.cube.emb.years)
        asked = [
            self._pn.widgets.Select.from_param(lab.param.recheck, label="Re-check", width=84, **self._dress.of()),
            self._pn.widgets.IntInput.from_param(
                lab.param.queries, label="Queries", step=50, width=84, **self._dress.of()
            ),
        ]
        if len(years) > 1:
            year = self._pn.widgets.Select(label="Year", options=years, value=lab.year, width=84, **self._dress.of())
            year.link(lab, value="year")
            asked.insert(0, year)
        return asked

    def _groups(self) -> list[Any]:
        """A heading and boxes for each group of codecs."""
        shown: list[Any] = []
        for title, names in self.lab.groups.items():
            ticked = [name for name in names if name in self.lab.codecs]
            group = self._pn.widgets.CheckBoxGroup(
                options=names, value=ticked, sizing_mode="stretch_width", **self._dress.of("lab-group")
            )
            group.param.watch(self._ticked, "value")
            shown += [self._dress.html(f'<p class="note">{title}</p>'), group]
        return shown

    def _ticked(self, event: Any) -> None:
        gone = set(event.old) - set(event.new)
        kept = [name for name in self.lab.codecs if name not in gone]
        self.lab.codecs = [*kept, *(name for name in event.new if name not in kept)]

    def _load(self, upload: Any) -> None:
        try:
            said = self.lab.load_labels(upload.value, upload.filename or "labels")
        except EmbexploreError as error:
            self.tell(str(error))
            return
        self.tell("")
        self._labeled.object = f'<p class="note">{said}: measure again to tell them.</p>'
