"""What labeled vectors predict of each other once a codec has stored them: fold by fold, method by method.

All that is known of a vector is its code, of those learned from and of those asked. The votes and the
regression are `core.classifiers`', as maps use them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from embexplore.core.accuracy import deal, held_out
from embexplore.core.bits import hamming_scores
from embexplore.core.classifiers import Classifier, fit_classifier
from embexplore.core.codecs import Binary, BinarySign, Codec
from embexplore.core.normalize import normalize
from embexplore.errors import InvalidInput

STRENGTHS = (0.01, 0.1, 1.0, 10.0, 100.0)
"""C of the linear probe is one of these. On 2,880 real points 10 to 100 are best on points dealt at random (0.73),
0.01 to 0.1 on a region held out (0.47, where 100 has 0.39)."""
INNER = 3
"""Folds of the training points that C is chosen on. With a region of four held out, two folds chose a C that cost 0.05."""
TILE = 1 << 22
"""Cosines held at once: 16 MB."""


@dataclass(frozen=True, eq=False)
class Side:
    """Points of a fold as their codes tell them.

    Attributes
    ----------
    vectors : ndarray of shape (n, d), float32
        Decoded, of unit length.
    bits : ndarray of shape (n, nbytes), uint8, or None
        The codes, where they are bits.
    width : int
        Bits of a code.
    labels : list of str
    blocks : ndarray of shape (n,)
        What is held out together.
    """

    vectors: NDArray[np.float32]
    bits: NDArray[np.uint8] | None
    width: int
    labels: list[str]
    blocks: NDArray[np.integer]


Method = Callable[[Side, Side, int], Sequence[str]]
"""The class of every point asked, from those learned from; `k` neighbors vote."""


def judged(
    units: NDArray[np.float32],
    labels: Sequence[str],
    blocks: NDArray[np.integer],
    codec: Codec,
    methods: Sequence[str],
    *,
    k: int,
    folds: int,
    refit: bool = True,
    random_state: int | None = None,
) -> tuple[dict[str, list[str]], Codec]:
    """The class that each method predicts for every point from the points of other folds.

    Parameters
    ----------
    units : ndarray of shape (n, d), float32
        Unit vectors.
    labels : sequence of str, n of them
    blocks : ndarray of shape (n,), int
        Points of a block are held out together.
    codec : Codec
        Fitted in each fold on the points learned from.
    methods : sequence of str
        Of `METHODS`.
    k, folds : int
    refit : bool
        False: the codec is taken as it is, fitted elsewhere on other ground.
    random_state : int, optional
        Of folds, of what codecs draw, and of the order of points, which decides between equal neighbors.

    Returns
    -------
    predicted : dict of list of str
        By method; `""` where the code has no direction, or nothing could be learned.
    codec : Codec
        As fitted in the last fold.
    """
    fold = deal(blocks, folds, random_state)
    rng = np.random.default_rng(random_state or 0)
    predicted = {method: [""] * len(labels) for method in methods}
    for number in range(int(fold.max()) + 1):
        learned, asked = rng.permutation(np.flatnonzero(fold != number)), np.flatnonzero(fold == number)
        codec = codec.fit(units[learned], random_state=random_state) if refit else codec
        known, unknown = (_side(codec, units, labels, blocks, which) for which in (learned, asked))
        known = _with_direction(known)
        for method in methods:
            for point, name in zip(asked, _answers(METHODS[method], known, unknown, k), strict=True):
                predicted[method][point] = name
    return predicted, codec


def is_of_bits(codec: Codec) -> bool:
    """Whether codes are one bit a band, to be compared by Hamming distance."""
    return isinstance(getattr(codec, "inner", None) or codec, Binary | BinarySign)


def _side(
    codec: Codec,
    units: NDArray[np.float32],
    labels: Sequence[str],
    blocks: NDArray[np.integer],
    which: NDArray[np.integer],
) -> Side:
    """Encoded and decoded again."""
    codes, scales = codec.encode(units[which]), codec.scales(units[which])
    vectors = normalize(codec.decode(codes, scales))
    bits = np.asarray(codes, np.uint8) if is_of_bits(codec) else None
    own = getattr(codec, "inner", None) or codec
    width = own.decode(codes[:1]).shape[1] if bits is not None else 0
    return Side(vectors, bits, width, [labels[i] for i in which], blocks[which])


def _with_direction(side: Side) -> Side:
    """Without the points whose codes have no direction: nothing can be learned from them."""
    kept = np.flatnonzero(np.isfinite(side.vectors[:, 0]))
    bits = None if side.bits is None else side.bits[kept]
    return Side(side.vectors[kept], bits, side.width, [side.labels[i] for i in kept], side.blocks[kept])


def _answers(method: Method, known: Side, unknown: Side, k: int) -> list[str]:
    """What the method says; of one class alone, that, and `""` where there is none."""
    if len(set(known.labels)) < 2:
        return [known.labels[0] if known.labels else ""] * len(unknown.labels)
    return list(method(known, unknown, k))


def _neighbors(known: Side, unknown: Side, k: int) -> list[str]:
    """Codes of bits by Hamming distance, others by the cosine of what they decode to."""
    bits, asked = known.bits, unknown.bits
    if bits is None or asked is None:
        return _decoded_neighbors(known, unknown, k)
    classifier = fit_classifier(known.vectors, known.labels, method="neighbors", k=k)
    # The cosine that bits stand for (Charikar 2002) falls with the distance, so the order is Hamming's.
    table = np.cos(np.pi * np.arange(8 * bits.shape[1] + 1) / known.width).astype(np.float32)

    def answer(some: slice) -> list[str]:
        scores = [hamming_scores(bits, code, table) for code in asked[some]]
        return _names(classifier, classifier.probabilities(np.stack(scores, axis=1)))

    return _by_tiles(answer, known, unknown)


def _decoded_neighbors(known: Side, unknown: Side, k: int) -> list[str]:
    return _predicted(fit_classifier(known.vectors, known.labels, method="neighbors", k=k), known, unknown)


def _linear(known: Side, unknown: Side, _: int) -> list[str]:
    """Logistic regression, its C chosen on the training points alone, whole blocks held out again."""
    several = len(np.unique(known.blocks)) > 1
    inner = deal(known.blocks if several else np.arange(len(known.labels)), INNER)
    classes = list(dict.fromkeys(known.labels))
    truth, everything = np.array([classes.index(label) for label in known.labels]), np.arange(len(known.labels))

    def right(strength: float) -> float:
        how = partial(fit_classifier, method="logistic", C=strength)
        return float((held_out(known.vectors, known.labels, inner, how, everything) == truth).mean())

    best = max(STRENGTHS, key=right)
    return _predicted(fit_classifier(known.vectors, known.labels, method="logistic", C=best), known, unknown)


def _predicted(classifier: Classifier, known: Side, unknown: Side) -> list[str]:
    def answer(some: slice) -> list[str]:
        return _names(classifier, classifier.predict(unknown.vectors[some]).T)

    return _by_tiles(answer, known, unknown)


def _by_tiles(answer: Callable[[slice], list[str]], known: Side, unknown: Side) -> list[str]:
    """The answers of a few points at a time, so that their cosines with all others fit into memory."""
    step = max(1, TILE // len(known.labels))
    starts = range(0, len(unknown.labels), step)
    return [name for start in starts for name in answer(slice(start, start + step))]


def _names(classifier: Classifier, probabilities: NDArray[np.float64]) -> list[str]:
    """The likeliest class of each column; `""` for no direction."""
    return [
        "" if empty else classifier.classes[number]
        for number, empty in zip(probabilities.argmax(axis=0), np.isnan(probabilities[0]), strict=True)
    ]


METHODS: Mapping[str, Method] = {"knn": _neighbors, "knn-decoded": _decoded_neighbors, "linear": _linear}
"""How points are judged, by name."""


def known_methods(methods: Sequence[str]) -> None:
    """Refuse a method that is none."""
    wrong = [method for method in methods if method not in METHODS]
    if wrong or not methods:
        raise InvalidInput(f"methods={list(methods)}: choose one or more of {', '.join(METHODS)}.")
