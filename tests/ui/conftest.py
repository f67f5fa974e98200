"""An Explorer of the island, a fresh one for each test."""

import pytest

import embexplore as ex


@pytest.fixture(scope="session")
def island():
    return ex.null_island()


@pytest.fixture
def app(island):
    return ex.Explorer(island)


@pytest.fixture
def asked(app):
    """An Explorer that was asked for places like a pivot field."""
    pivot = {place.name: place for place in app.places}["Pivot, north"]
    app.similar.search(pivot.lon, pivot.lat)
    return app
