"""The right side of the lab: the plot, the codec that is looked at, the table, costs, and what else there is to read."""

import io
from functools import partial
from typing import TYPE_CHECKING, Any

from embexplore.ui.lab import words
from embexplore.ui.lab.plot import pareto
from embexplore.ui.lab.table import formatters, table_of
from embexplore.ui.labbook import LabBook
from embexplore.ui.report.page import sections, sheet

if TYPE_CHECKING:
    from embexplore.ui.lab.dress import Dress
    from embexplore.ui.lab.model import Lab
    from embexplore.ui.report import Report

_FILES = (
    ("Download report", "tradeoff.html", lambda report: report.html()),
    ("Download JSON", "tradeoff.json", lambda report: report.json()),
    ("Download CSV", "tradeoff.csv", lambda report: report.csv()),
)
_TABLE = """.tabulator { background: var(--ground); color: var(--ink); border: 0; font-size: 13px; }
.tabulator .tabulator-header, .tabulator .tabulator-header .tabulator-col { background: var(--ground) !important; color: var(--ink2) !important; border-color: var(--line) !important; }
.tabulator .tabulator-row { background: var(--ground) !important; color: var(--ink) !important; border-color: var(--line) !important; cursor: pointer; }
.tabulator .tabulator-row.tabulator-selected { background: var(--b-fill) !important; }"""


class Reading:
    """What a lab has measured; `root` is the layout."""

    def __init__(self, lab: "Lab", dress: "Dress") -> None:
        self.lab, self._dress, self._pn = lab, dress, dress.pn
        self.plot = self._pn.Column(sizing_mode="stretch_width", margin=0)
        self.card, self.bills = dress.html(""), dress.html("")
        self.table = self._made_table()
        self._costs = self._pn.Column(self._calculator(), self.bills, sizing_mode="stretch_width")
        self.tabs = self._pn.Tabs(("Table", self.table), ("Costs", self._costs), stylesheets=dress.sheets, margin=0)
        self.files = self._pn.Row(*(self._file(*each) for each in _FILES), margin=0, visible=False)
        shown = self._pn.Column(self.plot, margin=0, min_width=0, sizing_mode="stretch_width")
        top = self._pn.Row(shown, self.card, **dress.box("lab-top", sizing_mode="stretch_width"))
        self.root = self._pn.Column(top, self.files, self.tabs, **dress.box("lab-look"))
        lab.param.watch(self._show, ["report", "chosen"])
        lab.param.watch(self._show_costs, ["country", "years", "price"])
        self._show()

    def _made_table(self) -> Any:
        """Rows that are sorted by a click on a heading, and looked at by a click on themselves."""
        table = self._pn.widgets.Tabulator(
            disabled=True, selectable=1, show_index=False, formatters=formatters(), theme="simple", layout="fit_data_stretch", height=330,
            sizing_mode="stretch_width", stylesheets=[*self._dress.sheets, _TABLE],
        )  # fmt: skip
        table.on_click(self.clicked)
        return table

    def _calculator(self) -> Any:
        """Country, years and price."""
        return self._pn.Row(
            self._pn.widgets.Select.from_param(self.lab.param.country, label="Country", width=160, **self._dress.of()),
            self._pn.widgets.IntInput.from_param(
                self.lab.param.years, label="Yearly maps", width=110, **self._dress.of()
            ),
            self._pn.widgets.FloatInput.from_param(
                self.lab.param.price, label="$ a GB and month", step=0.001, width=140, **self._dress.of()
            ),
        )

    def clicked(self, event: Any) -> None:
        """Look at the row of the table that was clicked."""
        self.lab.chosen = str(self.table.value["codec"].iloc[event.row])

    def _show(self, *events: Any) -> None:
        report = self.lab.report
        self.files.visible = self.tabs.visible = report is not None
        if report is None:
            self.plot[:] = [self._dress.html(words.EMPTY)]
            self._show_costs()
            return
        if not events or any(event.name == "report" for event in events):
            self.table.value = table_of(report.rows, int(report.about["k"]))
            self._read(report)
        names = self.table.value["codec"].to_list()
        self.table.selection = [names.index(self.lab.chosen)] if self.lab.chosen in names else []
        self._draw(report)
        self.card.object = words.looked_at(self.lab)
        self._show_costs()

    def _draw(self, report: "Report") -> None:
        import holoviews as hv

        recall, d = f"recall_at_{report.about['k']}", int(report.about["dimensions"])
        drawn, marks = pareto(report.rows, recall, self.lab.chosen, d=d, colors=self._dress.colors)
        for points, names in marks:
            tapped = hv.streams.Selection1D(source=points)
            tapped.add_subscriber(partial(self.tapped, names))
        pane = self._pn.pane.HoloViews(drawn, backend="bokeh", sizing_mode="stretch_width", height=400, margin=0)
        self.plot[:] = [pane, self._dress.html(words.KEY)]

    def tapped(self, names: list[str], index: list[int]) -> None:
        """Look at the dot of the plot that was clicked."""
        if index:
            self.lab.chosen = names[index[0]]

    def _read(self, report: "Report") -> None:
        """The report's own sections beside the table."""
        told = sections(report.rows, report.about, report.shape)
        wanted = [
            title for title in ("Maps", "Classes", "How many directions", "Careful", "Measured on") if title in told
        ]
        sheets = [*self._dress.sheets[:1], sheet(), self._dress.sheets[1]]
        read = [
            (
                title,
                self._pn.pane.HTML(
                    told[title], stylesheets=sheets, css_classes=["lab-read"], sizing_mode="stretch_width"
                ),
            )
            for title in wanted
        ]
        self.tabs[:] = [("Table", self.table), ("Costs", self._costs), *read]

    def _show_costs(self, *_: Any) -> None:
        lab = self.lab
        self.bills.object = words.costs(lab.bills(), lab.chosen, LabBook.of(lab).own, lab.years)

    def _file(self, label: str, name: str, content: Any) -> Any:
        def written() -> io.BytesIO:
            return io.BytesIO(content(self.lab.report).encode())

        return self._pn.widgets.FileDownload(
            callback=written, filename=name, label=label, width=170, **self._dress.of()
        )
