"""Color ramps of the maps: tables of colors, and arrays of numbers turned into arrays of colors.

The tables are parts of CET-L16 and CET-L17 of colorcet (https://colorcet.holoviz.org), by Peter Kovesi,
*Good Colour Maps: How to Design Them*, arXiv:1509.03700; CC-BY 4.0. They are linear in lightness, and are
cut so that the faintest color shows on the gray ground. Kept here as constants: the base install draws
without colorcet, and a test compares them with it.
"""

import numpy as np
from numpy.typing import NDArray


def _table(digits: str) -> NDArray[np.uint8]:
    return np.frombuffer(bytes.fromhex(digits), np.uint8).reshape(-1, 3)


SIMILARITY = _table(
    "e9dd29e8dc28e6db26e4da24e3d922e1d821dfd81fddd71ddbd61cd9d51ad7d419d5d417d3d316d1d214cfd213cdd112cbd010c9cf0fc7cf0e"
    "c5ce0cc2cd0bc0cd0abecc09bccb08b9ca07b7ca06b4c905b2c805b0c804adc704abc603a8c603a6c503a3c402a1c4029ec3029cc20299c202"
    "96c10294c00291c0028ebf038cbe0389bd0487bd0584bc0681bb077fbb087cba097ab90b77b80d75b70e72b71070b6116eb5136bb41469b316"
    "66b31864b21962b11b5fb01c5daf1e5bae2059ad2157ac2354ac2552ab2650aa284ea92a4ca82b4aa72d48a62f47a53145a43243a33441a236"
    "40a1383ea03a3d9f3c3b9e3e3a9d40399c42379b4436994635984834974a33964d33954f329452319354319157309059308f5c308e5f308c62"
    "2f8b652f8a672f886a2e876d2e86702d85722c83752b82772b817a2a7f7d297e7f287d81267c84257a8624798823788b21768d20758f1e7491"
    "1c72931a7196197098176e9a156d9b136c9d106a9f0e69a10c67a30a66a40865a60763a70662a90560aa055fac065dad065cae065aaf0659b0"
    "0757b10756b20754b30753b30751b40750b5074fb5064db6064cb6064ab60649b70647b70646b70645b70643b70642b70640b7063fb7063db7"
    "063cb7063ab70639b70738b70736b60735b60733b60732b60830b5082fb5082db4092cb4092ab30a29b20b27b10c26b00d25af0e24ae0f23ac"
    "1022ab1120a9121fa7131fa5151ea3161da1171c9f181b9d191b9a1a1a981a19961b19931c1891"
)
"""`CET_L16[41:225]` reversed, for a light page: yellow (alike) to blue (the same); uint8 (n, 3)."""

SIMILARITY_DARK = _table(
    "121fa71120a91022ab0f23ac0e24ae0d25af0c26b00b27b10a29b2092ab3092cb4082db4082fb50830b50732b60733b60735b60736b60738b7"
    "0639b7063ab7063cb7063db7063fb70640b70642b70643b70645b70646b70647b70649b7064ab6064cb6064db6074fb50750b50751b40753b3"
    "0754b30756b20757b10659b0065aaf065cae065dad055fac0560aa0662a90763a70865a60a66a40c67a30e69a1106a9f136c9d156d9b176e9a"
    "1970981a71961c72931e749120758f21768d23788b247988257a86267c84287d81297e7f2a7f7d2b817a2b82772c83752d85722e86702e876d"
    "2f886a2f8a672f8b65308c62308e5f308f5c30905931915731935432945233954f33964d34974a359848369946379b44399c423a9d403b9e3e"
    "3d9f3c3ea03a40a13841a23643a33445a43247a53148a62f4aa72d4ca82b4ea92a50aa2852ab2654ac2557ac2359ad215bae205daf1e5fb01c"
    "62b11b64b21966b31869b3166bb4146eb51370b61172b71075b70e77b80d7ab90b7cba097fbb0881bb0784bc0687bd0589bd048cbe038ebf03"
    "91c00294c00296c10299c2029cc2029ec302a1c402a3c402a6c503a8c603abc603adc704b0c804b2c805b4c905b7ca06b9ca07bccb08becc09"
    "c0cd0ac2cd0bc5ce0cc7cf0ec9cf0fcbd010cdd112cfd213d1d214d3d316d5d417d7d419d9d51adbd61cddd71ddfd81fe1d821e3d922e4da24"
    "e6db26e8dc28e9dd29ebdd2becde2deedf2fefe032f0e134f1e236f2e339f3e43bf4e53ef5e741f5e845f6e949f7ea4df8eb52f8ec57f9ed5d"
    "faee63fbef69fbf070fcf178fdf280fdf288fef392"
)
"""`CET_L16[51:248]`, for a dark page: blue to yellow, so that the best stands out most."""

