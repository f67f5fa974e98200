"""The command line: one verb a file. Arguments become calls of the package; only figures for tables are made here."""

from embexplore.cli.app import main

__all__ = ["main"]
