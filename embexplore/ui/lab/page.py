"""The lab on a page: what is asked at the left, what was measured at the right, with Panel's widgets around the model."""

from typing import TYPE_CHECKING, Any

from embexplore.ui.hosts import offline
from embexplore.ui.lab import words
from embexplore.ui.lab.choosing import Choosing
from embexplore.ui.lab.dress import Dress
from embexplore.ui.lab.reading import Reading

if TYPE_CHECKING:
    from embexplore.ui.lab.model import Lab

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
        dress = Dress(dark=dark)
        self.choosing, self.reading = Choosing(lab, dress), Reading(lab, dress)
        head = dress.html(words.head(lab, back), "lab-head")
        self.root = dress.pn.Column(head, self.choosing.root, self.reading.root, **dress.box("lab"))

    def close(self) -> None:
        """Measure no more: the visitor left."""
        self.choosing.close()


def notebook_page(lab: "Lab") -> Any:
    """The page as the last line of a cell; Panel's scripts come from the kernel, not from another host."""
    import panel as pn

    offline.inline_styles()
    if not pn.extension._loaded:  # noqa: SLF001  # no public name
        pn.extension(*EXTENSIONS, inline=True)
    page = LabPage(lab)
    page.root.sizing_mode, page.root.height = "stretch_width", 860
    return page.root
