"""Change: what changed between two years, beyond the usual noise."""

from embexplore.ui.modes.base import Mode


class Change(Mode):
    """What changed between two years, beyond the usual noise."""

    title = "Change"
    result = "change"
