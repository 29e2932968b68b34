"""Who is compared, how each is started, and how each is asked."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from benchmarks.copies import without_batch
from benchmarks.processes import BenchmarkFailed, Client, Registers, Server
from benchmarks.queries import CLAIMS, Query
from benchmarks.world import prepare
from gateway.demo.passes import token_for
from gateway.settings import Settings, load

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
    folder: Path
    """Where logs go."""
    data: Path
    """The data folder of every gateway."""
    token: str

    def gateway(self, name: str, further: Mapping[str, str]) -> Server:
        """One more gateway over the same store, with these settings beyond the usual; ends with its context."""
        return _gateway(name, self.folder, {**settings(self.data, self.registers.url), **further})

    def swollen(self) -> Server:
        """Registers whose answers are as large as may be; ends with its context."""
        arguments = ("-m", "benchmarks.swollen", "--port", "{port}", "--registers", self.registers.url)
        return Server("swollen", arguments, self.folder, "/")

    def token_of(self, persona: str) -> str:
        """A token of somebody of the demo world."""
        return token_for(self.data, persona, now=time.time(), ttl=_TOKEN_SECONDS)

    def graphql(self, bodies: Sequence[Mapping[str, Any]], requests: int, concurrency: int) -> dict[str, Any]:
        """What the client is told, to ask the gateway these bodies in turn."""
        return self.graphql_at(self.servers["gateway"].port, bodies, requests, concurrency)

    def graphql_at(
        self, port: int, bodies: Sequence[Mapping[str, Any]], requests: int, concurrency: int
    ) -> dict[str, Any]:
        """The same for a gateway on this port."""
        return {
            "port": port,
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


def _holding(stage: Stage) -> Mapping[str, str]:
    return {"GATEWAY_CACHE__ENABLED": "true"}


def _asking_apart(stage: Stage) -> Mapping[str, str]:
    return without_batch(stage.folder / "adapters", stage.registers.url)


OF_QUERY: Mapping[str, Callable[[Stage], Mapping[str, str]]] = {"Q4": _holding, "Q5": _asking_apart}
"""Settings, as environment variables, that only a query's gateway has; without any the common one answers it."""


def settings(data: Path, registers: str) -> dict[str, str]:
    """Of the gateway, as environment variables."""
    urls = {f"GATEWAY_REGISTERS__{name.upper()}__URL": f"{registers}/{name}" for name in _REGISTERS}
    patience = {f"GATEWAY_REGISTERS__{name.upper()}__TIMEOUT": "60" for name in _REGISTERS}
    return {"GATEWAY_DATA": str(data), **urls, **patience, **_PATIENCE}


def load_settings(environment: Mapping[str, str]) -> Settings:
    """The same, for a gateway in this process."""
    made: dict[str, Any] = {}
    for key, value in environment.items():
        *outer, last = key.removeprefix("GATEWAY_").lower().split("__")
        inner = made
        for name in outer:
            inner = inner.setdefault(name, {})
        inner[last] = value
    return load(**made)


@contextmanager
def on_stage(*names: str, claims: int = CLAIMS) -> Iterator[Stage]:
    """Prepare a world of so many claims, start the registers and these contenders; stop all of it at the end."""
    with tempfile.TemporaryDirectory(prefix="csc-benchmarks-") as temporary, ExitStack() as stack:
        folder = Path(temporary)
        data = folder / "data"
        data.mkdir()
        store = prepare(data, claims)
        registers = stack.enter_context(Registers(folder))
        servers = {}
        for name in names:
            servers[name] = stack.enter_context(_start(name, folder, data, store, registers.url))
        client = stack.enter_context(Client())
        token = token_for(data, OFFICER, now=time.time(), ttl=_TOKEN_SECONDS)
        try:
            yield Stage(registers, servers, client, folder, data, token)
        except BenchmarkFailed as failure:
            logs = [f"{name}'s log ends:\n{server.last_lines(_LINES)}" for name, server in servers.items()]
            raise BenchmarkFailed("\n".join([str(failure), *logs])) from None


def _start(name: str, folder: Path, data: Path, store: Path, registers: str) -> Server:
    if name == "gateway":
        return _gateway(name, folder, settings(data, registers))
    by_hand = ("-m", f"benchmarks.{name}", "--port", "{port}", "--registers", registers, "--store", str(store))
    return Server(name, by_hand, folder, "/")


def _gateway(name: str, folder: Path, environment: Mapping[str, str]) -> Server:
    return Server(name, ("-m", "gateway", "serve", "--port", "{port}"), folder, "/health/ready", environment)
