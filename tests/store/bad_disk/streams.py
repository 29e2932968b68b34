"""Streams while the gateway can record nothing: one that opens then, and one that goes on, whose claim changes then.

A claim changes though the gateway can write nothing because a ``gateway worker`` can: it is started once the disk below
the gateway is bad, and delivers what waits.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from gateway.clock import epoch_seconds
from gateway.demo.passes import token_for
from tests.claims.kill.clients import KINDS, PREPARE, SUBMIT
from tests.claims.kill.town import Town
from tests.edge.sse import Event, parse
from tests.store.bad_disk.disks import Disk

_QUERY = "subscription($id: ID!) { claimChanged(id: $id) { status answers } }"
_WITHIN = 60.0
_PERSONA = "anna"


@dataclass(slots=True)
class Streamed:
    """What streams were told; ``slips`` say what must not be."""

    case: str
    released: int = 0
    """Events with personal data, before and after."""
    refused_at_opening: int = 0
    refused_going_on: int = 0
    recovered: int = 0
    slips: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Nothing was told while nothing could be recorded, both streams said so, and it went on by itself."""
        return not self.slips and min(self.refused_at_opening, self.refused_going_on, self.recovered) > 0


def watch(name: str, disk: Disk, folder: Path, times: int = 1) -> Streamed:
    """Run so many bad times."""
    town, told = Town(folder, 0.0, disk.data, {**disk.settings, "GATEWAY_DELIVER": "false"}), Streamed(name)
    try:
        town.start_gateway()
        watching = _Watching(town, disk, told)
        for number in range(times):
            watching.bad_time(number)
        if town.stop_gateway():
            told.slips.append("the gateway did not stop as it should")
        return told
    finally:
        town.close()
        disk.close()


class _Watching:
    def __init__(self, town: Town, disk: Disk, told: Streamed) -> None:
        self._town = town
        self._disk = disk
        self._told = told
        self._token = token_for(town.data, _PERSONA, now=epoch_seconds(), ttl=3600)

    def bad_time(self, number: int) -> None:
        town, told = self._town, self._told
        claim = self._submitted(number)
        with self._stream(claim) as going_on:
            self._released(next(going_on))
            self._disk.go_bad(town.process)
            try:
                with self._stream(claim) as opening:
                    told.refused_at_opening += self._refused(opening, "a stream that opens")
                worker = town.start_worker()
                told.refused_going_on += self._refused(going_on, "a stream that goes on")
            finally:
                self._disk.heal(town.process)
        if town.stop_worker(worker):
            told.slips.append("the worker did not stop as it should")
        told.recovered += self._goes_on(claim)

    def _goes_on(self, claim: str) -> bool:
        """Who connects again is told, as soon as what is told can be recorded."""
        end = time.monotonic() + _WITHIN
        while time.monotonic() < end:
            with self._stream(claim) as again:
                event = next(again)
                said = (event.data.get("data") or {}).get("claimChanged")
            if said is not None and said["status"] == "DELIVERED":
                self._released(event)
                return True
            time.sleep(0.1)
        self._told.slips.append("nothing was told after the bad time")
        return False

    def _released(self, event: Event) -> None:
        said = (event.data.get("data") or {}).get("claimChanged")
        if said is None or said["answers"] is None:
            self._told.slips.append(f"a stream on a good disk was told {event.data}")
        self._told.released += 1

    def _refused(self, events: Iterator[Event], which: str) -> bool:
        """It is told that nothing can be recorded, nothing else, and that it ends."""
        event = next(events)
        codes = [each["extensions"]["code"] for each in event.data.get("errors", [])]
        if (event.data.get("data") or {}).get("claimChanged") is not None or codes != ["LOG_UNAVAILABLE"]:
            self._told.slips.append(f"{which} was told {event.data}")
            return False
        if next(events).kind != "complete":
            self._told.slips.append(f"{which} was not told that it ended")
        return True

    @contextmanager
    def _stream(self, claim: str) -> Iterator[Iterator[Event]]:
        headers = self._headers | {"Accept": "text/event-stream"}
        with closing(HTTPConnection("127.0.0.1", self._town.port, timeout=_WITHIN)) as connection:
            connection.request("POST", "/graphql", json.dumps({"query": _QUERY, "variables": {"id": claim}}), headers)
            answer = connection.getresponse()
            if not (answer.getheader("content-type") or "").startswith("text/event-stream"):
                yield iter([Event("next", json.loads(answer.read())), Event("complete")])
                return
            lines = (line.decode().rstrip("\r\n") for line in iter(answer.readline, b""))
            yield (event for event in parse(lines) if event.kind != ":")

    def _submitted(self, number: int) -> str:
        kind = next(each for each in KINDS if each.persona == _PERSONA)
        draft = {"type": kind.claim_type, "applicant": {"personCode": kind.person_code}}
        draft |= {"municipality": kind.municipality, "answers": kind.answers_of(number)[0]}
        claim: str = self._ask(PREPARE, draft)["prepareClaim"]["claim"]["id"]
        self._ask(SUBMIT, {"id": claim, "idempotencyKey": f"stream-{number}"})
        return claim

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}

    def _ask(self, query: str, given: Any) -> Any:
        with closing(HTTPConnection("127.0.0.1", self._town.port, timeout=_WITHIN)) as connection:
            body = json.dumps({"query": query, "variables": {"i": given}})
            connection.request("POST", "/graphql", body, self._headers)
            return json.loads(connection.getresponse().read())["data"]
