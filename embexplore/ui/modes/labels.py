"""Labels: a class map from a few labeled points."""

from embexplore.ui.modes.base import Mode


class Labels(Mode):
    """A class map from a few labeled points."""

    title = "Labels"
    result = "classes"
