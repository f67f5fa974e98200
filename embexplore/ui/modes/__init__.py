"""What can be asked of a cube on the map, one file a question, in the order of the header."""

from embexplore.ui.modes.base import Layer, Legend, Mode, Painted, Swatch

__all__ = ["Layer", "Legend", "Mode", "Painted", "Swatch"]
