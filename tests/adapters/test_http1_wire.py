"""The wire that keeps connections: every answer reaches the request that caused it, or nobody."""

from __future__ import annotations

import asyncio
import gzip
import random
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from adapters.kit.contract_test import assert_says_nothing
from adapters.kit.errors import Malformed, RegisterError, Rejected, Unavailable
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.tls import Tls
from adapters.kit.wire import WireReply, WireRequest

SECRET = "CANARY-39199999999"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Served:
    """What a server has seen."""

    url: str = ""
    connections: int = 0
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def keeping(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Served]:
    """Serve request after request on each connection, until ``answer`` closes it."""
    seen = Served()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
                )
                body = await reader.readexactly(length)
                seen.heads.append(head)
                seen.bodies.append(body)
                await answer(body, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    seen.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield seen
    finally:
        server.close()


def always(answer: bytes, *, close: bool = False) -> Answer:
    """The same bytes to everybody."""

    async def say(body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        if close:
            writer.close()

    return say


def _request(
    url: str,
    body: bytes | None = b"",
    *,
    seconds: float = 5.0,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = 10_000,
    tls: Tls | None = None,
) -> WireRequest:
    return WireRequest("here", "POST", url, headers or {}, body, time.monotonic() + seconds, max_bytes, tls)


async def _fails(wire: Http1Wire, request: WireRequest) -> RegisterError:
    with pytest.raises(RegisterError) as caught:
        await wire.request(request)
    assert_says_nothing(caught.value, frozenset({request.url}))
    return caught.value


async def test_a_request_goes_out_as_it_was_given() -> None:
    async with keeping(always(OK)) as server, Http1Wire() as wire:
        await wire.request(_request(f"{server.url}/a/b?c=d", b"\x00body", headers={"X-Road-Id": "7"}))
        await wire.request(WireRequest("here", "GET", server.url, {}, None, time.monotonic() + 5))
    host = server.url.removeprefix("http://").encode()
    assert server.heads == [
        b"POST /a/b?c=d HTTP/1.1\r\nhost: " + host + b"\r\naccept-encoding: gzip, identity\r\n"
        b"X-Road-Id: 7\r\ncontent-length: 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: " + host + b"\r\naccept-encoding: gzip, identity\r\n\r\n",
    ]
    assert server.bodies == [b"\x00body", b""]


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\no\r\n1\r\nk\r\n0\r\nTrailer: x\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK,
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b"
        % (len(gzip.compress(b"ok", mtime=0)), gzip.compress(b"ok", mtime=0)),
    ],
    ids=["length", "chunked", "informational", "http-1.0", "gzip"],
)
async def test_a_connection_is_used_again_after_a_whole_answer(answer: bytes) -> None:
    async with keeping(always(answer)) as server, Http1Wire() as wire:
        for _ in range(3):
            assert (await wire.request(_request(server.url))).body == b"ok"
    assert server.connections == 1


