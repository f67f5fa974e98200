"""How vectors are stored: the codec families and their registry. Importing this registers them all."""

from embexplore.core.codecs.alphaearth import AlphaEarth
from embexplore.core.codecs.base import Codec
from embexplore.core.codecs.binary import Binary, BinarySign
from embexplore.core.codecs.float16 import Float16
from embexplore.core.codecs.float32 import Float32
from embexplore.core.codecs.int8 import Int8
from embexplore.core.codecs.product import Product
from embexplore.core.codecs.rabitq import RaBitQ
from embexplore.core.codecs.registry import codec_from_dict, codec_names, define, make_codec, register
from embexplore.core.codecs.residual import Residual
from embexplore.core.codecs.scalar import Scalar
from embexplore.core.codecs.ternary import Ternary
from embexplore.core.codecs.tessera import Tessera
from embexplore.core.codecs.transformed import Transformed
from embexplore.core.codecs.turbo import Turbo, TurboUnbiased

__all__ = [
    "AlphaEarth",
    "Binary",
    "BinarySign",
    "Codec",
    "Float16",
    "Float32",
    "Int8",
    "Product",
    "RaBitQ",
    "Residual",
    "Scalar",
    "Ternary",
    "Tessera",
    "Transformed",
    "Turbo",
    "TurboUnbiased",
    "codec_from_dict",
    "codec_names",
    "define",
    "make_codec",
    "register",
]
