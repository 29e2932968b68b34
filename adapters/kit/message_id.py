"""Ids of messages: no two alike, and none that another process could guess."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from itertools import count


class _Ids:
    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        # 96 bits of chance for each process; the system is not asked again for each message.
        self._prefix = secrets.token_hex(12)
        self._numbers: Iterator[int] = count()

    def new(self) -> str:
        """Thirty-two hexadecimal digits."""
        return f"{self._prefix}{next(self._numbers):08x}"


new_message_id = _Ids().new
