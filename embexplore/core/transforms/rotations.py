"""Steps that keep all dimensions and mix them, so that no band holds more than another; nothing is learned."""

import numpy as np

from embexplore.core.transforms.steps import Matrix, refuse_size, register_step
from embexplore.errors import InvalidInput


@register_step("rotate")
def rotate(vectors: Matrix, size: int | None, seed: int) -> Matrix:
    """A random rotation, evenly over all of them: no band then holds more than another.

    Source: Stewart 1980, The efficient generation of random orthogonal matrices (QR of normal numbers).
    """
    refuse_size("rotate", size)
    return random_rotation(vectors.shape[1], seed)


@register_step("hadamard")
def hadamard(vectors: Matrix, size: int | None, seed: int) -> Matrix:
    """Random signs, then a Hadamard matrix: every new band is ± all old ones, as good as a rotation for few bits.

    The chain multiplies by a matrix, as all chains do: what is saved against `rotate` is randomness (one bit
    a band), not time.
    Source: Ailon and Chazelle 2009, The fast Johnson–Lindenstrauss transform, section 2.1 (the matrices H and D).
    """
    refuse_size("hadamard", size)
    d = vectors.shape[1]
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], d)
    return np.asarray(hadamard_matrix(d) * signs / np.sqrt(d))


def random_rotation(d: int, seed: int) -> Matrix:
    """An orthogonal matrix `(d, d)`, evenly over all of them."""
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))
    return np.ascontiguousarray((q * np.sign(np.diag(r))).T)


def hadamard_matrix(d: int) -> Matrix:
    """±1 in `(d, d)` with orthogonal rows: Sylvester's doubling of Paley's matrix of a prime and one.

    So there is one for 2, 4, 8, … and for 12, 20, 24, 44, … times those: 384, 768 and 1536 too.

    Raises
    ------
    InvalidInput
        d is neither a power of two nor so many times a prime of 4·n + 3 and one. Padding with zeros would
        take more bytes, and blocks would not mix all bands.
    """
    small, doubled = d, 1
    while small > 1 and small % 2 == 0 and not _has_paley(small):
        small, doubled = small // 2, 2 * doubled
    if small > 1 and not _has_paley(small):
        raise InvalidInput(
            f"hadamard: there is no such matrix here for {d} dimensions; it takes 2, 4, 8, …, or 12, 20, 24 or 44 "
            "times those. Write rotate, or a step such as pca32 before it."
        )
    matrix = np.ones((1, 1)) if small == 1 else _paley(small - 1)
    while doubled > 1:
        matrix, doubled = np.block([[matrix, matrix], [matrix, -matrix]]), doubled // 2
    return matrix


def _has_paley(d: int) -> bool:
    """Whether d is a prime of 4·n + 3 and one, but no power of two, which Sylvester's matrix is for."""
    q = d - 1
    return d % 4 == 0 and bool(d & q) and all(q % factor for factor in range(2, int(q**0.5) + 1))


def _paley(q: int) -> Matrix:
    """Paley's matrix of order q + 1, from the squares modulo the prime q.

    Source: Paley 1933, On orthogonal matrices (the first construction).
    """
    squares = np.isin(np.arange(q), np.arange(1, q) ** 2 % q)
    character = np.where(squares, 1.0, -1.0)
    character[0] = 0
    matrix = np.zeros((q + 1, q + 1))
    matrix[0, 1:], matrix[1:, 0] = 1, -1
    matrix[1:, 1:] = character[(np.arange(q)[:, None] - np.arange(q)) % q]
    return matrix + np.eye(q + 1)
