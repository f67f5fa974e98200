"""Change on screen."""

from embexplore.ui.view.modes.base import ModeView


class ChangeView(ModeView):
    """The view of Change."""

    name = "change"
