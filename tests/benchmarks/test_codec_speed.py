"""How fast codes are made, read back and searched, beside faiss' own of the same family, in one run.

EMBEXPLORE_REAL_DATA=… pytest -m bench tests/benchmarks/test_codec_speed.py -s
"""

import time
from collections.abc import Callable

import numpy as np
import pytest

from embexplore.core.codecs import make_codec
from embexplore.core.normalize import normalize
from embexplore.core.parallel import processors
from embexplore.core.topk import top_k

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

K = 10
SIDE, ENCODED = 512, 1 << 14
SEARCHED = SIDE**2
TURNS = {"encode": 8, "decode": 40, "search": 40}
Jobs = dict[str, Callable[[], object]]


def rates(*contestants: Jobs) -> list[str]:
    """Mvec/s of every job of each, the fastest of some turns; they take turns job by job, since the machine may be busy."""
    seconds = [dict.fromkeys(jobs, np.inf) for jobs in contestants]
    for job, turns in TURNS.items():
        for _ in range(turns):
            for jobs, best in zip(contestants, seconds, strict=True):
                if job in jobs:
                    start = time.perf_counter()
                    jobs[job]()
                    best[job] = min(best[job], time.perf_counter() - start)
    sizes = {"encode": ENCODED, "decode": ENCODED, "search": SEARCHED}
    return [
        "".join(f"{sizes[job] / best[job] / 1e6 if job in best else np.nan:8.2f}" for job in sizes) for best in seconds
    ]


def faiss_peers(vectors: np.ndarray) -> dict[str, object]:
    """faiss' own index of each family, with our codebooks where it takes them: training is not what is timed."""
    faiss = pytest.importorskip("faiss")
    faiss.omp_set_num_threads(processors())
    d = vectors.shape[1]
    peers = {
        "pq8": faiss.IndexPQ(d, 8, 8),
        "pq16": faiss.IndexPQ(d, 16, 8),
        "int8": faiss.IndexScalarQuantizer(d, faiss.ScalarQuantizer.QT_8bit),
        "int4": faiss.IndexScalarQuantizer(d, faiss.ScalarQuantizer.QT_4bit),
        "rvq8": faiss.IndexResidualQuantizer(d, 8, 8),
        "binary": faiss.IndexBinaryFlat(d),
    }
    for name in ("pq8", "pq16"):
        codec = make_codec(name).fit(vectors)
        count = int(name[2:])
        books = np.stack(np.split(codec.entries, count, axis=1))
        faiss.copy_array_to_vector(books.ravel(), peers[name].pq.centroids)
        peers[name].is_trained = True
    for name in ("int8", "int4"):
        peers[name].train(vectors)
    stages = make_codec("rvq8").fit(vectors)
    quantizer = peers["rvq8"].rq
    faiss.copy_array_to_vector(stages.entries.ravel(), quantizer.codebooks)
    quantizer.is_trained = peers["rvq8"].is_trained = True
    quantizer.compute_codebook_tables()
    quantizer.max_beam_size = 8  # as many sums as we follow
    return peers


def jobs_of_faiss(index, vectors: np.ndarray, bits: np.ndarray) -> Jobs:
    """Encode, decode, and search one query for the ten best."""
    if not hasattr(index, "sa_encode"):  # bits are given to it as they are
        index.add(np.resize(bits, (SEARCHED, bits.shape[1])))
        return {"search": lambda: index.search(bits[:1], K)}
    codes = index.sa_encode(vectors)
    index.add_sa_codes(np.resize(codes, (SEARCHED, codes.shape[1])))
    return {
        "encode": lambda: index.sa_encode(vectors),
        "decode": lambda: index.sa_decode(codes),
        "search": lambda: index.search(vectors[:1], K),
    }


def jobs_of(name: str, vectors: np.ndarray) -> Jobs:
    """The same of our codec, searched band first as cubes hold codes."""
    codec = make_codec(name).fit(vectors)
    codes = codec.encode(vectors)
    bands = np.ascontiguousarray(np.resize(codes, (SEARCHED, codes.shape[1])).T)
    tall = np.moveaxis(bands.reshape(-1, SIDE, SIDE), 0, -1)
    return {
        "encode": lambda: codec.encode(vectors),
        "decode": lambda: codec.decode(codes),
        "search": lambda: top_k(codec.similarity(vectors[0], tall), K),
    }


@pytest.mark.real
def test_how_fast_codes_are_made_and_searched_beside_faiss(real_data, capsys):
    import rasterio

    with rasterio.open(real_data / "aef_wisconsin_2024_utm16n_10m.tif") as source:
        given = normalize(make_codec("alphaearth").decode(np.moveaxis(source.read(), 0, -1)))
    vectors = np.resize(given[np.isfinite(given).all(axis=-1)], (ENCODED, 64))
    peers, bits = faiss_peers(vectors), make_codec("binary").fit(vectors).encode(vectors)
    names = ("int8", "int4", "binary", "pca+near1", "pca+near2", "pq8", "pq16", "opq8", "rvq8")
    with capsys.disabled():
        print(f"\nMvec/s on {processors()} processors{'':12}encode  decode  search    faiss: encode  decode  search")
        for name in names:
            others = [jobs_of_faiss(peers[name], vectors, bits)] if name in peers else []
            ours, *theirs = rates(jobs_of(name, vectors), *others)
            print(f"  {name:30}{ours}{'':10}{''.join(theirs)}", flush=True)
    same = make_codec("pq8").fit(vectors).encode(vectors) == peers["pq8"].sa_encode(vectors)
    # faiss takes |x|² − 2·x·c + |c|² in float32: entries of equal distance but for rounding may differ.
    assert same.mean() > 0.999
