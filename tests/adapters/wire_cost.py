"""What one call costs on the wire: processor time of this process, against a server in another one.

``python -m tests.adapters.wire_cost [calls]`` prints microseconds a call for each wire, loop and number of calls at once.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

import uvloop

from adapters.kit.http1_wire import Http1Wire
from adapters.kit.httpx_wire import HttpxWire
from adapters.kit.wire import WireRequest
from tests.adapters.loopback import another_process, serve_for_others

_BODY = b"x" * 700
_ANSWER = b"y" * 1200
_LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
_WIRES: dict[str, Callable[[], Any]] = {"HttpxWire": HttpxWire, "Http1Wire": Http1Wire}


class _Server(asyncio.Protocol):
    """Answers every 700 bytes of body; the client's heads have no body's byte in them."""

    def __init__(self) -> None:
        self._got = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while (end := self._got.find(b"\r\n\r\n")) >= 0 and len(self._got) >= end + 4 + len(_BODY):
            self._got = self._got[end + 4 + len(_BODY) :]
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nServer: here\r\nContent-Length: %d\r\n\r\n"
            self._transport.write(head % len(_ANSWER) + _ANSWER)


async def _calls(wire: Any, url: str, count: int, at_once: int) -> float:
    def request() -> WireRequest:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"PersonasDati"'}
        return WireRequest("here", "POST", url, headers, _BODY, time.monotonic() + 60)

    async def one_after_another(some: int) -> None:
        for _ in range(some):
            reply = await wire.request(request())
            assert reply.status == 200
            assert len(reply.body) == len(_ANSWER)

    async with wire:
        await asyncio.gather(*(one_after_another(5) for _ in range(at_once)))
        started = time.process_time()
        await asyncio.gather(*(one_after_another(count // at_once) for _ in range(at_once)))
        return (time.process_time() - started) / (count // at_once * at_once) * 1e6


def main(count: int) -> None:
    """Print the table."""
    with another_process("tests.adapters.wire_cost") as server:
        url = f"{server}/register"
        sys.stdout.write(f"{'wire':12}{'loop':10}{'at once':>8}{'us a call':>12}\n")
        for name, wire in _WIRES.items():
            for loop, factory in _LOOPS.items():
                for at_once in (1, 8, 50):
                    with asyncio.Runner(loop_factory=factory) as runner:

                        async def measured(wire: Any = wire, at_once: int = at_once) -> float:
                            return await _calls(wire(), url, count, at_once)

                        cost = runner.run(measured())
                    sys.stdout.write(f"{name:12}{loop:10}{at_once:8}{cost:12.1f}\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve_for_others(_Server))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 2000)
