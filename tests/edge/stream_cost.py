"""What an idle stream costs: ``python -m tests.edge.stream_cost [--streams N] [--json FILE]``.

A gateway with the demo world holds N streams of one claim; what its process has more of in memory then is counted, by
proportional set size, and the CPU that it takes to keep them for a while.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import httpx

from gateway.edge.streams import HEARTBEAT_SECONDS
from tests.running_gateway import RunningGateway

QUERY = 'subscription { claimChanged(id: "demo-1") { id status } }'
_WARM = 20
_OPENING = 50


class Held:
    """Connections on which streams run, without more than is needed to hold them."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self._address = host, port
        body = json.dumps({"query": QUERY}).encode()
        self._request = (
            f"POST /graphql HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n"
            f"accept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode() + body
        self._open: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def open(self, count: int) -> None:
        """Open streams, and read the first event of each."""
        for begin in range(0, count, _OPENING):
            await asyncio.gather(*(self._one() for _ in range(begin, min(count, begin + _OPENING))))

    async def _one(self) -> None:
        reader, writer = await asyncio.open_connection(*self._address)
        writer.write(self._request)
        async with asyncio.timeout(30):
            answer = await reader.readuntil(b'"}}}\n\n')
        assert b"event: next" in answer, answer
        self._open.append((reader, writer))

    async def close(self) -> None:
        """Close them all."""
        for _, writer in self._open:
            writer.close()
        self._open.clear()


def memory(pid: int) -> int:
    """Bytes that are this process's own."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:")))


def cpu_seconds(pid: int) -> float:
    """CPU that the process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(gateway: RunningGateway, streams: int) -> dict[str, float]:
    """Hold so many streams, and count."""
    url = httpx.URL(gateway.url)
    assert url.port is not None
    held = Held(url.host, url.port, gateway.token("anna"))
    pid = gateway.process.pid
    await held.open(_WARM)
    await asyncio.sleep(2)
    before = memory(pid)
    await held.open(streams)
    await asyncio.sleep(2)
    after = memory(pid)
    began, since = cpu_seconds(pid), time.monotonic()
    await asyncio.sleep(2 * HEARTBEAT_SECONDS)
    busy = (cpu_seconds(pid) - began) / (time.monotonic() - since)
    await held.close()
    return {"streams": streams, "bytes_per_stream": (after - before) / streams, "cpu_percent": 100 * busy}


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description="What an idle stream costs.")
    parser.add_argument("--streams", type=int, default=1_000)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    needed = 2 * wanted.streams + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))
    most = str(wanted.streams + _WARM)
    settings = {"GATEWAY_LIMITS__STREAMS": most, "GATEWAY_LIMITS__STREAMS_OF_PARTY": most}
    with tempfile.TemporaryDirectory() as folder, RunningGateway(Path(folder) / "data", settings=settings) as gateway:
        found = asyncio.run(measure(gateway, wanted.streams))
    sys.stdout.write(
        f"{found['streams']:,.0f} idle streams: {found['bytes_per_stream']:,.0f} bytes a stream, "
        f"{found['cpu_percent']:.1f} % of a core with heartbeats and the checks that go with them\n"
    )
    if wanted.json is not None:
        wanted.json.write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
