"""What long work reports to its caller."""

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what)."""
Say = Callable[[str], None]
"""Told one sentence at a time."""
