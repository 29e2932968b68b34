"""Hostile answers over real connections: the right error, in time, in little memory, and nothing else is touched."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from adapters.kit.contract_test import assert_says_nothing
from adapters.kit.errors import RegisterError
from adapters.kit.http1_wire import Http1Wire
from schema.records.natural_person import NaturalPerson
from tests.adapters.loopback import Loopback, saying, serving
from tests.adapters.soap.hostile import GOOD, HOSTILE, Canaries
from tests.adapters.soap.hostile_probe import ask

ROOT = Path(__file__).parents[3]
MIB = 1024 * 1024
LIMIT_KIB = 32 * 1024


@contextmanager
def _pipe(folder: Path) -> Iterator[Path]:
    """A file that nobody may open: who does waits for ever, and is seen."""
    path = folder / "canary"
    os.mkfifo(path)
    yield path
    with pytest.raises(OSError) as nobody:  # noqa: PT011 - its number is looked at
        os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    assert nobody.value.errno == errno.ENXIO, "somebody reads the file"


@asynccontextmanager
async def _canaries(folder: Path) -> AsyncIterator[Canaries]:
    with _pipe(folder) as pipe:
        async with serving(saying("200 OK", b"<!ENTITY y 'stolen'>")) as http:
            yield Canaries(http.url, pipe.as_uri())
            assert not http.heads


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_answer_becomes_the_right_error_in_time_and_touches_nothing(name: str, tmp_path: Path) -> None:
    case = HOSTILE[name]
    async with _canaries(tmp_path) as canaries, serving(case.answers(canaries)) as server, Http1Wire() as wire:
        started = time.monotonic()
        found = await ask(server.url, wire, case.seconds)
        assert time.monotonic() - started < 3 * case.seconds
        assert server.heads
    if case.kind is None:
        assert type(found) is NaturalPerson
    else:
        assert type(found) is case.kind, found
        assert isinstance(found, RegisterError)
        assert_says_nothing(found, frozenset({"Anna", "39100000022", "stolen", server.url}))


async def test_hostile_answers_cost_little_memory(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        canaries = await stack.enter_async_context(_canaries(tmp_path))
        good = await stack.enter_async_context(serving(saying("200 OK", GOOD)))
        servers: list[Loopback] = [
            await stack.enter_async_context(serving(case.answers(canaries))) for case in HOSTILE.values()
        ]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.adapters.soap.hostile_probe",
            good.url,
            *(
                text
                for case, server in zip(HOSTILE.values(), servers, strict=True)
                for text in (str(case.seconds), server.url)
            ),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
    assert process.returncode == 0
    found = json.loads(output)
    expected = ["NaturalPerson" if case.kind is None else case.kind.__name__ for case in HOSTILE.values()]
    assert dict(zip(HOSTILE, found["said"], strict=True)) == dict(zip(HOSTILE, expected, strict=True))
    grown = dict(zip(HOSTILE, found["grown_kib"], strict=True))
    assert {case: kib for case, kib in grown.items() if kib >= LIMIT_KIB} == {}
