"""Colors: the embedding's main directions as red, green and blue."""

from embexplore.ui.modes.base import Mode


class Colors(Mode):
    """The embedding's main directions as red, green and blue."""

    title = "Colors"
    result = "rgb"
