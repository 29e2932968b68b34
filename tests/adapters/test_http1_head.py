"""An answer whose head is read at once is the answer that the parser reads, or is left to it."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.kit.deadlines import Deadlines
from adapters.kit.errors import RegisterError
from adapters.kit.http1_connection import Http1Connection
from adapters.kit.http1_head import plain_head

MAX_BYTES = 40
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Road-Id: 7\r\n\r\nok"


class Pipe(asyncio.Transport):
    """The other side takes everything and says nothing by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False

    def write(self, data: Any) -> None: ...

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        self.closed = True


async def _outcome(*parts: bytes) -> tuple[Any, ...]:
    """What the caller gets, how often the connection may be used again, and whether it was left open."""
    again, pipe = list[Http1Connection](), Pipe()
    connection = Http1Connection(again.append, lambda _: None, Deadlines())
    connection.connection_made(pipe)
    answer = connection.ask("here", b"", MAX_BYTES, time.monotonic() + 60)
    for part in parts:
        if not pipe.closed:
            connection.data_received(part)
    left_open = not pipe.closed
    if not answer.done():
        connection.connection_lost(None)
    try:
        reply = await answer
    except RegisterError as error:
        return type(error), error.what, len(again), left_open
    return reply.status, dict(reply.headers), reply.body, len(again), left_open


async def _same(data: bytes, *cuts: int) -> tuple[Any, ...]:
    """The outcome, which is the same where the first byte comes by itself: then the parser reads all of it.

    Args:
        cuts: where ``data`` is cut in parts that come one by one.
    """
    parts = [data[start:stop] for start, stop in pairwise([0, *cuts, len(data)]) if start < stop]
    found = await _outcome(*parts)
    assert found == await _outcome(data[:1], *([data[1:]] if len(parts) < 2 else _from_one(parts)))
    return found


def _from_one(parts: list[bytes]) -> list[bytes]:
    return [part for part in [parts[0][1:], *parts[1:]] if part]


