"""Steps that keep fewer dimensions: principal axes, singular axes, random ones, or some of the bands as they are."""

import numpy as np

from embexplore.core.covariance import Covariance
from embexplore.core.transforms.steps import Matrix, kept_of, register_step
from embexplore.errors import InvalidInput


@register_step("pca")
def pca(vectors: Matrix, size: int | None, seed: int) -> Matrix:
    """The directions of largest variance, all of them by default: later bands then vary less, and independently."""
    del seed
    kept = kept_of("pca", size, vectors.shape[1])
    _, directions = np.linalg.eigh(Covariance().update(vectors).covariance)
    return np.ascontiguousarray(directions[:, ::-1].T[:kept])


@register_step("svd")
def svd(vectors: Matrix, size: int | None, seed: int) -> Matrix:
    """The directions of largest mean square, which are those of the best dot products; the mean is not taken off.

    Source: Eckart and Young 1936, The approximation of one matrix by another of lower rank.
    """
    del seed
    kept = kept_of("svd", size, vectors.shape[1])
    _, directions = np.linalg.eigh(vectors.T @ vectors)
    return np.ascontiguousarray(directions[:, ::-1].T[:kept])


@register_step("project")
def project(vectors: Matrix, size: int | None, seed: int) -> Matrix:
    """A random subspace, evenly over all of them: squared lengths shrink to k/d of theirs in expectation.

    What it keeps does not depend on data: the floor that `pca` and `svd` are set against.
    Source: Dasgupta and Gupta 2003, An elementary proof of a theorem of Johnson and Lindenstrauss.
    """
    d = vectors.shape[1]
    if size is None:
        raise InvalidInput("project: a random projection keeps as many dimensions as it says; write project16.")
    kept = kept_of("project", size, d)
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(d, kept)))
    return np.ascontiguousarray((q * np.sign(np.diag(r))).T)


@register_step("select")
def select(vectors: Matrix, size: int | None, seed: int) -> Matrix:
    """The bands of largest variance as they are, in the bands' order; of equal ones the first."""
    del seed
    kept = kept_of("select", size, vectors.shape[1])
    order = np.argsort(-vectors.var(axis=0), kind="stable")
    return np.eye(vectors.shape[1])[np.sort(order[:kept])]


@register_step("first")
def first(vectors: Matrix, size: int | None, seed: int) -> Matrix:
    """The first bands as they are: what a model trained for prefixes means them for, and others do not.

    Source: Kusupati et al. 2022, Matryoshka representation learning.
    """
    del seed
    return np.eye(vectors.shape[1])[: kept_of("first", size, vectors.shape[1])]
