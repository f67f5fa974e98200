"""`.emb` on a Dataset: one line per function of `analysis`, with its signature and docstring; no state."""

# ruff: noqa: D102 (methods carry the docstrings of their functions)

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import xarray as xr

from embexplore.analysis import area as _area
from embexplore.analysis import change as _change
from embexplore.analysis import classes as _classes
from embexplore.analysis import clusters as _clusters
from embexplore.analysis import colors as _colors
from embexplore.analysis import evaluate_cube as _evaluate_cube
from embexplore.analysis import explain as _explain
from embexplore.analysis import kept as _kept
from embexplore.analysis import labeling as _labeling
from embexplore.analysis import nearest as _nearest
from embexplore.analysis import noise as _noise
from embexplore.analysis import place as _place
from embexplore.analysis import recode as _recode
from embexplore.analysis import regions as _regions
from embexplore.analysis import search as _search
from embexplore.analysis import series as _series
from embexplore.analysis import sizes as _sizes
from embexplore.analysis import spectrum as _spectrum
from embexplore.analysis import summary as _summary
from embexplore.analysis import tally as _tally
from embexplore.analysis import telling as _telling
from embexplore.analysis import top as _top
from embexplore.analysis import tradeoff as _tradeoff
from embexplore.analysis.noise import NoiseFloor
from embexplore.analysis.place import Probe
from embexplore.analysis.queries import Combine
from embexplore.core.accuracy import Accuracy
from embexplore.core.classifiers import Classifier
from embexplore.core.clusters import Clusters
from embexplore.core.codecs import Codec
from embexplore.core.dimension import Dimension
from embexplore.core.pca import PCA
from embexplore.core.pooling import FittedPooling
from embexplore.cube import build, schema, years
from embexplore.cube.grid import Grid
from embexplore.cube.schema import Provenance

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

M = TypeVar("M", bound=Callable[..., Any])


def _documented(function: Callable[..., Any]) -> Callable[[M], M]:
    """Give a method the docstring of the function that it calls."""

    def with_docstring(method: M) -> M:
        method.__doc__ = function.__doc__
        return method

    return with_docstring


