"""Labels on screen."""

from embexplore.ui.view.modes.base import ModeView


class LabelsView(ModeView):
    """The view of Labels."""

    name = "labels"
