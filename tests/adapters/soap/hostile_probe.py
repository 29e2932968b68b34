"""Asks a register for one person at each address that it gets, in a process of its own, and says what came of it.

Called by tests: ``python -m tests.adapters.soap.hostile_probe URL_OF_A_GOOD_ANSWER SECONDS URL SECONDS URL...``; it
prints one JSON object.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from pathlib import Path
from typing import Any

from adapters.kit.catalog import discover
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_clock, a_context
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.wire import Wire
from gateway.memory import keep_large_blocks
from schema.records.natural_person import NaturalPerson
from schema.terms import PersonCode
from tests.adapters.soap.hostile import ASKED


async def ask(url: str, wire: Wire, seconds: float) -> Any:
    """What the register says of the one person: a record, an error, or None where it knows nobody.

    Args:
        seconds: for one attempt; a read has two.
    """
    # A register of its own for each, so that no circuit is open for what another did.
    register = discover().connect("natural_persons", Connection(url, timeout_seconds=seconds), wire, a_clock())
    found = await register.read(NaturalPerson, [PersonCode(ASKED)], a_context(4 * seconds))
    return found.get(PersonCode(ASKED))


def _kib(name: str) -> int:
    """``VmRSS`` or ``VmHWM``, its peak. ``getrusage`` would give the peak of whoever started this process too."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{name}:"))


def _forget_the_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", "ascii")


async def _all(good: str, cases: list[tuple[float, str]]) -> dict[str, Any]:
    async with Http1Wire() as wire:
        for _ in range(3):
            assert isinstance(await ask(good, wire, 10.0), NaturalPerson)
        gc.collect()
        before, said, grown = _kib("VmRSS"), [], []
        for seconds, url in cases:
            _forget_the_peak()
            said.append(type(await ask(url, wire, seconds)).__name__)
            grown.append(_kib("VmHWM") - before)
        assert isinstance(await ask(good, wire, 10.0), NaturalPerson)
    return {"said": said, "grown_kib": grown}


if __name__ == "__main__":
    keep_large_blocks()  # As the gateway does when it starts.
    given = list(zip(map(float, sys.argv[2::2]), sys.argv[3::2], strict=True))
    sys.stdout.write(json.dumps(asyncio.run(_all(sys.argv[1], given))))
