"""One run: claims come in, the gateway is killed, and at the end everything is counted."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from gateway.clock import epoch_seconds
from gateway.demo.passes import token_for
from tests.claims.kill.clients import KINDS, Client, Ledger, Unanswered, claims_of
from tests.claims.kill.town import Town
from tests.claims.kill.verdict import AtOwner, Counted, count, sends_by_claim

_TOKEN_SECONDS = 6 * 3600
_DRAINED_WITHIN = 120.0


@dataclass(slots=True)
class Outcome:
    """The figures of one run."""

    kills: int
    counted: list[Counted] = field(default_factory=list)
    ready_seconds: list[float] = field(default_factory=list)
    """From the start of the process to the first 200 of ``/health/ready``, by the wall clock."""
    ready_processor_seconds: list[float] = field(default_factory=list)
    """What the gateway itself took of a processor until then: this does not depend on who else is on the machine."""
    drained_seconds: float = 0.0
    repeated: int = 0
    slips: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Nothing happened that must not."""
        return not self.slips and all(each.holds for each in self.counted)


def run(
    folder: Path,
    *,
    kills: int,
    seed: int,
    drop: float = 0.2,
    clients_of_a_kind: int = 2,
    pause: float = 0.3,
    workers: int = 0,
    longest_life: float = 3.0,
    say: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Kill a gateway so many times while claims come in.

    Args:
        folder: an empty one.
        seed: draws the moments.
        drop: share of deliveries of which the reply is lost after they were committed.
        pause: of each client between two claims, seconds.
        workers: further processes that deliver, killed and stopped for a while at random too.
        longest_life: seconds that a gateway lives once it is ready.
    """
    random = Random(seed)
    town = Town(folder, drop)
    outcome, ledger, stop = Outcome(kills), Ledger(), threading.Event()
    try:
        _started(town, outcome)
        tokens = {
            kind.persona: token_for(town.data, kind.persona, now=epoch_seconds(), ttl=_TOKEN_SECONDS) for kind in KINDS
        }
        clients = [
            Client(number, kind, town.port, tokens[kind.persona], ledger, stop, pause)
            for number, kind in enumerate(kind for kind in KINDS for _ in range(clients_of_a_kind))
        ]
        helpers = [town.start_worker() for _ in range(workers)]
        for client in clients:
            client.start()
        for kill in range(1, kills + 1):
            time.sleep(random.uniform(0.0, longest_life))
            town.kill_gateway()
            _disturb(town, helpers, random)
            if random.random() < 0.2 and kill < kills:  # Killed while it starts: this, too, is a moment.
                town.launch_gateway()
                time.sleep(random.uniform(0.0, 3.0))
                town.kill_gateway()
            _started(town, outcome)
            if kill % 10 == 0 or kill == kills:
                say(f"{kill} kills, {len(ledger.accepted)} claims acknowledged, {ledger.repeated} asked again")
        stop.set()
        for client in clients:
            client.join(60)
        outcome.slips += [f"{each.name} waits for an answer still" for each in clients if each.is_alive()]
        outcome.drained_seconds = drained(town)
        outcome.counted = counted(town, tokens.values(), ledger)
        outcome.slips += ledger.slips
        outcome.repeated = ledger.repeated
        return outcome
    finally:
        stop.set()
        town.close()


def counted(town: Town, tokens: Iterable[str], ledger: Ledger) -> list[Counted]:
    """What clients were told, compared with everything that there is now."""
    claims: dict[str, dict[str, object]] = {}
    for token in tokens:
        claims |= _read(town, token)
    owners = town.owners()
    at_owners = {kind.register: _at_owner(owners[kind.register]) for kind in KINDS}
    sent = sends_by_claim(list(town.wiretap.bodies()))
    return count(ledger.accepted, claims, at_owners, sent, town.doubtful())


def _started(town: Town, outcome: Outcome) -> None:
    outcome.ready_seconds.append(town.start_gateway())
    outcome.ready_processor_seconds.append(town.processor_seconds())


def _disturb(town: Town, helpers: list[int], random: Random) -> None:
    for helper in helpers:
        chance = random.random()
        if chance < 0.3:
            town.signal_worker(helper, signal.SIGKILL)
        elif chance < 0.5:
            town.signal_worker(helper, signal.SIGSTOP)
        else:
            town.signal_worker(helper, signal.SIGCONT)


def drained(town: Town) -> float:
    """Seconds until nothing is on its way to an owner any more."""
    began = time.monotonic()
    while time.monotonic() - began < _DRAINED_WITHIN and town.on_its_way():
        time.sleep(0.5)
    return time.monotonic() - began


def _at_owner(held: Mapping[str, Any]) -> AtOwner:
    return AtOwner(
        [(each["claimId"], each["reference"]) for each in held["cases"]],
        [each["reference"] for each in held["messages"] if each["kind"] == "WITHDRAWAL"],
    )


def _read(town: Town, token: str) -> dict[str, dict[str, object]]:
    while True:
        try:
            return claims_of(town.port, token)
        except Unanswered:
            time.sleep(0.1)
