"""Sliders as codec names, and codec names in words."""

import re

from embexplore.core.codecs import make_codec

BITS = (8, 4, 3, 2, 1)
"""Bits a number that the slider offers."""

DIMENSIONS = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)
"""Where the slider of kept dimensions stops, below the cube's own number."""

PRESETS = ("int8", "int4", "int3", "int2", "binary", "pca+water4", "pca+water2", "pca+water1")
"""What the sentence offers, and the chart shows beside both sides."""

_PLAIN = {8: "int8", 1: "binary"}


def codec_name(bits: int, dims: int | None, *, rotate: bool, spread: bool) -> str:
    """The registry name of what the sliders say; `dims` None keeps all.

    Spread bits need the principal axes in their order, so a rotation is left out there.
    """
    pca = "pca" if dims is None else f"pca{dims}"
    if spread:
        return f"{pca}+water{bits}"
    steps = [*([pca] if dims is not None else []), *(["rotate"] if rotate else [])]
    return "+".join([*steps, _PLAIN.get(bits, f"int{bits}")])


def settings_of(name: str) -> dict[str, object] | None:
    """The sliders that say this name; None for a codec that they cannot make."""
    found = re.fullmatch(r"(?:pca(\d*)\+)?(rotate\+)?(int8|int[234]|binary|water[12348])", name)
    if found is None:
        return None
    dims, rotate, code = found.groups()
    spread = code.startswith("water")
    bits = 1 if code == "binary" else int(code[-1])
    settings = {"bits": bits, "dims": int(dims) if dims else None, "rotate": rotate is not None, "spread": spread}
    return settings if codec_name(bits, settings["dims"], rotate=rotate is not None, spread=spread) == name else None


def in_words(name: str) -> str:
    """A codec as readers say it: `int4`, `PCA 32, int4`, `spread bits`."""
    *steps, code = name.split("+")
    words = [f"PCA {step[3:]}" for step in steps if step.startswith("pca") and step[3:]]
    words += ["rotated"] if "rotate" in steps else []
    last = code
    if code.startswith("water"):
        last = f"{code[5:]} bits, spread" if code != "water1" else "1 bit, spread"
    return ", ".join([*words, last])


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
