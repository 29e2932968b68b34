"""Delivers one claim to an owner that keeps its cases in a file, and dies or stands still at the step it is told."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.kit.clock import Clock
from adapters.kit.ports import CallContext, OutgoingClaim, Receipt
from gateway.claims.delivery import Worker
from gateway.store.store import Store


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class OwnerInAFile:
    """One line for each case; a message it has already makes no second one, only where it is asked under a key."""

    def __init__(self, cases: Path, dies: str, deduplicates: bool) -> None:
        self.cases = cases
        self.dies = dies
        self.deduplicates = deduplicates

    def known(self) -> list[str]:
        return self.cases.read_text().split() if self.cases.exists() else []

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        if self.dies == "before-arrival":
            die()
        if self.dies == "stands-still":
            os.kill(os.getpid(), signal.SIGSTOP)
        if not (self.deduplicates and message_id in self.known()):
            with self.cases.open("a") as file:
                file.write(message_id + "\n")
        if self.dies == "after-arrival":
            die()
        return Receipt("case")

    async def find(self, message_id: str, claim: OutgoingClaim, context: CallContext) -> Receipt | None:
        if self.dies == "while-asking":
            die()
        return Receipt("case") if message_id in self.known() else None


async def main(url: str, cases: str, register: str, dies: str, later: str) -> None:
    store = Store.open(url)
    owner = OwnerInAFile(Path(cases), dies, deduplicates=register == "social_assistance")
    after = timedelta(seconds=float(later))
    worker = Worker(store, {register: owner}, Clock(now=lambda: datetime.now(UTC) + after, monotonic=time.monotonic))
    await worker.recover()
    if dies == "before-taking":
        die()
    await worker.run_once()
    if dies == "after-all":
        die()
    store.close()


asyncio.run(main(*sys.argv[1:]))
