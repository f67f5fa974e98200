"""A state as a short text that fits into an address: JSON, deflated, base64url."""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

from embexplore.errors import InvalidInput

MOST = 1 << 20
"""Bytes of JSON that a shared text may unfold to; more is no state of ours."""


def to_text(state: Mapping[str, Any]) -> str:
    """A state as text of letters, digits, `-` and `_`."""
    content = json.dumps(state, separators=(",", ":"), sort_keys=True).encode()
    deflate = zlib.compressobj(9, wbits=-15)
    return base64.urlsafe_b64encode(deflate.compress(content) + deflate.flush()).decode().rstrip("=")


def from_text(text: str) -> dict[str, Any]:
    """The state of `to_text`; InvalidInput for any other text."""
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        inflate = zlib.decompressobj(wbits=-15)
        content = inflate.decompress(packed, MOST)
        state = json.loads(content, parse_constant=_refuse) if inflate.eof else None
    except (binascii.Error, zlib.error, ValueError, UnicodeDecodeError, RecursionError):
        state = None
    if not isinstance(state, dict):
        raise InvalidInput(f"view={text[:40]!r} is not a shared view: copy the whole text again.")
    return state


def _refuse(constant: str) -> None:
    """NaN and Infinity are no JSON and no setting of ours."""
    raise ValueError(constant)
