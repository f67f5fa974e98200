"""The report of `tradeoff`: one HTML file that asks nothing of anybody, in light and dark, on screen and paper."""

from embexplore.ui.report.page import page
from embexplore.ui.report.report import Report

__all__ = ["Report", "page"]
