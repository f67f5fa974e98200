"""Natural cover: forest on the hills, wetland by slow water, beach on the coast, grass elsewhere."""

import numpy as np
from numpy.typing import NDArray

from embexplore.io.sources.island.kinds import Kind
from embexplore.io.sources.island.noise import fractal, octaves
from embexplore.io.sources.island.survey import Map, Survey

Axis = NDArray[np.float64]


def shoreline(survey: Survey, y: Axis, x: Axis) -> Map:
    """How far inland each position lies (0 on the coast), with the detail that the coarse grid lacks."""
    frame = survey.frame
    inland = frame.sample(survey.inland, y[:, None], x[None, :])
    if frame.step > 1:
        inland = inland + 0.9 / frame.size * frame.step * fractal(
            frame.key("shore"), y, x, [2.5 * frame.step, 1.3 * frame.step]
        )
    return inland


def natural(survey: Survey, y: Axis, x: Axis) -> NDArray[np.uint8]:
    """Kinds of surface at `y (rows,)` by `x (columns,)` as they would be without people or rivers."""
    frame, g = survey.frame, survey.frame.growth
    inland = shoreline(survey, y, x)
    range_, coast, river, lake = (
        frame.sample(layer, y[:, None], x[None, :])
        for layer in (survey.range_, survey.coast, survey.river, survey.lake)
    )
    rough = fractal(frame.key("cover"), y, x, [34 * g, 15 * g, 7.0], gain=0.6)
    woods = fractal(frame.key("woods"), y, x, [30 * g, 12 * g, 6.0], gain=0.55)
    tall = float(survey.z.max())
    height = frame.sample(survey.z, y[:, None], x[None, :]) / tall
    kinds = np.where(range_ + 0.16 * rough > 0.30, Kind.FOREST, Kind.GRASS)
    kinds = np.where(range_ + 0.14 * woods > 0.80, Kind.CONIFER, kinds)
    kinds = np.where((kinds == Kind.GRASS) & (woods > 1.35), Kind.FOREST, kinds)
    kinds = np.where((height + 0.05 * rough > 0.86) & (woods < 0.35), Kind.ROCK, kinds)
    kinds = np.where((kinds == Kind.FOREST) & (woods < -1.3), Kind.SCRUB, kinds)
    marsh = np.minimum(np.maximum(0.4 * coast - 3, 1.3 * river), 1.5 * lake) + 2.0 * g * rough
    kinds = np.where((marsh < 5.0 * g) & (range_ < 0.35), Kind.WETLAND, kinds)
    kinds = np.where((coast + 1.1 * rough < 2.4) & (range_ < 0.75), Kind.BEACH, kinds)
    return np.where(inland > 0, kinds, Kind.SEA).astype(np.uint8)


def fertility(survey: Survey) -> Map:
    """A coarse map, positive where land is worth farming: low, gentle, away from coast, marsh and woods."""
    frame, g, at = survey.frame, survey.frame.growth, survey.frame.centers
    woods = fractal(frame.key("woods"), at, at, [30 * g, 12 * g, 6.0], gain=0.55)
    rough = fractal(frame.key("farms"), at, at, octaves(50 * g, 20.0))
    worth = np.minimum(0.28 - survey.range_ + 0.07 * rough, (survey.coast - 6) / 30)
    worth = np.minimum(worth, (1.25 - woods) / 3)
    worth = np.minimum(worth, (survey.lake - 5 * g) / 20)
    return np.where(survey.land, worth, -1.0)
