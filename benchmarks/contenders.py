"""Who is compared, how each is started, and how each is asked."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.processes import BenchmarkFailed, Client, Registers, Server
from benchmarks.queries import CLAIMS, Query
from benchmarks.world import prepare
from gateway.demo.passes import token_for

OFFICER = "officer-valmiera"
NAMES = ("limit", "naive", "gateway")
_REGISTERS = ("natural_persons", "addresses", "revenue", "social_assistance")
_PATIENCE = {"GATEWAY_REQUEST_DEADLINE": "120"}
"""No answer is cut short however busy the machine is."""
_TOKEN_SECONDS = 6 * 3600
_LINES = 6


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs during a measurement."""

    registers: Registers
    servers: Mapping[str, Server]
    client: Client
    data: Path
    token: str

    def graphql(self, bodies: Sequence[Mapping[str, Any]], requests: int, concurrency: int) -> dict[str, Any]:
        """What the client is told, to ask the gateway these bodies in turn."""
        return {
            "port": self.servers["gateway"].port,
            "path": "/graphql",
            "headers": {"content-type": "application/json", "authorization": f"Bearer {self.token}"},
            "bodies": [orjson.dumps(body).decode() for body in bodies],
            "requests": requests,
            "concurrency": concurrency,
        }

    def job(self, name: str, query: Query, requests: int, concurrency: int) -> dict[str, Any]:
        """What the client is told, to ask one contender."""
        if name == "gateway":
            bodies = [{"query": query.document, "variables": each} for each in query.variables]
            return self.graphql(bodies, requests, concurrency)
        content: Sequence[Mapping[str, Any]] = query.variables
        path = f"/{query.name.lower()}"
        if name != "limit":
            path = "/graphql/"
            content = [{"query": query.document, "variables": each} for each in content]
        return {
            "port": self.servers[name].port,
            "path": path,
            "headers": {"content-type": "application/json"},
            "bodies": [orjson.dumps(body).decode() for body in content],
            "requests": requests,
            "concurrency": concurrency,
        }


def settings(data: Path, registers: str) -> dict[str, str]:
    """Of the gateway, as environment variables."""
    urls = {f"GATEWAY_REGISTERS__{name.upper()}__URL": f"{registers}/{name}" for name in _REGISTERS}
    patience = {f"GATEWAY_REGISTERS__{name.upper()}__TIMEOUT": "60" for name in _REGISTERS}
    return {"GATEWAY_DATA": str(data), **urls, **patience, **_PATIENCE}


@contextmanager
def on_stage(*names: str, claims: int = CLAIMS) -> Iterator[Stage]:
    """Prepare a world of so many claims, start the registers and these contenders; stop all of it at the end."""
    with tempfile.TemporaryDirectory(prefix="csc-benchmarks-") as folder, ExitStack() as stack:
        data = Path(folder, "data")
        data.mkdir()
        store = prepare(data, claims)
        registers = stack.enter_context(Registers(Path(folder)))
        servers = {}
        for name in names:
            servers[name] = stack.enter_context(_start(name, Path(folder), data, store, registers.url))
        client = stack.enter_context(Client())
        try:
            yield Stage(registers, servers, client, data, _token(data))
        except BenchmarkFailed as failure:
            logs = [f"{name}'s log ends:\n{server.last_lines(_LINES)}" for name, server in servers.items()]
            raise BenchmarkFailed("\n".join([str(failure), *logs])) from None


def _start(name: str, folder: Path, data: Path, store: Path, registers: str) -> Server:
    if name == "gateway":
        arguments = ("-m", "gateway", "serve", "--port", "{port}")
        return Server(name, arguments, folder, "/health/ready", settings(data, registers))
    by_hand = ("-m", f"benchmarks.{name}", "--port", "{port}", "--registers", registers, "--store", str(store))
    return Server(name, by_hand, folder, "/")


def _token(data: Path) -> str:
    return token_for(data, OFFICER, now=time.time(), ttl=_TOKEN_SECONDS)
