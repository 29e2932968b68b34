"""Owners' systems for tests of delivery: small, scripted, and they remember."""

from __future__ import annotations

from datetime import datetime

from adapters.kit.clock import Clock
from adapters.kit.errors import Rejected
from adapters.kit.ports import CallContext, OutgoingClaim, Receipt
from gateway.claims.outbox import Route
from schema.terms import DeliveryStrategy
from tests.claims.world import later

LOOKUP = Route("education", DeliveryStrategy.LOOKUP_BEFORE_RESEND)
MANUAL = Route("vzd", DeliveryStrategy.MANUAL)
SAFE = Route("social_assistance", DeliveryStrategy.IDEMPOTENCY_KEY)

Step = Receipt | Exception


class Owner:
    """An owner's system: does what its script says, and remembers. ``keeps``: a failing call arrived all the same."""

    def __init__(self, *script: Step, keeps: bool = False) -> None:
        self.script = list(script)
        self.keeps = keeps
        self.follow_script: list[Step] = []
        self.cases: dict[str, int] = {}
        self.calls: list[tuple[str, str]] = []
        self.seen: list[tuple[OutgoingClaim, CallContext]] = []

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        self.calls.append(("deliver", message_id))
        self.seen.append((claim, context))
        step = self.script.pop(0) if self.script else Receipt(f"case-{message_id}")
        if isinstance(step, Receipt) or self.keeps:
            self.cases[message_id] = self.cases.get(message_id, 0) + 1
        if isinstance(step, Exception):
            raise step
        return step

    async def find(self, message_id: str, claim: OutgoingClaim, context: CallContext) -> Receipt | None:
        self.calls.append(("find", message_id))
        return Receipt(f"case-{message_id}") if message_id in self.cases else None

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]


class Following(Owner):
    """Also takes answers and withdrawals."""

    async def follow(
        self, kind: str, reference: str | None, claim: OutgoingClaim, message_id: str, context: CallContext
    ) -> Receipt:
        """A message that it has is refused, as by owners that know no keys."""
        self.calls.append((str(kind), message_id))
        if message_id in self.cases:
            raise Rejected("r", "it is there")
        step = self.follow_script.pop(0) if self.follow_script else Receipt(reference or "")
        if isinstance(step, Receipt) or self.keeps:
            self.cases[message_id] = 1
        if isinstance(step, Exception):
            raise step
        return step


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def clock(self) -> Clock:
        return Clock(now=self.now, monotonic=lambda: self.seconds)

    def now(self) -> datetime:
        return later(self.seconds)
