"""Each wire over real sockets: bounded in time and size, sent nowhere else, and silent."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import time

import pytest

from adapters.kit.contract_test import assert_says_nothing
from adapters.kit.errors import Malformed, RegisterError, Unavailable
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.httpx_wire import HttpxWire
from adapters.kit.wire import WireReply, WireRequest
from tests.adapters.loopback import saying, serving

SECRET = "CANARY-39199999999"
NewWire = type[Http1Wire] | type[HttpxWire]


@pytest.fixture(params=[Http1Wire, HttpxWire])
def new_wire(request: pytest.FixtureRequest) -> NewWire:
    """Every test runs over both."""
    made: NewWire = request.param
    return made


def _request(url: str, seconds: float = 5.0, max_bytes: int = 10_000) -> WireRequest:
    return WireRequest(
        register="here",
        method="POST",
        url=url,
        headers={"X-Road-UserId": SECRET},
        body=SECRET.encode(),
        deadline=time.monotonic() + seconds,
        max_bytes=max_bytes,
    )


async def _ask(new_wire: NewWire, request: WireRequest) -> WireReply:
    async with new_wire() as wire:
        return await wire.request(request)


async def _fails(new_wire: NewWire, request: WireRequest) -> RegisterError:
    with pytest.raises(RegisterError) as caught:
        await _ask(new_wire, request)
    assert_says_nothing(caught.value, frozenset({SECRET, request.url}))
    return caught.value


async def test_a_whole_answer_comes_back_whatever_its_status(new_wire: NewWire) -> None:
    for status in (200, 404, 503):
        async with serving(saying(f"{status} Said\r\nRetry-After: 7", b"hello")) as server:
            reply = await _ask(new_wire, _request(server.url))
        assert (reply.status, reply.body, reply.headers["retry-after"]) == (status, b"hello", "7")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["http", "file"])
async def test_a_redirect_is_never_followed(new_wire: NewWire, status: int, target: str) -> None:
    async with serving(saying("200 OK")) as canary:
        where = canary.url if target == "http" else "file:///etc/hostname"
        async with serving(saying(f"{status} Elsewhere\r\nLocation: {where}/stolen")) as server:
            reply = await _ask(new_wire, _request(server.url))
        assert reply.status == status
        assert reply.body == b""
        assert not canary.heads


async def test_a_cookie_is_never_sent_back(new_wire: NewWire) -> None:
    async with serving(saying("200 OK\r\nSet-Cookie: id=1; Path=/")) as server, new_wire() as wire:
        await wire.request(_request(server.url))
        await wire.request(_request(server.url))
    assert len(server.heads) == 2
    assert not [head for head in server.heads if b"cookie" in head.lower()]


async def test_a_proxy_of_the_environment_is_not_used(new_wire: NewWire, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(saying("200 OK")) as proxy, serving(saying("200 OK", b"direct")) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        assert (await _ask(new_wire, _request(server.url))).body == b"direct"
    assert not proxy.heads


async def test_no_connection_is_unavailable_and_not_sent(new_wire: NewWire) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = await _fails(new_wire, _request(f"http://127.0.0.1:{taken.getsockname()[1]}"))
    assert isinstance(error, Unavailable)
    assert not error.sent


async def test_an_address_that_is_none_is_unavailable_and_not_sent(new_wire: NewWire) -> None:
    for url in ("ftp://127.0.0.1/", "http://", "nothing"):
        error = await _fails(new_wire, _request(url))
        assert isinstance(error, Unavailable)
        assert not error.sent


async def test_a_broken_connection_may_have_arrived(new_wire: NewWire) -> None:
    async def nothing(writer: asyncio.StreamWriter) -> None:
        pass

    for answers in (nothing, saying("200 OK\r\nContent-Length: 100", b"half"), saying("garbage")):
        async with serving(answers) as server:
            error = await _fails(new_wire, _request(server.url))
        assert isinstance(error, Unavailable)
        assert error.sent


async def test_the_deadline_is_for_the_whole_answer_and_not_for_each_byte(new_wire: NewWire) -> None:
    async def slowly(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with serving(slowly) as server:
        started = time.monotonic()
        error = await _fails(new_wire, _request(server.url, seconds=0.3))
    assert isinstance(error, Unavailable)
    assert time.monotonic() - started < 1


async def test_a_deadline_that_is_over_costs_no_wait(new_wire: NewWire) -> None:
    async with serving(saying("200 OK")) as server:
        assert isinstance(await _fails(new_wire, _request(server.url, seconds=-1)), Unavailable)


async def test_an_answer_that_is_too_large_is_malformed(new_wire: NewWire) -> None:
    async with serving(saying("200 OK", b"x" * 10_001)) as server:
        assert isinstance(await _fails(new_wire, _request(server.url)), Malformed)
    async with serving(saying("200 OK", b"x" * 10_000)) as server:
        assert len((await _ask(new_wire, _request(server.url))).body) == 10_000


async def test_a_compressed_answer_is_counted_after_decompression(new_wire: NewWire) -> None:
    bomb = gzip.compress(b"0" * 64 * 1024 * 1024)
    async with serving(saying("200 OK\r\nContent-Encoding: gzip", bomb)) as server:
        assert isinstance(await _fails(new_wire, _request(server.url)), Malformed)
    async with serving(saying("200 OK\r\nContent-Encoding: gzip", gzip.compress(b"small"))) as server:
        assert (await _ask(new_wire, _request(server.url))).body == b"small"


@pytest.mark.parametrize("size", [1, 262_143, 262_144, 262_145, 524_288, 786_432])
@pytest.mark.parametrize("unit", [b"0", b"0123456789abcdef"])
async def test_a_compressed_answer_that_is_inflated_in_pieces_is_whole(
    new_wire: NewWire, size: int, unit: bytes
) -> None:
    content = (unit * size)[:size]
    async with serving(saying("200 OK\r\nContent-Encoding: gzip", gzip.compress(content))) as server:
        assert (await _ask(new_wire, _request(server.url, max_bytes=size))).body == content
        assert isinstance(await _fails(new_wire, _request(server.url, max_bytes=size - 1)), Malformed)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
async def test_an_encoding_that_was_not_asked_for_is_malformed(new_wire: NewWire, encoding: str) -> None:
    async with serving(saying(f"200 OK\r\nContent-Encoding: {encoding}", b"x")) as server:
        assert isinstance(await _fails(new_wire, _request(server.url)), Malformed)


async def test_a_compressed_answer_that_stops_early_is_unavailable(new_wire: NewWire) -> None:
    half = gzip.compress(b"hello" * 100)[:20]
    async with serving(saying("200 OK\r\nContent-Encoding: gzip", half)) as server:
        assert isinstance(await _fails(new_wire, _request(server.url)), Unavailable)


@pytest.mark.parametrize("status", ["200 OK", "204 Nothing", "304 As before"])
async def test_an_answer_without_a_body_may_be_called_compressed(new_wire: NewWire, status: str) -> None:
    async with serving(saying(f"{status}\r\nContent-Encoding: gzip")) as server:
        assert (await _ask(new_wire, _request(server.url))).body == b""


async def test_a_compressed_answer_with_more_behind_it_is_unavailable(new_wire: NewWire) -> None:
    zipped = gzip.compress(b"hello")
    for tail in (b"x", b"\0", zipped):
        async with serving(saying("200 OK\r\nContent-Encoding: gzip", zipped + tail)) as server:
            assert isinstance(await _fails(new_wire, _request(server.url)), Unavailable)


async def test_no_line_of_any_log_names_the_address(new_wire: NewWire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(saying("200 OK")) as server:
        await _ask(new_wire, _request(f"{server.url}/where"))
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]
    assert SECRET not in caplog.text
