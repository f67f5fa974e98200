"""How the lab's widgets look: the theme's colors as variables, and one stylesheet for all of them."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from embexplore.ui.view import theme


class Dress:
    """Stylesheets and keywords of widgets in a light or dark page, and Panel itself, which is loaded with the first."""

    def __init__(self, *, dark: bool) -> None:
        import panel as pn

        self.pn = pn
        self.colors = theme.colors(dark=dark)
        variables = ";".join(f"--{name}:{color}" for name, color in self.colors.items())
        self.sheets = [f":host{{{variables}}}", _sheet()]

    def of(self, *classes: str) -> dict[str, Any]:
        """Keywords of a widget."""
        return {"stylesheets": self.sheets, "css_classes": list(classes), "margin": (4, 8, 4, 0)}

    def box(self, *classes: str, **keywords: Any) -> dict[str, Any]:
        """Keywords of a layout, which fills what it is given."""
        filling = {"sizing_mode": "stretch_both", "margin": 0}
        return {"stylesheets": self.sheets, "css_classes": list(classes), **filling, **keywords}

    def html(self, content: str, *classes: str) -> Any:
        """A pane of HTML."""
        return self.pn.pane.HTML(content, **self.box(*classes, sizing_mode="stretch_width"))


@lru_cache(maxsize=1)
def _sheet() -> str:
    """The stylesheet beside this file."""
    return Path(__file__).with_name("lab.css").read_text(encoding="utf-8")
