# ruff: noqa: ARG001 - every case maker has the same signature, whether it needs all of it or not
"""Every numba kernel does what its numpy twin does: inputs that reach all branches of each."""

import numpy as np
import pytest

import embexplore.core.bits
import embexplore.core.codebooks
import embexplore.core.distance
import embexplore.core.downsample
import embexplore.core.lookup
import embexplore.core.pca
import embexplore.core.shade
import embexplore.core.signed_square
import embexplore.core.stages
import embexplore.core.values
import embexplore.core.votes  # noqa: F401 - kernels register themselves on import
from embexplore.core.fields import Fields
from embexplore.core.jit import Kernel, has_numba
from embexplore.core.memory import pixels

pytestmark = pytest.mark.skipif(not has_numba(), reason="numba is missing or switched off: only the twins run")

EPS = 2.0**-23
BANDS = (1, 2, 3, 4, 7, 64)
ORDERS = ("band-first", "band-first window", "pixel-major", "pixel-major window")


def value_maps(rng, d, dtype):
    """Both meanings of codes, with a no-data code and without one."""
    scale, offset = rng.uniform(0.5, 1, d).astype(np.float32), rng.uniform(-1, 1, d).astype(np.float32)
    plain = np.ones(d, np.float32), np.zeros(d, np.float32)
    if dtype == np.float32:
        return [(False, *plain, 1 << 15)]
    return [(True, *plain, -128), (True, *plain, 1 << 15), (False, scale, offset, -128), (False, *plain, 1 << 15)]


def codes_of(rng, d, dtype, shape=(40, 45)):
    codes = rng.integers(-128, 128, (*shape, d)).astype(dtype)
    if dtype == np.float32:
        codes[3, 5] = np.nan
    codes[7, 8] = 0  # no direction
    return codes


def scanned(rng, orders, in_every_order, dtypes=(np.int8, np.float32)):
    """Memory of every order, number of bands, type and meaning: `(memory, values, d, n)`."""
    for d in BANDS:
        for dtype in dtypes:
            views = in_every_order(codes_of(rng, d, dtype))
            for order in orders:
                found = pixels(views[order])
                for values in value_maps(rng, d, dtype):
                    yield found.memory, values, d, found.n


