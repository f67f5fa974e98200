"""How the answers are worked out on Null Island. Reading on here spoils the fun: the notebooks ask, this tells."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from embexplore.io.demo import null_island, null_island_truth

if TYPE_CHECKING:
    from pandas import Series

PLACES = (
    "Reservoir", "Pivot, north", "Pivot, south", "Town", "Solar farm", "Greenhouses", "Quarry", "Village", "Lake",
    "River mouth", "Harbor", "Old forest", "Wetland", "Field", "Meadow", "Beach", "Shallow sea",
)  # fmt: skip
"""Named places of the island; a test compares them with its truth."""
LATEST = 2024


@cache
def _cube() -> xr.Dataset:
    return null_island()


@cache
def _classes() -> xr.DataArray:
    return null_island_truth().classes


@cache
def _places() -> dict[str, "Series"]:
    return {place["name"]: place for _, place in null_island_truth().places.iterrows()}


def _vector(name: str) -> xr.DataArray:
    place = _places()[name]
    return _cube().emb.at(lon=place.lon, lat=place.lat, year=LATEST)


def _pixel(name: str) -> tuple[int, int]:
    place = _places()[name]
    return _cube().emb.grid.pixel(place.lon, place.lat)


def _codes() -> NDArray[np.int8]:
    return _cube().embeddings.sel(time=LATEST).transpose("y", "x", "band").values


@cache
def year_of_the_reservoir() -> int:
    """The year in which its pixel changed most."""
    row, column = _pixel("Reservoir")
    steps = _cube().emb.change().isel(y=row, x=column)
    return int(steps.time.values[int(np.argmax(steps.values))])


def megabytes(*, bytes_each: int) -> float:
    """All embeddings of the cube, with so many bytes for each number."""
    return _cube().embeddings.size * bytes_each / 1e6


@cache
def nearest_place(name: str) -> str:
    """The named place that is most like another one."""
    cosines = {other: float(_vector(name) @ _vector(other)) for other in PLACES if other != name}
    return max(cosines, key=lambda other: cosines[other])


@cache
def percent_alike(*, of_all: bool) -> float:
    """How much of the island is at least 0.9 like the northern pivot field."""
    score = _cube().emb.search(_vector("Pivot, north"), year=LATEST).values
    return 100 * float((score >= 0.9).sum() / (score.size if of_all else np.isfinite(score).sum()))


@cache
def pivots_found(names: Sequence[str]) -> int:
    """How many of the 20 best places, 50 m apart, are pivot fields."""
    score = _cube().emb.search([_vector(name) for name in names], year=LATEST)
    best = _cube().emb.top(score, k=20, min_distance=50)
    classes = _classes().sel(time=LATEST)
    found = classes.sel(x=best["x"].to_xarray(), y=best["y"].to_xarray(), method="nearest")
    return int((found == classes.attrs["classes"].index("pivot")).sum())


@cache
def directions_for(share: float) -> int:
    """How many principal components hold that share of the variance."""
    held = np.cumsum(_cube().emb.fit_pca(64, random_state=0).explained_variance_ratio_)
    return int(np.searchsorted(held, share)) + 1


def bytes_of_a_pixel() -> int:
    """Of one year."""
    return _cube().sizes["band"] * _cube().embeddings.dtype.itemsize


@cache
def median_length_of_linear_codes() -> float:
    """Of the vectors in the file that lesson 07 spoils, read as AlphaEarth's code."""
    codes = _codes()[40:140, 40:140].astype(float)
    codes = codes[(codes != -128).all(axis=-1)]
    linear = np.round(np.sign(codes) * (codes / 127.5) ** 2 * 127)
    return float(np.median(np.linalg.norm((linear / 127.5) ** 2, axis=-1)))


@cache
def accuracy_by_blocks(size: int) -> float:
    """Of the nearest neighbor, tested in blocks of so many pixels that it was not trained on."""
    from sklearn.model_selection import GroupKFold, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    decoded = _cube().sel(time=[LATEST]).emb.encode("float32").embeddings.isel(time=0)
    vectors = decoded.transpose("y", "x", "band").values
    has_data = np.isfinite(vectors).all(axis=-1)
    pick = np.random.default_rng(0).choice(has_data.sum(), 3000, replace=False)
    rows, columns = (axis[pick] for axis in np.nonzero(has_data))
    labels = _classes().sel(time=LATEST).values[rows, columns]
    blocks = rows // size * 100 + columns // size
    folds = GroupKFold(5)
    return float(
        cross_val_score(KNeighborsClassifier(1), vectors[rows, columns], labels, groups=blocks, cv=folds).mean()
    )


