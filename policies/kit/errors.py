"""What stops policies from loading."""

from __future__ import annotations

from pathlib import Path


class PolicyError(Exception):
    """A policy file does not hold; nothing of the set is used.

    Args:
        file: the file, or the folder where a file is missing.
        line: 1 for the first line; the nearest line that is known.
        reason: what is wrong and, where that is not obvious, what would be right.
    """

    def __init__(self, file: Path, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason
