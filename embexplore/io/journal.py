"""The journal of an unfinished write: what is on disk for certain, line by line, beside the cube.

The first line says which write this is. Each further line is one finished window with the SHA-256 of
every file of it (a checksum at the end of a file would make the CRC of all files equal); the last one
says that the commit began. A line counts once its newline is there: a torn line is cut off on resume.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from embexplore.errors import WriteFailed

VERSION = 1


@dataclass
class Journal:
    """An open, locked journal.

    Attributes
    ----------
    path : Path
    header : dict
        Empty where the journal is new.
    entries : dict
        Finished windows by key.
    commit : str or None
        SHA-256 of the root metadata that was about to be put in place.
    """

    path: Path
    file: Any
    header: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    commit: str | None = None

    @classmethod
    def open(cls, path: Path) -> "Journal":
        """The journal at `path`, created empty where there is none; WriteFailed while another process holds it."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("a+b")
        except OSError as error:
            raise WriteFailed(f"{path}: cannot be written ({error.strerror}). Choose another place.") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise WriteFailed(
                f"{path}: another process is writing this cube. Wait for it, or stop it, then try again."
            ) from None
        journal = cls(path, file)
        journal._load()
        return journal

    def _load(self) -> None:
        self.file.seek(0)
        good = 0
        for line in self.file.read().splitlines(keepends=True):
            if not line.endswith(b"\n"):
                break
            try:
                told = json.loads(line)
            except ValueError:
                break
            good += len(line)
            if "version" in told:
                self.header = told
            elif "commit" in told:
                self.commit = told["commit"]
            else:
                self.entries[told["window"]] = told
        self.file.truncate(good)

    def start(self, header: Mapping[str, Any]) -> None:
        """Begin anew: forget what was there."""
        self.file.truncate(0)
        self.header, self.entries, self.commit = {"version": VERSION, **header}, {}, None
        self._append(self.header)

    def add(self, window: str, entry: Mapping[str, Any]) -> None:
        """Note a finished window, whose files are already safe on disk."""
        self.entries[window] = {"window": window, **entry}
        self._append(self.entries[window])

    def begin_commit(self, digest: str) -> None:
        """Note that everything is written and the root metadata with this SHA-256 comes next."""
        self.commit = digest
        self._append({"commit": digest})

    def remove(self) -> None:
        """The write is done."""
        self.path.unlink(missing_ok=True)

    def _append(self, told: Mapping[str, Any]) -> None:
        try:
            self.file.write(json.dumps(told).encode() + b"\n")
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError as error:
            raise WriteFailed(f"{self.path}: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
