"""The views of the modes by name."""

from embexplore.ui.view.modes.base import ModeView
from embexplore.ui.view.modes.change import ChangeView
from embexplore.ui.view.modes.clusters import ClustersView
from embexplore.ui.view.modes.colors import ColorsView
from embexplore.ui.view.modes.compression import CompressionView
from embexplore.ui.view.modes.labels import LabelsView
from embexplore.ui.view.modes.similar import SimilarView

VIEWS: dict[str, type[ModeView]] = {
    kind.name: kind for kind in (SimilarView, ChangeView, ColorsView, CompressionView, ClustersView, LabelsView)
}
