"""Linear maps that come before a code, and their registry. Importing this registers them all."""

from embexplore.core.transforms import itq, rotations, subspaces  # noqa: F401 - each registers its steps
from embexplore.core.transforms.steps import Linear, fit_steps, kept_dimensions, parsed, register_step, step_names

__all__ = ["Linear", "fit_steps", "kept_dimensions", "parsed", "register_step", "step_names"]
