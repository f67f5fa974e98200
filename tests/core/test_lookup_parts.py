"""Fields that stand for several bands, side by side or added up, scanned as they are, against plain numpy."""

import numpy as np
import pytest

from embexplore.core.cosine import cosine
from embexplore.core.fields import Fields
from embexplore.core.lookup import Lookup, scan_lookup

EPS = 2.0**-23
WIDTHS = (8, 3, 5, 8, 1, 0, 4)
SIZES = (2, 1, 3, 0, 4, 2, 1)


def packed(numbers, widths):
    """Codes of `numbers (n, fields)`, bit by bit."""
    bits = [numbers[:, field] >> bit & 1 for field, width in enumerate(widths) for bit in reversed(range(width))]
    return np.packbits(np.stack(bits, axis=-1).astype(np.uint8), axis=-1)


@pytest.fixture
def numbers(rng):
    return np.stack([rng.integers(0, 1 << width, 500) for width in WIDTHS], axis=-1)


@pytest.mark.usefixtures("backend")
def test_fields_of_several_bands_score_like_the_vectors_they_stand_for(numbers, rng):
    values = [rng.normal(size=(1 << width, size)) for width, size in zip(WIDTHS, SIZES, strict=True)]
    meaning = Lookup(Fields.of(WIDTHS), values)
    vectors = np.concatenate([value[number] for value, number in zip(values, numbers.T, strict=True)], axis=1)
    assert meaning.bands == vectors.shape[1] == sum(SIZES)
    queries = rng.normal(size=(3, sum(SIZES)))
    scores = scan_lookup(queries, packed(numbers, WIDTHS), meaning)
    # Sums of seven float32 terms, whose sizes the lengths bound, for the dot and for the squared length.
    np.testing.assert_allclose(scores, cosine(queries, vectors), rtol=0, atol=(2 * 7 + 8) * EPS)


@pytest.mark.usefixtures("backend")
def test_one_value_a_number_is_a_column_of_one_band(numbers, rng):
    flat = [rng.normal(size=1 << width) for width in WIDTHS]
    codes, query = packed(numbers, WIDTHS), rng.normal(size=len(WIDTHS))
    scores = scan_lookup(query, codes, Lookup(Fields.of(WIDTHS), flat))
    columns = scan_lookup(query, codes, Lookup(Fields.of(WIDTHS), [value[:, None] for value in flat]))
    np.testing.assert_array_equal(scores, columns)


@pytest.mark.usefixtures("backend")
def test_added_fields_score_by_the_lengths_that_another_field_says(rng):
    stages = rng.normal(size=(3, 256, 6))
    numbers = rng.integers(0, 256, (400, 3))
    vectors = stages[np.arange(3), numbers].sum(axis=1)
    squares = (vectors**2).sum(axis=1)
    levels = np.linspace(squares.min(), squares.max(), 256)
    nearest = np.abs(squares[:, None] - levels).argmin(axis=1)
    none = [np.zeros(256)] * 3
    meaning = Lookup(Fields.of([8] * 4), [*stages, np.zeros((256, 0))], is_additive=True, squared=[*none, levels])
    query = rng.normal(size=6)
    scores = scan_lookup(query, np.column_stack([numbers, nearest]).astype(np.uint8), meaning)
    expected = vectors @ query / np.linalg.norm(query) / np.sqrt(levels[nearest])
    largest = np.abs(stages).sum(axis=(0, 2)).max() / np.sqrt(levels.min())
    np.testing.assert_allclose(scores, np.clip(expected, -1, 1), rtol=0, atol=16 * EPS * largest)


def test_added_fields_must_say_what_they_add_to_lengths():
    with pytest.raises(ValueError, match="say what each adds"):
        Lookup(Fields.of([1]), [np.zeros((2, 3))], is_additive=True)
