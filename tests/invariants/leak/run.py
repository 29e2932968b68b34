"""A run: codes in worlds and batches, every path with other faults in each, and the search of all that was written."""

from __future__ import annotations

import json
import multiprocessing
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path as File

from adapters.sandbox.faults import DELIVERY_ONLY, Fault
from adapters.sandbox.server import utc_today
from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.model import Resident
from gateway.demo.folder import GATEWAY_LOG
from tests.invariants.leak import registers
from tests.invariants.leak.city import City
from tests.invariants.leak.orders import Order, carry_out, orders
from tests.invariants.leak.paths import PATHS
from tests.invariants.leak.places import Place, Places
from tests.invariants.leak.spellings import Finding, Search
from tests.invariants.leak.visit import Path, Visit
from tests.running_gateway import ROOT
from tests.warm import environment

READ_FAULTS = tuple(fault for fault in Fault if fault not in DELIVERY_ONLY)
_DEAR = {Fault.HANG: 1, Fault.SLOW_BODY: 1, Fault.HUGE: 2, Fault.ENTITY_BOMB: 2}
"""Calls that meet a fault which costs seconds, in one batch and register; the others meet a share of all calls."""
_SHARE, _DELIVERY_SHARE = 0.15, 0.05
_ORDERED_BY = 4
"""Each so many-th code is given to a command."""


@dataclass(slots=True)
class Count:
    """Of one path."""

    codes: int = 0
    requests: int = 0
    answered: int = 0
    seconds: float = 0.0
    """All worlds' together, waiting included."""
    met: Counter[str] = field(default_factory=Counter)
    """Calls of registers that met a fault while it was driven, by the fault."""
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Outcome:
    """What a run, or one world of it, found."""

    paths: dict[str, Count] = field(default_factory=lambda: {path.name: Count() for path in PATHS})
    faults: Counter[str] = field(default_factory=Counter)
    """Codes that were driven while it was set at some register, by the fault."""
    orders: dict[str, Count] = field(default_factory=dict)
    slips: Counter[str] = field(default_factory=Counter)
    """Exceptions that nobody expected of a command, by command, type and place."""
    places: dict[str, Place] = field(default_factory=dict)
    allowed: Counter[str] = field(default_factory=Counter)
    lines: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    claims: Counter[str] = field(default_factory=Counter)
    """Claims that were prepared, by type."""
    untold: Counter[str] = field(default_factory=Counter)
    """Codes of which polling brought no note, by the reason."""
    hidden: int = 0
    """Claims whose case number may be a code, and which their owners have."""
    metrics: set[int] = field(default_factory=set)
    """Status of ``GET /metrics``."""
    headers: Counter[str] = field(default_factory=Counter)
    """Calls of registers with a header of this name."""

    @property
    def findings(self) -> list[Finding]:
        """All of them. What a log says while a path is driven counts for the path as well as for the place."""
        return [one for place in self.places.values() for one in place.findings]

    def add(self, other: Outcome) -> None:
        """Take in another world's."""
        for mine, others in ((self.paths, other.paths), (self.orders, other.orders)):
            for name, count in others.items():
                known = mine.setdefault(name, Count())
                known.codes += count.codes
                known.requests += count.requests
                known.answered += count.answered
                known.seconds += count.seconds
                known.met += count.met
                known.findings += count.findings
        for name, place in other.places.items():
            found = self.places.setdefault(name, Place())
            found.bytes += place.bytes
            found.findings += place.findings
        self.faults += other.faults
        self.slips += other.slips
        self.allowed += other.allowed
        self.lines += other.lines
        self.claims += other.claims
        self.untold += other.untold
        self.hidden += other.hidden
        self.metrics |= other.metrics
        self.headers += other.headers


