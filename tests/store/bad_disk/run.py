"""One case: claims come in and people read, the disk goes bad and well again, and at the end everything is counted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from gateway.clock import epoch_seconds
from gateway.demo.passes import token_for
from tests.claims.kill.clients import KINDS, Client, Ledger
from tests.claims.kill.run import counted, drained
from tests.claims.kill.town import Town
from tests.claims.kill.verdict import Counted
from tests.running_gateway import ROOT, environment
from tests.store.bad_disk.disks import Disk, ShimmedDisk
from tests.store.bad_disk.subscriber import Subscriber

_TOKEN_SECONDS = 6 * 3600
_WITHIN = 60.0
"""For everything that is waited for; nothing is timed."""
_ASK = json.dumps({"query": "{ claimTypes { code } me { givenName } }"})


@dataclass(slots=True)
class Outcome:
    """The figures of one case; those from ``lost`` on say what must not be."""

    case: str
    bad_times: int = 0
    """How often the disk went bad."""
    acknowledged: int = 0
    refused_reads: int = 0
    released_reads: int = 0
    public_answers: int = 0
    events: int = 0
    """Of subscriptions, with personal data."""
    events_refused: int = 0
    lost: int = 0
    doubled: int = 0
    without_record: int = 0
    """Personal reads, and events of subscriptions, that were released and have no access record."""
    public_refused: int = 0
    recovered: int = 0
    """How often it went on without a restart."""
    slips: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Nothing happened that must not, and something happened at all."""
        wrong = (self.lost, self.doubled, self.without_record, self.public_refused, *self.slips)
        return (
            not any(wrong) and self.recovered == self.bad_times > 0 and min(self.acknowledged, self.released_reads) > 0
        )


class Reader(threading.Thread):
    """A person who reads the own name, and what is public, again and again, in one request."""

    def __init__(self, port: int, token: str, outcome: Outcome, stop: threading.Event) -> None:
        super().__init__(name="reader", daemon=True)
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._outcome = outcome
        self._told_to_stop = stop
        self.released: list[str] = []
        """Request ids of reads that were answered with personal data."""

    def run(self) -> None:
        """See ``threading.Thread``."""
        while not self._told_to_stop.wait(0.02):
            self._ask()

    def _ask(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_WITHIN)
        outcome = self._outcome
        try:
            connection.request("POST", "/graphql", _ASK, self._headers)
            answer = connection.getresponse()
            body: dict[str, Any] = json.loads(answer.read())
            request_id = answer.getheader("x-request-id") or ""
        except (OSError, HTTPException, ValueError) as error:
            outcome.slips.append(f"a reader was not answered: {type(error).__name__}")
            return
        finally:
            connection.close()
        data, codes = body.get("data") or {}, {each["extensions"]["code"] for each in body.get("errors", [])}
        if len(data.get("claimTypes") or ()) == 12:
            outcome.public_answers += 1
        else:
            outcome.public_refused += 1
            outcome.slips.append(f"public fields were not answered: {sorted(codes)}")
        if data.get("me"):
            self.released.append(request_id)
            outcome.released_reads += 1
        elif codes == {"LOG_UNAVAILABLE"}:
            outcome.refused_reads += 1
        else:
            outcome.slips.append(f"a personal read was answered {sorted(codes)}")


