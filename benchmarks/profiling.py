"""Where the gateway's time goes: one query, asked in this process without HTTP, under cProfile."""

from __future__ import annotations

import asyncio
import cProfile
import io
import pstats
import sys
import time
from typing import Any

import orjson
import uvloop

from benchmarks.contenders import OF_QUERY, Stage, load_settings, on_stage, settings
from benchmarks.processes import BenchmarkFailed
from benchmarks.queries import QUERIES, Query
from gateway import logs
from gateway.app import create_app

_WARM_UP = 5


def profile(name: str, requests: int, concurrency: int, order: str, rows: int, callers: str | None) -> str:
    """Run a query and say where the time went, per request.

    Args:
        order: ``tottime`` or ``cumtime``.
        rows: how many functions.
        callers: print who calls the functions whose name has this in it, too.
    """
    query = QUERIES[name]
    with on_stage() as stage:
        own = OF_QUERY[name](stage) if name in OF_QUERY else {}
        made = load_settings({**settings(stage.data, stage.registers.url), **own})
        logs.configure("ERROR", io.StringIO())
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            profiler, cpu, wall = runner.run(_run(create_app(made), stage, query, requests, concurrency))
    return _report(name, profiler, requests, (cpu, wall), order, rows, callers)


async def _run(
    app: Any, stage: Stage, query: Query, requests: int, concurrency: int
) -> tuple[cProfile.Profile, float, float]:
    bodies = [orjson.dumps({"query": query.document, "variables": each}) for each in query.variables]
    stop = asyncio.Event()
    started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    living = asyncio.create_task(_live(app, started, stop))
    await started
    profiler = cProfile.Profile()
    try:
        await _ask_all(app, stage.token, bodies, max(_WARM_UP, concurrency), concurrency)
        cpu, wall = time.process_time(), time.perf_counter()
        profiler.enable()
        await _ask_all(app, stage.token, bodies, requests, concurrency)
        profiler.disable()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    finally:
        stop.set()
        await living
    return profiler, cpu, wall


async def _live(app: Any, started: asyncio.Future[None], stop: asyncio.Event) -> None:
    """The application's lifespan."""
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await stop.wait()
            return {"type": "lifespan.shutdown"}
        asked = True
        return {"type": "lifespan.startup"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "lifespan.startup.complete":
            started.set_result(None)

    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)


async def _ask_all(app: Any, token: str, bodies: list[bytes], requests: int, concurrency: int) -> None:
    waiting = iter(bodies[place % len(bodies)] for place in range(requests))

    async def work() -> None:
        for body in waiting:
            await _ask(app, token, body)

    await asyncio.gather(*(work() for _ in range(concurrency)))


async def _ask(app: Any, token: str, body: bytes) -> None:
    headers = [
        (b"host", b"127.0.0.1"),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"authorization", b"Bearer " + token.encode()),
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "state": {},
    }
    gone = asyncio.Event()
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    status, answer = 0, b""

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, answer
        status = message.get("status", status)
        answer += message.get("body", b"")

    await app(scope, receive, send)
    if status != 200 or b'"errors"' in answer:
        raise BenchmarkFailed(f"status {status}: {answer[:1000].decode(errors='replace')}")


def _report(
    name: str,
    profiler: cProfile.Profile,
    requests: int,
    spent: tuple[float, float],
    order: str,
    rows: int,
    callers: str | None,
) -> str:
    out = io.StringIO()
    stats = pstats.Stats(profiler, stream=out)
    total: float = stats.total_tt  # type: ignore[attr-defined]  # typeshed does not list it
    cpu, loop, wall = (seconds / requests * 1000 for seconds in (spent[0], total, spent[1]))
    out.write(
        f"{name}: {requests} requests under the profiler; milliseconds of a request: {cpu:.2f} CPU in all threads, "
        f"{loop:.2f} in the event loop's, {wall:.2f} of the clock. Times below are seconds of all requests.\n"
    )
    stats.sort_stats(order).print_stats(rows)
    if callers is not None:
        stats.print_callers(callers)
    return out.getvalue().replace(f"{sys.prefix}/lib/python3.{sys.version_info.minor}/site-packages/", "")