@xr.register_dataset_accessor("emb")
class EmbAccessor:
    """What a cube can be asked. `cube.emb.search(…)` is `analysis.search.search(cube, …)`, and so on."""

    def __init__(self, cube: xr.Dataset) -> None:
        self._cube = cube

    def __repr__(self) -> str:
        return _summary.summary(self._cube)

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years of the cube."""
        return years.years_of(self._cube)

    @property
    def grid(self) -> Grid:
        """CRS, transform and shape; `grid.bbox` is in degrees."""
        return build.grid_of(self._cube)

    @property
    def crs(self) -> str:
        """`EPSG:n` where the CRS has a code, else WKT."""
        return build.crs_of(self._cube)

    @property
    def codecs(self) -> dict[str, str]:
        """Names of the codecs, by the variable that holds their codes."""
        return {variable: entry["name"] for variable, entry in self._cube.attrs[schema.ATTRS]["codecs"].items()}

    @property
    def provenance(self) -> Provenance:
        """Where the embeddings come from."""
        return build.provenance_of(self._cube)

    @_documented(_place.at)
    def at(self, *, lon: float, lat: float, year: int | None = None) -> xr.DataArray:
        return _place.at(self._cube, lon=lon, lat=lat, year=year)

    @_documented(_place.probe)
    def probe(self, *, lon: float, lat: float, year: int | None = None) -> Probe:
        return _place.probe(self._cube, lon=lon, lat=lat, year=year)

    @_documented(_place.over)
    def over(self, area: Any, *, year: int | None = None) -> xr.DataArray:
        return _place.over(self._cube, area, year=year)

    @_documented(_area.clip)
    def clip(self, area: Any) -> xr.Dataset:
        return _area.clip(self._cube, area)

    @_documented(_search.search)
    def search(
        self,
        positives: Any,
        *,
        negatives: Any = None,
        combine: Combine = "mean",
        year: int | None = None,
        tier: str = "best",
    ) -> xr.DataArray:
        return _search.search(self._cube, positives, negatives=negatives, combine=combine, year=year, tier=tier)

    @_documented(_top.top)
    def top(self, score: xr.DataArray, *, k: int = 20, min_distance: float = 0.0) -> "GeoDataFrame":
        return _top.top(self._cube, score, k=k, min_distance=min_distance)

    @_documented(_nearest.nearest)
    def nearest(
        self,
        positives: Any,
        *,
        negatives: Any = None,
        combine: Combine = "mean",
        k: int = 20,
        shortlist: int = 400,
        year: int | None = None,
    ) -> "GeoDataFrame":
        return _nearest.nearest(
            self._cube, positives, negatives=negatives, combine=combine, k=k, shortlist=shortlist, year=year
        )

    @_documented(_change.change)
    def change(self, first: int | None = None, second: int | None = None) -> xr.DataArray:
        return _change.change(self._cube, first, second)

    @_documented(_change.largest_change)
    def largest_change(self) -> xr.Dataset:
        return _change.largest_change(self._cube)

    @_documented(_noise.noise_floor)
    def noise_floor(
        self,
        first: int,
        second: int,
        *,
        percentile: float = 99.0,
        stable: Any = None,
        random_state: int | None = None,
    ) -> NoiseFloor:
        return _noise.noise_floor(
            self._cube, first, second, percentile=percentile, stable=stable, random_state=random_state
        )

    @_documented(_regions.change_regions)
    def change_regions(self, change: xr.DataArray, *, floor: float, min_pixels: int = 9, k: int = 20) -> "GeoDataFrame":
        return _regions.change_regions(self._cube, change, floor=floor, min_pixels=min_pixels, k=k)

    @_documented(_series.similarity_series)
    def similarity_series(
        self, positives: Any, *, negatives: Any = None, combine: Combine = "mean", lon: float, lat: float
    ) -> xr.DataArray:
        return _series.similarity_series(self._cube, positives, negatives=negatives, combine=combine, lon=lon, lat=lat)

    @_documented(_series.change_series)
    def change_series(self, *, lon: float, lat: float) -> xr.DataArray:
        return _series.change_series(self._cube, lon=lon, lat=lat)

    @_documented(_explain.explain_similarity)
    def explain_similarity(
        self,
        positives: Any,
        *,
        negatives: Any = None,
        combine: Combine = "mean",
        lon: float,
        lat: float,
        year: int | None = None,
    ) -> xr.DataArray:
        return _explain.explain_similarity(
            self._cube, positives, negatives=negatives, combine=combine, lon=lon, lat=lat, year=year
        )

    @_documented(_explain.explain_change)
    def explain_change(self, first: int, second: int, *, lon: float, lat: float) -> xr.DataArray:
        return _explain.explain_change(self._cube, first, second, lon=lon, lat=lat)

    @_documented(_colors.fit_pca)
    def fit_pca(
        self, n_components: int = 3, *, years: Sequence[int] | None = None, random_state: int | None = None
    ) -> PCA:
        return _colors.fit_pca(self._cube, n_components, years=years, random_state=random_state)

    @_documented(_colors.pca_rgb)
    def pca_rgb(self, pca: PCA, *, year: int | None = None) -> xr.DataArray:
        return _colors.pca_rgb(self._cube, pca, year=year)

    @_documented(_clusters.fit_clusters)
    def fit_clusters(
        self,
        n: int = 8,
        *,
        year: int | None = None,
        sample_size: int = _clusters.SAMPLE,
        random_state: int | None = None,
    ) -> Clusters:
        return _clusters.fit_clusters(self._cube, n, year=year, sample_size=sample_size, random_state=random_state)

    @_documented(_clusters.cluster)
    def cluster(self, clusters: Clusters, *, year: int | None = None) -> xr.DataArray:
        return _clusters.cluster(self._cube, clusters, year=year)

    @_documented(_tally.tally)
    def tally(self, classes: xr.DataArray) -> "DataFrame":
        return _tally.tally(self._cube, classes)

    @_documented(_classes.fit_classifier)
    def fit_classifier(
        self,
        points: "GeoDataFrame",
        *,
        method: str = "neighbors",
        k: int = 5,
        C: float = 30.0,  # noqa: N803 - the name that scikit-learn gives it
        year: int | None = None,
    ) -> Classifier:
        return _classes.fit_classifier(self._cube, points, method=method, k=k, C=C, year=year)

    @_documented(_classes.classify)
    def classify(self, classifier: Classifier, *, year: int | None = None) -> xr.Dataset:
        return _classes.classify(self._cube, classifier, year=year)

    @_documented(_labeling.suggest)
    def suggest(
        self,
        points: "GeoDataFrame | None" = None,
        *,
        n: int = 1,
        classifier: Classifier | None = None,
        year: int | None = None,
        random_state: int | None = None,
    ) -> "GeoDataFrame":
        return _labeling.suggest(self._cube, points, n=n, classifier=classifier, year=year, random_state=random_state)

    @_documented(_labeling.accuracy)
    def accuracy(
        self,
        points: "GeoDataFrame",
        *,
        method: str = "neighbors",
        k: int = 5,
        C: float = 30.0,  # noqa: N803 - the name that scikit-learn gives it
        year: int | None = None,
        block: float = 250.0,
        random_state: int | None = None,
    ) -> Accuracy:
        return _labeling.accuracy(
            self._cube, points, method=method, k=k, C=C, year=year, block=block, random_state=random_state
        )

    @_documented(_evaluate_cube.evaluate)
    def evaluate(
        self,
        labels: "GeoDataFrame",
        *,
        codecs: Sequence[str | Codec] = _evaluate_cube.CODECS,
        methods: Sequence[str] = _evaluate_cube.METHODS,
        splits: Sequence[str] | None = None,
        pooling: str | FittedPooling = "mean",
        size: int = 1,
        block: float = 250.0,
        k: int = 5,
        folds: int = 5,
        year: int | None = None,
        random_state: int | None = None,
    ) -> "DataFrame":
        return _evaluate_cube.evaluate(
            self._cube,
            labels,
            codecs=codecs,
            methods=methods,
            splits=splits,
            pooling=pooling,
            size=size,
            block=block,
            k=k,
            folds=folds,
            year=year,
            random_state=random_state,
        )

    @_documented(_labeling.learning_curve)
    def learning_curve(
        self,
        points: "GeoDataFrame",
        *,
        method: str = "neighbors",
        k: int = 5,
        C: float = 30.0,  # noqa: N803 - the name that scikit-learn gives it
        year: int | None = None,
        block: float = 250.0,
        steps: int = 8,
        orders: int = 20,
        random_state: int | None = None,
    ) -> "DataFrame":
        return _labeling.learning_curve(
            self._cube,
            points,
            method=method,
            k=k,
            C=C,
            year=year,
            block=block,
            steps=steps,
            orders=orders,
            random_state=random_state,
        )

    @_documented(_colors.components)
    def components(self, pca: PCA, *, year: int | None = None) -> xr.DataArray:
        return _colors.components(self._cube, pca, year=year)

    @_documented(_tradeoff.tradeoff)
    def tradeoff(
        self,
        codecs: Sequence[str | Codec] = _tradeoff.CODECS,
        *,
        year: int | None = None,
        since: int | None = None,
        floor: float | None = None,
        changed: Any = None,
        labels: "GeoDataFrame | None" = None,
        methods: Sequence[str] = _telling.METHODS,
        recheck: int | None = None,
        queries: int = 200,
        k: int = 10,
        weigh: Callable[[xr.Dataset], int] | None = None,
        progress: Callable[[int, int, str], None] | None = None,
        random_state: int | None = None,
    ) -> "DataFrame":
        return _tradeoff.tradeoff(
            self._cube,
            codecs,
            year=year,
            since=since,
            floor=floor,
            changed=changed,
            labels=labels,
            methods=methods,
            recheck=recheck,
            queries=queries,
            k=k,
            weigh=weigh,
            progress=progress,
            random_state=random_state,
        )

    @_documented(_spectrum.dimension)
    def dimension(self, *, year: int | None = None, random_state: int | None = None) -> Dimension:
        return _spectrum.dimension(self._cube, year=year, random_state=random_state)

    @_documented(_sizes.sizes)
    def sizes(
        self,
        codecs: Sequence[str | Codec],
        *,
        country: str = "Germany",
        years: int = 1,
        price: float = _sizes.PRICE,
    ) -> "DataFrame":
        return _sizes.sizes(self._cube, codecs, country=country, years=years, price=price)

    @_documented(_kept.kept)
    def kept(
        self,
        hits: "GeoDataFrame",
        score: xr.DataArray,
        *,
        min_distance: float = 0.0,
        recheck: int | None = None,
        exact: xr.DataArray | None = None,
    ) -> "GeoDataFrame":
        return _kept.kept(self._cube, hits, score, min_distance=min_distance, recheck=recheck, exact=exact)

    @_documented(_recode.fit_codec)
    def fit_codec(self, codec: str | Codec, *, random_state: int | None = None) -> Codec:
        return _recode.fit_codec(self._cube, codec, random_state=random_state)

    @_documented(_recode.encode)
    def encode(self, codec: str | Codec, *, per_chunk: bool = False, random_state: int | None = None) -> xr.Dataset:
        return _recode.encode(self._cube, codec, per_chunk=per_chunk, random_state=random_state)

    @_documented(_recode.with_bits)
    def with_bits(self, codec: str | Codec = "binary", *, random_state: int | None = None) -> xr.Dataset:
        return _recode.with_bits(self._cube, codec, random_state=random_state)
