"""Connections that are kept: who gets one, when, and what is said to who gets none."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import ExitStack
from typing import Any

import pytest

from adapters.kit import http1_wire
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_clock, a_context
from adapters.kit.errors import Unavailable
from adapters.kit.guard import Guard
from adapters.kit.host_addresses import HostAddresses
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.ports import CallContext
from adapters.kit.wire import WireReply, WireRequest
from tests.adapters.test_http1_wire import OK, always, keeping


def _request(url: str, body: bytes = b"", seconds: float = 5.0) -> WireRequest:
    return WireRequest("here", "POST", url, {}, body, time.monotonic() + seconds)


async def _unavailable(wire: Http1Wire, request: WireRequest) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await wire.request(request)
    return caught.value


async def test_one_stale_connection_ends_those_as_old_and_none_that_has_answered_since() -> None:
    ended: list[asyncio.StreamWriter] = []
    met = asyncio.get_running_loop().create_future()

    async def failing_over(body: bytes, writer: asyncio.StreamWriter) -> None:
        if body == b"last":
            met.set_result(writer)
        await asyncio.sleep(0.1 if body == b"last" else 0.01)
        if writer in ended:
            writer.transport.abort()
        else:
            writer.write(OK)

    async with keeping(failing_over) as server, Http1Wire() as wire:
        await asyncio.gather(*(wire.request(_request(server.url, b"%d" % number)) for number in range(8)))
        stale = asyncio.create_task(_unavailable(wire, _request(server.url, b"last")))
        ended.append(await met)
        assert (await wire.request(_request(server.url))).body == b"ok"
        assert (await stale).stale
        assert server.connections == 8
        for _ in range(3):
            assert (await wire.request(_request(server.url))).body == b"ok"
        assert server.connections == 8, "the one that had answered was used"
        await asyncio.gather(*(wire.request(_request(server.url)) for _ in range(2)))
        assert server.connections == 9, "the others had been dropped"


async def test_who_waits_longest_gets_the_next_connection_whoever_comes_again_at_once() -> None:
    async def quickly(body: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.002)
        writer.write(OK)

    async with keeping(quickly) as server, Http1Wire(max_connections=1) as wire:

        async def busy() -> None:
            for _ in range(20):
                await wire.request(_request(server.url, b"busy"))

        again = asyncio.create_task(busy())
        await asyncio.sleep(0)
        others = [b"%d" % number for number in range(10)]
        await asyncio.gather(*(wire.request(_request(server.url, each)) for each in others))
        await again
    assert server.bodies[:12] == [b"busy", *others, b"busy"]
    assert server.connections == 1


async def test_who_waits_for_a_connection_or_opens_one_when_the_wire_closes_was_not_sent() -> None:
    arrived = asyncio.Event()

    async def never(body: bytes, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await asyncio.sleep(1)

    async with keeping(never) as server, keeping(never) as another, keeping(never) as later:
        wire = Http1Wire(max_connections=1)
        sent = asyncio.create_task(_unavailable(wire, _request(server.url, b"sent")))
        await arrived.wait()
        waiting = [asyncio.create_task(_unavailable(wire, _request(server.url))) for _ in range(3)]
        opening = asyncio.create_task(_unavailable(wire, _request(another.url)))
        await asyncio.sleep(0)
        await wire.close()
        assert (await sent).sent
        assert not [error for error in await asyncio.gather(*waiting, opening) if error.sent]
        for url in (server.url, another.url, later.url):
            assert not (await _unavailable(wire, _request(url))).sent
    assert (server.bodies, another.bodies, later.bodies) == ([b"sent"], [], [])
    assert later.connections == 0


async def test_a_name_that_nobody_answers_for_keeps_no_other_register_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked, over = socket.getaddrinfo, list[str](), threading.Event()

    def resolved(host: str, *args: Any, **named: Any) -> Any:
        asked.append(host)
        if host == "hangs.test":
            over.wait(10)
            raise socket.gaierror(socket.EAI_AGAIN, "later")
        return found("127.0.0.1" if host == "answers.test" else host, *args, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    async with keeping(always(OK)) as server, Http1Wire() as wire:
        url = server.url.replace("127.0.0.1", "%s.test")
        try:
            late = [asyncio.create_task(_unavailable(wire, _request(url % "hangs", seconds=0.2))) for _ in range(40)]
            await asyncio.sleep(0)
            assert (await wire.request(_request(url % "answers", seconds=2))).body == b"ok"
            assert not [error for error in await asyncio.gather(*late) if error.sent]
            assert not (await _unavailable(wire, _request(url % "hangs", seconds=0.05))).sent
        finally:
            over.set()
    assert sorted(asked) == ["answers.test", "hangs.test"]


async def test_each_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(host: str, *args: Any, **named: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in ("127.0.0.2", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    async with keeping(always(OK)) as server, Http1Wire() as wire:
        assert (await wire.request(_request(server.url.replace("127.0.0.1", "two.test")))).body == b"ok"
    assert server.heads[0].split(b"\r\n")[1].startswith(b"host: two.test:")


async def test_a_name_that_is_none_is_not_sent() -> None:
    async with Http1Wire() as wire:
        for host in ("a..b", "x" * 64):
            assert not (await _unavailable(wire, _request(f"http://{host}:9/"))).sent


async def test_a_delivery_that_is_cut_before_it_has_a_connection_was_not_sent() -> None:
    async def slowly(body: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)

    async def deliver(wire: Http1Wire, url: str) -> Unavailable:
        guard = Guard("here", Connection(url, timeout_seconds=0.2), a_clock())

        async def call(context: CallContext) -> WireReply:
            return await wire.request(WireRequest("here", "POST", url, {}, b"claim", context.deadline))

        with pytest.raises(Unavailable) as caught:
            await guard.run("deliver", None, a_context(), call)
        return caught.value

    with ExitStack() as sockets:
        full = sockets.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            caller = sockets.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        async with Http1Wire() as wire:
            assert not (await deliver(wire, f"http://127.0.0.1:{full.getsockname()[1]}")).sent
    async with keeping(slowly) as server, Http1Wire(max_connections=1) as wire:
        first, second = await asyncio.gather(deliver(wire, server.url), deliver(wire, server.url))
        assert (first.sent, second.sent) == (True, False)
    assert len(server.bodies) == 1


async def test_a_silent_address_of_a_name_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1_wire, "_CONNECT_SECONDS", 0.6)

    async def both(self: HostAddresses, host: str) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr(HostAddresses, "of", both)
    async with keeping(always(OK)) as server, Http1Wire() as wire:
        with ExitStack() as sockets:
            port = int(server.url.rpartition(":")[2])
            full = sockets.enter_context(socket.socket())
            full.bind(("127.0.0.2", port))
            full.listen(0)
            for _ in range(4):
                caller = sockets.enter_context(socket.socket())
                caller.setblocking(False)
                caller.connect_ex(full.getsockname())
            assert (await wire.request(_request(server.url))).body == b"ok"
