"""The comparison: rounds in turn, the least CPU time of each contender and the usual ratio, equal answers."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from benchmarks.contenders import NAMES, OF_QUERY, Stage, on_stage
from benchmarks.processes import BenchmarkFailed
from benchmarks.queries import QUERIES, Query


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is measured."""

    rounds: int
    cpu_seconds: float
    """CPU time that one contender spends on one query in one round, as near as the first requests foretell."""
    least: int
    """Requests at least."""
    most: int


FULL = Effort(rounds=10, cpu_seconds=0.4, least=4, most=1000)
_IN_TURN = "naive", "limit", "gateway"
"""Limit and gateway one right after the other, now one first and now the other."""
QUICK = Effort(rounds=1, cpu_seconds=0.1, least=4, most=200)


@dataclass(slots=True)
class Figures:
    """Of one contender and one query, a number for each round."""

    cpu_ms: list[float] = field(default_factory=list)
    upstream: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, float]:
        """The least CPU milliseconds and register calls of a request, over rounds, and the medians."""
        return {
            "cpu_ms": round(min(self.cpu_ms), 3),
            "cpu_ms_median": round(statistics.median(self.cpu_ms), 3),
            "upstream": round(statistics.median(self.upstream), 2),
            "p50_ms": round(min(self.p50_ms), 2),
        }


def compare(names: Sequence[str], effort: Effort, tell: Callable[[str], None]) -> dict[str, Any]:
    """Measure these queries.

    Args:
        tell: gets a line now and then.

    Raises:
        BenchmarkFailed: a contender did not start, or the answers differ.
    """
    queries: dict[str, Any] = {}
    tell("preparing the world, starting the servers")
    own = [name for name in names if OF_QUERY.get(name)]
    with on_stage(*NAMES) as stage, ExitStack() as stack:
        stages = {name: stack.enter_context(_another(stage, name)) for name in own}
        for name in names:
            query = QUERIES[name]
            tell(f"{name}: {query.title}")
            figures = _measure(stages.get(name, stage), query, effort)
            queries[name] = _summary(query, figures)
        memory = {name: round(server.resident_mib()) for name, server in stage.servers.items()}
        memory |= {f"gateway-{name}": round(each.servers["gateway"].resident_mib()) for name, each in stages.items()}
    return {"queries": queries, "rounds": effort.rounds, "resident_mib": memory}


@contextmanager
def _another(stage: Stage, name: str) -> Iterator[Stage]:
    """The stage with a gateway that has this query's own settings."""
    with stage.gateway(f"gateway-{name}", OF_QUERY[name](stage)) as server:
        yield replace(stage, servers={**stage.servers, "gateway": server})


def _summary(query: Query, figures: dict[str, Figures]) -> dict[str, Any]:
    said: dict[str, Any] = {name: each.as_json() for name, each in figures.items()}
    gateway = said["gateway"]["cpu_ms"]
    return {
        **said,
        "title": query.title,
        "concurrency": query.concurrency,
        "gateway_to_limit": round(gateway / said["limit"]["cpu_ms"], 2),
        "gateway_to_limit_of_round": round(_ratio(figures["gateway"], figures["limit"]), 2),
        "naive_to_gateway": round(said["naive"]["cpu_ms"] / gateway, 2),
        "naive_to_gateway_of_round": round(_ratio(figures["naive"], figures["gateway"]), 2),
    }


def _ratio(one: Figures, other: Figures) -> float:
    """The median of the rounds' ratios: what is slow for a while is slow for both."""
    return statistics.median(a / b for a, b in zip(one.cpu_ms, other.cpu_ms, strict=True))


def _measure(stage: Stage, query: Query, effort: Effort) -> dict[str, Figures]:
    requests = _warm_up(stage, query, effort)
    figures = {name: Figures() for name in NAMES}
    for round_ in range(effort.rounds):
        for name in _IN_TURN if round_ % 2 else reversed(_IN_TURN):
            server, count = stage.servers[name], requests[name]
            calls, cpu = stage.registers.calls(), server.cpu_seconds()
            answer = stage.client.run(stage.job(name, query, count, query.concurrency))
            figures[name].cpu_ms.append((server.cpu_seconds() - cpu) / count * 1000)
            figures[name].upstream.append((stage.registers.calls() - calls) / count)
            figures[name].p50_ms.append(answer["p50_ms"])
    return figures


def _warm_up(stage: Stage, query: Query, effort: Effort) -> dict[str, int]:
    """Ask everything once and compare the answers; say how many requests each contender gets in a round."""
    requests: dict[str, int] = {}
    answers: dict[str, list[Any]] = {}
    for name, server in stage.servers.items():
        first = stage.client.run(
            stage.job(name, query, max(len(query.variables), query.concurrency), query.concurrency)
        )
        answers[name] = [orjson.loads(answer) for answer in first["answers"]]
        cpu = server.cpu_seconds()
        stage.client.run(stage.job(name, query, effort.least, query.concurrency))
        cost = (server.cpu_seconds() - cpu) / effort.least
        requests[name] = min(max(round(effort.cpu_seconds / cost), effort.least), effort.most)
    for name in NAMES[1:]:
        for ours, theirs in zip(answers[NAMES[0]], answers[name], strict=True):
            theirs.pop("extensions", None)  # Of contenders, the gateway alone says where data comes from.
            ours.pop("extensions", None)
            if ours != theirs:
                raise BenchmarkFailed(f"{query.name}: {NAMES[0]} and {name} answer differently: {_where(ours, theirs)}")
    return requests


def _where(ours: Any, theirs: Any, path: str = "") -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        return next((_where(ours[key], theirs[key], f"{path}/{key}") for key in ours if ours[key] != theirs[key]), path)
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return next((_where(a, b, f"{path}/{place}") for place, (a, b) in pairs if a != b), path)
    return f"{path or '/'}: {str(ours)[:300]} and {str(theirs)[:300]}"
