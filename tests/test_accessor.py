"""`.emb` and the top level: thin, complete, documented, and light."""

import importlib
import inspect
import json
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pytest
import xarray as xr

import embexplore as ex
from embexplore.accessor import EmbAccessor
from embexplore.analysis import (
    area,
    change,
    classes,
    clusters,
    colors,
    evaluate_cube,
    explain,
    kept,
    labeling,
    nearest,
    noise,
    place,
    recode,
    regions,
    search,
    series,
    sizes,
    spectrum,
    tally,
    top,
    tradeoff,
)
from embexplore.core.codecs import make_codec
from embexplore.cube import schema

FUNCTIONS = {
    "at": place.at,
    "probe": place.probe,
    "over": place.over,
    "clip": area.clip,
    "search": search.search,
    "top": top.top,
    "nearest": nearest.nearest,
    "change": change.change,
    "largest_change": change.largest_change,
    "noise_floor": noise.noise_floor,
    "change_regions": regions.change_regions,
    "similarity_series": series.similarity_series,
    "change_series": series.change_series,
    "explain_similarity": explain.explain_similarity,
    "explain_change": explain.explain_change,
    "fit_pca": colors.fit_pca,
    "pca_rgb": colors.pca_rgb,
    "components": colors.components,
    "fit_clusters": clusters.fit_clusters,
    "cluster": clusters.cluster,
    "tally": tally.tally,
    "fit_classifier": classes.fit_classifier,
    "classify": classes.classify,
    "suggest": labeling.suggest,
    "accuracy": labeling.accuracy,
    "evaluate": evaluate_cube.evaluate,
    "learning_curve": labeling.learning_curve,
    "tradeoff": tradeoff.tradeoff,
    "dimension": spectrum.dimension,
    "sizes": sizes.sizes,
    "kept": kept.kept,
    "fit_codec": recode.fit_codec,
    "encode": recode.encode,
    "with_bits": recode.with_bits,
}
PROPERTIES = {"codecs", "crs", "grid", "provenance", "years"}


@pytest.fixture
def cube():
    vectors = np.random.default_rng(0).normal(size=(2, 9, 11, 8)).astype(np.float32)
    grid = ex.Grid("EPSG:32722", (10.0, 0.0, 600_000.0, 0.0, -10.0, 7_500_000.0), (9, 11))
    return ex.make_cube(
        np.moveaxis(make_codec("float32").encode(vectors), -1, 1),
        codec=make_codec("float32"),
        grid=grid,
        years=[2023, 2024],
        provenance=ex.Provenance("a test", "Model", "2", "Thank the test.", "CC0-1.0"),
    )


def test_every_method_has_a_function_and_every_function_a_method():
    methods = {name for name, member in vars(EmbAccessor).items() if inspect.isfunction(member) and name[0] != "_"}
    assert methods == set(FUNCTIONS)
    properties = {name for name, member in vars(EmbAccessor).items() if isinstance(member, property)}
    assert properties == PROPERTIES


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_method_has_the_signature_and_the_docstring_of_its_function(name):
    method, function = getattr(EmbAccessor, name), FUNCTIONS[name]
    mine, theirs = inspect.signature(method), inspect.signature(function)
    assert next(iter(mine.parameters)) == "self"
    assert next(iter(theirs.parameters)) == "cube"
    assert list(mine.parameters.values())[1:] == list(theirs.parameters.values())[1:]
    assert mine.return_annotation == theirs.return_annotation
    assert method.__doc__ == function.__doc__
    assert ">>>" in function.__doc__, "an example that runs"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_method_passes_every_argument_on(name, monkeypatch):
    function = FUNCTIONS[name]
    received = {}

    def record(*args, **kwargs):
        received.update(inspect.signature(function).bind(*args, **kwargs).arguments)
        return "answer"

    monkeypatch.setattr(sys.modules[function.__module__], name, record)
    parameters = list(inspect.signature(function).parameters.values())[1:]
    given = {parameter.name: object() for parameter in parameters}
    positional = [given[p.name] for p in parameters if p.kind is not p.KEYWORD_ONLY]
    keywords = {p.name: given[p.name] for p in parameters if p.kind is p.KEYWORD_ONLY}
    cube = xr.Dataset()
    assert getattr(EmbAccessor(cube), name)(*positional, **keywords) == "answer"
    assert received.pop("cube") is cube
    assert received == given


