"""What is done with a cube: places, areas, search, change, colors, recoding.

Datasets in, DataArrays (maps) or tables (lists) out; lazy where the cube is lazy. Opens no file.
"""
