"""The provenance that every export carries, as plain text: what, from where, of which years, by which program."""

from collections.abc import Sequence
from importlib.metadata import version

import xarray as xr

from embexplore.cube import schema
from embexplore.cube.build import crs_of, provenance_of


def stamp(cube: xr.Dataset, *, years: Sequence[int] | None = None, description: str = "") -> dict[str, str]:
    """What an export of this cube must say about itself.

    Parameters
    ----------
    years : sequence of int, optional
        The years the export shows; all years of the cube by default.
    description : str
        What the export shows, in one sentence.

    Returns
    -------
    dict of str
        `description, source, model, version, years, quantizer, attribution, license, crs, software`;
        empty where the cube does not say.
    """
    codecs = cube.attrs[schema.ATTRS]["codecs"]
    shown = cube[schema.TIME].values if years is None else years
    return {
        "description": description,
        **provenance_of(cube).to_dict(),
        "years": ", ".join(str(int(year)) for year in shown),
        "quantizer": ", ".join(f"{variable}: {codec['name']}" for variable, codec in codecs.items()),
        "crs": crs_of(cube),
        "software": f"embexplore {version('embexplore')}",
    }
