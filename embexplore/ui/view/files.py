"""Names of files that are free: nothing that lies there is overwritten."""

from pathlib import Path


def free(path: Path) -> Path:
    """The path, or the same with a number before its endings where something lies there."""
    endings = "".join(path.suffixes)
    number, found = 2, path
    while found.exists():
        found = path.with_name(f"{path.name.removesuffix(endings)}-{number}{endings}")
        number += 1
    return found
