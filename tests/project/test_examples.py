"""The examples in docstrings are true, and everything a cube can be asked has one."""

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import embexplore
from embexplore.accessor import EmbAccessor

ROOT = Path(embexplore.__file__).parent
PATHS = [path for path in sorted(ROOT.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]
MODULES = [".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__") for path in PATHS]
METHODS = [name for name, _ in inspect.getmembers(EmbAccessor, inspect.isfunction) if not name.startswith("_")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_say(name):
    results = doctest.testmod(import_module(name))
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize("name", METHODS)
def test_every_question_to_a_cube_has_an_example(name):
    assert ">>> " in getattr(EmbAccessor, name).__doc__
