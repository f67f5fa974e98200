"""The program `embexplore`: its verbs, each imported by name and registered with an example."""

import sys

import typer

from embexplore.cli.failure import sentences
from embexplore.cli.verbs import VERBS

app = typer.Typer(
    name="embexplore",
    help="See what is in Earth embeddings: places alike, change, colors, and what compression costs.",
    epilog="Start with: embexplore demo island.zarr\n",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def root(*, version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    """See what is in Earth embeddings: places alike, change, colors, and what compression costs."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"embexplore {installed('embexplore')}")
        raise typer.Exit


for verb, (function, example) in VERBS.items():
    app.command(verb, epilog=f"Example: {example}\n")(sentences(function))


def main() -> None:
    """Run the program; exits with 0, 1 (a sentence said why), 2 (usage) or 130 (Ctrl-C)."""
    sys.exit(app())