def run(
    folder: File,
    codes: int,
    *,
    residents: int,
    worlds: int,
    batches: int,
    say: Callable[[str], object],
    final_orders: bool = True,
) -> Outcome:
    """Drive this many people's codes through every path, and search.

    Args:
        folder: for all that is kept; new.
        codes: how many.
        residents: how many people there are, at least the codes and their families.
        worlds: gateways beside each other, a process each; in every second one a worker of its own delivers.
        batches: how often faults change in each world.
        say: told about progress.
        final_orders: commands that go through the whole log, and those that take long, are run at the end.
    """
    if worlds == 1:
        return _world(folder, 0, codes, codes, residents, batches, say, final_orders)
    whole = Outcome()
    with multiprocessing.get_context("spawn").Pool(worlds) as pool:
        parts = [(codes * number // worlds, codes * (number + 1) // worlds) for number in range(worlds)]
        given = [
            (folder / f"world-{number}", first, last, codes, residents, batches)
            for number, (first, last) in enumerate(parts)
        ]
        for outcome in pool.starmap(_told_world, given):
            whole.add(outcome)
    return whole


def _told_world(folder: File, first: int, last: int, codes: int, residents: int, batches: int) -> Outcome:
    def say(what: str) -> None:
        sys.stdout.write(f"{folder.name}: {what}\n")
        sys.stdout.flush()

    return _world(folder, first, last, codes, residents, batches, say)


def _world(
    folder: File,
    first: int,
    last: int,
    codes: int,
    residents: int,
    batches: int,
    say: Callable[[str], object],
    final_orders: bool = True,
) -> Outcome:
    chosen = _chosen(codes, residents)
    outcome = Outcome()
    apart = first > 0
    with City(folder, residents, (one.atvk or "" for one in chosen), chosen[first].code, apart=apart) as city:
        places = Places(Search(one.code for one in chosen))
        looked = _Looked(city, places, outcome)
        everybody: list[Visit] = []
        size = -(-(last - first) // batches)
        for batch in range(batches):
            begin = first + batch * size
            visits = [_visit(city, chosen[at], at) for at in range(begin, min(last, begin + size))]
            everybody += visits
            standing = _break(city, batch + (batches if apart else 0))
            outcome.faults += Counter({fault: len(visits) for fault in standing})
            for path in PATHS:
                _drive(path, visits, outcome.paths[path.name])
                looked.after(path, visits)
            say(f"batch {batch + 1} of {batches}: {len(everybody)} codes, {len(looked.findings)} findings")
        for register in city.owners():
            city.control(register=register, fault=None)
        outcome.claims += Counter(visit.kind for visit in everybody if visit.claim is not None)
        outcome.untold += Counter(visit.untold for visit in everybody if visit.untold)
        if final_orders:
            _order(city, everybody, looked, outcome)
            looked.order_at_the_end()
            looked.go_wrong(everybody[0])
        looked.at_the_end()
        say("searched what stays")
    outcome.places, outcome.allowed, outcome.lines = places.found, places.allowed, places.lines
    return outcome


def _chosen(codes: int, residents: int) -> list[Resident]:
    world = build_world((), utc_today(), total=residents)
    people = [one for one in world.residents.values() if one.atvk is not None and one.status == "AKT"]
    # Parents first, so that forms with a child have one; no name of the demo's, whose claims are someone else's.
    people = sorted((one for one in people if not one.code.startswith("391")), key=lambda one: not one.children)
    assert len(people) >= codes, f"there are {len(people)} people"
    return people[:codes]


class _Looked:
    """Searches as a run goes on, and says what for."""

    def __init__(self, city: City, places: Places, outcome: Outcome) -> None:
        self._city, self._places, self._outcome = city, places, outcome
        self._met = 0

    @property
    def findings(self) -> list[Finding]:
        return [one for place in self._places.found.values() for one in place.findings]

    def after(self, path: Path, visits: Sequence[Visit]) -> None:
        """Search what a path was answered, and what was logged and called since the one before."""
        count = self._outcome.paths[path.name]
        said = "\n".join(text for visit in visits for text in visit.said)
        for visit in visits:
            visit.said.clear()
        count.findings += self._places.look("errors, problems, refusals, headers", said)
        count.findings += self._written()
        met = (self._city.calls / registers.MET).read_text().splitlines()
        count.met += Counter(line.split()[1] for line in met[self._met :])
        self._met = len(met)

    def printed(self, name: str, text: str) -> None:
        """Search what a command printed, and what was logged meanwhile."""
        count = self._outcome.orders.setdefault(name, Count())
        count.requests += 1
        count.findings += self._places.look("printed by commands", text)

    def _written(self) -> list[Finding]:
        city, places = self._city, self._places
        outputs = [file for file in city.outputs.glob("*") if file.name != "registers.out"]
        return [
            *places.look_further("standard output and error", city.gateway.log, *outputs),
            *places.look_further("logs", city.data / GATEWAY_LOG),
            *places.look_further("URLs of register calls", city.calls / registers.ADDRESSES),
            *places.look_further("headers of register calls", city.calls / registers.HEADERS),
        ]

    def order_at_the_end(self) -> None:
        """Commands as processes of their own, over all that a world has kept."""
        for order in (
            ("audit", "export", "--since", _yesterday(), "--case", "A-1"),
            ("audit", "verify"),
            ("audit", "key"),
            ("claims", "list", "--limit", "100000", "--json"),
            ("claims", "list"),
            ("claims", "doubtful", "--json"),
            ("claims", "answers", "--words"),
            ("doctor",),
            ("adapter", "check", "revenue"),
        ):
            done = subprocess.run(
                [sys.executable, "-m", "gateway", *order],
                cwd=ROOT,
                env=environment(self._city.settings),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            self.printed(f"gateway {' '.join(each for each in order[:2] if each.isalpha())}", done.stdout + done.stderr)

    def go_wrong(self, visit: Visit) -> None:
        """What others keep goes wrong, and the one person asks while it does."""
        asking = threading.Thread(
            target=lambda: [(visit.ask("{ me { givenName } }"), time.sleep(0.5)) for _ in range(16)]
        )
        asking.start()
        self._city.go_wrong(visit.code)
        asking.join()
        self._places.look("errors, problems, refusals, headers", "\n".join(visit.said))
        visit.said.clear()

    def at_the_end(self) -> None:
        """Search what stays."""
        city, places = self._city, self._places
        self._written()
        metrics = city.http.get("/metrics")
        places.look("metrics", metrics.content)
        self._outcome.metrics.add(metrics.status_code)
        names = (city.calls / registers.HEADERS).read_text(encoding="latin-1").splitlines()
        self._outcome.headers += Counter(line.partition(":")[0] for line in names)
        places.look_at_processes(city.processes)
        if city.redis is not None:
            places.look_at_cache(city.redis)
        places.look_at_names(city.folder)
        places.look_at_contents("files of the data folder, checkpoints", city.data)
        places.look_at_contents("temporary files", city.temporary)
        places.look_at_store(city.data / "gateway.sqlite3")
        with closing(sqlite3.connect(f"file:{city.data}/gateway.sqlite3?mode=ro", uri=True)) as store:
            found = store.execute(
                "SELECT count(*) FROM claims WHERE reference_hidden = 1 AND status <> 'SUBMITTED'"
            ).fetchone()
            self._outcome.hidden += found[0]


def _drive(path: Path, visits: Sequence[Visit], count: Count) -> None:
    before = sum(each.requests for each in visits), sum(each.answered for each in visits)
    began = time.monotonic()
    path.drive(visits)
    count.seconds += time.monotonic() - began
    count.codes += len(visits)
    count.requests += sum(each.requests for each in visits) - before[0]
    count.answered += sum(each.answered for each in visits) - before[1]


def _order(city: City, visits: Sequence[Visit], looked: _Looked, outcome: Outcome) -> None:
    """Some codes, in turn, are given to the next command by its operator."""
    ordered = []
    for turn, visit in enumerate(visits[::_ORDERED_BY]):
        possible = orders(visit.code, visit.claim or "demo-1")
        ordered.append((possible[(turn + (visit.number > turn * _ORDERED_BY) * 18) % len(possible)], visit))
    proofs = [Order(("audit", "prove", record, "--json")) for record in _records(city)]
    for printed in carry_out([*(order for order, _ in ordered), *proofs], city.settings):
        looked.printed(printed.order.name, printed.text)
        if printed.slip:
            outcome.slips[f"{printed.order.name}: {printed.slip}"] += 1
    for order, _ in ordered:
        outcome.orders[order.name].codes += 1


def _records(city: City) -> list[str]:
    """Ids of some access records, as the auditor is shown them."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "audit", "export", "--since", _yesterday()],
        cwd=ROOT,
        env=environment(city.settings),
        capture_output=True,
        text=True,
    )
    return [json.loads(line)["id"] for line in done.stdout.splitlines()[:200:40]]


def _yesterday() -> str:
    return (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


def _visit(city: City, person: Resident, number: int) -> Visit:
    child = person.children[0] if person.children else person.code
    return Visit(city, person.code, number, person.atvk or "", child)


def _break(city: City, batch: int) -> set[str]:
    """Two other faults at each register, and each of the deliveries' where claims are received; gives all that stand."""
    standing: set[str] = set()
    for place, (register, told) in enumerate(city.owners().items()):
        city.control(register=register, fault=None)
        for step in (0, 9):
            fault = READ_FAULTS[(batch * 7 + place + step) % len(READ_FAULTS)]
            city.control(register=register, fault=fault, share=_SHARE, count=_DEAR.get(fault))
            standing.add(fault)
        if "poll" in told["background"]:
            for each in DELIVERY_ONLY:
                city.control(register=register, fault=each, share=_DELIVERY_SHARE)
                standing.add(each)
    return standing
