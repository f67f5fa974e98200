"""What codecs cost the classes of 2,880 real points: accuracy and the worst class, dealt at random, by block and by region."""

from pathlib import Path

import numpy as np
import pytest

import embexplore as ex

pytestmark = [pytest.mark.bench, pytest.mark.real, pytest.mark.timeout(1800)]

CODECS = (
    "float32",
    "float16",
    "int8",
    "int4",
    "rotate+int4",
    "pca32+int8",
    "int3",
    "int2",
    "rotate+int2",
    "lloyd2",
    "turbo2",
    "pca16+int8",
    "pca+water2",
    "pca+near2",
    "pq16",
    "opq16",
    "ternary",
    "rabitq",
    "binary",
    "binary-median",
    "rotate+binary",
    "itq+binary",
    "pca8+int8",
    "pca+water1",
    "pca+near1",
    "pq8",
    "opq8",
    "rvq8",
)
CLASSES = ("water", "trees", "grass", "flooded", "crops", "shrub", "built", "bare", "snow")
BLOCK = 5000
"""Meters. Neighbors within are much alike; there are 788 such blocks with points."""
METHODS = ("knn", "linear")
BITS = ("binary", "binary-median", "rotate+binary", "itq+binary")
"""Compared by Hamming distance as `knn`, and once more after decoding; for all others that is the same."""


@pytest.fixture(scope="module")
def table(real_data: Path):
    import geopandas as gpd
    import pandas as pd

    points = pd.read_parquet(real_data / "aef_points_4regions_2024_s1_dynamicworld.parquet")
    vectors = ex.make_codec("alphaearth").decode(np.stack(points["embedding"].to_numpy()).astype(np.int8))
    labels = np.array(CLASSES)[points["dw_label"]]
    places = gpd.GeoDataFrame(geometry=gpd.points_from_xy(points.longitude, points.latitude), crs="EPSG:4326")
    blocks = ex.spatial_groups(places, BLOCK)
    given = {"codecs": CODECS, "methods": METHODS, "drawn": blocks, "random_state": 0}
    decoded = given | {"codecs": BITS, "methods": ["knn-decoded"]}
    near = [ex.evaluate(vectors, labels, groups=blocks, **each) for each in (given, decoded)]
    far = [
        ex.evaluate(vectors, labels, groups=points["region"], splits=["spatial"], **each) for each in (given, decoded)
    ]
    chance = ex.evaluate(
        vectors,
        np.random.default_rng(0).permutation(labels),
        groups=blocks,
        codecs=["float32", "binary"],
        methods=["knn", "linear"],
    )
    return pd.concat([*near, *(each.assign(split="region") for each in far)], ignore_index=True), chance


def test_what_every_codec_costs_the_classes_of_real_points(table, capsys):
    found, chance = table
    with capsys.disabled():
        print("\n", *(_lines(found, method) for method in found.method.unique()), sep="\n")
        print("\nCodecs whose worst class has lost F1 for certain (one of 40 that lose nothing looks so by chance):")
        print(*(_broken(part, *key) for key, part in found.groupby(["method", "split"], sort=False)), sep="\n")
        print(
            f"\nLabels shuffled: accuracy {chance.accuracy.min():.3f} to {chance.accuracy.max():.3f}; chance is 0.111."
        )
    by_split = found[found.codec == "float32"].pivot_table("accuracy", "method", "split")
    assert (by_split["random"] > by_split["spatial"]).all()
    assert (by_split["spatial"] > by_split["region"]).all()
    # Nine classes of 320 points; shuffling one label leaves 319 of its class: five standard errors of 2,880 draws.
    assert (np.abs(chance.accuracy - 1 / 9) < 5 * np.sqrt(1 / 9 * 8 / 9 / 2880)).all()


def _lines(found, method: str) -> str:
    """Accuracy with its interval, the worst class, and McNemar's p, a column a split."""
    splits = list(dict.fromkeys(found.split))
    lines = [f"{method:>14}   bytes   " + "".join(f"{split:<68}" for split in splits)]
    for codec in found[found.method == method].codec.unique():
        rows = [found[(found.codec == codec) & (found.method == method) & (found.split == split)] for split in splits]
        told = "".join(f"{_told(row.iloc[0]):<68}" for row in rows)
        lines.append(f"{codec:>14}   {rows[0].bytes_per_pixel.iloc[0]:5.0f}   {told}")
    return "\n".join(lines) + "\n"


def _told(row) -> str:
    return (
        f"{row.accuracy:.3f} [{row.accuracy_low:.3f}, {row.accuracy_high:.3f}] p {row.mcnemar_p:.1g}, "
        f"{row.worst_class} {row.worst_f1:.2f} ({0 - row.worst_f1_lost:+.2f} [{0 - row.worst_f1_lost_high:+.2f}, {0 - row.worst_f1_lost_low:+.2f}])"
    )


def _broken(part, method: str, split: str) -> str:
    """The codecs whose worst class has lost F1 for certain (the 95 % interval of the loss lies above 0), by bytes."""
    told = []
    for size, rows in part.groupby("bytes_per_pixel", sort=True):
        lost = rows.codec[rows.worst_f1_lost_low > 0]
        told.append(f"{size:g} B {len(lost)} of {len(rows)}" + (f" ({', '.join(lost)})" if len(lost) else ""))
    return f"{method:>12}, {split:<8} {'; '.join(told)}"
