"""Compression on screen."""

from embexplore.ui.view.modes.base import ModeView


class CompressionView(ModeView):
    """The view of Compression."""

    name = "compression"