def one_cases(orders):
    def cases(rng, in_every_order):
        for memory, values, d, n in scanned(rng, orders, in_every_order):
            query = rng.normal(size=d).astype(np.float32)
            query /= np.linalg.norm(query)
            for start, stop in ((0, n), (n // 3, n - 5)):
                yield (memory, values, query, start, stop), [np.zeros(n, np.float32)], (2 * d + 8) * EPS

    return cases


def many_cases(orders):
    def cases(rng, in_every_order):
        for memory, values, d, n in scanned(rng, orders, in_every_order):
            queries = rng.normal(size=(16, d)).astype(np.float32)
            queries /= np.linalg.norm(queries, axis=1, keepdims=True)
            for is_cosine, m in ((True, 16), (True, 3), (False, 3)):
                largest = 1 if is_cosine else np.sqrt(d) * 128 * 129
                out = np.zeros((m, n), np.float32)
                yield (memory, values, queries, is_cosine, 5, n, 5), [out], (2 * d + 8) * EPS * largest

    return cases


def change_cases(orders):
    def cases(rng, in_every_order):
        for d in BANDS:
            for dtype in (np.int8, np.float32):
                first, second = (in_every_order(codes_of(rng, d, dtype)) for _ in range(2))
                for order, other in [(order, other) for order in orders for other in orders]:
                    a, b = pixels(first[order]), pixels(second[other])
                    for values in value_maps(rng, d, dtype):
                        arguments = (a.memory, b.memory, values, values, 3, a.n)
                        yield arguments, [np.zeros(a.n, np.float32)], (3 * d + 12) * EPS

    return cases


def words_cases(counts):
    def cases(rng, in_every_order):
        for count in counts:
            words = rng.integers(0, 1 << 63, (61, count), dtype=np.uint64)
            for start, stop in ((0, 61), (3, 44), (5, 5)):
                yield (words, words[7].copy(), start, stop), [np.zeros(61, np.uint16)], 0

    return cases


def planes_cases(rng, in_every_order):
    for size in (1, 8, 33):
        codes = rng.integers(0, 256, (70, 81, size), dtype=np.uint8)
        for view in in_every_order(codes).values():
            yield (pixels(view).memory, codes[0, 0].copy(), 11, 70 * 81 - 3), [np.zeros(70 * 81, np.uint16)], 0


def nearest_cases(rng, in_every_order):
    for count in (1, 3, 16):
        words = rng.integers(0, 4, (700, count), dtype=np.uint64)  # many ties
        for m, k in ((1, 1), (5, 10), (8, 300)):
            out = [np.zeros((m, k), np.uint16), np.zeros((m, k), np.int64)]
            yield (words, rng.integers(0, 4, (m, count), dtype=np.uint64), 100, 700), out, 0


def lookup_cases(rng, in_every_order):
    table, codes = rng.normal(size=65).astype(np.float32), rng.integers(0, 65, 1000).astype(np.uint16)
    yield (table, codes, 10, 990), [np.zeros(1000, np.float32)], 0


WIDTHS = ([8] * 5, [4] * 9, [3] * 11, [2] * 9, [1] * 17, [5, 0, 3, 7, 1, 1, 2, 6, 4, 8, 0], [1])


def packed(rng, in_every_order):
    """Memory of packed numbers in every order, their fields, and how many pixels there are."""
    for widths in WIDTHS:
        fields = Fields.of(widths)
        codes = rng.integers(0, 256, (40, 45, fields.nbytes), dtype=np.uint8)
        for order in ORDERS:
            found = pixels(in_every_order(codes)[order])
            yield found.memory, fields, found.n


def sum_cases(rng, in_every_order):
    for memory, fields, n in packed(rng, in_every_order):
        values = [rng.normal(size=1 << width) for width in fields.widths]
        size = sum(np.abs(value).max() for value in values)
        for start, stop in ((0, n), (n // 3, n - 5)):
            table = fields.table(values) + 1j * fields.table([value**2 for value in values])
            arguments = (memory, fields.reading, np.stack([table, -table]).astype(np.complex64), start, stop)
            yield arguments, [np.zeros((4, n), np.float32)], len(values) * EPS * max(size, size**2)


def round_cases(rng, in_every_order):
    for widths in WIDTHS:
        vectors = rng.normal(size=(600, len(widths))).astype(np.float32)
        vectors[5, 0], vectors[6, -1] = np.nan, -np.inf
        thresholds = np.sort(rng.normal(size=(len(widths), 255)), axis=1).astype(np.float32)
        vectors[7] = thresholds[:, 0]  # reached, not passed
        yield (vectors, thresholds, np.array(widths)), [np.zeros((600, Fields.of(widths).nbytes), np.uint8)], 0


def read_cases(rng, in_every_order):
    for memory, fields, n in packed(rng, in_every_order):
        sizes = np.arange(len(fields.symbols)) % 12  # bands of a symbol: four at once, two and one
        counts = sizes << [symbol.width for symbol in fields.symbols]
        starts, firsts = np.cumsum([0, *counts]), np.cumsum([0, *sizes])
        entries, rows = (
            rng.normal(size=starts[-1]).astype(np.float32),
            np.stack([starts[:-1], firsts[:-1], sizes], axis=1),
        )
        for start, stop in ((0, n), (n // 3, n - 5)):
            yield (memory, fields.reading, entries, rows, start, stop), [np.zeros((n, firsts[-1]), np.float32)], 0


def values_cases(rng, in_every_order):
    for memory, values, d, n in scanned(rng, ORDERS, in_every_order):
        shape = (d, n) if memory[3] == 1 else (n, d)
        for start, stop in ((0, n), (n // 3, n - 5)):
            yield (memory, values, start, stop), [np.zeros(shape, np.float32)], 129 * EPS


def round_values_cases(rng, in_every_order):
    for memory, (_, scale, offset, _), d, n in scanned(rng, ORDERS, in_every_order, dtypes=(np.float32,)):
        for start, stop in ((0, n), (n // 3, n - 5)):
            for step in (scale, scale / 4):  # halves, and values beyond the last code
                shape = (d, n) if memory[3] == 1 else (n, d)
                yield (memory, step, offset, -128, start, stop), [np.zeros(shape, np.int8)], 0


def nearest_entry_cases(rng, in_every_order):
    for sizes in ((7,), (4, 0, 1), (64,)):
        vectors = rng.integers(-9, 10, (600, sum(sizes))).astype(np.float32)  # whole: sums are exact, ties are many
        vectors[3], vectors[4] = np.nan, np.inf
        entries = rng.integers(-9, 10, (sum(sizes), 256)).astype(np.float32)
        farther = np.where(rng.random((len(sizes), 256)) < 0.1, np.float32(np.inf), np.float32(0))
        starts = np.cumsum([0, *sizes])
        yield (vectors, entries, farther, starts), [np.zeros((600, len(sizes)), np.uint8)], 0


def sums_cases(shape):
    def cases(rng, in_every_order):
        for stages, d in ((1, 5), (3, 64)):
            entries = rng.integers(-9, 10, (stages, 256, d)).astype(np.float32)
            views = in_every_order(rng.integers(0, 256, (40, 45, stages)).astype(np.uint8))
            for order in ORDERS:
                found = pixels(views[order])
                for start, stop in ((0, found.n), (found.n // 3, found.n - 5)):
                    yield (found.memory, entries, start, stop), [np.zeros(shape(found.n, d), np.float32)], 0

    return cases


def follow_cases(rng, in_every_order):
    for stages, kept in ((1, 8), (4, 1), (4, 8)):
        entries, vectors = rng.integers(-3, 4, (stages, 256, 5)), rng.integers(-9, 10, (100, 5))
        halves = (entries**2).sum(axis=-1) / 2
        halves[0, 200:], halves[-1, 3:] = np.inf, np.inf  # fewer entries than sums are followed
        gram = np.einsum("sed,tfd->setf", entries, entries)
        products = np.einsum("nd,sed->nse", vectors, entries)
        arrays = (each.astype(np.float32) for each in (products, halves, gram))
        yield (*arrays, kept), [np.zeros((100, stages), np.uint8)], 0


def stretch_cases(rng, in_every_order):
    dots = rng.normal(size=(3, 1000)).astype(np.float32) * 100
    dots[:, 5], dots[1, 6] = np.nan, np.inf
    factors = rng.uniform(0, 2, 1000).astype(np.float32)
    factors[7:9] = np.nan, np.inf
    gain, bias = rng.uniform(0.5, 2, 3).astype(np.float32), rng.uniform(0, 255, 3).astype(np.float32)
    for each in (factors, factors[:0]):
        # The last bit of a product may carry a value over a whole number: one color of difference.
        yield (dots, each, gain, bias), [np.zeros((1000, 3), np.uint8)], 1


def shade_cases(rng, in_every_order):
    scores = rng.uniform(-1, 1, 1000).astype(np.float32)
    scores[3], scores[4], scores[5] = np.nan, np.inf, -np.inf
    # The last bit of a product may carry a value over a whole number: one color of difference.
    yield (scores, 254.0, 1.5, 2, 990), [np.zeros(1000, np.uint8)], 1


def votes_cases(rng, in_every_order):
    labels = np.array([0, 2, 1, 2, 0, 1, 2], np.int64)
    scores = rng.uniform(-1, 1, (7, 500)).astype(np.float32)
    scores[:, 3], scores[2, 4], scores[:, 5] = np.nan, 1, 0.25  # no data, an example itself, equal scores
    for k, room in ((1, 500), (3, 500), (7, 0)):
        outputs = [np.zeros(500, np.uint8), np.zeros(500, np.float32), np.zeros((3, room))]
        yield (scores, labels, k, 2, 490), outputs, 2.0**-23  # the confidence is float32 of a float64 share


def quantize_cases(rng, in_every_order):
    halves = (((np.arange(128) + 0.5) / 127.5) ** 2).astype(np.float32)
    values = np.concatenate(
        [halves, -halves, np.nextafter(halves, 0), np.nextafter(halves, 2), [0, -0.0, 1e-30, 9, -9]]
    )
    values = values.astype(np.float32)
    yield (values, 0, len(values)), [np.zeros(len(values), np.int8)], 0
    yield (values, 3, 100), [np.zeros(len(values), np.int8)], 0


def halve_cases(rng, in_every_order):
    for shape in ((6, 8, 5), (7, 9, 64), (1, 1, 3)):
        vectors = rng.normal(size=shape).astype(np.float32)
        vectors[0, 0] = np.nan
        halved = np.zeros((-(-shape[0] // 2), -(-shape[1] // 2), shape[2]), np.float32)
        yield (vectors,), [halved], EPS


CASES = {
    "one_band_first": one_cases(ORDERS[:2]),
    "one_pixel_major": one_cases(ORDERS[2:]),
    "many_band_first": many_cases(ORDERS[:2]),
    "many_pixel_major": many_cases(ORDERS[2:]),
    "change_band_first": change_cases(ORDERS[:2]),
    "change_any_order": change_cases(ORDERS[1:3]),
    "hamming_words": words_cases((1, 2, 5, 16)),
    "hamming_16_words": words_cases((16,)),
    "hamming_planes": planes_cases,
    "nearest": nearest_cases,
    "lookup": lookup_cases,
    "sum_tables": sum_cases,
    "round_and_pack": round_cases,
    "read_entries": read_cases,
    "read_values": values_cases,
    "round_values": round_values_cases,
    "nearest_entries": nearest_entry_cases,
    "squares_of_sums": sums_cases(lambda n, _: n),
    "add_entries": sums_cases(lambda n, d: (n, d)),
    "follow_sums": follow_cases,
    "stretch": stretch_cases,
    "quantize": quantize_cases,
    "shade_range": shade_cases,
    "vote_range": votes_cases,
    "_halve": halve_cases,
}


def test_every_kernel_is_compared_with_its_twin():
    ours = {kernel.__name__ for kernel in Kernel.registry if kernel.__module__.startswith("embexplore.core")}
    assert ours == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_kernel_does_what_its_twin_does(name, rng, in_every_order):
    kernel = next(kernel for kernel in Kernel.registry if kernel.__name__ == name)
    for arguments, outputs, tolerance in CASES[name](rng, in_every_order):
        frozen = [_read_only(argument) for argument in arguments]
        expected = [output.copy() for output in outputs]
        answer, twin_answer = kernel(*frozen, *outputs), kernel.twin(*frozen, *expected)
        assert answer == twin_answer
        for output, wanted in zip(outputs, expected, strict=True):
            np.testing.assert_allclose(output.astype(np.float64), wanted.astype(np.float64), rtol=0, atol=tolerance)


def _read_only(argument):
    """2-D words arrive read-only, as `bits` passes them, so that one compiled form serves."""
    if isinstance(argument, np.ndarray) and argument.dtype == np.uint64 and argument.ndim == 2:
        argument = argument.view()
        argument.flags.writeable = False
    return argument


def test_quantize_tells_of_nan_and_inf():
    kernel = next(kernel for kernel in Kernel.registry if kernel.__name__ == "quantize")
    for bad in (np.nan, np.inf, -np.inf):
        values, out = np.array([0.5, bad, 0.25], np.float32), np.zeros(3, np.int8)
        for run in (kernel, kernel.twin):
            assert run(values, 0, 3, out)
            assert (out[0], out[2]) == (90, 64)
            assert not run(values, 0, 1, out)


def test_importing_kernels_imports_no_numba():
    import subprocess
    import sys

    code = "import sys, embexplore.core.bits, embexplore.core.codecs; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
