"""Readers get back to any step, with the variables of the lesson."""

import subprocess
import sys

import numpy as np
import pytest

import embexplore as ex
from embexplore.workshop import step


def test_a_step_makes_what_comes_before_it_and_no_more() -> None:
    variables: dict[str, object] = {}
    ready = step("02-2", namespace=variables)
    assert "query" in variables
    assert "score" not in variables
    assert "“2 The whole island at once”" in repr(ready)


def test_a_step_puts_broken_variables_back() -> None:
    spoiled: dict[str, object] = {"cube": None, "query": "gone", "np": 3}
    fresh: dict[str, object] = {}
    step("02-3", namespace=spoiled)
    step("02-3", namespace=fresh)
    assert spoiled["np"] is np
    np.testing.assert_array_equal(spoiled["score"], fresh["score"])


def test_everybody_gets_the_same_numbers() -> None:
    code = (
        "from embexplore.workshop import step\nvariables = {}\nstep('02-3', namespace=variables)\n"
        "print(variables['score'].values.tobytes().hex()[:4000])"
    )
    one, other = (subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in "ab")
    assert one.strip()
    assert one == other


def test_unknown_steps_are_named_with_those_that_there_are() -> None:
    for key in ("02-99", "02", "02-x"):
        with pytest.raises(ex.InvalidInput, match="02-1, 02-2"):
            step(key, namespace={})


def test_outside_a_notebook_it_asks_where_the_variables_go() -> None:
    with pytest.raises(ex.InvalidInput, match="namespace"):
        step("00-1")


def test_in_a_notebook_the_variables_are_the_notebooks_own() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        step("02-2")
        assert "query" in shell.user_ns
    finally:
        InteractiveShell.clear_instance()
