"""What whoever runs the gateway is told of a store that takes nothing: since when, why, and what to do."""

from __future__ import annotations

from typing import Any

from gateway.store.writer import Trouble

_REMEDIES = (
    ("SQLITE_FULL", "Make room on the disk of the store."),
    (
        "SQLITE_READONLY",
        "The store's file or its disk can only be read: look for errors of the disk, mount it to be written, check"
        " owner and mode.",
    ),
    (
        "SQLITE_BUSY",
        "Another process holds the store: end it (an open sqlite3, a backup). The gateway goes on by itself.",
    ),
    (
        "SQLITE_CANTOPEN",
        "The store's file or its folder is gone, or may not be opened: mount the disk, check owner and mode.",
    ),
    (
        "SQLITE_IOERR",
        "The disk does not keep what is written: look into the system's log, make room, mount it to be written, or move"
        " the store to another disk.",
    ),
)
_ANYTHING = "Run gateway doctor, and look for store.write_failed in the log."


def standing(trouble: Trouble | None) -> dict[str, Any]:
    """A part of readiness. Shape: ``takesWrites``; where it does not: ``since`` (ISO 8601), ``reason``, ``effect``,
    ``remedy``.
    """
    if trouble is None:
        return {"takesWrites": True}
    return {
        "takesWrites": False,
        "since": trouble.since.isoformat(timespec="seconds"),
        "reason": trouble.reason,
        "effect": "No claim is accepted and no personal data released; public fields are answered.",
        "remedy": f"{remedy(trouble.reason)} The gateway goes on by itself.",
    }


def remedy(reason: str) -> str:
    """What whoever runs the gateway can do, by the engine's name for what is wrong."""
    return next((what for name, what in _REMEDIES if reason.startswith(name)), _ANYTHING)
