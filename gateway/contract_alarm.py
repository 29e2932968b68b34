"""Tells the operator of registers that break their contract or refuse us: ``register.contract_broken`` in the log."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial

from adapters.kit.errors import Malformed, NotPermitted, Rejected, Spent
from adapters.kit.guard import Tell
from gateway import logs

QUIET_SECONDS = 300.0
"""How long the same register, operation, server and kind of trouble has no second line."""

_log = logs.get("registers")


@dataclass(slots=True)
class _Line:
    quiet_until: float
    left_out: int = 0


class ContractAlarm:
    """One for all registers.

    Args:
        monotonic: seconds that never jump.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lines: dict[tuple[str, str, Hashable, str], _Line] = {}

    def of(self, register: str) -> Tell:
        """What a register's connection tells."""
        return partial(self._told, register)

    def _told(self, register: str, operation: str, place: Hashable, error: Malformed | Rejected) -> None:
        if _is_told_elsewhere(operation, error):
            return
        kind = type(error).__name__
        now = self._monotonic()
        line = self._lines.get((register, operation, place, kind))
        if line is not None and now < line.quiet_until:
            line.left_out += 1
            return
        self._lines[register, operation, place, kind] = _Line(now + QUIET_SECONDS)
        where = {} if place is None else {"server": str(place)}
        left_out = 0 if line is None else line.left_out
        _log.warning(
            "register.contract_broken",
            register=register,
            operation=operation,
            error=kind,
            what=error.what,
            left_out=left_out,
            **where,
        )


def _is_told_elsewhere(operation: str, error: Malformed | Rejected) -> bool:
    """By ``permits.refused``; and an owner that does not take a claim, by ``delivery.rejected``, breaks no contract."""
    return isinstance(error, NotPermitted | Spent) or (operation == "deliver" and isinstance(error, Rejected))
