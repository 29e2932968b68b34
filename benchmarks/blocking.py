"""Whether the gateway keeps its event loop free: the real server in this process, its load from another."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

from benchmarks.contenders import Stage, load_settings, on_stage, settings
from benchmarks.growth import list_of_objects
from benchmarks.probe import Block, Probe
from benchmarks.processes import BenchmarkFailed
from benchmarks.queries import QUERIES
from gateway import logs
from gateway.app import create_app
from gateway.edge.wire import listen, serve, server
from gateway.settings import Settings

MOST_MS = 50.0
_CLAIMS = 1000
_OBJECTS = 10_000
_HUGE = 3
"""Few, since a register that goes on like this is not asked any more."""
_REFERENCES = 4_000
_NODE = "node { id status applicant { ... on Person { givenName familyName } } }"
_TOKENS, _TOKENS_A_NODE = 1_950, 16
_LISTED = (
    "query Listed($first: Int!, $filter: ClaimFilter!) { claims(first: $first, filter: $filter) { edges { %s } } }"
)


@dataclass(frozen=True, slots=True)
class _Load:
    """What is asked while the probe watches."""

    title: str
    bodies: list[Mapping[str, Any]]
    requests: int
    concurrency: int = 4
    huge: str | None = None
    """A register that answers with 65 MiB of nothing, of which the gateway reads as much as it takes."""
    refused: bool = False
    """What is asked is answered with errors."""


def blocking(quick: bool, tell: Callable[[str], None]) -> dict[str, Block]:
    """The longest block in each scenario.

    ``create_app`` comes before the loop, as in ``gateway serve``: contracts are read there, so what counts of the start
    is what the server and the first requests do.
    """
    logs.configure("ERROR", io.StringIO())
    less = 10 if quick else 1
    with on_stage(claims=_CLAIMS) as stage:
        found = _watch(stage, {}, _ordinary(less), tell)
        with stage.swollen() as swollen:
            urls = {
                f"GATEWAY_REGISTERS__{name.upper()}__URL": f"http://127.0.0.1:{swollen.port}/{name}"
                for name in ("natural_persons", "social_assistance")
            }
            return found | _watch(stage, urls, _large_answers(less), tell)


def _watch(
    stage: Stage, further: Mapping[str, str], loads: Sequence[_Load], tell: Callable[[str], None]
) -> dict[str, Block]:
    made = load_settings({**settings(stage.data, stage.registers.url), **further, "GATEWAY_PORT": "0"})
    app = create_app(made)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve_and_watch(app, made, stage, loads, tell))


async def _serve_and_watch(
    app: Any, made: Settings, stage: Stage, loads: Sequence[_Load], tell: Callable[[str], None]
) -> dict[str, Block]:
    socket = listen(made.host, made.port)
    port = socket.getsockname()[1]
    running = server(app, made)
    serving: asyncio.Task[bool] | None = None
    found: dict[str, Block] = {}
    with Probe() as probe:
        for load in loads:
            tell(load.title)
            if load.huge is not None:
                stage.registers.control({"register": load.huge, "fault": "huge", "count": load.requests})
            with probe.longest() as found[load.title]:
                if serving is None:
                    serving = asyncio.create_task(serve(running, socket))
                    while not running.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
                        await asyncio.sleep(0.01)
                await _ask(stage, port, load)
        running.stop()
        if serving is not None:
            await serving
    return found


async def _ask(stage: Stage, port: int, load: _Load) -> None:
    job = stage.graphql_at(port, load.bodies, load.requests, load.concurrency)
    told = await asyncio.to_thread(stage.client.run, job)
    wrong = [answer for answer in told["answers"] if '"errors":' in answer]
    if wrong and load.huge is None and not load.refused:
        raise BenchmarkFailed(f"{load.title}: what was to be read was not: {wrong[0][:300]}")


def _asked(name: str, number: int = 0) -> Mapping[str, Any]:
    return {"query": QUERIES[name].document, "variables": QUERIES[name].variables[number]}


def _ordinary(less: int) -> list[_Load]:
    documents = [_large_document(number) for number in range(20 // less)]
    short = [_repeated(number, "edges { node{id} }", 1_990) for number in range(20 // less)]
    wrong = [_repeated(number, "nothing{at}", 4_400) for number in range(20 // less)]
    three = [_asked("Q1", number) for number in range(_HUGE)]
    return [
        _Load("the start, and each query once", [_asked(name) for name in QUERIES], len(QUERIES), 1),
        _Load("Q1: one person", [_asked("Q1", number) for number in range(200)], 500 // less, 8),
        _Load("Q2: 50 claims", [_asked("Q2")], 100 // less, 8),
        _Load("Q3: 500 persons in one answer", [_asked("Q3")], 20 // less),
        _Load(f"a list of {_OBJECTS:,} objects", [list_of_objects(_OBJECTS)], 10 // less, 2),
        _Load("documents of 2,000 tokens, each another", documents, len(documents), 8),
        _Load("documents of 2,000 characters, one field all over", short, len(short), 8),
        _Load("documents of 2,000 tokens, refused", wrong, len(wrong), 8, refused=True),
        _Load(f"{_CLAIMS:,} claims beside such documents", _beside(documents), 40 // less, 4),
        _Load("variables of 250 KiB", [_references(6_400, "LegalEntity")], 10 // less, 4, refused=True),
        _Load(f"{_REFERENCES:,} claims that are not there", [_references(_REFERENCES)], 10 // less, 2, refused=True),
        _Load(f"a list of {_OBJECTS:,} objects, explained", [_explained(list_of_objects(_OBJECTS))], 10 // less, 2),
        _Load("SOAP answers of 65 MiB, refused", three, _HUGE, 1, "natural_persons"),
        _Load("REST answers of 65 MiB, refused", three, _HUGE, 1, "addresses"),
    ]


def _large_answers(less: int) -> list[_Load]:
    """Answers that are taken: near the bytes, and near the values, of which the gateway takes no more."""
    names = {**_asked("Q3"), "query": _LISTED % _NODE}
    one = {**_asked("Q5"), "variables": {**QUERIES["Q5"].variables[0], "first": 1}}
    return [
        _Load("SOAP answers of 7 MiB, 500 persons each", [names], 10 // less, 2),
        _Load("REST answers of 240,000 values, one person each", [one], 10 // less, 2),
    ]


def _beside(documents: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Lists by turns with documents that are compiled aside meanwhile, each another than those before."""
    variables = {**QUERIES["Q3"].variables[0], "first": _CLAIMS}
    asked = {"query": _LISTED % "node { id status channel }", "variables": variables}
    found: list[Mapping[str, Any]] = []
    for each in documents:
        found += (asked, {"query": each["query"].replace("query Large", "query Beside")})
    return found


def _repeated(number: int, part: str, characters: int) -> Mapping[str, Any]:
    return {"query": f"query Much{number} {{ claims(first: 1) {{ {part * (characters // len(part))} }} }}"}


def _references(count: int, type_name: str = "Claim") -> Mapping[str, Any]:
    document = "query There($all: [_Any!]!) { _entities(representations: $all) { __typename } }"
    return {"query": document, "variables": {"all": [{"__typename": type_name, "id": "x"} for _ in range(count)]}}


def _explained(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    document = "query Why($what: String!, $with: JSON) { explain(operation: $what, variables: $with) { allowed } }"
    return {"query": document, "variables": {"what": asked["query"], "with": asked.get("variables")}}


def _large_document(number: int) -> Mapping[str, Any]:
    nodes = " ".join([_NODE] * (_TOKENS // _TOKENS_A_NODE))
    return {"query": f"query Large{number} {{ claims(first: 1) {{ edges {{ {nodes} }} }} }}"}
