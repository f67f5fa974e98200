"""The lab on a page: Panel's widgets around the model, with measuring beside the page."""

import io
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embexplore.errors import EmbexploreError
from embexplore.ui.hosts import offline
from embexplore.ui.lab import words
from embexplore.ui.lab.plot import pareto
from embexplore.ui.lab.table import formatters, table_of
from embexplore.ui.labbook import LabBook
from embexplore.ui.report.page import sections
from embexplore.ui.report.page import sheet as report_sheet
from embexplore.ui.view import theme
from embexplore.ui.view.work import Work

if TYPE_CHECKING:
    from embexplore.ui.lab.model import Lab
    from embexplore.ui.report import Report

EXTENSIONS = ("tabulator",)
"""What `pn.extension` must load for the page."""


class LabPage:
    """The page of one lab; `root` is the layout.

    Parameters
    ----------
    lab : Lab
    dark : bool
    back : str
        Address of the Explorer, where there is one.
    """

    def __init__(self, lab: "Lab", *, dark: bool = False, back: str = "") -> None:
        import panel as pn

        self.lab, self._pn = lab, pn
        self.colors = theme.colors(dark=dark)
        variables = ";".join(f"--{name}:{color}" for name, color in self.colors.items())
        self._sheets = [f":host{{{variables}}}", sheet()]
        self._work = Work(self)
        self._stop: Any = None
        choose, look = self._choose(), self._look()
        head = self._html(words.head(lab, back), "lab-head")
        self.root = self._pn.Column(
            head, choose, look, css_classes=["lab"], stylesheets=self._sheets, sizing_mode="stretch_both", margin=0
        )
        lab.param.watch(self._show, ["report", "chosen"])
        lab.param.watch(self._show_costs, ["country", "years", "price"])
        self._show()

    def progress(self, sentence: str, share: float, *, stop: Any) -> None:
        """How far the measuring is."""
        self._stop = stop
        self._running.object = words.running(sentence, share)
        self._cancel.visible = True

    def rest(self) -> None:
        """Nothing is measured any more."""
        self._running.object, self._cancel.visible = "", False

    def close(self) -> None:
        """Measure no more: the visitor left."""
        self._work.close()

    def start(self, _: Any = None) -> None:
        """Measure what is ticked, beside the page."""
        self._wrong.object = ""
        self._work.start(
            self.lab.measured,
            what="Measuring",
            unit="codecs",
            done=self.lab.take,
            failed=lambda error: self._tell(str(error)),
            stopped=lambda: self._tell(""),
        )

    def _choose(self) -> Any:
        """The left side: codecs, settings, labels, the button, downloads."""
        self._boxes = self._pn.Column(*self._groups(), margin=0, sizing_mode="stretch_width")
        typed = self._pn.widgets.TextInput(
            placeholder="pca24+rotate+int4", sizing_mode="stretch_width", **self._look_of("typed")
        )
        add = self._pn.widgets.Button(label="Add", width=64, **self._look_of())
        add.on_click(lambda _: self._add(typed))
        measure = self._pn.widgets.Button(
            label="Measure", color="primary", sizing_mode="stretch_width", **self._look_of()
        )
        measure.on_click(self.start)
        self._cancel = self._pn.widgets.Button(label="Cancel", visible=False, width=90, **self._look_of())
        self._cancel.on_click(lambda _: self._stop())
        self._running, self._wrong, self._labeled = (self._html("") for _ in range(3))
        labels = self._pn.widgets.FileInput(accept=".geojson,.json", sizing_mode="stretch_width", **self._look_of())
        labels.param.watch(lambda event: self._load(labels) if event.new else None, "value")
        return self._pn.Column(
            self._html("<h2>Codecs</h2>"), self._boxes, self._pn.Row(typed, add, margin=0), self._pn.Row(*self._asked(), margin=0),
            self._html("<h2>Labels <small>GeoJSON points, for accuracy</small></h2>"), labels, self._labeled,
            measure, self._running, self._cancel, self._wrong,
            css_classes=["lab-choose"], stylesheets=self._sheets, margin=0, sizing_mode="stretch_both",
        )  # fmt: skip

    def _asked(self) -> list[Any]:
        """Year, second stage and queries."""
        lab = self.lab
        years = sorted(lab.cube.emb.years)
        asked = [
            self._pn.widgets.Select.from_param(lab.param.recheck, label="Re-check", width=84, **self._look_of()),
            self._pn.widgets.IntInput.from_param(
                lab.param.queries, label="Queries", step=50, width=84, **self._look_of()
            ),
        ]
        if len(years) > 1:
            year = self._pn.widgets.Select(label="Year", options=years, value=lab.year, width=84, **self._look_of())
            year.link(lab, value="year")
            asked.insert(0, year)
        return asked

    def _look(self) -> Any:
        """The right side: the plot, the codec that is looked at, and what there is to read."""
        self._plot = self._pn.Column(sizing_mode="stretch_width", margin=0)
        self._card = self._html("")
        self._table = self._pn.widgets.Tabulator(
            disabled=True, selectable=1, show_index=False, formatters=formatters(), theme="simple", layout="fit_data_stretch", height=330,
            sizing_mode="stretch_width", stylesheets=[*self._sheets, _TABLE],
        )  # fmt: skip
        self._table.on_click(self._clicked)
        self._bills = self._html("")
        self._costs = self._pn.Column(self._calculator(), self._bills, sizing_mode="stretch_width")
        self._tabs = self._pn.Tabs(("Table", self._table), ("Costs", self._costs), stylesheets=self._sheets, margin=0)
        top = self._pn.Row(
            self._pn.Column(self._plot, margin=0, min_width=0, sizing_mode="stretch_width"), self._card,
            css_classes=["lab-top"], stylesheets=self._sheets, margin=0, sizing_mode="stretch_width",
        )  # fmt: skip
        self._files = self._pn.Row(*(self._file(*each) for each in _FILES), margin=0, visible=False)
        return self._pn.Column(
            top, self._files, self._tabs, css_classes=["lab-look"], stylesheets=self._sheets, margin=0,
            sizing_mode="stretch_both",
        )  # fmt: skip

    def _calculator(self) -> Any:
        """Country, years and price."""
        return self._pn.Row(
            self._pn.widgets.Select.from_param(self.lab.param.country, label="Country", width=160, **self._look_of()),
            self._pn.widgets.IntInput.from_param(
                self.lab.param.years, label="Yearly maps", width=110, **self._look_of()
            ),
            self._pn.widgets.FloatInput.from_param(
                self.lab.param.price, label="$ a GB and month", step=0.001, width=140, **self._look_of()
            ),
        )

    def _groups(self) -> list[Any]:
        """A heading and boxes for each group of codecs."""
        shown: list[Any] = []
        for title, names in self.lab.groups.items():
            ticked = [name for name in names if name in self.lab.codecs]
            group = self._pn.widgets.CheckBoxGroup(
                options=names, value=ticked, sizing_mode="stretch_width", **self._look_of("lab-group")
            )
            group.param.watch(self._ticked, "value")
            shown += [self._html(f'<p class="note">{title}</p>'), group]
        return shown

    def _ticked(self, event: Any) -> None:
        gone = set(event.old) - set(event.new)
        kept = [name for name in self.lab.codecs if name not in gone]
        self.lab.codecs = [*kept, *(name for name in event.new if name not in kept)]

    def _add(self, typed: Any) -> None:
        try:
            self.lab.add(typed.value_input or typed.value)
        except EmbexploreError as error:
            self._tell(str(error))
            return
        typed.value = ""
        self._tell("")
        self._boxes[:] = self._groups()

    def _load(self, upload: Any) -> None:
        try:
            said = self.lab.load_labels(upload.value, upload.filename or "labels")
        except EmbexploreError as error:
            self._tell(str(error))
            return
        self._tell("")
        self._labeled.object = f'<p class="note">{said}: measure again to tell them.</p>'

    def _tell(self, problem: str) -> None:
        self._wrong.object = words.wrong(problem)

    def _clicked(self, event: Any) -> None:
        self.lab.chosen = str(self._table.value["codec"].iloc[event.row])

    def _show(self, *events: Any) -> None:
        report = self.lab.report
        self._files.visible = self._tabs.visible = report is not None
        if report is None:
            self._plot[:] = [self._html(words.EMPTY)]
            self._show_costs()
            return
        if not events or any(event.name == "report" for event in events):
            self._table.value = table_of(report.rows, int(report.about["k"]))
            self._read(report)
        names = self._table.value["codec"].to_list()
        self._table.selection = [names.index(self.lab.chosen)] if self.lab.chosen in names else []
        self._draw(report)
        self._card.object = words.looked_at(self.lab)
        self._show_costs()

    def _draw(self, report: "Report") -> None:
        import holoviews as hv

        recall, d = f"recall_at_{report.about['k']}", int(report.about["dimensions"])
        drawn, marks = pareto(report.rows, recall, self.lab.chosen, d=d, colors=self.colors)
        for points, names in marks:
            tapped = hv.streams.Selection1D(source=points)
            tapped.add_subscriber(partial(self._tapped, names))
        pane = self._pn.pane.HoloViews(drawn, backend="bokeh", sizing_mode="stretch_width", height=400, margin=0)
        self._plot[:] = [pane, self._html(words.KEY)]

    def _tapped(self, names: list[str], index: list[int]) -> None:
        if index:
            self.lab.chosen = names[index[0]]

    def _read(self, report: "Report") -> None:
        """The report's own sections beside the table."""
        told = sections(report.rows, report.about, report.shape)
        wanted = [
            title for title in ("Maps", "Classes", "How many directions", "Careful", "Measured on") if title in told
        ]
        sheets = [*self._sheets[:1], report_sheet(), self._sheets[1]]
        read = [
            (
                title,
                self._pn.pane.HTML(
                    told[title], stylesheets=sheets, css_classes=["lab-read"], sizing_mode="stretch_width"
                ),
            )
            for title in wanted
        ]
        self._tabs[:] = [("Table", self._table), ("Costs", self._costs), *read]

    def _show_costs(self, *_: Any) -> None:
        lab = self.lab
        self._bills.object = words.costs(lab.bills(), lab.chosen, LabBook.of(lab).own, lab.years)

    def _file(self, label: str, name: str, content: Any) -> Any:
        def written() -> io.BytesIO:
            return io.BytesIO(content(self.lab.report).encode())

        return self._pn.widgets.FileDownload(callback=written, filename=name, label=label, width=170, **self._look_of())

    def _html(self, content: str, *classes: str) -> Any:
        return self._pn.pane.HTML(
            content, css_classes=list(classes), stylesheets=self._sheets, margin=0, sizing_mode="stretch_width"
        )

    def _look_of(self, *classes: str) -> dict[str, Any]:
        return {"stylesheets": self._sheets, "css_classes": list(classes), "margin": (4, 8, 4, 0)}


