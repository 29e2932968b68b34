"""A simulated DAGR on a port of its own, and the gateway's way to it, at a time that tests turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from adapters.kit.catalog import Catalog, discover
from adapters.kit.clock import Clock
from adapters.kit.connection import Connection
from adapters.kit.dagr import Permit
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.ports import CallContext
from adapters.kit.wire import Wire, WireReply, WireRequest
from adapters.sandbox.desks.employment import Agency
from adapters.sandbox.desks.employment_dagr import employment_dagr
from adapters.sandbox.server import Server, app_of, config, listen
from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.model import World
from adapters.sandbox.world.permissions import BY_PURPOSE
from gateway.desk.permitted import PermittedRegister, Under
from schema.records.employment import EmploymentRecord
from schema.terms import ClaimTypeCode, PersonCode

TODAY = date(2026, 11, 23)
CONTRACT = Path(__file__).parents[2] / "adapters" / "registers" / "employment_dagr" / "contract"
HOUSING, GMI = ClaimTypeCode("housing-benefit"), ClaimTypeCode("guaranteed-minimum-income")
ANNA = PersonCode("39100000011")
READ, LISTED = "nva_person_status_by_key", "current_user_permissions"
THOSE_THAT_HOLD = {purpose: Permit(each.number, each.purpose) for purpose, each in BY_PURPOSE.items()}


@cache
def catalog() -> Catalog:
    """The adapters, read once."""
    return discover()


@cache
def world() -> World:
    """A small world."""
    return build_world((), TODAY, total=100)


@dataclass
class Time:
    """The time of register and gateway."""

    gone: timedelta = timedelta(0)

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 10, 0, tzinfo=UTC) + self.gone

    def monotonic(self) -> float:
        return time.monotonic() + self.gone.total_seconds()

    def clock(self) -> Clock:
        return Clock(now=self.now, monotonic=self.monotonic)


@dataclass
class Heard:
    """A wire that remembers what went over it."""

    wire: Wire
    requests: list[WireRequest] = field(default_factory=list)

    async def request(self, request: WireRequest) -> WireReply:
        """See ``Wire.request``."""
        self.requests.append(request)
        return await self.wire.request(request)

    def calls(self) -> dict[str, int]:
        """How often each operation was called."""
        listed = sum(each.url.endswith(LISTED) for each in self.requests)
        return {READ: len(self.requests) - listed, LISTED: listed}


@dataclass
class Way:
    """The gateway's side."""

    register: PermittedRegister
    heard: Heard
    time: Time
    http: httpx.AsyncClient

    async def read(self, claim_type: ClaimTypeCode | None = HOUSING, *people: PersonCode) -> Any:
        """What is known of Anna, or of these people by their code."""
        context = CallContext(
            request_id="r",
            issue="demo-1",
            user="39100000099",
            purpose="self" if claim_type is None else claim_type.text,
            represented_party=None,
            deadline=self.time.monotonic() + 5,
        )
        keys = [Under(each, claim_type) for each in people or (ANNA,)]
        found = await self.register.read(EmploymentRecord, keys, context)
        return {each.key.digits: value for each, value in found.items()} if people else found.get(keys[0])

    async def fault(self, fault: str | None, **more: Any) -> None:
        """Set a fault, or clear them."""
        order = {"register": "employment_dagr", "fault": fault, **more}
        (await self.http.post("/_control", json=order)).raise_for_status()


@asynccontextmanager
async def way(permits: Mapping[str, Permit]) -> AsyncIterator[Way]:
    """DAGR and a way to it with these permissions."""
    at = Time()
    desk = employment_dagr(Agency(world(), lambda: TODAY), CONTRACT, lambda: TODAY, at.now)
    app = app_of([desk])
    with listen("127.0.0.1", 0) as listening:
        listening.listen()  # Who connects before the server runs waits for it.
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = Server(config(app))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            async with httpx.AsyncClient(base_url=url, timeout=5, trust_env=False) as http, Http1Wire() as wire:
                heard = Heard(wire)
                connection = Connection(f"{url}/employment_dagr", permits=permits, token="canary-token")
                register = catalog().connect("employment_dagr", connection, heard, at.clock())
                yield Way(PermittedRegister(register, None, at.clock()), heard, at, http)
        finally:
            server.stop()
            await task
            app.control.close()
