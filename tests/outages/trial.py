"""One register, one way to break: break it, ask, judge, heal it, ask again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.kit.catalog import discover
from adapters.kit.manifest import Manifest
from gateway.demo.vendors import OTHER_VENDORS
from tests.outages.judging import judge
from tests.outages.operations import Operation, operations
from tests.outages.relays import Relays
from tests.outages.table import Kind
from tests.running_gateway import RunningGateway, free_ports

DEADLINE_SECONDS = 2.5
_SLACK_SECONDS = 5.0
"""For a machine with other work; a deadline that is missed is missed by a register's whole time-out or more."""
_WELL_AGAIN_SECONDS = 40.0
"""A circuit that has opened is tried again after ten."""

SETTINGS = {
    "GATEWAY_REQUEST_DEADLINE": str(DEADLINE_SECONDS),
    "GATEWAY_LIMITS__TOKENS": "20000",
    "GATEWAY_LIMITS__ALIASES": "100",
    "GATEWAY_LIMITS__COST": "100000000",
}


@dataclass(slots=True)
class Cell:
    """What came of one register broken in one way.

    Attributes:
        asked: it was called at all.
        failed: fields that it took with it.
    """

    asked: bool = False
    failed: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


def registers() -> Mapping[str, Manifest]:
    """Every adapter that there is, by name."""
    return {name: each.manifest for name, each in sorted(discover().installed.items())}


def stand_ins() -> Mapping[str, str]:
    """Of those that answer in another's place: in whose."""
    of_vendors = {name: usual for name, (usual, _) in OTHER_VENDORS.items()}
    return of_vendors | {name: each.stands_in_for for name, each in registers().items() if each.stands_in_for}


class Ward:
    """A gateway whose registers are broken one at a time.

    Args:
        gateway: with :data:`SETTINGS`.
        relays: the ways to those registers that can be cut off.
    """

    def __init__(self, gateway: RunningGateway, relays: Relays) -> None:
        self.gateway = gateway
        self._relays = relays
        gateway.until_notices_are_read()
        gateway.clear_control()
        self._well = {name: self._ask(each)[0] for name, each in operations().items()}
        calls = gateway.control()
        self.asked = frozenset(name for name, each in calls.items() if any(each["calls"].values()))
        """Registers that the operations call."""

    def trial(self, register: str, kind: Kind, names: tuple[str, ...] | None = None) -> Cell:
        """Break, ask, judge, heal, ask.

        Args:
            names: of the operations; all of them by default.
        """
        cell = Cell(asked=register in self.asked)
        records = frozenset(registers()[register].reads)
        expected = kind if cell.asked else Kind(kind.fault, frozenset())
        asked = {name: each for name, each in operations().items() if names is None or name in names}
        self._break(register, kind)
        try:
            for name, operation in asked.items():
                ill, seconds = self._ask(operation)
                judged = judge(self._well[name], ill, register, records, expected)
                cell.failed += judged.failed
                cell.wrong += judged.wrong
                cell.seconds = max(cell.seconds, seconds)
                if seconds > DEADLINE_SECONDS + _SLACK_SECONDS:
                    cell.wrong.append(f"{name} took {seconds:.1f} s")
        finally:
            self._heal(register, kind)
        if cell.asked and kind.codes and not cell.failed:
            cell.wrong.append("nothing failed")
        cell.wrong += [f"{name}: still not well" for name, each in asked.items() if not self._well_again(name, each)]
        return cell

    def _break(self, register: str, kind: Kind) -> None:
        if kind.is_there:
            self.gateway.fault(register, kind.fault, latency_ms=kind.latency_ms)
        else:
            self._relays.cut(register)

    def _heal(self, register: str, kind: Kind) -> None:
        if kind.is_there:
            self.gateway.fault(register, None)
        else:
            self._relays.mend(register)

    def _well_again(self, name: str, operation: Operation) -> bool:
        """Whether the answer becomes what it was, without a restart."""
        end = time.monotonic() + _WELL_AGAIN_SECONDS
        untroubled = Kind(None, frozenset())
        while True:
            judged = judge(self._well[name], self._ask(operation)[0], "", frozenset(), untroubled)
            if not judged.failed and not judged.wrong:
                return True
            if time.monotonic() > end:
                return False
            time.sleep(0.5)

    def _ask(self, operation: Operation) -> tuple[Any, float]:
        started = time.monotonic()
        status, body = self.gateway.post(operation.query, persona=operation.persona)
        assert status == 200, body
        assert body.get("data"), body
        return body, time.monotonic() - started


@contextmanager
def ward(folder: Path, register: str | None = None) -> Iterator[Ward]:
    """A gateway of its own.

    Args:
        register: this one answers in the place of what it stands in for; None: none does.
    """
    [port] = free_ports(1)
    settings = dict(SETTINGS)
    if register is not None:
        settings[_name(stand_ins()[register], "ENABLED")] = "false"
    with Relays(_with_a_way_of_its_own(register), port) as relays:
        for name, way in relays.ports.items():
            settings[_name(name, "URL")] = f"http://127.0.0.1:{way}/{name}"
        data = folder / f"data-{register}"
        with RunningGateway(data, "--registers-port", str(port), settings=settings) as gateway:
            gateway.registers_url = f"http://127.0.0.1:{port}"
            yield Ward(gateway, relays)


def can_be_refused(register: str) -> bool:
    """The demo sets more for what is behind DAGR than an address, and all of it or nothing."""
    return registers()[register].dagr is None


def _with_a_way_of_its_own(register: str | None) -> list[str]:
    """Another vendor's system with an address of its own has every municipality, so only the one that is meant has."""
    return [name for name in registers() if can_be_refused(name) and (name == register or name not in OTHER_VENDORS)]


def _name(register: str, setting: str) -> str:
    return f"GATEWAY_REGISTERS__{register.upper()}__{setting}"
