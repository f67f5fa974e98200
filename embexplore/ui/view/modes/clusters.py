"""Clusters on screen."""

from embexplore.ui.view.modes.base import ModeView


class ClustersView(ModeView):
    """The view of Clusters."""

    name = "clusters"
