"""Sliders as codec names, and codec names in words."""

import re

from embexplore.core.codecs import make_codec

BITS = (8, 4, 3, 2, 1)
"""Bits a number that the slider offers."""

DIMENSIONS = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
"""Where the slider of kept dimensions stops, below the cube's own number."""

PRESETS = ("int8", "int4", "int3", "int2", "binary", "pca+near4", "pca+near2", "pca+near1")
"""What the sentence offers, and the chart shows beside both sides: the last three find most at 32, 16 and 8 bytes."""

WHOLE = ("ternary", "rabitq-lite", "pq8", "opq8")
"""What the sentence offers beside those, none of which the sliders make. Shown in the chart once they were chosen."""

_PLAIN = {8: "int8", 1: "binary"}


def codec_name(bits: int, dims: int | None, *, rotate: bool, spread: bool) -> str:
    """The registry name of what the sliders say; `dims` None keeps all.

    Spread bits go where near neighbors differ, which finds more than by variance (`water`) at every size. They need
    the principal axes in their order, so a rotation is left out there.
    """
    pca = "pca" if dims is None else f"pca{dims}"
    if spread:
        return f"{pca}+near{bits}"
    steps = [*([pca] if dims is not None else []), *(["rotate"] if rotate else [])]
    return "+".join([*steps, _PLAIN.get(bits, f"int{bits}")])


def settings_of(name: str) -> dict[str, object] | None:
    """The sliders that say this name; None for a codec that they cannot make."""
    found = re.fullmatch(r"(?:pca(\d*)\+)?(rotate\+)?(int8|int[234]|binary|near[12348])", name)
    if found is None:
        return None
    dims, rotate, code = found.groups()
    spread = code.startswith("near")
    bits = 1 if code == "binary" else int(code[-1])
    settings = {"bits": bits, "dims": int(dims) if dims else None, "rotate": rotate is not None, "spread": spread}
    return settings if codec_name(bits, settings["dims"], rotate=rotate is not None, spread=spread) == name else None


def in_words(name: str) -> str:
    """A codec as readers say it: `int4`, `PCA 32, int4`, `1 bit, spread`, `PQ 8`."""
    *steps, code = name.split("+")
    words = [f"PCA {step[3:]}" for step in steps if step.startswith("pca") and step[3:]]
    words += ["rotated"] if "rotate" in steps else []
    return ", ".join([*words, _code_in_words(code)])


def _code_in_words(code: str) -> str:
    spread = re.fullmatch(r"(near|water)(\d)", code)
    if spread is not None:
        how = "spread" if spread[1] == "near" else "spread by variance"
        return f"{spread[2]} bit{'' if spread[2] == '1' else 's'}, {how}"
    family = re.fullmatch(r"(o?pq|rvq)(\d+)", code)
    if family is not None:
        return f"{family[1].upper()} {family[2]}"
    return {"rabitq": "RaBitQ", "rabitq-lite": "RaBitQ-lite"}.get(code, code)


def bytes_of(name: str, d: int) -> float:
    """Bytes a pixel of a codec for vectors of `d` numbers."""
    return make_codec(name).bytes_per_pixel(d)


def in_bytes(size: float) -> str:
    """`8 bytes`, `1 byte`."""
    return f"{size:g} byte{'' if size == 1 else 's'}"


def share_of(small: float, large: float) -> str:
    """How much smaller, in words: `at one eighth of the bytes`."""
    words = {2: "half", 3: "a third", 4: "a quarter", 8: "one eighth", 16: "one sixteenth"}
    ratio = large / small
    if abs(ratio - round(ratio)) < 1e-9 and round(ratio) in words:
        return f"at {words[round(ratio)]} of the bytes"
    if ratio == 1:
        return "at the same bytes"
    return f"at {100 * small / large:.0f}\u00a0% of the bytes"


def capitalized(words: str) -> str:
    """The first letter large: how a sentence begins; `int8` stays as it is."""
    return words if words.startswith("int") else words[:1].upper() + words[1:]
