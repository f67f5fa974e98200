"""How vectors are stored: the codec families and their registry. Importing this registers them all."""

from embexplore.core.codecs.alphaearth import AlphaEarth
from embexplore.core.codecs.base import Codec
from embexplore.core.codecs.binary import Binary, BinarySign
from embexplore.core.codecs.float32 import Float32
from embexplore.core.codecs.int8 import Int8
from embexplore.core.codecs.registry import codec_from_dict, codec_names, make_codec, register
from embexplore.core.codecs.tessera import Tessera

__all__ = [
    "AlphaEarth",
    "Binary",
    "BinarySign",
    "Codec",
    "Float32",
    "Int8",
    "Tessera",
    "codec_from_dict",
    "codec_names",
    "make_codec",
    "register",
]