@pytest.mark.parametrize(
    ("answer", "close"),
    [
        (OK + OK, False),
        (OK + b"garbage", False),
        (OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", False),
        (b"HTTP/1.1 200 OK\r\n\r\nok", True),
        (b"HTTP/1.0 200 OK\r\n\r\nok", True),
    ],
    ids=["another-answer", "garbage", "close", "http-1.0", "until-the-end", "http-1.0-until-the-end"],
)
async def test_a_connection_on_which_anything_is_left_or_that_ends_is_not_used_again(
    answer: bytes, close: bool
) -> None:
    async with keeping(always(answer, close=close)) as server, Http1Wire() as wire:
        for _ in range(3):
            assert (await wire.request(_request(server.url))).body == b"ok"
    assert server.connections == 3


async def test_an_answer_that_nobody_asked_for_is_nobodys_answer() -> None:
    async def late_surplus(body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await asyncio.sleep(0.02)
        writer.write(OK.replace(b"ok", b"no"))

    async with keeping(late_surplus) as server, Http1Wire() as wire:
        for _ in range(3):
            assert (await wire.request(_request(server.url))).body == b"ok"
            await asyncio.sleep(0.04)
    assert server.connections == 3


@pytest.mark.parametrize("seed", range(3))
async def test_requests_that_are_cancelled_at_any_moment_never_shift_an_answer(seed: int) -> None:
    chance = random.Random(seed)

    async def echo(body: bytes, writer: asyncio.StreamWriter) -> None:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        cut = chance.randrange(len(answer))
        for part in (answer[:cut], answer[cut:]):
            if chance.random() < 0.5:
                await asyncio.sleep(chance.random() * 0.004)
            writer.write(part)

    answered = 0

    async def ask(wire: Http1Wire, url: str, number: int) -> None:
        nonlocal answered
        body = b"%08d" % number * chance.randrange(1, 50)
        seconds = chance.choice([5.0, 5.0, 0.003])
        with suppress(Unavailable):
            assert (await wire.request(_request(url, body, seconds=seconds))).body == body
            answered += 1

    async with keeping(echo) as server, Http1Wire(max_connections=5) as wire:
        tasks = [asyncio.create_task(ask(wire, server.url, number)) for number in range(400)]
        for task in tasks:
            if chance.random() < 0.3:
                asyncio.get_running_loop().call_later(chance.random() * 0.2, task.cancel)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(result) for result in results} <= {type(None), asyncio.CancelledError}
        assert answered > 50
        for number in range(10):  # The pool has not lost a place.
            body = b"after %d" % number
            assert (await wire.request(_request(server.url, body))).body == body


async def test_a_caller_that_is_cancelled_in_the_moment_of_its_answer_hands_the_connection_on_clean() -> None:
    async with keeping(always(OK)) as server, Http1Wire(max_connections=1) as wire:
        for _ in range(20):
            tasks = [asyncio.create_task(wire.request(_request(server.url))) for _ in range(3)]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            assert {task.result().body for task in done} == {b"ok"}
            await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(1):
            assert (await wire.request(_request(server.url))).body == b"ok"


async def test_a_kept_connection_that_the_other_side_closed_is_stale_and_may_have_taken_the_request() -> None:
    async def cut_at_once(body: bytes, writer: asyncio.StreamWriter) -> None:
        if body == b"cut":
            writer.transport.abort()
        else:
            writer.write(OK)

    async with keeping(cut_at_once) as server, Http1Wire() as wire:
        await wire.request(_request(server.url))
        error = await _fails(wire, _request(server.url, b"cut"))
        assert isinstance(error, Unavailable)
        assert (error.sent, error.stale) == (True, True)
        error = await _fails(wire, _request(server.url, b"cut"))
        assert isinstance(error, Unavailable)
        assert (error.sent, error.stale) == (True, False), "the connection was new"
        assert (await wire.request(_request(server.url))).body == b"ok"


async def test_a_connection_that_was_closed_while_idle_is_not_used() -> None:
    async with keeping(always(OK, close=True)) as server, Http1Wire() as wire:
        for _ in range(5):
            assert (await wire.request(_request(server.url))).body == b"ok"
            await asyncio.sleep(0.01)
    assert server.connections == 5


async def test_no_more_connections_are_open_than_allowed_and_who_waits_too_long_was_not_sent() -> None:
    async def slowly(body: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        writer.write(OK)

    async with keeping(slowly) as server, Http1Wire(max_connections=2) as wire:
        requests = [_request(server.url, seconds=0.25) for _ in range(8)]
        found = await asyncio.gather(*(wire.request(each) for each in requests), return_exceptions=True)
    assert server.connections == 2
    answered = [each for each in found if isinstance(each, WireReply)]
    waited = [each for each in found if isinstance(each, Unavailable) and not each.sent]
    assert len(answered) == 4
    assert waited


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "a\r\nX-B: b"},
        {"X-A": "a\nX-B: b"},
        {"X-A": "a\r"},
        {"X-A": "a\0"},
        {"X-A": "ā"},
        {"X-A\r\nX-B": "b"},
        {"X-A:": "b"},
        {"": "b"},
        {"Content-Length": "0"},
        {"transfer-encoding": "chunked"},
        {"Host": "elsewhere"},
    ],
)
async def test_a_header_that_would_be_another_is_never_sent(headers: dict[str, str]) -> None:
    async with keeping(always(OK)) as server, Http1Wire() as wire:
        assert isinstance(await _fails(wire, _request(server.url, headers=headers)), Rejected)
    assert server.heads == []


