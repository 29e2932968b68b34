"""A run: codes in batches, every path with other faults in each, and the search of all that was written meanwhile."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from adapters.sandbox.faults import DELIVERY_ONLY, Fault
from adapters.sandbox.server import utc_today
from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.model import Resident
from gateway.demo.folder import GATEWAY_LOG
from tests.invariants.leak.city import City
from tests.invariants.leak.paths import PATHS, Visit
from tests.invariants.leak.spellings import Finding, Search
from tests.running_gateway import ROOT, environment

READ_FAULTS = tuple(fault for fault in Fault if fault not in DELIVERY_ONLY)
_DEAR = {Fault.HANG: 1, Fault.SLOW_BODY: 2, Fault.HUGE: 2, Fault.ENTITY_BOMB: 2}
"""Calls that meet a fault which costs seconds, in one batch; the others meet a third of all calls."""
_RECEIVING = ("social_assistance", "education", "cadastre", "revenue", "natural_persons", "social_insurance", "finance")
_AT_ONCE = 8


@dataclass(slots=True)
class Count:
    """Of one path or place."""

    codes: int = 0
    requests: int = 0
    answered: int = 0
    searched: int = 0
    """Characters."""
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """What a run found."""

    paths: dict[str, Count] = field(default_factory=lambda: {name: Count() for name in PATHS})
    places: dict[str, Count] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        """All of them. What a log says while a path is driven counts for the path as well as for the place."""
        return [one for each in self.places.values() for one in each.findings]


def run(folder: Path, codes: int, *, residents: int, batches: int, say: Callable[[str], object]) -> Outcome:
    """Drive this many people's codes through every path, and search.

    Args:
        folder: for all that is kept; new.
        codes: how many.
        residents: how many people there are, at least the codes and their families.
        batches: how often faults change.
        say: told about progress.
    """
    world = build_world((), utc_today(), total=residents)
    people = [one for one in world.residents.values() if one.atvk is not None and one.status == "AKT"]
    # Parents first, so that forms with a child have one; no name of the demo's, whose claims are someone else's.
    people = sorted((one for one in people if not one.code.startswith("391")), key=lambda one: not one.children)
    chosen = people[:codes]
    assert len(chosen) == codes, f"there are {len(chosen)} people"
    search, outcome = Search(one.code for one in chosen), Outcome()
    with City(folder, residents) as city:
        looked = _Looked(city, search, outcome)
        size = -(-codes // batches)
        for batch in range(batches):
            _break(city, batch)
            visits = [_visit(city, each, batch * size + at) for at, each in enumerate(chosen[batch * size :][:size])]
            for name, path in PATHS.items():
                _drive(path, visits, outcome.paths[name])
                looked.after(name, visits)
            found = len(outcome.findings)
            say(f"batch {batch + 1} of {batches}: {min(codes, (batch + 1) * size)} codes, {found} findings")
        for register in city.owners():
            city.control(register=register, fault=None)
        looked.at_the_end()
    return outcome


class _Looked:
    """What was searched already."""

    def __init__(self, city: City, search: Search, outcome: Outcome) -> None:
        self._city, self._search, self._outcome = city, search, outcome
        self._read: dict[Path, int] = {}
        self._calls = 0

    def after(self, path: str, visits: Sequence[Visit]) -> None:
        """Search what a path was answered, and what was logged and called since the one before."""
        said = "\n".join(text for visit in visits for text in visit.said)
        for visit in visits:
            visit.said.clear()
        written = "".join(map(self._further, (self._city.gateway.log, self._city.gateway.data / GATEWAY_LOG)))
        called = self._city.registers.addresses[self._calls :]
        self._calls += len(called)
        count = self._outcome.paths[path]
        for place, text in (
            ("errors, problems, refusals, headers", said),
            ("standard output and error, logs", written),
            ("URLs of register calls", "\n".join(called)),
        ):
            count.findings += self._into(place, text)

    def at_the_end(self) -> None:
        """Search what stays."""
        city, data = self._city, self._city.gateway.data
        self._into("keys of the shared cache", "\n".join(city.keys()))
        for path in ("/health/live", "/health/ready", "/metrics", "/.well-known/jwks.json"):
            self._into("health, readiness, metrics", city.http.get(path).text)
        self._into("names of files", "\n".join(str(file) for file in data.rglob("*")))
        self._into("signed checkpoints", "\n".join(_texts(data.glob("checkpoint*"))))
        today = datetime.now(UTC).date().isoformat()
        audit = (("export", "--since", today, "--case", "A-1"), ("verify", "--data", str(data)))
        for order in audit:
            self._into(f"gateway audit {order[0]}", _command(city, *order))
        self.after(next(iter(PATHS)), ())

    def _further(self, log: Path) -> str:
        with log.open("rb") as file:
            file.seek(self._read.get(log, 0))
            written = file.read()
        self._read[log] = self._read.get(log, 0) + len(written)
        return written.decode("utf-8", "replace")

    def _into(self, place: str, text: str) -> list[Finding]:
        count = self._outcome.places.setdefault(place, Count())
        found = self._search.find(text)
        count.searched += len(text)
        count.findings += found
        return found


def _drive(path: Callable[[Visit], None], visits: Sequence[Visit], count: Count) -> None:
    before = sum(each.requests for each in visits), sum(each.answered for each in visits)
    with ThreadPoolExecutor(_AT_ONCE) as several:
        list(several.map(path, visits))
    count.codes += len(visits)
    count.requests += sum(each.requests for each in visits) - before[0]
    count.answered += sum(each.answered for each in visits) - before[1]


def _visit(city: City, person: Resident, number: int) -> Visit:
    child = person.children[0] if person.children else person.code
    return Visit(city, person.code, number, person.atvk or "", child)


def _break(city: City, batch: int) -> None:
    """Another fault on each register, and each of the deliveries' faults where claims are received."""
    for place, register in enumerate(city.owners()):
        city.control(register=register, fault=None)
        fault = READ_FAULTS[(batch * 7 + place) % len(READ_FAULTS)]
        city.control(register=register, fault=fault, share=0.3, count=_DEAR.get(fault))
        for each in DELIVERY_ONLY if register in _RECEIVING else ():
            city.control(register=register, fault=each, share=0.1)


def _texts(files: Iterator[Path]) -> Iterator[str]:
    for file in files:
        if file.is_file():
            yield file.read_text(encoding="utf-8", errors="replace")


def _command(city: City, *order: str) -> str:
    settings = city.settings | {"GATEWAY_DATA": str(city.gateway.data)}
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "audit", *order],
        cwd=ROOT,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr
