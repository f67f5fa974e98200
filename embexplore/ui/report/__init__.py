"""The report of `tradeoff`: one HTML file that asks nothing of anybody, in light and dark, on screen and paper."""

from embexplore.ui.report.page import page

__all__ = ["page"]
