"""What is printed arrives whole. Standard library only, since every command begins here.

Where ``PYTHONUNBUFFERED`` is set, as in many containers, Python prints to the file itself: that takes as much as a pipe
has room for at once, says how much it was, and nobody writes the rest.
"""

from __future__ import annotations

import io
import sys
from typing import TextIO


class _Whole(io.BufferedWriter):
    """Nothing waits in it, as in what it stands for; and what is taken in part is written on."""

    stands_for: TextIO
    """Held: it would close the file if it went."""

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]  # of bytes alone
        size = super().write(data)
        self.flush()
        return size


def take_over() -> None:
    """For the whole process, from its first line on."""
    sys.stdout, sys.stderr = _whole(sys.stdout), _whole(sys.stderr)


def _whole(stream: TextIO) -> TextIO:
    raw = getattr(stream, "buffer", None)
    if not isinstance(raw, io.RawIOBase):
        return stream
    whole = _Whole(raw)
    whole.stands_for = stream
    return io.TextIOWrapper(whole, stream.encoding, stream.errors, write_through=True)
