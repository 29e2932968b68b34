"""An answer means the same in whatever parts it comes, whole or broken."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.kit.deadlines import Deadlines
from adapters.kit.errors import RegisterError
from adapters.kit.http1_connection import Http1Connection

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
    """What the caller gets."""
    pipe = Pipe()
    connection = Http1Connection(lambda _: None, lambda _: None, Deadlines())
    connection.connection_made(pipe)
    answer = connection.ask("here", b"", MAX_BYTES, time.monotonic() + 60)
    for part in parts:
        if not pipe.closed:
            connection.data_received(part)
    if not answer.done():
        connection.connection_lost(None)
    try:
        reply = await answer
    except RegisterError as error:
        return type(error), error.what
    return reply.status, dict(reply.headers), reply.body


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
    """A plain answer with a few bytes in it changed, put in or taken out."""
    data = OK
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        put = draw(st.one_of(st.binary(max_size=1), st.sampled_from([b"\r\n", b"\r", b"\n", b" ", b":", b"\0", b"2"])))
        data = data[:at] + put + data[at + draw(st.integers(0, 1)) :]
    return data


@settings(max_examples=600, deadline=None)
@given(st.one_of(answers(), changed(), st.just(OK)), st.lists(st.integers(0, 80), max_size=3))
def test_wherever_it_is_cut_in_parts_it_means_the_same(data: bytes, cuts: list[int]) -> None:
    end = data.find(b"\r\n\r\n") + 4
    whole = asyncio.run(_outcome(data))
    for each in ([1], cuts, [end], [end, *cuts]):
        places = sorted(min(cut, len(data)) for cut in each)
        parts = [data[start:stop] for start, stop in pairwise([0, *places, len(data)]) if start < stop]
        assert asyncio.run(_outcome(*parts)) == whole
