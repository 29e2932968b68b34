"""How the gateway's cost grows: with the objects of a list, and with the number of distinct documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.contenders import Stage, on_stage
from benchmarks.queries import MUNICIPALITY, claim_id

_CLAIMS = 1000
_PAGE = 1000
"""The most that one list gives; more objects are more lists of one operation."""
_OBJECTS = (10, 100, 1_000, 10_000)
_DOCUMENTS = (1, 10, 100, 1_000)
_TWICE = 2
_COUNTED = 10
_FILTER = f'{{types: ["housing-benefit"], municipality: "{MUNICIPALITY}"}}'


def growth() -> dict[str, Any]:
    """CPU milliseconds of a request by size, and memory after it."""
    with on_stage("gateway", claims=_CLAIMS) as stage:
        objects = [{"objects": count, **_objects(stage, count)} for count in _OBJECTS]
        documents = [{"documents": count, **_documents(stage, count)} for count in _DOCUMENTS]
    return {"objects": objects, "documents": documents}


def _objects(stage: Stage, count: int) -> dict[str, float]:
    lists = [
        f"l{number}: claims(first: {min(count, _PAGE)}, filter: {_FILTER}) {{ edges {{ node {{ id status }} }} }}"
        for number in range(max(1, count // _PAGE))
    ]
    body = {"query": f"{{ {' '.join(lists)} }}"}
    requests = max(4, 400 // count)
    stage.client.run(stage.graphql([body], _TWICE, 1))
    cpu = _cpu(stage, [body], requests)
    return {"cpu_ms": round(cpu, 2), "cpu_us_an_object": round(cpu / count * 1000, 1), **_memory(stage)}


def _documents(stage: Stage, count: int) -> dict[str, float | None]:
    """Each document is sent once, then again; the first time of a few is shorter than the clock can tell."""
    bodies = [
        {"query": f'query D{count}N{number} {{ claim(id: "{claim_id(0)}") {{ id f{number}: status }} }}'}
        for number in range(count)
    ]
    first = _cpu(stage, bodies, count)
    again = _cpu(stage, bodies, max(count, 200))
    return {
        "cpu_ms_first": None if count < _COUNTED else round(first, 2),
        "cpu_ms_again": round(again, 2),
        **_memory(stage),
    }


def _cpu(stage: Stage, bodies: Sequence[Mapping[str, Any]], requests: int) -> float:
    server = stage.servers["gateway"]
    before = server.cpu_seconds()
    stage.client.run(stage.graphql(bodies, requests, 4))
    return (server.cpu_seconds() - before) / requests * 1000


def _memory(stage: Stage) -> dict[str, float]:
    return {"resident_mib": round(stage.servers["gateway"].resident_mib())}
