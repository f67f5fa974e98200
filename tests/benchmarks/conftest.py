"""Measuring takes minutes: without `-m bench` these tests are skipped, and say so."""

import pytest


def pytest_collection_modifyitems(config, items):
    if "bench" in (config.option.markexpr or ""):
        return
    for item in items:
        if item.get_closest_marker("bench"):
            item.add_marker(pytest.mark.skip(reason="a benchmark: run it with `pytest -m bench`"))
