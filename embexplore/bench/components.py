"""Rows on fitting: principal components of a sample of 100 000 vectors of 64 bands."""

import numpy as np
from numpy.typing import NDArray

from embexplore.bench.contest import Contest, Goal, demand
from embexplore.bench.registry import row
from embexplore.core.covariance import Covariance
from embexplore.core.pca import PCA, fit_pca


@row("PCA fit, 100 k vectors")
def fit(scale: float) -> Contest:
    """Exact components with their color stretch."""
    rng = np.random.default_rng(0)
    n = max(1000, round(100_000 * scale))
    vectors = (rng.normal(size=(n, 64)) * np.geomspace(1, 0.01, 64)).astype(np.float32)

    def ours() -> PCA:
        return fit_pca(Covariance().update(vectors), vectors[::10], 3)

    def check() -> None:
        _, exact = np.linalg.eigh(np.cov(vectors.T.astype(np.float64)))
        found = ours().components_ @ exact[:, ::-1][:, :3]
        demand(bool(np.abs(np.abs(found) - np.eye(3)).max() <= 1e-8), "PCA")

    def scikit_learn(given: NDArray[np.floating]) -> object:
        from sklearn import decomposition

        return decomposition.PCA(3, svd_solver="covariance_eigh").fit(given)

    peers = {
        "sklearn": lambda: scikit_learn(vectors.astype(np.float64)),
        "sklearn in float32 (not exact)": lambda: scikit_learn(vectors),
    }
    return Contest(ours, check, None, peers, (Goal("seconds", 0.050),))
