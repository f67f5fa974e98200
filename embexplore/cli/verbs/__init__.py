"""The verbs, one a file: name → (function, example line). Importing them imports nothing heavy."""

from collections.abc import Callable

from embexplore.cli.verbs.bench import bench
from embexplore.cli.verbs.change import change
from embexplore.cli.verbs.demo import demo
from embexplore.cli.verbs.encode import encode
from embexplore.cli.verbs.evaluate import evaluate
from embexplore.cli.verbs.fetch import fetch
from embexplore.cli.verbs.info import info
from embexplore.cli.verbs.ingest import ingest
from embexplore.cli.verbs.repack import repack
from embexplore.cli.verbs.rgb import rgb
from embexplore.cli.verbs.search import search
from embexplore.cli.verbs.serve import serve
from embexplore.cli.verbs.tradeoff import tradeoff
from embexplore.cli.verbs.workshop import workshop

VERBS: dict[str, tuple[Callable[..., None], str]] = {
    "demo": (demo, "embexplore demo island.zarr --size 512"),
    "fetch": (fetch, "embexplore fetch alphaearth lake.zarr --bbox -89.5,43.0,-89.3,43.2 --years 2017-2024"),
    "ingest": (ingest, "embexplore ingest lake.zarr tiles/*.tiff --year 2024"),
    "info": (info, "embexplore info lake.zarr"),
    "search": (search, "embexplore search lake.zarr --at -89.4,43.1 --hits hits.parquet"),
    "change": (change, "embexplore change lake.zarr 2017 2024 --out change.tif"),
    "rgb": (rgb, "embexplore rgb lake.zarr --year 2024 --out rgb.tif"),
    "encode": (encode, "embexplore encode lake.zarr lake-binary.zarr --codec binary"),
    "evaluate": (evaluate, "embexplore evaluate lake.zarr labels.geojson --codecs float32,int8,binary"),
    "repack": (repack, "embexplore repack lake.zarr small.zarr --keep town.geojson"),
    "tradeoff": (tradeoff, "embexplore tradeoff lake.zarr --codecs int8,int4,binary --html tradeoff.html"),
    "serve": (serve, "embexplore serve lake.zarr --port 5006"),
    "workshop": (workshop, "embexplore workshop notebooks"),
    "bench": (bench, "embexplore bench"),
}
