"""Compression: what fewer bytes a pixel would do to this search."""

from embexplore.ui.modes.base import Mode


class Compression(Mode):
    """What fewer bytes a pixel would do to this search."""

    title = "Compression"
    result = "table"
