"""Explore Earth embeddings: a cube is an `xarray.Dataset`, and its `.emb` answers questions.

>>> import embexplore as ex
>>> cube = ex.null_island()
>>> query = cube.emb.at(lon=0.12, lat=0.11, year=2024)
>>> cube.emb.search(query, year=2024).dims
('y', 'x')

Importing registers `.emb` with xarray and loads nothing heavy: every other name is imported on first use.
"""

from importlib import import_module
from typing import Any

from embexplore import accessor as _accessor  # noqa: F401 (importing it registers `.emb`)

_MODULES = {
    "analysis.costs": ("cost",),
    "analysis.evaluate": ("evaluate",),
    "analysis.evaluate_values": ("evaluate_values",),
    "analysis.patches": ("patches_of",),
    "analysis.pooling": ("pool",),
    "analysis.splits": ("spatial_groups",),
    "core.classifiers": ("Classifier",),
    "core.clusters": ("Clusters",),
    "core.codecs": ("Codec", "codec_names", "make_codec", "register"),
    "core.pca": ("PCA",),
    "core.pooling": ("fit_pooling",),
    "cube.build": ("make_cube",),
    "cube.grid": ("Grid",),
    "cube.patches": ("Patches",),
    "cube.schema": ("Provenance",),
    "errors": (
        "AlreadyExists",
        "CRSMismatch",
        "CorruptChunk",
        "EmbexploreError",
        "InvalidInput",
        "MissingDependency",
        "NoData",
        "NotACube",
        "OutOfBounds",
        "SourceUnavailable",
        "VariantMismatch",
        "WriteFailed",
    ),
    "io.areas": ("read_area",),
    "io.demo": ("demo", "null_island", "null_island_truth"),
    "io.export": ("stamp", "write_cog", "write_hits", "write_png"),
    "io.fetch": ("fetch",),
    "io.ingest": ("ingest",),
    "io.labels": ("read_labels", "write_labels"),
    "io.open": ("open_cube",),
    "io.patches": ("read_patches", "write_patches"),
    "io.plan": ("Plan",),
    "io.repack": ("repack",),
    "io.save": ("save_cube",),
    "io.verify": ("verify",),
    "io.weigh": ("written_bytes",),
    "io.write": ("write",),
    "ui.explorer": ("Explorer",),
    "ui.lab": ("Lab",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

_SUBPACKAGES = ("workshop",)

__all__ = [*sorted(_HOME), *_SUBPACKAGES, "__version__"]  # noqa: PLE0604 (the names are strings, written once above)


def __getattr__(name: str) -> Any:
    """A public name, imported from its module on first use."""
    if name == "__version__":
        from importlib.metadata import version

        return version("embexplore")
    if name in _SUBPACKAGES:
        return import_module(f"embexplore.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'embexplore' has no attribute {name!r}")
    value = getattr(import_module(f"embexplore.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
