"""The modes by name, in the order of the header."""

from embexplore.ui.modes.base import Mode
from embexplore.ui.modes.change import Change
from embexplore.ui.modes.clusters import Clusters
from embexplore.ui.modes.colors import Colors
from embexplore.ui.modes.compression import Compression
from embexplore.ui.modes.labels import Labels
from embexplore.ui.modes.similar import Similar

MODES: dict[str, type[Mode]] = {
    "similar": Similar,
    "change": Change,
    "colors": Colors,
    "compression": Compression,
    "clusters": Clusters,
    "labels": Labels,
}
