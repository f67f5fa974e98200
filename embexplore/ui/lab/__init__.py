"""The lab: every codec's trade-off on one cube, as a page of its own and as the last line of a cell."""

from embexplore.ui.lab.model import Lab

__all__ = ["Lab"]
