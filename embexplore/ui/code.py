"""The Python cell that gives the arrays of a view: "Show code"."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer


def cell(explorer: "Explorer") -> str:
    """A cell that runs as it is; its last variable is the map on screen, bit for bit."""
    lines = ["import embexplore as ex", "", _opening(explorer), *explorer.active.preparation()]
    name = "cube"
    if explorer.area is not None:
        lines += [f"area = {in_python(explorer.area)}", "part = cube.emb.clip(area)"]
        name = "part"
    return "\n".join([*lines, *explorer.active.code(name)]) + "\n"


def call(function: str, *arguments: str, **keywords: Any) -> str:
    """A call as code: arguments as they are, keywords as Python values."""
    words = [*arguments, *(f"{name}={in_python(value)}" for name, value in keywords.items())]
    return f"{function}({', '.join(words)})"


def in_python(value: Any) -> str:
    """A setting as a Python literal with double quotes, as the formatter writes it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{in_python(key)}: {in_python(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        items = ", ".join(in_python(item) for item in value)
        if isinstance(value, list):
            return f"[{items}]"
        return f"({items},)" if len(value) == 1 else f"({items})"
    return repr(value)


def _opening(explorer: "Explorer") -> str:
    """How the cube of a view is opened again."""
    shared = explorer.shared
    if shared.is_null_island:
        return "cube = ex.null_island()"
    if shared.path is None:
        return "# cube: the Dataset that you gave to ex.Explorer"
    level = shared.level
    keywords = {"level": level} if level else {}
    return f"cube = {call('ex.open_cube', in_python(shared.path), **keywords)}"
