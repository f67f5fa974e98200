"""The Python cell that gives the arrays of a view: "Show code"."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from embexplore.ui.explorer import Explorer


def cell(explorer: "Explorer") -> str:
    """A cell that runs as it is; its last variable is the map on screen, bit for bit.

    Examples are read from `cube`; the map of a large cube is computed on a level of it, `coarse`.
    """
    lines, whole = _opening(explorer)
    name = whole
    prepared = explorer.active.preparation(name)
    imports = [line for line in prepared if line.startswith("import ")]
    prepared = [line for line in prepared if line not in imports]
    lines = ["import embexplore as ex", *imports, "", *lines, *prepared]
    if explorer.area is not None:
        lines += [f"area = {in_python(explorer.area)}", f"part = {name}.emb.clip(area)"]
        name = "part"
    return "\n".join([*lines, *explorer.active.code(name, whole)]) + "\n"


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


def _opening(explorer: "Explorer") -> tuple[list[str], str]:
    """How the cube of a view is opened again, and the name of what maps are computed on."""
    pyramid = explorer.shared.pyramid
    level, step = pyramid.thinned
    path = None if pyramid.source is None else in_python(pyramid.source)
    given = "# cube: the Dataset that you gave to ex.Explorer"
    if path is not None:
        opened = explorer.cube.encoding["level"]
        given = f"cube = ex.open_cube({path}{f', level={opened}' if opened else ''})"
        given = "cube = ex.null_island()" if explorer.shared.is_null_island else given
    if pyramid.is_complete:
        return [given], "cube"
    coarse = f"ex.open_cube({path}, level={level})" if level else "cube"
    thin = f".isel(y=slice(None, None, {step}), x=slice(None, None, {step}))" if step > 1 else ""
    return [given, f"coarse = {coarse}{thin}"], "coarse"