@pytest.mark.parametrize(
    "address",
    ["http://u:p@127.0.0.1:9/", "http://127.0.0.1:99999/", "http://127.0.0.1:9/a b", "http://127.0.0.1:9/\r\n"],
)
async def test_an_address_that_is_none_is_not_sent(address: str) -> None:
    async with Http1Wire() as wire:
        error = await _fails(wire, _request(address))
    assert isinstance(error, Unavailable)
    assert not error.sent


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            Unavailable,
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", Unavailable),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok", Malformed),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
            Malformed,
        ),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", Unavailable),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, Malformed),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"1;" + b"x" * 9000 + b"\r\nx\r\n") * 20,
            Malformed,
        ),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", Unavailable),
    ],
    ids=["two-framings", "two-lengths", "coding", "two-encodings", "upgrade", "head", "chunk-extensions", "bare-lf"],
)
async def test_an_answer_of_another_form_is_an_error_and_ends_the_connection(answer: bytes, kind: type) -> None:
    async with keeping(always(answer, close=True)) as server, Http1Wire() as wire:
        for _ in range(2):
            assert type(await _fails(wire, _request(server.url, max_bytes=1000))) is kind
    assert server.connections == 2


async def test_what_follows_a_compressed_body_is_not_read_on() -> None:
    zipped = gzip.compress(b"ok")

    async def and_more(body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"%x\r\n%b\r\n1\r\nx\r\n" % (len(zipped), zipped))
        await asyncio.sleep(5)

    async with keeping(and_more) as server, Http1Wire() as wire:
        error = await _fails(wire, _request(server.url, seconds=0.5))
    assert error.what == "the connection broke", "it was not the deadline"


@pytest.mark.parametrize(
    "begun",
    [b"2\r\nok\r\n0\r\nX: ", b"0\r\nX: ", b"2\r\nok\r\n1;x=", b"1;x="],
    ids=["trailer", "only", "extension", "first"],
)
async def test_an_answer_with_much_that_is_not_of_its_body_is_malformed(begun: bytes) -> None:
    async def endless(body: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + begun)
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(b"x" * 400_000)
        await asyncio.sleep(5)

    async with keeping(endless) as server, Http1Wire() as wire:
        error = await _fails(wire, _request(server.url, seconds=0.5, max_bytes=1_000_000))
    assert isinstance(error, Malformed)


async def test_an_answer_that_arrives_byte_by_byte_is_the_same_answer() -> None:
    async def slowly(body: bytes, writer: asyncio.StreamWriter) -> None:
        for byte in OK:
            writer.write(bytes([byte]))
            await asyncio.sleep(0)

    async with keeping(slowly) as server, Http1Wire() as wire:
        for _ in range(3):
            assert (await wire.request(_request(server.url))).body == b"ok"
    assert server.connections == 1


async def test_what_is_under_way_when_the_wire_closes_fails() -> None:
    async def never(body: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)

    async with keeping(never) as server:
        wire = Http1Wire()
        asking = asyncio.create_task(_fails(wire, _request(server.url)))
        await asyncio.sleep(0.05)
        await wire.close()
        assert isinstance(await asking, Unavailable)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that signs itself."""
    folder = tmp_path_factory.mktemp("authority")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=here"
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    return folder


async def test_a_register_is_who_the_settings_say_and_sees_our_certificate(authority: Path) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(authority / "cert.pem", authority / "key.pem")
    server_side.load_verify_locations(authority / "cert.pem")
    server_side.verify_mode = ssl.CERT_REQUIRED
    ours = Tls(authority / "cert.pem", authority / "key.pem", authority / "cert.pem")
    async with keeping(always(OK), server_side) as server, Http1Wire() as wire:
        for _ in range(3):
            assert (await wire.request(_request(server.url, SECRET.encode(), tls=ours))).body == b"ok"
        assert server.connections == 1
        for tls in (None, Tls(ours.certificate, ours.key), Tls(authorities=authority / "missing.pem")):
            error = await _fails(wire, _request(server.url, SECRET.encode(), tls=tls))
            assert isinstance(error, Unavailable)
            assert not error.sent
        wrong_name = server.url.replace("127.0.0.1", "localhost")
        assert isinstance(await _fails(wire, _request(wrong_name, SECRET.encode(), tls=ours)), Unavailable)
        assert len(server.bodies) == 3
