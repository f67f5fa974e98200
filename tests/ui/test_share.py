"""A state fits into an address and comes back the same; anything else is refused in words."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embexplore.errors import InvalidInput
from embexplore.ui.share import MOST, from_text, to_text

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_a_state_survives_the_address(state):
    text = to_text(state)
    assert re.fullmatch(r"[A-Za-z0-9_-]*", text)
    assert from_text(text) == state


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.hex()))
def test_other_text_is_refused_never_a_traceback(text):
    with contextlib.suppress(InvalidInput):
        assert isinstance(from_text(text), dict)


def test_a_text_that_unfolds_without_end_is_refused():
    with pytest.raises(InvalidInput, match="is not a shared view"):
        from_text(to_text({"a": "x" * (2 * MOST)}))


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_half_a_text_is_refused(cut):
    whole = to_text({"mode": "similar", "year": 2024, "area": None, "pinned": [0.12, 0.11]})
    with pytest.raises(InvalidInput, match="copy the whole text"):
        from_text(whole[:-cut])


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_has_not_are_refused(number):
    with pytest.raises(InvalidInput, match="is not a shared view"):
        from_text(to_text({"similar": {"spacing": float(number)}}))
