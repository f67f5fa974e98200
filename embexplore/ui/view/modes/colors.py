"""Colors on screen."""

from embexplore.ui.view.modes.base import ModeView


class ColorsView(ModeView):
    """The view of Colors."""

    name = "colors"
