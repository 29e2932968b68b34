"""What a request takes longer than the registers that it waits for."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from lxml import etree

from benchmarks.contenders import NAMES, Stage, on_stage
from benchmarks.limit import ADDRESS_ELEMENT, MANY, MANY_HEADERS, ONE, ONE_HEADERS, rest_headers
from benchmarks.queries import QUERIES

DELAY_MS = 20
MOST_ADDED_MS = {"Q1": 3.0, "Q2": 6.0}
"""What the gateway promises of its median."""
_WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Effort:
    """How long is measured."""

    requests: int
    rounds: int


FULL = Effort(requests=100, rounds=4)
QUICK = Effort(requests=5, rounds=1)


def added_latency(effort: Effort) -> dict[str, Any]:
    """Median milliseconds, one request at a time, each register call answered 20 ms later than it could be.

    The critical path is measured, not assumed: the same calls to the same registers, one after the other, by the
    client that asks the contenders. Of the medians of several rounds the least counts: a busy machine adds to some
    rounds only.
    """
    figures: dict[str, Any] = {}
    with on_stage(*NAMES) as stage:
        codes = _applicants(stage)
        for who in NAMES:
            for name in MOST_ADDED_MS:
                stage.client.run(stage.job(who, QUERIES[name], _WARM_UP, 1))
        stage.registers.delay(DELAY_MS)
        for name, asked in (("Q1", codes[:1]), ("Q2", codes)):
            path: list[float] = []
            totals: dict[str, list[float]] = {who: [] for who in NAMES}
            for _ in range(effort.rounds):
                path.append(_critical_path(stage, asked, effort.requests))
                for who, medians in totals.items():
                    medians.append(stage.client.run(stage.job(who, QUERIES[name], effort.requests, 1))["p50_ms"])
            figures[name] = {"critical_path_ms": round(min(path), 2)}
            for who, medians in totals.items():
                added = min(medians) - min(path)
                figures[name][who] = {"p50_ms": round(min(medians), 2), "added_ms": round(added, 2)}
    return figures


def _applicants(stage: Stage) -> list[str]:
    """Personal codes of Q2's applicants."""
    with sqlite3.connect(stage.data / "gateway.sqlite3") as store:
        rows = store.execute(
            "SELECT p.code FROM claims c JOIN person_codes p ON p.subject = c.applicant AND p.current"
            " WHERE c.id LIKE 'bench-___' ORDER BY c.created_at DESC LIMIT 50"
        ).fetchall()
    return [str(code) for (code,) in rows]


def _critical_path(stage: Stage, codes: list[str], requests: int) -> float:
    template, headers = (ONE, ONE_HEADERS) if len(codes) == 1 else (MANY, MANY_HEADERS)
    people = template % ("latency", "latency", "</PersonasKods><PersonasKods>".join(codes))
    job = {"port": stage.registers.port, "requests": requests, "concurrency": 1}
    first = stage.client.run({**job, "path": "/natural_persons", "headers": headers, "bodies": [people]})
    found = etree.fromstring(first["answers"][0].encode()).iter(ADDRESS_ELEMENT)
    wanted = ",".join(dict.fromkeys(f'"{element.text}"' for element in found))
    second = stage.client.run(
        {
            **job,
            "path": "/addresses/v1/adreses/meklet",
            "headers": rest_headers("latency"),
            "bodies": [f'{{"kodi":[{wanted}]}}'],
        }
    )
    return float(first["p50_ms"] + second["p50_ms"])
