"""What the gateway holds in memory under mixed load: every kind of request, and very many distinct documents."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import orjson

from benchmarks.contenders import Stage, on_stage
from benchmarks.queries import QUERIES, claim_id

MOST_MIB = 150
DOCUMENTS = 10_000
_QUICK_DOCUMENTS = 200
_ROWS = 12
_TURN_SECONDS = 2.0
"""One turn's requests are sent at once, and the rest of it is waited for: an hour at full speed fills a disk with
access records."""
_DOCUMENTS_A_TURN = 20
_CONCURRENCY = 8
_PERSON = ("personCode", "restricted", "givenName", "familyName", "declaredAddress { fullText }", "birthDate")


@dataclass(frozen=True, slots=True)
class _Sent:
    """One request and the HTTP status that it is answered with."""

    query: str
    variables: dict[str, Any]
    status: int = 200


def memory(minutes: float, quick: bool, tell: Callable[[dict[str, float]], None]) -> list[dict[str, float]]:
    """Resident MiB of ``gateway serve`` over time.

    Args:
        quick: a few turns with 200 documents, whatever the minutes: shows that it runs, not what it holds.
        tell: gets each row as it is measured.

    Raises:
        BenchmarkFailed: an answer had another status than its request should get.
    """
    turns = 3 if quick else max(1, round(minutes * 60 / _TURN_SECONDS))
    documents = _QUICK_DOCUMENTS if quick else DOCUMENTS
    each_turn = max(_DOCUMENTS_A_TURN, -(-documents // turns))
    distinct = cycle(range(documents))
    rows: list[dict[str, float]] = []
    with on_stage("gateway") as stage:
        began, requests, seen = time.monotonic(), 0, 0

        def look() -> None:
            held = round(stage.servers["gateway"].resident_mib(), 1)
            spent = round((time.monotonic() - began) / 60, 2)
            rows.append({"minutes": spent, "requests": requests, "documents": min(seen, documents), "mib": held})
            tell(rows[-1])

        look()
        for turn in range(turns):
            requests += _send(stage, [*_mixed(turn), *map(_document, islice(distinct, each_turn))])
            seen += each_turn
            if (turn + 1) * _ROWS // turns > turn * _ROWS // turns:
                look()
            if not quick:
                time.sleep(max(0.0, began + (turn + 1) * _TURN_SECONDS - time.monotonic()))
    return rows


def _send(stage: Stage, sent: list[_Sent]) -> int:
    job = stage.graphql([{"query": each.query, "variables": each.variables} for each in sent], len(sent), _CONCURRENCY)
    # With this media type the status says whether an operation was refused; with plain JSON it is 200 either way.
    headers = {**job["headers"], "accept": "application/graphql-response+json"}
    stage.client.run({**job, "headers": headers, "statuses": [each.status for each in sent]})
    return len(sent)


def _mixed(turn: int) -> Iterator[_Sent]:
    """Three queries, and refusals of every kind: of form, size, permission and sense."""
    q1 = QUERIES["Q1"]
    for place in range(20):
        yield _Sent(q1.document, dict(q1.variables[(turn * 20 + place) % len(q1.variables)]))
    for name in ("Q2", "Q5"):
        yield _Sent(QUERIES[name].document, dict(QUERIES[name].variables[0]))
    yield _Sent(f"query Slip{turn} {{ claim(id: ", {}, 400)
    yield _Sent(f"query Unknown{turn} {{ claims {{ nothing{turn} }} }}", {}, 400)
    yield _Sent(f"query Deep{turn} {{ me {'{ a ' * 20}{'}' * 20} }}", {}, 400)
    yield _Sent(f"query Schema{turn} {{ __schema {{ types {{ name fields {{ name }} }} }} }}", {}, 400)
    yield _Sent(f"query Dear{turn} {{ {' '.join(_dear(alias) for alias in range(15))} }}", {}, 400)
    yield _Sent(q1.document, {"id": orjson.dumps([turn]).decode()})


def _dear(alias: int) -> str:
    node = "node { id status applicant { ... on Person { household { relation since } benefits { kind amount } } } }"
    return f"a{alias}: claims(first: 1000) {{ edges {{ {node} }} }}"


def _document(number: int) -> _Sent:
    """A document unlike every other: by its name, an alias and what of the person it asks for."""
    chosen = " ".join(field for place, field in enumerate(_PERSON) if number >> place & 1) or "restricted"
    query = (
        f"query Distinct{number}($id: ID!) {{ claim(id: $id) {{ id s{number}: status"
        f" applicant {{ ... on Person {{ {chosen} }} }} }} }}"
    )
    return _Sent(query, {"id": claim_id(number % 200)})
