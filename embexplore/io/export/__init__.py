"""Exports: results in files that other programs read, whole or not at all, stamped with where they come from."""

from embexplore.io.export.cog import write_cog
from embexplore.io.export.hits import write_hits
from embexplore.io.export.png import write_png
from embexplore.io.export.stamp import stamp

__all__ = ["stamp", "write_cog", "write_hits", "write_png"]
