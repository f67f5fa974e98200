"""Fixtures that every test may use: where the real samples are, and how random arrays are made."""

import os
from pathlib import Path

import hypothesis
import numpy as np
import pytest

# How long an example takes says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real samples; skips where the environment does not name one."""
    folder = os.environ.get("EMBEXPLORE_REAL_DATA")
    if not folder:
        pytest.skip("EMBEXPLORE_REAL_DATA is unset: this test reads real embeddings")
    return Path(folder)


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator that gives every test the same numbers."""
    return np.random.default_rng(0)
