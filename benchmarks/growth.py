"""How the gateway's cost grows: with the objects of a list, with connected registers, with distinct documents."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.contenders import Stage, on_stage
from benchmarks.copies import copy_adapters
from benchmarks.processes import BenchmarkFailed, free_port
from benchmarks.queries import MUNICIPALITY, QUERIES, claim_id

_CLAIMS = 1000
_PAGE = 1000
"""The most that one list gives; more objects are more lists of one operation."""
_TWICE = 2
_ROUNDS = 3
"""Of what can be repeated the least counts: a busy machine adds to some rounds only."""
_FILTER = f'{{types: ["housing-benefit"], municipality: "{MUNICIPALITY}"}}'
_MINISTRY = "ministry-it"
_ALL_REGISTERS = "{ registers { id title health { state circuit p95Milliseconds } } }"
_Row = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Sizes:
    """What is measured, each in ascending order."""

    objects: Sequence[int]
    registers: Sequence[int]
    """Beyond those that the queries need."""
    documents: Sequence[int]
    requests: int
    starts: int
    """Of a gateway, of which the least counts."""


FULL = Sizes((10, 100, 1_000, 10_000), (1, 10, 50, 200), (1, 10, 100, 1_000), 200, _TWICE)
QUICK = Sizes((10, 1_000), (2,), (1, 20), 10, 1)


def growth(sizes: Sizes) -> dict[str, list[_Row]]:
    """CPU milliseconds of a request by size, and memory after it."""
    with on_stage("gateway", claims=_CLAIMS) as stage:
        objects: list[_Row] = [{"objects": count, **_objects(stage, count)} for count in sizes.objects]
        documents: list[_Row] = [
            {"documents": count, **_documents(stage, count, sizes.requests)} for count in sizes.documents
        ]
        registers = _registers(stage, sizes)
    return {"objects": objects, "registers": registers, "documents": documents}


def _objects(stage: Stage, count: int) -> _Row:
    requests = max(4, 400 // count)
    body = list_of_objects(count)
    stage.client.run(stage.graphql([body], _TWICE, 1))
    cpu = _least(stage, [body], requests)
    return {"cpu_ms": round(cpu, 2), "cpu_us_an_object": round(cpu / count * 1000, 1), **_memory(stage)}


def list_of_objects(count: int) -> Mapping[str, Any]:
    """A request for so many claims, of a world that has as many as one list gives."""
    lists = [
        f"l{number}: claims(first: {min(count, _PAGE)}, filter: {_FILTER}) {{ edges {{ node {{ id status }} }} }}"
        for number in range(max(1, count // _PAGE))
    ]
    return {"query": f"{{ {' '.join(lists)} }}"}


def _documents(stage: Stage, count: int, requests: int) -> _Row:
    """Each document is sent once, then again."""
    bodies = [
        {"query": f'query D{count}N{number} {{ claim(id: "{claim_id(0)}") {{ id f{number}: status }} }}'}
        for number in range(count)
    ]
    first = _cpu(stage, bodies, count)
    again = _least(stage, bodies, max(count, requests))
    return {"cpu_ms_first": round(first, 2), "cpu_ms_again": round(again, 2), **_memory(stage)}


def _registers(stage: Stage, sizes: Sizes) -> list[_Row]:
    """Starting, answering Q1, and telling the ministry of every register; first without further registers.

    What a register adds is counted from the row of none.
    """
    none = _with_registers(stage, 0, sizes)
    rows: list[_Row] = [_row(0, none, none)]
    rows += [_row(count, _with_registers(stage, count, sizes), none) for count in sizes.registers]
    most = max(sizes.registers)
    return [*rows, _row(most, _with_registers(stage, most, sizes, half_unreachable=True), none, most // 2)]


@dataclass(frozen=True, slots=True)
class _Costs:
    start_ms: float
    resident_mib: float
    q1_ms: float
    telling_ms: float


def _row(count: int, costs: _Costs, none: _Costs, unreachable: int = 0) -> _Row:
    def each(total: float, without: float) -> float | None:
        return round((total - without) / count, 3) if count else None

    return {
        "further_registers": count,
        "unreachable": unreachable,
        "start_cpu_ms": round(costs.start_ms),
        "ms_a_register": each(costs.start_ms, none.start_ms),
        "resident_mib": round(costs.resident_mib, 1),
        "mib_a_register": each(costs.resident_mib, none.resident_mib),
        "q1_cpu_ms": round(costs.q1_ms, 2),
        "all_registers_cpu_ms": round(costs.telling_ms, 2),
        "ms_a_register_told": each(costs.telling_ms, none.telling_ms),
    }


def _with_registers(stage: Stage, count: int, sizes: Sizes, *, half_unreachable: bool = False) -> _Costs:
    requests = sizes.requests
    nobody = f"http://127.0.0.1:{free_port()}" if half_unreachable else None
    with tempfile.TemporaryDirectory(prefix="csc-adapters-") as folder:
        # Without deliveries nobody asks a register by the way: its health would change while answers are compared.
        further = {**copy_adapters(Path(folder), count, stage.registers.url, nobody), "GATEWAY_DELIVER": "false"}
        starts = []
        for number in range(1, sizes.starts):
            with stage.gateway(f"gateway-{count}-{number}", further) as server:
                starts.append(server.cpu_seconds())
        with stage.gateway(f"gateway-{count}", further) as server:
            start, resident = min([*starts, server.cpu_seconds()]) * 1000, server.resident_mib()
            alone = replace(stage, servers={"gateway": server})
            q1 = QUERIES["Q1"]
            bodies = [{"query": q1.document, "variables": each} for each in q1.variables]
            alone.client.run(alone.graphql(bodies, q1.concurrency * _TWICE, q1.concurrency))
            q1_ms = _least(alone, bodies, requests)
            ministry = replace(alone, token=alone.token_of(_MINISTRY))
            told = ministry.client.run(ministry.graphql([{"query": _ALL_REGISTERS}], _TWICE, 1))
            if told["answers"][0].count('"copy_') != count:
                raise BenchmarkFailed(f"not all of {count} further registers are connected")
            return _Costs(start, resident, q1_ms, _least(ministry, [{"query": _ALL_REGISTERS}], requests))


def _least(stage: Stage, bodies: Sequence[Mapping[str, Any]], requests: int) -> float:
    return min(_cpu(stage, bodies, requests) for _ in range(_ROUNDS))


def _cpu(stage: Stage, bodies: Sequence[Mapping[str, Any]], requests: int) -> float:
    server = stage.servers["gateway"]
    before = server.cpu_seconds()
    stage.client.run(stage.graphql(bodies, requests, 4))
    return (server.cpu_seconds() - before) / requests * 1000


def _memory(stage: Stage) -> _Row:
    return {"resident_mib": round(stage.servers["gateway"].resident_mib())}