class Case:
    """A gateway on one disk, its owners, clients and a reader.

    Args:
        name: of the case.
        disk: where its data is.
        folder: an empty one, on a disk that stays well.
        clients_of_a_kind: that submit, of each strategy.
        pause: of each between two claims, seconds.
        worker: deliveries are made by ``gateway worker``, a process of its own on the same disk.
    """

    def __init__(
        self,
        name: str,
        disk: Disk,
        folder: Path,
        clients_of_a_kind: int = 1,
        pause: float = 0.05,
        *,
        worker: bool = False,
    ) -> None:
        self.outcome = Outcome(name)
        self.disk = disk
        self._worker = worker
        self.town = Town(folder, 0.0, disk.data, {**disk.settings, **({"GATEWAY_DELIVER": "false"} if worker else {})})
        self._folder = folder
        self._stop = threading.Event()
        if isinstance(disk, ShimmedDisk):
            disk.begin()
        self._ledger = Ledger()
        self._tokens = {
            kind.persona: token_for(self.town.data, kind.persona, now=epoch_seconds(), ttl=_TOKEN_SECONDS)
            for kind in KINDS
        }
        self.town.start_gateway()
        if worker:
            self.town.start_worker(disk.settings_beside)
        self._reader = Reader(self.town.port, self._tokens["anna"], self.outcome, self._stop)
        self._clients = [
            Client(number, kind, self.town.port, self._tokens[kind.persona], self._ledger, self._stop, pause)
            for number, kind in enumerate(kind for kind in KINDS for _ in range(clients_of_a_kind))
        ]
        self._subscriber = Subscriber(self.town.port, self._tokens["anna"], self._claims_of_anna, self._stop)
        for each in (self._reader, self._subscriber, *self._clients):
            each.start()

    def lasting(self) -> None:
        """The disk goes bad until nothing is taken any more, and is well again."""
        outcome = self.outcome
        self._goes_on()
        outcome.bad_times += 1
        refused = outcome.refused_reads
        self._on_each_process(self.disk.go_bad)
        try:
            self._until(lambda: outcome.refused_reads >= refused + 5, "nothing was refused on a bad disk")
            told = self._readiness()
            if told.get("takesWrites", True) or not {"since", "reason", "remedy"} <= told.keys():
                outcome.slips.append(f"readiness said {told}")
        finally:
            self._on_each_process(self.disk.heal)
        outcome.recovered += self._goes_on()

    def _on_each_process(self, do: Callable[[int], None]) -> None:
        do(self.town.process)
        if self._worker:
            do(self.town.worker_process(0))

    def _arrived(self) -> int:
        """Cases at the owners."""
        return sum(len(each["cases"]) for each in self.town.owners().values())

    def at_the(self, number: int, times: int) -> None:
        """The write or sync of this number from now, and so many behind it, fail."""
        assert isinstance(self.disk, ShimmedDisk)
        disk = self.disk
        self.outcome.bad_times += 1
        disk.fail(number - 1, times)
        self._until(lambda: disk.failed >= times, "so many syncs there were not")
        self.outcome.recovered += self._goes_on()

    def end(self, *, power_cut: bool) -> Outcome:
        """Finish what is in hand, cut the power or stop the gateway, and count."""
        self._stop.set()
        outcome = self.outcome
        for each in (self._reader, self._subscriber, *self._clients):
            each.join(_WITHIN)
            if each.is_alive():
                outcome.slips.append(f"{each.name} waits for an answer still")
        if not self._readiness("checkpoints").get("keptOutside"):
            outcome.slips.append("readiness says nothing of checkpoints, or that they are not kept outside")
        drained(self.town)
        found = counted(self.town, self._tokens.values(), self._ledger)
        if self._worker and power_cut:
            os.kill(self.town.worker_process(0), signal.SIGKILL)
        elif self._worker and self.town.stop_worker(0):
            outcome.slips.append("the worker did not stop as it should")
        if power_cut:
            self.town.kill_gateway()
        elif self.town.stop_gateway():
            outcome.slips.append("the gateway did not stop as it should")
        self._count(found)
        return outcome

    def close(self) -> None:
        """End every process."""
        self._stop.set()
        self.town.close()

    def _count(self, found: list[Counted]) -> None:
        outcome = self.outcome
        outcome.acknowledged = sum(each.acknowledged for each in found)
        lost = {claim for each in found for claim in each.lost}
        outcome.doubled = sum(len(each.doubled) for each in found)
        outcome.slips += [*self._ledger.slips, *self._subscriber.slips]
        outcome.events = len(self._subscriber.released)
        outcome.events_refused = self._subscriber.refused
        for each in found:
            wrong = (each.altered, each.resent, each.unlisted, each.unfinished, each.not_withdrawn, each.invented)
            if any(wrong):
                outcome.slips.append(f"{each.strategy}: {[len(one) for one in wrong]} altered, resent, unlisted, …")
        store = self._left()
        with closing(sqlite3.connect(store)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                outcome.slips.append("the store is damaged")
            kept = dict(connection.execute("SELECT id, status FROM claims"))
            (signed,) = connection.execute("SELECT count(*) FROM log_checkpoints").fetchone()
            recorded = {row[0] for row in connection.execute("SELECT request_id FROM access_records")}
        lost |= {claim for claim in self._ledger.accepted if kept.get(claim, "DRAFT") == "DRAFT"}
        outcome.lost = len(lost)
        outcome.without_record = len({*self._reader.released, *self._subscriber.released} - recorded)
        if signed:
            self._verify(store)
        for log in ("gateway.log", "worker.log") if self._worker else ("gateway.log",):
            if "Traceback" in (self._folder / log).read_text("utf-8", "replace"):
                outcome.slips.append(f"{log} has a stack trace")

    def _verify(self, store: Path) -> None:
        checkpoints = self.town.data / "checkpoints"
        outside = ["--checkpoint", str(checkpoints)] if checkpoints.exists() and checkpoints.stat().st_size else []
        verified = subprocess.run(
            [sys.executable, "-m", "gateway", "audit", "verify", "--store", str(store), *outside],
            cwd=ROOT,
            env=environment({"GATEWAY_DATA": str(self.town.data)}),
            capture_output=True,
            text=True,
        )
        if verified.returncode:
            self.outcome.slips.append(f"the log does not verify: {verified.stdout[-300:]}{verified.stderr[-300:]}")

    def _left(self) -> Path:
        """What is there after the power was cut."""
        there = self.disk.after_power_cut if isinstance(self.disk, ShimmedDisk) else self.town.data
        copy = self._folder / "left"
        copy.mkdir()
        for name in ("gateway.sqlite3", "gateway.sqlite3-wal"):
            if (there / name).exists():
                shutil.copyfile(there / name, copy / name)
        return copy / "gateway.sqlite3"

    def _goes_on(self) -> bool:
        """Claims are accepted and arrive, and personal data is released to who reads and to who watches."""

        def so_far() -> tuple[int, int, int]:
            return len(self._ledger.accepted), self.outcome.released_reads, len(self._subscriber.released)

        before, arrived = so_far(), self._arrived()
        return self._until(
            lambda: all(now > then for now, then in zip(so_far(), before, strict=True)), "it did not go on"
        ) and self._until(lambda: self._arrived() > arrived, "nothing arrived any more")

    def _claims_of_anna(self) -> list[str]:
        with self._ledger.lock:
            return [claim for claim, each in self._ledger.accepted.items() if each.kind.persona == "anna"]

    def _until(self, holds: Callable[[], bool], otherwise: str) -> bool:
        end = time.monotonic() + _WITHIN
        while not holds():
            if time.monotonic() > end:
                self.outcome.slips.append(otherwise)
                return False
            time.sleep(0.01)
        return True

    def _readiness(self, part: str = "store") -> dict[str, Any]:
        connection = HTTPConnection("127.0.0.1", self.town.port, timeout=_WITHIN)
        with suppress(OSError, HTTPException, ValueError), closing(connection):
            connection.request("GET", "/health/ready")
            told: dict[str, Any] = json.loads(connection.getresponse().read())[part]
            return told
        return {}