versions = st.sampled_from([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/2.0", b"http/1.1", b"ICE/1.1"])
statuses = st.sampled_from(
    [b"200"] * 4 + b"201 202 203 204 205 206 100 101 302 304 404 500 599 600 99 0200 2x0".split()
)
reasons = st.sampled_from([b" OK"] * 4 + [b" Not Found", b" ", b"", b"  OK", b" O\tK", b" \xc4\x81", b" O\0K"])
ends = st.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r", b"\r\r\n", b"\n\r\n", b"\r\n ", b"\r\n\t"])
names = st.sampled_from(
    b"Content-Length Transfer-Encoding Content-Encoding Connection Proxy-Connection Upgrade Trailer Keep-Alive TE".split()
    + b"X-Road-Id Content-Type content-type CONTENT-LENGTH Date X_a x!#$%&'*+.^`|~ x/y x@y".split()
    + [b"", b" X-A", b"X A", b"X-A ", b"Content-Length ", b"X\0", b"X\xe4", b"X\x7f"]
)
values = st.one_of(
    st.sampled_from(b"0 1 2 02 +2 -2 2.0 2,2 0x2 2a 18446744073709551616 99999999999999999999999 41 40".split()),
    st.sampled_from(b"chunked identity gzip close keep-alive Keep-Alive upgrade h2c text/plain; a:b".split()),
    st.sampled_from(
        [b"", b" ", b" 2", b"2 ", b"\t2", b"2\t", b"a b", b"a\tb", b"a\0b", b"a\x7fb", b"\xe4", b"a\rb", b"a\nb"]
    ),
    st.binary(max_size=8),
)
colons = st.sampled_from([b": "] * 8 + [b":", b":  ", b":\t", b" : ", b" :", b"", b"\0: "])
lines = st.builds(lambda *parts: b"".join(parts), names, colons, values, ends)
bodies = st.sampled_from([b"", b"o", b"ok", b"ok!", b"x" * 40, b"x" * 41, b"2\r\nok\r\n0\r\n\r\n"])


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    body = draw(bodies)
    head = [draw(versions) + b" " + draw(statuses) + draw(reasons) + draw(ends)]
    head += draw(st.lists(lines, max_size=3))
    if draw(st.integers(0, 4)):
        head.append(b"Content-Length: %d\r\n" % len(body))
    if draw(st.booleans()):
        head[1:] = draw(st.permutations(head[1:]))
    surplus = draw(st.sampled_from([b""] * 4 + [b"\r\n", b"x", OK, b"HTTP/1.1 200 OK\r\n\r\n"]))
    return b"".join(head) + draw(ends) + body + surplus


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """The plainest answer with a few bytes in it changed, put in or taken out."""
    data = OK
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        put = draw(st.one_of(st.binary(max_size=1), st.sampled_from([b"\r\n", b"\r", b"\n", b" ", b":", b"\0", b"2"])))
        data = data[:at] + put + data[at + draw(st.integers(0, 1)) :]
    return data


@settings(max_examples=600, deadline=None)
@given(st.one_of(answers(), changed()))
def test_whatever_comes_at_once_means_what_it_means_to_the_parser(data: bytes) -> None:
    asyncio.run(_same(data))


@settings(max_examples=300, deadline=None)
@given(st.one_of(answers(), changed(), st.just(OK)), st.lists(st.integers(0, 80), max_size=3))
def test_wherever_it_is_cut_in_parts_it_means_the_same(data: bytes, cuts: list[int]) -> None:
    end = data.find(b"\r\n\r\n") + 4
    for each in (cuts, [end], [end, *cuts]):
        asyncio.run(_same(data, *sorted(min(cut, len(data)) for cut in each)))


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        OK.replace(b"200 OK", b"404 Not Found"),
        OK.replace(b"200 OK", b"500 "),
        OK.replace(b"X-Road-Id: 7", b"Connection: keep-alive\r\nDATE: Thu, 1 Jan 2026 00:00:00 GMT"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_the_plain_form_is_read_at_once_and_the_connection_used_again(answer: bytes) -> None:
    head = plain_head(answer, MAX_BYTES)
    assert head is not None
    body = answer.removeprefix(head.content)
    assert head.length == len(body)
    for cuts in ([], [len(head.content)]):
        assert await _same(answer, *cuts) == (head.status, head.headers, body, 1, True)


@pytest.mark.parametrize(
    "answer",
    [
        OK.replace(b"Length: 2", b"Length: 02"),
        OK.replace(b"Length: 2", b"Length: +2"),
        OK.replace(b"Length: 2", b"Length:  2"),
        OK.replace(b"Length: 2", b"Length: 2 "),
        OK.replace(b"Length: 2", b"Length : 2"),
        OK.replace(b"X-Road-Id: 7", b"content-length: 2"),
        OK.replace(b"X-Road-Id: 7", b"Content-Length: 3"),
        OK.replace(b"X-Road-Id: 7", b"Transfer-Encoding: chunked"),
        OK.replace(b"X-Road-Id: 7", b"Transfer-Encoding: identity"),
        OK.replace(b"X-Road-Id: 7", b"Content-Encoding: identity"),
        OK.replace(b"X-Road-Id: 7", b"Connection: close"),
        OK.replace(b"X-Road-Id: 7", b"Connection: Upgrade\r\nUpgrade: h2c"),
        OK.replace(b"X-Road-Id: 7", b"X-Road-Id: 7\r\n folded"),
        OK.replace(b"X-Road-Id: 7", b"X-Road-Id: 7\nX: y"),
        OK.replace(b"X-Road-Id: 7", b"X-Road-Id: 7\rX: y"),
        OK.replace(b"X-Road-Id: 7", b"X-Road-Id: 7\0"),
        OK.replace(b"X-Road-Id: 7", b"X-Road-Id: 7\r\nX-Road-Id: 8"),
        OK.replace(b"\r\n", b"\n"),
        OK.replace(b"HTTP/1.1", b"HTTP/1.0"),
        OK.replace(b"200 OK", b"204 No Content"),
        OK.replace(b"200 OK", b"304 Not Modified"),
        OK.replace(b"200 OK", b"100 Continue"),
        b"\r\n" + OK,
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n" + b"x" * 41,
    ],
)
async def test_anything_else_is_left_to_the_parser(answer: bytes) -> None:
    assert plain_head(answer, MAX_BYTES) is None
    await _same(answer)


@pytest.mark.parametrize("rest", [b"", b"o", b"ok!", b"ok" + OK])
async def test_another_length_than_the_head_says_is_the_parsers_to_judge(rest: bytes) -> None:
    head = OK.removesuffix(b"ok")
    whole = rest.startswith(b"ok")
    for cuts in ([], [len(head)], [len(head), len(head) + 1]):
        found = await _same(head + rest, *cuts)
        assert found[-2:] == (0, not whole)
        assert (found[0] == 200) is whole
