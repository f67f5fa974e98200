"""Where embeddings come from: one file per family, found by name or by what a file is."""

from embexplore.io.sources.base import Block, Source
from embexplore.io.sources.registry import detect, source_names

__all__ = ["Block", "Source", "detect", "source_names"]
