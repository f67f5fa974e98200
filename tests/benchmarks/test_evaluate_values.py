"""What codecs cost a regression on 2,880 real points: Sentinel-1's backscatter and the share of trees, told from vectors."""

from pathlib import Path

import numpy as np
import pytest

import embexplore as ex

pytestmark = [pytest.mark.bench, pytest.mark.real, pytest.mark.timeout(1800)]

CODECS = ("float32", "int8", "int4", "rotate+int4", "int2", "pca+near2", "opq16", "binary", "pca+near1", "opq8")
TARGETS = {"S1_VV": "backscatter VV, dB", "S1_VH": "backscatter VH, dB", "trees": "Dynamic World's trees, 0 to 1"}
BLOCK = 5000
"""Meters, as in test_evaluate.py."""


def test_what_every_codec_costs_measured_values_of_real_points(real_data: Path, capsys):
    import geopandas as gpd
    import pandas as pd

    points = pd.read_parquet(real_data / "aef_points_4regions_2024_s1_dynamicworld.parquet")
    vectors = ex.make_codec("alphaearth").decode(np.stack(points["embedding"].to_numpy()).astype(np.int8))
    places = gpd.GeoDataFrame(geometry=gpd.points_from_xy(points.longitude, points.latitude), crs="EPSG:4326")
    blocks = ex.spatial_groups(places, BLOCK)
    given = {"codecs": CODECS, "groups": blocks, "random_state": 0}
    tables = [
        ex.evaluate_values(vectors, points[name], **given).assign(target=words) for name, words in TARGETS.items()
    ]
    table = pd.concat(tables, ignore_index=True)
    chance = ex.evaluate_values(
        vectors, np.random.default_rng(0).permutation(points["S1_VV"]), **given | {"codecs": ["float32"]}
    )
    with capsys.disabled():
        for (target, method, split), part in table.groupby(["target", "method", "split"], sort=False):
            print(f"\n{target}; {method}, {split}: R²")
            for row in part.itertuples():
                lost = f"lost {row.r2_lost:.3f} [{row.r2_lost_low:.3f}, {row.r2_lost_high:.3f}]"
                numbers = f"{row.r2:.3f} [{row.r2_low:.3f}, {row.r2_high:.3f}]"
                print(f"{row.codec:>12} {row.bytes_per_pixel:5.0f} B   {numbers}   {lost}")
        print(f"\nValues shuffled: R² {chance.r2.min():.3f} to {chance.r2.max():.3f}")
    assert (chance.r2_low < 0).all()
    exact = table[table.codec == "float32"].pivot_table("r2", ["target", "method"], "split")
    assert (exact["random"] > exact["spatial"]).all()
