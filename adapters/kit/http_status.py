"""What an HTTP status means for the next step, the same for SOAP and REST."""

from __future__ import annotations

from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.wire import WireReply

_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_HOW_WE_COME = frozenset({401, 403, 404, 405, 407, 421, 495, 496})
"""Credentials, permission, address: the same whatever the request says."""
_MAX_RETRY_AFTER = 3600.0


def error_of_status(register: str, reply: WireReply) -> RegisterError:
    """The error that a reply outside 2xx, with nothing usable in its body, stands for."""
    status = reply.status
    if status in _LATER or status > 504:
        return Unavailable(register, f"status {status}", retry_after=_retry_after(reply))
    if 300 <= status < 400:
        return Malformed(register, f"status {status}: it sends us elsewhere")
    if 400 <= status < 500:
        return Rejected(register, f"status {status}", ours=status in _HOW_WE_COME)
    return Malformed(register, f"status {status}")


def _retry_after(reply: WireReply) -> float | None:
    # The header may be a date as well; nobody here sends one, and guessing clocks helps nobody.
    text = reply.headers.get("retry-after", "").strip()
    return min(float(text), _MAX_RETRY_AFTER) if text.isascii() and text.isdigit() else None
