"""What a register call costs above the wire that carries it: processor time of this process, over the loopback.

``python -m tests.adapters.call_cost [calls]`` prints microseconds a call by the bare wire, and by the whole register with
guard, codec and mapping. The server is another process, and answers each request with its id and digest.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import uvloop
from msgspec.structs import replace

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_clock, a_context
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.recorded import filled
from adapters.kit.wire import WireReply, WireRequest
from schema.records.natural_person import NaturalPerson
from schema.records.registered_address import RegisteredAddress
from schema.records.social_assistance import SocialAssistance
from schema.terms import AtvkCode, PersonCode, Resident
from tests.adapters.codec_cost import REGISTERS, addresses, people
from tests.adapters.loopback import another_process, serve_for_others

_ANSWERS = {
    b"/natural_persons": people(1, links=1)[1],
    b"/addresses": addresses(1)[1],
    b"/social_assistance": (
        REGISTERS.parent / "municipal" / "social_assistance" / "cases" / "on-record.json"
    ).read_bytes(),
}
_REQUEST = re.compile(rb"POST (/[a-z_]+)[^\r]*\r\n.*?content-length: ([0-9]+)\r\n\r\n", re.DOTALL)


class _Server(asyncio.Protocol):
    def __init__(self) -> None:
        self._got = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        head = _REQUEST.match(self._got)
        if head is None or len(self._got) < head.end() + int(head[2]):
            return
        answer = filled(_ANSWERS[head[1]], self._got[head.end() :])
        self._got = b""
        lines = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nServer: here\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(lines % len(answer) + answer)


class _Listening:
    """A wire that remembers the last request."""

    def __init__(self, wire: Http1Wire) -> None:
        self._wire = wire
        self.last: WireRequest

    async def request(self, request: WireRequest) -> WireReply:
        """See ``Wire.request``."""
        self.last = request
        return await self._wire.request(request)


async def _cost(call: Callable[[], Awaitable[Any]], calls: int) -> float:
    best = 1e9
    for _ in range(8):
        started = time.process_time()
        for _ in range(calls):
            await call()
        best = min(best, (time.process_time() - started) / calls * 1e6)
    return best


async def _table(url: str, calls: int) -> None:
    catalog, context, [person] = discover(), a_context(600.0), people(1)[0]
    [known] = json.loads(_ANSWERS[b"/social_assistance"])["personas"]
    resident = Resident(AtvkCode("0054000"), PersonCode(known["personasKods"]))
    asked: list[tuple[str, type[Any], Any]] = [
        ("natural_persons", NaturalPerson, person),
        ("addresses", RegisteredAddress, addresses(1)[0][0]),
        ("social_assistance", SocialAssistance, resident),
    ]
    gc.collect()
    gc.freeze()
    sys.stdout.write(f"{'one record of':20}{'bare wire':>12}{'register':>12}{'above it':>12}   us\n")
    async with Http1Wire() as wire:
        for name, record_type, key in asked:
            listening = _Listening(wire)
            heard = catalog.connect(name, Connection(f"{url}/{name}"), listening, a_clock())
            assert isinstance((await heard.read(record_type, [key], context))[key], record_type)
            request = replace(listening.last, deadline=context.deadline)
            register = catalog.connect(name, Connection(f"{url}/{name}"), wire, a_clock())
            bare, whole = 1e9, 1e9
            for _ in range(3):  # By turns, since other work of the machine comes and goes.
                bare = min(bare, await _cost(partial(wire.request, request), calls))
                whole = min(whole, await _cost(partial(register.read, record_type, [key], context), calls))
            sys.stdout.write(f"{name:20}{bare:12.1f}{whole:12.1f}{whole - bare:12.1f}\n")


def main(calls: int) -> None:
    """Print the table."""
    with (
        another_process("tests.adapters.call_cost") as url,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_table(url, calls))


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve_for_others(_Server))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 500)
