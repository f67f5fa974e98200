"""Rows from disk to scores, through `open_cube` as users go: none yet.

A row is a function of the scale that returns a `Contest`, under `@row("disk → scores, …")`; it writes
its cube into a temporary folder, and lets `Contest.limit` read the same bytes with `numpy.memmap`.
"""
