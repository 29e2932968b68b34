"""A register that is held back by hand, and a memory in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.kit.connected import ConnectedRegister
from adapters.kit.manifest import Manifest
from adapters.kit.ports import CallContext
from gateway.cache.redis_shelf import SharedRecords
from gateway.cache.register import CachedRegister
from gateway.cache.shelf import Shelf
from schema.records.registered_address import RegisteredAddress
from schema.terms import AddressCode
from tests.adapters.fakes import HandTurned, all_of, connected

SECONDS = 60.0


@dataclass
class Gate:
    """Answers by ``say`` once it is opened: an answer, or an error to raise; by itself everybody is on record."""

    say: Callable[[Sequence[Any], CallContext], Mapping[Any, Any]] = lambda keys, context: all_of(keys)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[tuple[Sequence[Any], str]] = field(default_factory=list)
    """Keys and user of each call."""
    name: str = "scripted"
    route: str = "DIRECT"
    manifest: Manifest = field(default_factory=lambda: connected(None).manifest)

    async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        """See ``ConnectedRegister.read``."""
        self.calls.append((list(keys), context.user))
        await self.is_open.wait()
        return self.say(keys, context)


def opened(say: Callable[[Sequence[Any], CallContext], Mapping[Any, Any]] | None = None) -> Gate:
    """A register that answers at once."""
    gate = Gate() if say is None else Gate(say)
    gate.is_open.set()
    return gate


def remembering(
    register: Gate | ConnectedRegister, time: HandTurned, *, most: int = 1000, shared: SharedRecords | None = None
) -> CachedRegister:
    """A memory of addresses in front of a register."""
    clock = time.clock()
    shelf = None if shared is None else shared.shelf(register.name, RegisteredAddress)
    return CachedRegister(register, RegisteredAddress, Shelf(most, clock.monotonic), SECONDS, shelf, clock)


def asked_by(user: str, time: HandTurned, seconds: float = 5.0) -> CallContext:
    """A request of a user's that is worth something for so long."""
    return CallContext("request", "issue", user, "self", None, time.seconds + seconds)


async def ask(register: CachedRegister, time: HandTurned, *codes: AddressCode, user: str = "anna") -> dict[Any, Any]:
    """Read addresses as a user."""
    return await register.read(RegisteredAddress, codes, asked_by(user, time))


def held(register: CachedRegister, keys: Sequence[Any]) -> dict[Any, Any] | None:
    """What it answers without waiting, however old."""
    found = register.held(RegisteredAddress, keys, 0.0)
    return None if found is None else found[0]


async def turns(count: int = 5) -> None:
    """Let everybody go on until they wait."""
    for _ in range(count):
        await asyncio.sleep(0)