CHANGE = _table(
    "f2d093f2cf92f2ce90f2cd8ff2cc8ef3cb8df3c98cf3c88af3c789f3c688f3c587f3c486f3c284f3c183f3c082f3bf81f3be80f4bd7ef4bb7d"
    "f4ba7cf4b97bf4b87af4b77af4b579f4b478f4b378f4b277f4b076f4af75f4ae75f4ad74f4ac73f5aa73f5a972f5a871f5a771f5a570f5a46f"
    "f5a36ff5a16ef5a06df59f6cf59e6cf59c6bf59b6bf59a6bf5996bf5976af4966af4956af4936af4926af49169f49069f48e69f48d69f48c68"
    "f48a68f48968f38868f38668f38567f38467f38267f38167f38066f37e66f27d66f27c67f27a67f17967f17867f17767f07568f07468f07368"
    "ef7168ef7068ef6f69ee6d69ee6c69ee6b69ed6969ed6869ed6669ec656aec646aec626aeb616aeb5f6aea5e6bea5d6be95c6ce95a6ce8596d"
    "e7586de7576de6556ee5546ee5536fe4516fe45070e34f70e24d71e24c71e14b71e04972e04872df4773de4573de4474dd4274dc4174db4075"
    "da3f76d93e76d83c77d73b77d63a78d53979d43879d3377ad2367bd1357bd0337ccf327cce317dcd307dcc2f7ecb2d7fca2c7fc92b80c82a80"
    "c72881c62782c52682c42583c22483c12484bf2385be2285bd2286bb2187ba2187b82088b71f89b51f89b41e8ab21e8bb11d8baf1c8cae1c8d"
    "ac1b8dab1b8ea91a8fa8198fa61990a41890a31891a118929f18929d18939b1993991994971995951a95931a96911a968f1b978d1b978b1b98"
    "891c99871c99851c9a821d9a801d9b7e1d9b7c1d9c791e9d771e9d751e9e721e9e701f9f6d209f6a20a06721a06522a06222a15e23a15b23a1"
    "5824a25524a25125a24e25a34a26a34626a44227a43e27a43927a53428a52e28a52828a62129a61829a60929a7002aa7"
)
"""`CET_L17[50:256]`: sand (a little) over red to blue (a different place)."""

CLASSES = _table("77aadd44bb99eedd88ee8866ffaabbaaaa00bbcc3399ddffdddddd")
"""Paul Tol's light qualitative colors (https://personal.sron.nl/~pault), in an order that keeps neighbors apart;
uint8 (9, 3). Markers carry the class number too, because color alone never says what it is."""

FEW = 30
"""Colors of a ramp that stand for classes or steps, not for a measure."""

GROUND = (214, 253)
"""Darkest and lightest gray of the ground on a light page; on a dark one `GROUND_DARK`."""
GROUND_DARK = (44, 98)


def ramp(name: str, light: NDArray[np.uint8], dark: NDArray[np.uint8], *, dark_page: bool) -> NDArray[np.uint8]:
    """The ramp `(n, 3)` of a name: `standard` is the mode's own; others are colorcet's, cut to show on the ground."""
    if name == "standard":
        return dark if dark_page else light
    import colorcet

    colors = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colorcet.palette[name]], np.uint8)
    cut = colors[40:] if dark_page else colors[:216]
    return cut if dark_page else cut[::-1]


def class_colors(n: int) -> NDArray[np.uint8]:
    """A color `(n, 3)` for each of n classes; beyond nine they begin again."""
    return CLASSES[np.arange(n) % len(CLASSES)]


def palette(ramp: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A ramp `(n, 3)` as the palette `(256, 4)` of a picture: index 0 is clear, 1 … 255 the ramp."""
    colors = np.zeros((256, 4), np.uint8)
    colors[1:, :3] = ramp[np.rint(np.linspace(0, len(ramp) - 1, 255)).astype(np.intp)]
    colors[1:, 3] = 255
    return colors


def shade(values: NDArray[np.floating], ramp: NDArray[np.uint8], *, low: float, high: float) -> NDArray[np.uint8]:
    """Colors `(..., 3)` of values from `low` (first color) to `high` (last); beyond them the end colors, NaN black."""
    span = max(high - low, np.finfo(np.float32).tiny)
    place = np.nan_to_num(np.clip((values - low) / span, 0, 1))
    return ramp[np.rint(place * (len(ramp) - 1)).astype(np.intp)]


def css_gradient(ramp: NDArray[np.uint8], *, stops: int = 16) -> str:
    """A ramp as a CSS `linear-gradient` from left to right; a few colors, of classes, stay apart."""
    starts = np.flatnonzero([True, *(ramp[1:] != ramp[:-1]).any(axis=1)])
    if len(starts) <= FEW:
        edges = [*(100 * starts / len(ramp)), 100]
        bands = [f"#{bytes(c).hex()} {a:g}% {b:g}%" for c, a, b in zip(ramp[starts], edges, edges[1:], strict=False)]
        return f"linear-gradient(90deg, {', '.join(bands)})"
    picked = ramp[np.rint(np.linspace(0, len(ramp) - 1, stops)).astype(np.intp)]
    return f"linear-gradient(90deg, {', '.join('#' + bytes(color).hex() for color in picked)})"