_FILES = (
    ("Download report", "tradeoff.html", lambda report: report.html()),
    ("Download JSON", "tradeoff.json", lambda report: report.json()),
    ("Download CSV", "tradeoff.csv", lambda report: report.csv()),
)
_TABLE = """.tabulator { background: var(--ground); color: var(--ink); border: 0; font-size: 13px; }
.tabulator .tabulator-header, .tabulator .tabulator-header .tabulator-col { background: var(--ground) !important; color: var(--ink2) !important; border-color: var(--line) !important; }
.tabulator .tabulator-row { background: var(--ground) !important; color: var(--ink) !important; border-color: var(--line) !important; cursor: pointer; }
.tabulator .tabulator-row.tabulator-selected { background: var(--b-fill) !important; }"""


@lru_cache(maxsize=1)
def sheet() -> str:
    """The stylesheet beside this file."""
    return Path(__file__).with_name("lab.css").read_text(encoding="utf-8")


def notebook_page(lab: "Lab") -> Any:
    """The page as the last line of a cell; Panel's scripts come from the kernel, not from another host."""
    import panel as pn

    offline.inline_styles()
    if not pn.extension._loaded:  # noqa: SLF001  # no public name
        pn.extension(*EXTENSIONS, inline=True)
    page = LabPage(lab)
    page.root.sizing_mode, page.root.height = "stretch_width", 860
    return page.root
