"""The command line: one verb a file. Arguments become calls of the package; nothing is computed here."""

from embexplore.cli.app import main

__all__ = ["main"]