def test_the_accessor_keeps_nothing_but_its_cube(cube):
    cube.emb.search(np.ones(8))
    assert vars(cube.emb) == {"_cube": cube} or list(vars(cube.emb)) == ["_cube"]
    assert cube.isel(time=[0]).emb.years == (2023,), "a slice has an accessor of its own"


def test_properties_say_what_when_where(cube):
    assert cube.emb.years == (2023, 2024)
    assert cube.emb.codecs == {"embeddings": "float32"}
    assert cube.emb.crs == "EPSG:32722"
    assert cube.emb.grid.shape == (9, 11)
    assert cube.emb.provenance.model == "Model"


def test_the_representation_says_what_when_where_and_from_whom(cube):
    text = repr(cube.emb)
    for words in (
        "<embexplore cube: Model 2>",
        "2023, 2024",
        "11 × 9 of 10 × 10 m, 8 bands",
        "50.0271°W – 50.0260°W",
        "22.6047°S – 22.6039°S",
        "EPSG:32722",
        "float32 in `embeddings`",
        "a test",
        "CC0-1.0",
        "Thank the test.",
    ):
        assert words in text, text
    assert "by chunk" in repr(cube.emb.encode("int8", per_chunk=True).emb)
    west, south, east, north = cube.emb.grid.bbox
    assert "of 54 pixels lie in the area" in repr(cube.emb.clip((west, south, (west + east) / 2, north)).emb)


def test_the_representation_of_another_dataset_says_that_it_is_no_cube():
    assert "not a cube" in repr(xr.Dataset().emb)


ASK = {
    "at": lambda emb: emb.at(lon=0, lat=0),
    "probe": lambda emb: emb.probe(lon=0, lat=0),
    "over": lambda emb: emb.over((0, 0, 1, 1)),
    "clip": lambda emb: emb.clip((0, 0, 1, 1)),
    "search": lambda emb: emb.search(np.ones(8)),
    "top": lambda emb: emb.top(xr.DataArray(np.ones((2, 2)), {"y": [1, 0], "x": [0, 1]}, ("y", "x"))),
    "nearest": lambda emb: emb.nearest(np.ones(8)),
    "change": lambda emb: emb.change(),
    "largest_change": lambda emb: emb.largest_change(),
    "fit_pca": lambda emb: emb.fit_pca(),
    "fit_clusters": lambda emb: emb.fit_clusters(),
    "suggest": lambda emb: emb.suggest(),
    "tradeoff": lambda emb: emb.tradeoff(["binary"]),
    "dimension": lambda emb: emb.dimension(),
    "sizes": lambda emb: emb.sizes(["int8"]),
    "kept": lambda emb: emb.kept([1], xr.DataArray(np.ones((2, 2)), {"y": [1, 0], "x": [0, 1]}, ("y", "x"))),
    "fit_codec": lambda emb: emb.fit_codec("int4"),
    "encode": lambda emb: emb.encode("binary"),
    "with_bits": lambda emb: emb.with_bits(),
}


@pytest.mark.parametrize("name", ASK)
def test_a_dataset_that_is_no_cube_is_a_sentence(name, cube):
    no_crs = cube.drop_vars("spatial_ref").assign_attrs(embexplore=None)
    no_crs.attrs.pop("embexplore")
    for dataset in (xr.Dataset(), xr.Dataset({"band_1": (("y", "x"), np.ones((2, 2)))}), no_crs):
        with pytest.raises(ex.NotACube):
            ASK[name](dataset.emb)


@pytest.mark.parametrize("name", ex.__all__)
def test_every_public_name_can_be_had(name):
    assert getattr(ex, name) is not None
    assert name in dir(ex)


def test_a_public_name_is_the_one_of_its_module():
    for module, names in ex._MODULES.items():
        for name in names:
            assert getattr(ex, name) is getattr(importlib.import_module(f"embexplore.{module}"), name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'embexplore' has no attribute 'Explorerr'"):
        ex.Explorerr  # noqa: B018 (the access is what is tested)


def test_the_version_is_that_of_the_installed_package():
    assert ex.__version__ == version("embexplore")


def test_importing_loads_none_of_the_modules_that_answer_later():
    code = "import sys, json, embexplore; print(json.dumps(sorted(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(out.stdout))
    later = {"dask", "numba", "scipy", "shapely", "pyproj", "rasterio", "geopandas", "zarr", "sklearn", "matplotlib"}
    assert not loaded & later
    assert not {name for name in loaded if name.startswith("embexplore.io")}


def test_the_schema_has_the_attribute_that_the_accessor_reads(cube):
    assert set(cube.attrs[schema.ATTRS]) >= {"codecs", "provenance"}
