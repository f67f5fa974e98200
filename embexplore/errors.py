"""Every error that embexplore raises on purpose: what was given, what was expected, what to do.

Raised at the edge (cube, io, analysis' arguments, cli), never inside a core loop. The command line
prints the message alone; a traceback at the user is a defect.
"""


class EmbexploreError(Exception):
    """Base of all errors of this package; catching it catches them all."""


class InvalidInput(EmbexploreError, ValueError):
    """An argument that cannot be answered: a year the cube lacks, a vector with NaN, 63 bands."""


class NotACube(EmbexploreError):
    """A path or Dataset that does not meet the cube schema; the message names each breach."""


class CorruptChunk(EmbexploreError, OSError):
    """A stored chunk that fails its checksum, or is missing although the cube says it was written."""


class CRSMismatch(EmbexploreError):
    """Coordinate systems or grids that cannot be combined."""


class VariantMismatch(EmbexploreError):
    """Embeddings of different models, versions or quantizers, refused in one cube."""


class NoData(EmbexploreError):
    """The place lies inside the cube, but there is no value (no data, or water)."""


class OutOfBounds(EmbexploreError):
    """The place, area or bounding box lies outside the cube."""


class AlreadyExists(EmbexploreError, FileExistsError):
    """The output is already there, and overwriting was not asked for."""


class WriteFailed(EmbexploreError, OSError):
    """Writing stopped (full disk, no permission); nothing that opens as a whole cube was left."""


class SourceUnavailable(EmbexploreError, OSError):
    """A source that cannot be read: missing file, dead server, refused request."""


class MissingDependency(EmbexploreError, ImportError):
    """An optional package is needed; the message names the extra that installs it."""
