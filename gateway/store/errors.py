"""What can go wrong with the store, named by what happens next."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations


class StoreError(Exception):
    """Something about the store. No message holds a value of a row, and none has a cause: a driver's error may."""


class StoreUnavailable(StoreError):
    """The store did not take or give anything: disk full, read-only, locked, closed. Nothing of the job was kept.

    Args:
        said: what is so.
        reason: the engine's name for it (``SQLITE_FULL``), where it has one.
    """

    def __init__(self, said: str, reason: str = "") -> None:
        super().__init__(f"{said} ({reason})" if reason else said)
        self.reason = reason


class StoreUnusable(StoreError):
    """The store cannot be opened as it is; an operator has to act. The message says what is wrong."""
