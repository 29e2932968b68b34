"""``gateway`` with a clock that is ahead, and with the policies of another folder: in place of the ``gateway`` module.

Both are told by the environment, :data:`DAYS` and :data:`POLICIES`. What the law has people told later takes months.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gateway.clock
from adapters.kit.clock import Clock
from policies.kit import folders

DAYS, POLICIES = "AHEAD_DAYS", "AHEAD_POLICIES"


def main() -> None:
    """Run the command that was asked for."""
    days = float(os.environ[DAYS])

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(days=days)

    gateway.clock.utc_now = now
    gateway.clock.epoch_seconds = lambda: time.time() + days * 86_400
    gateway.clock.CLOCK = Clock(now=now, monotonic=time.monotonic)
    folders.CHECKOUT = Path(os.environ[POLICIES])
    # Only now: whoever is imported before has the clock of the machine.
    from gateway.cli import main as run

    run()


if __name__ == "__main__":
    main()
