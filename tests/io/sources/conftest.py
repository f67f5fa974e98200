"""Fixtures of the sources: a counting server, files of the archives' own layout."""

import importlib.util
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("archive", Path(__file__).with_name("archive.py"))
archive_module = importlib.util.module_from_spec(_spec)
sys.modules["archive"] = archive_module
_spec.loader.exec_module(archive_module)


@pytest.fixture
def serve():
    """A function that serves a folder on localhost and counts what is asked."""
    servers = []

    def start(folder):
        server = archive_module.Server(folder)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()
