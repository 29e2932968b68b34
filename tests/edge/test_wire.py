"""Limits on the wire: what comes before a request is one."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.edge.conftest import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer anna\r\ncontent-type: application/json\r\n"
BODY = b'{"query":"{ a }"}'


async def test_a_body_of_exactly_the_limit_is_taken(world: World) -> None:
    padding = 256 * 1024 - len('{"query":""}')
    assert (await world.post({"query": "x" * (padding - 1)})).status == 200


@pytest.mark.parametrize("size", [256 * 1024 + 1, 300 * 1024, 4 * 1024 * 1024])
async def test_a_body_over_the_limit_is_413_and_its_sender_gets_to_read_that(world: World, size: int) -> None:
    answer = await world.post(b"x" * size)
    assert (answer.status, answer.code) == (413, "INVALID")


async def test_a_body_without_a_length_is_counted_as_it_comes(world: World) -> None:
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    (answer,) = await world.send(HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunk * 10 + b"0\r\n\r\n")
    assert answer.status == 413


async def test_a_chunked_body_within_the_limit_is_taken(world: World) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY)
    (answer,) = await world.send(
        HEAD + b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    )
    assert answer.status == 200


async def test_what_follows_a_body_is_no_header(world: World) -> None:
    token = b"authorization: Bearer anna\r\n"
    body = b"connection: close\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n" % (len(BODY), BODY)
    (answer,) = await world.send(HEAD.replace(token, b"") + body + token + b"\r\n")
    assert answer.status == 401
    (answer,) = await world.send(HEAD + body + b"accept: text/event-stream\r\naccept-language: lv\r\n\r\n")
    assert (answer.status, answer.headers["content-language"]) == (200, "en")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_what_follows_a_body_without_end_is_cut_off(world: World) -> None:
    head = HEAD + b"transfer-encoding: chunked\r\n\r\n"
    for endless in (b"0\r\nx: " + b"x" * 12_000_000, b"1;" + b"x" * 12_000_000, b"0\r\n" + b"x:\r\n" * 100_000):
        (answer,) = await world.send(head + endless)
        assert (answer.status, answer.code) == (431, "INVALID")


async def test_a_huge_declared_length_is_refused_without_waiting_for_the_body(world: World) -> None:
    for length in (b"99999999", b"9" * 18):
        started = time.monotonic()
        (answer,) = await world.send(HEAD + b"content-length: " + length + b"\r\n\r\n")
        assert (answer.status, answer.code) == (413, "INVALID")
        assert time.monotonic() - started < 0.9
    (answer,) = await world.send(HEAD + b"content-length: " + b"9" * 30 + b"\r\n\r\n")
    assert answer.status == 400


async def test_who_asks_before_sending_too_much_is_told_not_to(world: World) -> None:
    (answer,) = await world.send(HEAD + b"expect: 100-continue\r\ncontent-length: 300000\r\n\r\n")
    assert answer.status == 413


@pytest.mark.parametrize("size", [40, 200, 1000])
async def test_headers_over_the_limit_are_431(world: World, size: int) -> None:
    one = b"x-filler: " + b"x" * (size * 1024) + b"\r\n"
    many = b"".join(b"x-%d: %s\r\n" % (number, b"x" * 1000) for number in range(size))
    for headers in (one, many):
        answers = await world.send(HEAD + headers + b"content-length: 2\r\n\r\n{}")
        assert [answer.status for answer in answers] == [431]
        assert answers[0].code == "INVALID"


async def test_headers_within_the_limit_are_taken(world: World) -> None:
    headers = b"x-filler: " + b"x" * (31 * 1024) + b"\r\nconnection: close\r\n"
    (answer,) = await world.send(HEAD + headers + b"content-length: %d\r\n\r\n" % len(BODY) + BODY)
    assert answer.status == 200


@pytest.mark.parametrize("size", [10, 200, 1000])
async def test_a_request_target_over_the_limit_is_414(world: World, size: int) -> None:
    for target in (b"/graphql?" + b"x" * (size * 1024), b"/" + b"x" * (size * 1024)):
        answers = await world.send(b"POST " + target + HEAD[len(b"POST /graphql") :] + b"content-length: 2\r\n\r\n{}")
        assert [answer.status for answer in answers] == [414]


async def test_headers_that_never_end_are_cut_off(world: World) -> None:
    (answer,) = await world.send(HEAD + b"x-endless: " + b"x" * 100_000)
    assert answer.status == 431
    (answer,) = await world.send(HEAD + b"x: y\r\n" * 50_000)
    assert answer.status == 431


async def test_a_head_or_a_body_that_does_not_arrive_in_time_is_408(world: World) -> None:
    (answer,) = await world.send(b"POST /graphql HT")
    assert answer.status == 408
    (answer,) = await world.send(HEAD + b"content-length: 100\r\n\r\n" + BODY)
    assert (answer.status, answer.code) == (408, "DEADLINE_EXCEEDED")


@pytest.mark.parametrize(
    ("begun", "status"),
    [
        (b"x-endless: " + b"x" * 100_000, 431),
        (b"x-slow: x", 408),
        (b"no header at all\r\n\r\n", 400),
    ],
)
async def test_what_is_refused_before_it_is_a_request_is_refused_in_the_language_that_was_asked_for_or_in_both(
    world: World, begun: bytes, status: int
) -> None:
    said = {}
    for asked in (b"", b"accept-language: lv\r\nx: y\r\n", b"accept-language: en\r\nx: y\r\n"):
        (answer,) = await world.send(HEAD + asked + begun)
        error = answer.json()["errors"][0]
        said[answer.headers["content-language"]] = (error["message"], error["extensions"]["remedy"])
        assert (answer.status, answer.headers["vary"]) == (status, "accept-language")
    assert set(said) == {"en, lv", "lv", "en"}
    assert said["en, lv"] == tuple(f"{en} / {lv}" for en, lv in zip(said["en"], said["lv"], strict=True))


async def test_an_address_too_long_to_read_on_is_refused_in_both_languages(world: World) -> None:
    (answer,) = await world.send(b"GET /" + b"x" * 200_000)
    assert answer.status == 414
    assert (
        answer.json()["errors"][0]["message"] == "The request target is too long. / Pieprasījuma adrese ir pārāk gara."
    )


async def test_a_connection_on_which_nothing_is_asked_is_closed(world: World) -> None:
    assert await world.send(b"") == []


async def test_a_slow_second_request_on_a_connection_is_408_too(world: World) -> None:
    first = HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY
    answers = await world.send(first, then=0.2, more=b"POST /gra")
    assert [answer.status for answer in answers] == [200, 408]


async def test_requests_in_a_row_on_one_connection_each_get_their_answer(world: World) -> None:
    one = HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY
    last = HEAD + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY
    answers = await world.send(one * 4 + last)
    assert [answer.status for answer in answers] == [200] * 5


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST\r\n\r\n",
        b"POST /graphql HTTP/9.9\r\n\r\n",
        b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /\xc4\x81 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nhost: x\r\nx y: z\r\n\r\n",
        HEAD + b"content-length: -1\r\n\r\n{}",
        HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}x",
        HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"transfer-encoding: gzip, chunked\r\nconnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"x: a\x00b\r\ncontent-length: 2\r\n\r\n{}",
        b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"POST http://other/graphql@x HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"POST /graphql@other HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"POST //other/graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ],
)
async def test_what_is_hardly_http_is_a_4xx(world: World, raw: bytes) -> None:
    answers = await world.send(raw)
    assert answers, "the connection was closed without a word"
    assert all(400 <= answer.status < 500 for answer in answers)
    assert world.requests == []


@pytest.mark.parametrize("host", ["other.example", "x y", "127.0.0.1@other", "[::1", "", "\xe4"])
async def test_an_odd_host_decides_nothing(world: World, host: str) -> None:
    answer = await world.post({"query": "{ a }"}, host=host)
    assert answer.status in (200, 400)


@pytest.mark.parametrize("path", ["/graphql", "/ws", "/"])
async def test_there_is_no_websocket(world: World, path: str) -> None:
    raw = (
        f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-ws\r\n\r\n"
    )
    answers = await world.send(raw.encode())
    assert [answer.status for answer in answers] in ([404], [405])


async def test_an_offer_of_http_2_does_not_hang(world: World) -> None:
    upgrade = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
    answers = await world.send(HEAD + upgrade + b"content-length: %d\r\n\r\n" % len(BODY) + BODY)
    assert answers
    assert all(answer.status == 200 or 400 <= answer.status < 500 for answer in answers)


async def test_who_goes_away_leaves_no_trace_but_a_line(world: World) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    writer.write(HEAD + b"content-length: 100\r\n\r\n" + BODY)
    await writer.drain()
    writer.close()
    for _ in range(50):
        await asyncio.sleep(0.05)
        if world.log_lines():
            break
    assert [line["event"] for line in world.log_lines()] == ["request"]
    assert (await world.post({"query": "{ a }"})).status == 200
    del reader


async def test_who_has_said_all_and_closes_that_side_gets_the_answer(world: World) -> None:
    for request in (
        HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY,
        b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n",
    ):
        for _ in range(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
            writer.write(request)
            writer.write_eof()
            async with asyncio.timeout(8):
                assert (await reader.read()).startswith(b"HTTP/1.1 200")
            writer.close()


async def test_a_connection_on_which_something_comes_that_begins_no_request_is_closed_too(world: World) -> None:
    unwanted = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 200\r\n\r\n"
    for begun, more in ((b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n", b"\r\n"), (unwanted, b"x")):
        answers = await world.send(begun, then=0.2, more=more)  # reads until it is closed, or fails
        assert len(answers) == 1
