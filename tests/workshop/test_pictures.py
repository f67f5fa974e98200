"""The pictures of the lessons: nothing but pictures in a cell, and none of their looks in the Explorer below them."""

import subprocess
import sys

SCRIPT = """
import numpy as np
import holoviews as hv
from embexplore.ui.view.chart import Chart
from embexplore.ui.view.charts.lines import vector
from embexplore.workshop.pictures import _html, pictures

pictures()
image = hv.Image(np.eye(4))
for drawn in (image, image + image, image * hv.Points([(0, 0)]), hv.Curve([1, 2])):
    assert "<script" in _html(drawn)
chart = Chart()
chart.show(vector(np.arange(4.0), beside=np.ones(4), bar="#000000", line="#ffffff"))
print([(figure.width, figure.height, figure.sizing_mode) for figure in chart._own.roots])
"""


def test_pictures_and_the_explorers_charts_are_drawn_without_a_warning_in_the_notebook():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout == "[(None, None, 'stretch_both')]\n"
