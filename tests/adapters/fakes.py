"""A clock to be turned by hand, and a register of a few lines."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.kit.clock import Clock
from adapters.kit.connected import ConnectedRegister
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_clock
from adapters.kit.guard import Tell
from adapters.kit.manifest import Manifest, ReadsEntry, Title
from adapters.kit.ports import CallContext
from schema.records.registered_address import AddressStatus, RegisteredAddress
from schema.terms import AdapterTier, AddressCode, GovernmentLevel, RegisterKind


@dataclass
class HandTurned:
    """Both clocks stand still until they are turned."""

    seconds: float = 1000.0

    def clock(self) -> Clock:
        """What an adapter gets."""
        start = datetime(2026, 11, 23, tzinfo=UTC)
        return Clock(now=lambda: start + timedelta(seconds=self.seconds), monotonic=lambda: self.seconds)


@dataclass
class Scripted:
    """Answers each call by the next step: an answer, an error to raise, None for no answer ever; the last repeats."""

    steps: list[Any]
    calls: list[Sequence[AddressCode]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    seconds: float = 0.0

    async def read(
        self, record_type: type[Any], subjects: Sequence[AddressCode], context: CallContext
    ) -> Mapping[Any, Any]:
        """See ``Reads.read``."""
        self.calls.append(subjects)
        step = self.steps[min(len(self.calls), len(self.steps)) - 1]
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(3600 if step is None else self.seconds)
        finally:
            self.at_once -= 1
        if isinstance(step, BaseException):
            raise step
        return step(subjects) if callable(step) else dict(step)


def address(code: AddressCode) -> RegisteredAddress:
    """A record of which nothing but the code matters."""
    return RegisteredAddress(
        code=code,
        full_text="x",
        municipality=None,
        parish=None,
        street=None,
        house=None,
        flat=None,
        postal_code=None,
        status=AddressStatus.CURRENT,
        closed_on=None,
        successor_code=None,
    )


def all_of(subjects: Sequence[AddressCode]) -> dict[AddressCode, RegisteredAddress]:
    """Everybody who was asked for."""
    return {code: address(code) for code in subjects}


def codes(count: int) -> list[AddressCode]:
    """That many different keys."""
    return [AddressCode(f"{number:09}") for number in range(count)]


def connected(
    adapter: object,
    *,
    batch_size: int = 10,
    max_concurrency: int = 8,
    timeout: float = 5.0,
    clock: Clock | None = None,
    tell: Tell | None = None,
) -> ConnectedRegister:
    """A register around an adapter."""
    manifest = Manifest(
        name="scripted",
        title=Title("lv", "en"),
        owner="owner",
        kind=RegisterKind.REST,
        level=GovernmentLevel.NATIONAL,
        tier=AdapterTier.DRAFT,
        legal_basis="none",
        source="none",
        reads={
            "RegisteredAddress": ReadsEntry(operation="find", batch_size=batch_size, fresh_for=timedelta(minutes=1))
        },
    )
    connection = Connection("http://127.0.0.1:9", timeout_seconds=timeout, max_concurrency=max_concurrency)
    return ConnectedRegister(manifest, adapter, connection, clock or a_clock(), tell)
