"""The Explorer: a headless model of one map and its questions, and a view of it in ipywidgets.

`explorer` and `modes` never import a widget: tests set parameters and look at arrays. `view` draws what
they say; `hosts` serves it outside notebooks.
"""
