"""Commands that change the store, on a disk that fails at the n-th write or sync: all or nothing, and said truly.

This module run is the process whose disk goes bad: it runs one command for each line it is given, so that a hundred of
them cost no hundred starts.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.kit.errors import Unavailable
from gateway.claims.delivery import Worker
from gateway.store.migrate import newest
from gateway.store.store import Store
from gateway.store.subjects import person_subject
from schema.terms import PersonCode
from tests.claims.owners import MANUAL, Owner, Time
from tests.claims.world import NOW, seed, submitted
from tests.running_gateway import ROOT, environment
from tests.store.bad_disk.disks import Disk, ShimmedDisk

COMMANDS = ("forget", "settle")
CODE = PersonCode("39100009999")
"""Of a person of whom nothing is under way."""
_STORE = "gateway.sqlite3"


@dataclass(slots=True)
class Told:
    """The figures of one command; ``slips`` say what must not be."""

    case: str
    bad_times: int = 0
    done: int = 0
    """How often it said that it was done."""
    refused: int = 0
    slips: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Nothing happened that must not, and the disk went bad."""
        return not self.slips and self.bad_times > 0


class Commands:
    """A process that runs commands over one store.

    Args:
        folder: an empty one.
        disk: where the store is.
    """

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.disk = disk
        self._template = folder / "template.sqlite3"
        self.claim = _made(self._template)
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=ROOT,
            env=environment({**disk.settings, "GATEWAY_DATA": str(disk.data), "LOGNAME": "operator"}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def words(self, command: str) -> list[str]:
        """What is typed for ``forget`` or ``settle``."""
        if command == "forget":
            return ["audit", "forget", CODE.digits, "--case", "E-1/2026", "--yes"]
        return ["claims", "settle", self.claim, "--arrived", "KAD-7"]

    def renew(self) -> None:
        """The store as it was in the beginning."""
        self.empty()
        shutil.copyfile(self._template, self.disk.data / _STORE)
        if isinstance(self.disk, ShimmedDisk):
            self.disk.begin()

    def empty(self) -> None:
        """No store at all."""
        for each in self.disk.data.glob(f"{_STORE}*"):
            each.unlink()
        if isinstance(self.disk, ShimmedDisk):
            for each in self.disk.after_power_cut.iterdir():
                each.unlink()

    def go_bad(self) -> None:
        """See ``Disk``."""
        self.disk.go_bad(self._process.pid)

    def heal(self) -> None:
        """See ``Disk``."""
        self.disk.heal(self._process.pid)

    def run(self, words: Sequence[str]) -> dict[str, Any]:
        """Shape: ``code``, ``said`` (lines of standard output), ``complained`` (of standard error), ``slip``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(words)}\n")
        self._process.stdin.flush()
        ran: dict[str, Any] = json.loads(self._process.stdout.readline())
        return ran

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self.disk.close()


def at_each(name: str, command: str, runs: Commands, writes: Sequence[int]) -> Told:
    """The command on a disk whose n-th write or sync fails, and all behind it or, every second time, that one alone."""
    told = Told(name)
    disk = runs.disk
    assert isinstance(disk, ShimmedDisk)
    for number in writes:
        runs.renew()
        disk.fail(number - 1, 1 if number % 2 else -1)
        went_bad = _once(told, command, runs, lambda: disk.failed > 0)
        told.bad_times += went_bad
        if not went_bad:
            break
    return told


def lasting(name: str, command: str, runs: Commands) -> Told:
    """The command on a disk that keeps nothing."""
    told = Told(name, bad_times=1)
    runs.renew()
    runs.go_bad()
    _once(told, command, runs, lambda: True)
    if not told.refused:
        told.slips.append("done, on a disk that keeps nothing")
    return told


def starting(name: str, runs: Commands, writes: Sequence[int]) -> Told:
    """A store that is made on a disk whose n-th write or sync fails, and opened again once the disk is well."""
    told = Told(name)
    disk = runs.disk
    assert isinstance(disk, ShimmedDisk)
    for number in writes:
        runs.empty()
        (disk.data / _STORE).touch()  # A command makes its tables, and no file where there is none.
        disk.fail(number - 1, 1 if number % 2 else -1)
        ran = runs.run(["claims", "list"])
        went_bad = disk.failed > 0
        disk.heal(0)
        told.bad_times += went_bad
        told.done += ran["code"] == 0
        told.refused += ran["code"] != 0
        _check_line(told, ran)
        again = runs.run(["claims", "list"])
        if again["code"]:
            told.slips.append(f"on a good disk it does not start: {again}")
        with closing(sqlite3.connect(disk.data / _STORE)) as connection:
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            if revision != [(newest(),)] or connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                told.slips.append(f"the store is not as it should be: {revision}")
        if not went_bad:
            break
    return told


def _check_line(told: Told, ran: Mapping[str, Any]) -> None:
    if ran["slip"] is not None:
        told.slips.append(f"it ended with {ran['slip']}")
    if ran["code"] and (ran["said"] or len(ran["complained"]) != 1 or ran["code"] != 1):
        told.slips.append(f"{ran['code']}: {ran['said']} {ran['complained']}")


def _once(told: Told, command: str, runs: Commands, went_bad: Callable[[], bool]) -> bool:
    ran = runs.run(runs.words(command))
    bad = went_bad()
    runs.heal()
    _check_line(told, ran)
    is_done = ran["code"] == 0
    told.done += is_done
    told.refused += not is_done
    places = [runs.disk.data]
    if isinstance(runs.disk, ShimmedDisk) and is_done:
        places.append(runs.disk.after_power_cut)
    for place in places:
        changed = _changed(place, command)
        if len(set(changed)) != 1:
            told.slips.append(f"half of it was done: {changed}")
        if is_done and not all(changed):
            told.slips.append(f"it said that it was done and it was not, in {place.name}")
    again = runs.run(runs.words(command))
    if not all(_changed(runs.disk.data, command)) or (again["code"] and not all(changed)):
        told.slips.append(f"on a good disk it was not done: {again}")
    return bad


def _changed(place: Path, command: str) -> list[bool]:
    """What each part of the work says about whether it was done; of a copy, which nobody has read before."""
    copy = place / "looked-at"
    copy.mkdir(exist_ok=True)
    for name in (_STORE, f"{_STORE}-wal"):
        (copy / name).unlink(missing_ok=True)
        if (place / name).exists():
            shutil.copyfile(place / name, copy / name)
    with closing(sqlite3.connect(copy / _STORE)) as connection:
        found = [bool(connection.execute(each).fetchone()[0]) for each in _PARTS[command]]
        whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    shutil.rmtree(copy)
    return found if whole else [True, False]


_PARTS = {
    "forget": (
        f"SELECT NOT EXISTS (SELECT 1 FROM person_codes WHERE code = '{CODE.digits}')",
        "SELECT EXISTS (SELECT 1 FROM log_events WHERE kind = 'FORGOTTEN')",
        "SELECT EXISTS (SELECT 1 FROM subject_keys WHERE key IS NULL)",
    ),
    "settle": (
        "SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE state = 'DOUBTFUL')",
        "SELECT EXISTS (SELECT 1 FROM claims WHERE owner_reference = 'KAD-7')",
        "SELECT EXISTS (SELECT 1 FROM claims WHERE status = 'DELIVERED')",
        "SELECT EXISTS (SELECT 1 FROM claim_events WHERE status = 'DELIVERED')",
    ),
}


def _made(path: Path) -> str:
    """A store with a person whom nobody needs and a claim in doubt, whose id is given back."""
    store = Store.open(f"sqlite:///{path}")
    store.write_sync(seed)
    store.write_sync(lambda c: person_subject(c, CODE, NOW))
    claim = store.write_sync(lambda c: submitted(c, "vzd", MANUAL))
    owner = Owner()
    owner.script.insert(0, Unavailable("vzd", "connection lost"))
    asyncio.run(Worker(store, {"vzd": owner}, Time().clock()).run_once())
    store.close()
    return claim


def _serve() -> None:
    from click.testing import CliRunner
    from typer.main import get_command

    from gateway.cli import app

    command = get_command(app)
    for line in sys.stdin:
        done = CliRunner().invoke(command, json.loads(line), prog_name="gateway")
        slip = None if done.exception is None or isinstance(done.exception, SystemExit) else repr(done.exception)
        told = {"code": done.exit_code, "said": done.stdout.splitlines(), "complained": done.stderr.splitlines()}
        os.write(1, f"{json.dumps({**told, 'slip': slip})}\n".encode())


if __name__ == "__main__":
    _serve()
