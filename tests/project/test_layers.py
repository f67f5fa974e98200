"""The layers of the package, read from its imports: a lower layer never imports a higher one."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "embexplore"

MAY_IMPORT = {
    "errors": set(),
    "core": {"errors"},
    "cube": {"core", "errors"},
    "io": {"cube", "core", "errors"},
    "analysis": {"cube", "core", "errors"},
    "accessor": {"analysis", "io", "cube", "core", "errors"},
    "bench": {"accessor", "analysis", "io", "cube", "core", "errors"},
    "workshop": {"accessor", "analysis", "io", "cube", "core", "errors"},
    "ui": {"accessor", "analysis", "io", "cube", "core", "errors"},
    "cli": {"bench", "ui", "workshop", "accessor", "analysis", "io", "cube", "core", "errors"},
}
CORE_MAY_USE_OUTSIDE = {"numpy", "numba", "scipy"}
CORE_MAY_USE_INSIDE_FUNCTIONS = {"faiss", "llvmlite", "sklearn", "threadpoolctl"}
HEAVY = {"panel", "matplotlib", "rasterio", "sklearn", "faiss", "geopandas", "duckdb", "numba", "pandas", "pyarrow"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imports(path: Path, *, module_level_only: bool = False) -> set[str]:
    """Dotted names that a file imports; a relative import would be a name starting with a dot."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    nodes = tree.body if module_level_only else ast.walk(tree)
    names = set()
    for node in nodes:
        if module_level_only and id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
            if node.module == "embexplore":
                names |= {f"embexplore.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_lower_layers(path: Path) -> None:
    layer = layer_of(path)
    if layer == "__init__":
        return
    allowed = MAY_IMPORT[layer] | {layer}
    found = {name.split(".")[1] for name in imports(path) if name.startswith("embexplore.")}
    layers = {name for name in found if name in MAY_IMPORT}
    assert layers <= allowed, f"{layer} must not import {', '.join(sorted(layers - allowed))}"
    assert not any(name.startswith(".") for name in imports(path)), "imports are absolute"


@pytest.mark.parametrize("path", sorted((PACKAGE / "core").rglob("*.py")), ids=lambda path: path.name)
def test_core_knows_arrays_only(path: Path) -> None:
    import sys

    def foreign(names: set[str]) -> set[str]:
        roots = {name.split(".")[0] for name in names} - {"embexplore"}
        return roots - set(sys.stdlib_module_names) - CORE_MAY_USE_OUTSIDE

    assert not foreign(imports(path, module_level_only=True))
    assert foreign(imports(path)) <= CORE_MAY_USE_INSIDE_FUNCTIONS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_heavy_packages_are_imported_inside_functions(path: Path) -> None:
    found = {name.split(".")[0] for name in imports(path, module_level_only=True)} & HEAVY
    assert not found, f"import {', '.join(sorted(found))} inside the function that needs it"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_package_has_no_assert_and_no_bare_except(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    bare = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type is None]
    assert not bare


def test_the_layer_test_sees_a_breach(tmp_path: Path) -> None:
    breach = tmp_path / "breach.py"
    breach.write_text("def f():\n    from embexplore import io\n    import rasterio\n")
    assert imports(breach) == {"embexplore", "embexplore.io", "rasterio"}
    assert imports(breach, module_level_only=True) == set()
