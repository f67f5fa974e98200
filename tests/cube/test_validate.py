"""Each breach of the cube schema gets its own sentence, and a whole cube gets none."""

import numpy as np
import pytest

from embexplore.core.codecs import make_codec
from embexplore.cube.build import make_cube
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance
from embexplore.cube.validate import validate
from embexplore.errors import NotACube

GRID = Grid("EPSG:32631", (10.0, 0.0, 200000.0, 0.0, -10.0, 20000.0), (20, 16))


def unit_vectors(rng, *shape):
    vectors = rng.normal(size=(*shape, 64)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


@pytest.fixture
def cube(rng):
    codec = make_codec("alphaearth")
    codes = np.moveaxis(codec.encode(unit_vectors(rng, 2, 20, 16)), -1, 1)
    return make_cube(
        codes, codec=codec, grid=GRID, years=(2020, 2021), provenance=Provenance("a test", "Test"), chunk=8
    )


@pytest.fixture
def binary(rng):
    vectors = unit_vectors(rng, 2, 20, 16)
    codec = make_codec("binary").fit(vectors.reshape(-1, 64))
    codes = np.moveaxis(codec.encode(vectors), -1, 1)
    valid = np.ones((2, 20, 16), np.uint8)
    return make_cube(
        codes, codec=codec, grid=GRID, years=(2020, 2021), provenance=Provenance("a test", "Test"), valid=valid
    )


def test_whole_cubes_pass(cube, binary):
    validate(cube)
    validate(binary)
    validate(cube.isel(y=slice(3, 9), x=slice(0, 1), time=[1]))
    validate(cube.chunk({"y": 8, "x": 8}))


def edited(cube, **changes):
    return cube.assign_attrs(embexplore={**cube.attrs["embexplore"], **changes})


BREACHES = {
    "Schema 99: this embexplore reads schema 1": lambda c: edited(c, schema=99),
    "No embeddings": lambda c: c.drop_vars("embeddings"),
    r"embeddings has dims \('y', .*use `.transpose`": lambda c: c.transpose("y", ...),
    "embeddings is int16: expected int8 or float32": lambda c: c.assign(embeddings=c.embeddings.astype("int16")),
    "No coordinate time": lambda c: c.drop_vars("time"),
    "time is datetime64.*expected calendar years": lambda c: c.assign_coords(
        time=np.array(["2020", "2021"], "datetime64[ns]")
    ),
    r"time is int64: expected int32": lambda c: c.assign_coords(time=c.time.astype("int64")),
    "time holds a year twice": lambda c: c.assign_coords(time=np.array([2020, 2020], np.int32)),
    "No coordinate x": lambda c: c.drop_vars("x"),
    "y ascends: expected north-up": lambda c: c.isel(y=slice(None, None, -1)),
    "x: expected evenly spaced": lambda c: c.assign_coords(x=c.x[0].item() + np.arange(16.0) ** 2),
    "No coordinate system": lambda c: c.drop_vars("spatial_ref"),
    "spatial_ref names no coordinate system": lambda c: c.assign_coords(
        spatial_ref=c.spatial_ref.assign_attrs(crs_wkt="Atlantis")
    ),
    "No codecs": lambda c: c.assign_attrs(embexplore={}),
    "embeddings has no codec": lambda c: edited(c, codecs={}),
    "lacks its parameters: embeddings_scale": lambda c: edited(
        c, codecs={"embeddings": {"name": "int8", "parameters": {"scale": "embeddings_scale"}}}
    ),
    "cannot be made: codec 'zip' is unknown": lambda c: edited(c, codecs={"embeddings": {"name": "zip"}}),
    "Codec 'binary-sign' belongs to bits": lambda c: edited(c, codecs={"embeddings": {"name": "binary-sign"}}),
    "embeddings is int8: codec 'float32' makes float32": lambda c: edited(
        c, codecs={"embeddings": {"name": "float32"}}
    ),
    "No scales: codec 'tessera'": lambda c: edited(c, codecs={"embeddings": {"name": "tessera"}}),
    "carries a CF _FillValue": lambda c: c.assign(embeddings=c.embeddings.assign_attrs(_FillValue=-128)),
    "No provenance": lambda c: edited(c, provenance={"source": ""}),
    "precision has dims": lambda c: c.assign(precision=(("time", "y", "x"), np.ones((2, 20, 16), np.uint8))),
    "precision is int32: expected uint8": lambda c: c.assign(
        precision=(("time", "chunk_y", "chunk_x"), np.ones((2, 3, 2), np.int32))
    ),
    "precision has 1 chunks along y: chunk_row reaches 2": lambda c: c.assign(
        precision=(("time", "chunk_y", "chunk_x"), np.ones((2, 1, 2), np.uint8))
    ),
    "precision holds 7": lambda c: c.assign(
        precision=(("time", "chunk_y", "chunk_x"), np.full((2, 3, 2), 7, np.uint8))
    ),
    "chunks have bits, but there is no such variable": lambda c: c.assign(
        precision=(("time", "chunk_y", "chunk_x"), np.full((2, 3, 2), 2, np.uint8))
    ),
}


@pytest.mark.parametrize("sentence", BREACHES)
def test_every_breach_has_its_sentence(cube, sentence):
    with pytest.raises(NotACube, match=sentence) as error:
        validate(BREACHES[sentence](cube))
    assert "\n" not in str(error.value)


def test_bits_without_a_mask_are_a_breach(binary):
    with pytest.raises(NotACube, match=r"No valid: codec 'binary' has no code for no data"):
        validate(binary.drop_vars("valid"))


def test_several_breaches_are_named_at_once(cube):
    with pytest.raises(NotACube, match=r"No coordinate time.*No coordinate system"):
        validate(cube.drop_vars(["time", "spatial_ref"]))


def test_codes_of_a_linear_formula_are_noticed(cube, rng):
    """`v = round(x · 127)` read by the signed square gives vectors that are far too short."""
    vectors = unit_vectors(rng, 2, 20, 16)
    linear = np.clip(np.round(vectors * 127), -127, 127).astype(np.int8)
    wrong = cube.assign(embeddings=(cube.embeddings.dims, np.moveaxis(linear, -1, 1)))
    for lazy in (wrong, wrong.chunk({"y": 8, "x": 8})):
        with pytest.raises(NotACube, match=r"have length 0\.\d+, expected 1 ± 0\.02: the codes look linear"):
            validate(lazy)
    validate(wrong, sample=False)


def test_norms_are_sampled_where_the_data_is(cube):
    empty = cube.copy(deep=True)
    empty.embeddings[:] = -128
    validate(empty)
    empty.embeddings[1, :, 19, 15] = 100
    with pytest.raises(NotACube, match="look linear"):
        validate(empty)


@pytest.mark.real
def test_the_real_chip_has_unit_length(real_data):
    import rasterio

    with rasterio.open(real_data / "aef_wisconsin_2024_utm16n_10m.tif") as file:
        grid = Grid("EPSG:32616", tuple(file.transform)[:6], file.shape)
        codes = file.read()[None]
    provenance = Provenance("AlphaEarth COGs", "AlphaEarth Foundations")
    validate(make_cube(codes, codec=make_codec("alphaearth"), grid=grid, years=(2024,), provenance=provenance))