@cache
def _new_and_changed() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Pixels unlike 2017 and unlike 2018; pixels whose land cover changed since 2017, where there is data."""
    first, second = (_cube().emb.change(year, LATEST).values for year in (2017, 2018))
    changed = (_classes().sel(time=LATEST) != _classes().sel(time=2017)).values
    return np.minimum(first, second) > 0.1, changed & np.isfinite(first)


def share_of_change_found() -> float:
    """How much of the real change the second map of lesson 08 shows."""
    new, changed = _new_and_changed()
    return float(new[changed].mean())


def share_of_map_true() -> float:
    """How much of that map is real change."""
    new, changed = _new_and_changed()
    return float(changed[new].mean())


def overflown_product(name: str) -> int:
    """The product of a place's codes with themselves, summed in one byte."""
    own = _codes()[_pixel(name)]
    return int(np.dot(own, own))


def whole_product(name: str) -> int:
    """The same in integers that are large enough."""
    own = _codes()[_pixel(name)].astype(int)
    return int(own @ own)


@cache
def percent_beyond_noise() -> float:
    """How much ground changed more than stable ground does, 2017 to 2024."""
    change = _cube().emb.change(2017, LATEST).values
    floor = _cube().emb.noise_floor(2017, LATEST).floor
    return 100 * float((change > floor).sum() / np.isfinite(change).sum())


@cache
def regions_planted() -> int:
    """How many of the 12 largest changes touch one that was planted."""
    noise = _cube().emb.noise_floor(2017, LATEST)
    regions = _cube().emb.change_regions(_cube().emb.change(2017, LATEST), floor=noise.floor, k=12)
    planted = null_island_truth().changes
    return sum(bool(planted.intersects(shape).any()) for shape in regions.geometry)


@cache
def group_of_the_lakes() -> int:
    """Number of the k-means group that holds most lake pixels."""
    clusters = _cube().emb.fit_clusters(8, year=LATEST, random_state=0)
    groups = _cube().emb.cluster(clusters, year=LATEST).values
    classes = _classes().sel(time=LATEST)
    lakes = groups[classes.values == classes.attrs["classes"].index("lake")]
    return int(np.bincount(lakes[lakes > 0]).argmax())


@cache
def percent_mapped_right(method: str) -> float:
    """How much of the island a classifier maps right from the points of lesson 05."""
    from embexplore.workshop.steps import step

    lesson: dict[str, Any] = {}
    step("05-4", namespace=lesson)
    classifier = _cube().emb.fit_classifier(lesson["points"], method=method, year=LATEST)
    label = _cube().emb.classify(classifier, year=LATEST).label.values
    got = np.array(["none", *classifier.classes])[label]
    return 100 * float((got == lesson["wanted"])[label > 0].mean())


@cache
def told_right(split: str) -> float:
    """How many of the points of lesson 06 their neighbors tell right from float32."""
    import geopandas as gpd

    cover = _classes().sel(time=LATEST)
    pixels = cover.to_series().rename("label").sample(600, random_state=0).reset_index()
    pixels["label"] = [cover.attrs["classes"][number] for number in pixels.label]
    points = gpd.GeoDataFrame(pixels, geometry=gpd.points_from_xy(pixels.x, pixels.y), crs=_cube().emb.crs)
    cube = _cube().sel(time=[LATEST]).compute()
    told = cube.emb.evaluate(points, codecs=["float32"], methods=["knn"], splits=[split], block=400, random_state=0)
    return float(told.accuracy.iloc[0])


@cache
def nearest_kept(codec: str) -> int:
    """How many of the 100 pixels nearest to the northern pivot field another codec finds."""
    cube = _cube().sel(time=[LATEST])
    exact, coarse = (
        np.argsort(-np.nan_to_num(each.emb.search(_vector("Pivot, north")).values.ravel(), nan=-1), kind="stable")[:100]
        for each in (cube, cube.emb.encode(codec, random_state=0))
    )
    return len(set(exact) & set(coarse))


def terabytes(bits: int) -> float:
    """One year of all land at 10 m, with so many bits for each of the 64 numbers."""
    return 149e6 * 1e6 / 100 * 64 * bits / 8 / 1e12


@cache
def flipped(codec: str) -> float:
    """Share of pixels whose change is above the floor for one codec, and not for the other."""
    return float(_cube().emb.tradeoff([codec], random_state=0).change_flipped.iloc[0])
