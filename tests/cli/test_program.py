"""The program itself: its help, its exit codes, its errors, and what is said about them."""

import os
import pty
import re
import subprocess
import sys
import time

import pytest

from embexplore.cli.failure import sentences
from embexplore.cli.verbs import VERBS
from embexplore.errors import InvalidInput


def test_help_is_there_within_a_second_and_imports_nothing_heavy(program):
    started = time.perf_counter()
    result = program("--help")
    took = time.perf_counter() - started
    assert result.code == 0
    assert all(f"  {verb} " in result.out for verb in VERBS)
    script = "import sys, embexplore.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"rasterio", "geopandas", "numba", "zarr", "sklearn", "duckdb", "matplotlib", "obstore"}
    # 0.9 s on an idle core, 0.7 of them for xarray, which the package registers `.emb` with; a busy machine gets time.
    assert took < 5


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_each_verb_fits_80_columns_and_ends_in_an_example(run, verb):
    result = run(verb, "--help")
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 80
    assert f"Example: embexplore {verb}" in result.out


def test_examples_of_the_help_are_commands_that_parse(run):
    """Every option of an example exists; the cubes do not, so each ends as an expected error or better."""
    for verb, (_, example) in VERBS.items():
        if verb in {"bench", "demo", "fetch", "workshop"}:
            continue
        result = run(*example.split()[1:])
        assert result.code == 1, (example, result)


def test_usage_errors_are_exit_code_2_with_the_form_expected(run):
    for arguments, sentence in [
        (["search", "cube.zarr"], "Missing option '--at'"),
        (["search", "cube.zarr", "--at", "12"], "expected LON,LAT"),
        (["search", "cube.zarr", "--at", "1,2", "--combine", "best"], "'best' is not one of"),
        (["change", "cube.zarr", "2017"], "give two years, as in 2017 2024, or --all"),
        (["change", "cube.zarr", "2017", "2018", "--all"], "give two years, as in 2017 2024, or --all"),
        (["fetch", "alphaearth", "out.zarr", "--bbox", "1,1,0,0", "--years", "2024"], "expected west < east"),
        (["unknown"], "No such command 'unknown'"),
        (["info"], "Missing argument"),
    ]:
        result = run(*arguments)
        assert result.code == 2, result
        assert sentence in result.err
        assert "Traceback" not in result.err


def test_the_version_is_printed(run):
    assert re.fullmatch(r"embexplore \d+\.\d+\.\d+\n", run("--version").out)


def failing(error):
    @sentences
    def verb():
        raise error

    return verb


def code_of(verb):
    import typer

    with pytest.raises(typer.Exit) as exit_:
        verb()
    return exit_.value.exit_code


def test_an_expected_error_is_its_sentence_alone(capsys):
    assert code_of(failing(InvalidInput("year=2016: this cube\nhas 2017–2024."))) == 1
    assert capsys.readouterr().err == "embexplore: year=2016: this cube has 2017–2024.\n"


def test_an_unexpected_error_says_how_to_see_the_traceback(capsys, monkeypatch):
    assert code_of(failing(RuntimeError("boom"))) == 1
    said = capsys.readouterr().err
    assert "This should not have happened: RuntimeError: boom" in said
    assert "EMBEXPLORE_DEBUG=1" in said
    assert "Traceback" not in said
    monkeypatch.setenv("EMBEXPLORE_DEBUG", "1")
    with pytest.raises(RuntimeError, match="boom"):
        failing(RuntimeError("boom"))()


def test_ctrl_c_says_that_the_same_command_resumes(capsys):
    assert code_of(failing(KeyboardInterrupt())) == 130
    assert "the same command resumes" in capsys.readouterr().err


def test_a_bar_is_shown_on_a_terminal_only_and_only_for_long_work():
    """A real terminal (pty) on stderr sees the bar; stdout stays clean."""
    script = (
        "import time; from embexplore.cli.progress import bar\n"
        "with bar(quiet={quiet}) as shown:\n"
        "    for n in range(8):\n"
        "        time.sleep({pause})\n"
        "        shown and shown(n + 1, 8, 'chunks')\n"
    )

    def on_terminal(*, quiet, pause):
        master, terminal = pty.openpty()
        code = script.format(quiet=quiet, pause=pause)
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=terminal, timeout=60, check=True
        )
        os.close(terminal)
        seen = b""
        try:
            while part := os.read(master, 65536):
                seen += part
        except OSError:  # Linux reports the end of a terminal so
            pass
        os.close(master)
        assert done.stdout == b""
        return seen

    assert b"chunks" in on_terminal(quiet=False, pause=0.15)
    assert on_terminal(quiet=False, pause=0) == b""
    assert on_terminal(quiet=True, pause=0.1) == b""
    silent = subprocess.run(
        [sys.executable, "-c", script.format(quiet=False, pause=0.1)], capture_output=True, check=True
    )
    assert silent.stderr == b""
