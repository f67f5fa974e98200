"""Clusters: the cube split into groups of alike pixels."""

from embexplore.ui.modes.base import Mode


class Clusters(Mode):
    """The cube split into groups of alike pixels."""

    title = "Clusters"
    result = "groups"
