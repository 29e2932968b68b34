"""What whoever runs the gateway is told of checkpoints: whether they are kept outside the store, and what to do."""

from __future__ import annotations

from typing import Any

from gateway.audit.checkpoints import ALTERED
from gateway.store.writer import Trouble

_REMEDIES = {
    ALTERED: "Keep a copy of the store and of the checkpoints, and run gateway audit verify on it.",
    "ENOSPC": "Make room where checkpoints are kept.",
    "EDQUOT": "Make room where checkpoints are kept.",
    "ENOENT": "The folder of the checkpoints is gone: mount it, or make it.",
    "EROFS": "The disk of the checkpoints can only be read: mount it to be written.",
    "EACCES": "Let the gateway's user add to the place of the checkpoints.",
}
_ANYTHING = "Look at the disk of the checkpoints; audit.checkpoint_not_kept_outside in the log says more."


def standing(trouble: Trouble | None) -> dict[str, Any]:
    """A part of readiness. Shape: ``keptOutside``; where they are not: ``since`` (ISO 8601), ``reason``, ``effect``,
    ``remedy``.
    """
    if trouble is None:
        return {"keptOutside": True}
    altered = trouble.reason == ALTERED
    effect = (
        "Nothing is signed any more; requests are answered and recorded."
        if altered
        else "Checkpoints are signed in the store alone; they are added outside once it takes them."
    )
    return {
        "keptOutside": False,
        "since": trouble.since.isoformat(timespec="seconds"),
        "reason": trouble.reason,
        "effect": effect,
        "remedy": _REMEDIES.get(trouble.reason, _ANYTHING),
    }
