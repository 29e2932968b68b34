"""The load: sends requests over a few connections from a process of its own, so that its work is nobody's cost.

Reads one job a line from standard input and answers one line each, both JSON:
``{"port", "path", "headers", "bodies", "requests", "concurrency"}``, where the answers are not all 200 with
``"statuses"``, one a body; and ``{"seconds", "p50_ms", "answers"}`` (``answers``: the first answer to each body), or
``{"error"}``.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvloop

from gateway import whole_output


@dataclass(slots=True)
class _Job:
    port: int
    requests: list[bytes]
    statuses: list[int]
    left: int
    next: int = 0
    answers: dict[int, bytes] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)


class WrongAnswerError(Exception):
    """Another status than expected, or another answer than before to the same request."""


def _said(body: bytes) -> bytes:
    """An answer without what the gateway says of where its data comes from and when it was asked for."""
    return body.partition(b',"extensions":{"provenance":')[0]


async def _work(job: _Job) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", job.port, limit=16 * 1024 * 1024)
    try:
        while job.left > 0:
            job.left -= 1
            place = job.next % len(job.requests)
            job.next += 1
            began = time.perf_counter()
            writer.write(job.requests[place])
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            job.seconds.append(time.perf_counter() - began)
            if not head.startswith(b"HTTP/1.1 %d" % job.statuses[place]):
                raise WrongAnswerError(f"{head[:12].decode()}: {body[:500].decode(errors='replace')}")
            if _said(job.answers.setdefault(place, body)) != _said(body):
                raise WrongAnswerError(f"another answer to the same request: {body[:500].decode(errors='replace')}")
    finally:
        writer.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise WrongAnswerError("an answer without content-length")


def _request(job: dict[str, Any], body: str) -> bytes:
    content = body.encode()
    lines = [f"POST {job['path']} HTTP/1.1", f"host: 127.0.0.1:{job['port']}", f"content-length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in job["headers"].items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


async def _run(asked: dict[str, Any]) -> dict[str, Any]:
    bodies = asked["bodies"]
    statuses = asked.get("statuses") or [200] * len(bodies)
    job = _Job(asked["port"], [_request(asked, body) for body in bodies], statuses, asked["requests"])
    began = time.perf_counter()
    try:
        await asyncio.gather(*(_work(job) for _ in range(min(asked["concurrency"], asked["requests"]))))
    except (WrongAnswerError, OSError, EOFError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    answers = [job.answers[place].decode() for place in sorted(job.answers)]
    spent = time.perf_counter() - began
    return {"seconds": spent, "p50_ms": statistics.median(job.seconds) * 1000, "answers": answers}


def main() -> None:
    """Work until standard input ends."""
    whole_output.take_over()
    for line in sys.stdin.buffer:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            answer = runner.run(_run(orjson.loads(line)))
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
