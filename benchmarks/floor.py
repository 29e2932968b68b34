"""What no gateway can be cheaper than: HTTP that says nothing, and a row on disk before each answer."""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from typing import Any

from benchmarks.contenders import OF_QUERY, on_stage
from benchmarks.latency import Effort
from benchmarks.processes import Server
from benchmarks.queries import QUERIES

_BARE = {
    "bare": "uvloop and httptools, nothing else",
    "uvicorn": "the same from an ASGI application in uvicorn",
    "durable": "as bare, a row committed and synced before each answer",
}
_NOTHING = {"query": "{ __typename }"}
_CONCURRENCY = 8


FULL = Effort(requests=2000, rounds=8)
QUICK = Effort(requests=50, rounds=1)


def floor(effort: Effort) -> list[dict[str, Any]]:
    """CPU milliseconds of a request, the least of the rounds and their median, of each server in turn."""
    query = QUERIES["Q4"]
    with on_stage("gateway") as stage, ExitStack() as stack:
        servers: dict[str, tuple[Server, dict[str, Any]]] = {}
        for how, title in _BARE.items():
            store = stage.folder / f"{how}.sqlite3"
            arguments = ("-m", "benchmarks.bare", how, "--port", "{port}", "--store", str(store))
            server = stack.enter_context(Server(how, arguments, stage.folder, "/"))
            job = stage.graphql_at(server.port, [_NOTHING], effort.requests, _CONCURRENCY)
            servers[title] = server, {**job, "path": "/"}
        gateway = stage.servers["gateway"]
        job = stage.graphql_at(gateway.port, [_NOTHING], effort.requests, _CONCURRENCY)
        servers["the gateway, asked for nothing ({ __typename })"] = gateway, job
        holding = stack.enter_context(stage.gateway("gateway-Q4", OF_QUERY["Q4"](stage)))
        bodies = [{"query": query.document, "variables": each} for each in query.variables]
        job = stage.graphql_at(holding.port, bodies, effort.requests, _CONCURRENCY)
        servers[f"the gateway, Q4: {query.title}"] = holding, job
        spent: dict[str, list[float]] = {title: [] for title in servers}
        for _, job in servers.values():
            stage.client.run(job)
        for _ in range(effort.rounds):
            for title, (server, job) in servers.items():
                before = server.cpu_seconds()
                stage.client.run(job)
                spent[title].append((server.cpu_seconds() - before) / effort.requests * 1000)
    return [
        {"server": title, "cpu_ms": round(min(each), 3), "median": round(statistics.median(each), 3)}
        for title, each in spent.items()
    ]
