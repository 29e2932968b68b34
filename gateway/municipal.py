"""Which register answers, and which receives, where several hold the same for different municipalities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Connection as StoreConnection

from adapters.kit.connected import ConnectedRegister
from adapters.kit.manifest import Manifest
from adapters.kit.municipal import ByMunicipality, Placed, shared_places
from gateway.cache.register import Register
from gateway.claims.outbox import Route
from gateway.desk.permitted import ByPurpose
from gateway.store.reference import shipped_terms
from gateway.store.succession import Succession, Term, terms_of
from schema.terms import AtvkCode, ClaimTypeCode

Source = Register | ByMunicipality[Register] | ByPurpose[Any]
"""What answers one record type."""


class SetUp(Placed, Protocol):
    """A register as its settings have it, whether or not its adapter works."""

    manifest: Manifest

    @property
    def by_municipality(self) -> bool: ...


class Receivers:
    """The registers that receive claims.

    Args:
        registers: all that are connected, by name.
    """

    def __init__(self, registers: Mapping[str, ConnectedRegister]) -> None:
        self._registers = registers
        self._by_type: dict[tuple[str, str], ByMunicipality[ConnectedRegister]] = {}

    def of(self, code: ClaimTypeCode, usual: str, municipality: AtvkCode | None) -> ConnectedRegister | None:
        """Where claims of a type go; None where nobody receives them.

        Args:
            usual: the register that the claim type names; another one that receives the type may have a municipality.
            municipality: the claim's; None: any.
        """
        places = self._places(code.text, usual)
        if not places.each:
            return self._registers.get(usual)
        return places.each[0] if municipality is None else places.of(municipality)

    def none_there(self, code: ClaimTypeCode, usual: str, municipality: AtvkCode | None) -> bool:
        """It is set that the municipality has no system that claims of this type could go to."""
        return municipality is not None and self._places(code.text, usual).has_none(municipality)

    def has(self, register: str, code: str, municipality: AtvkCode) -> bool:
        """Whether it is this register that receives claims of a type to a municipality."""
        found = self._places(code, register).of(municipality)
        return found is not None and found.name == register

    def route(self, register: str, code: ClaimTypeCode, municipality: AtvkCode) -> Route | None:
        """Where claims of a type to a municipality go now.

        Args:
            register: where they went when they were submitted.
        """
        found = self._places(code.text, register).of(municipality)
        return None if found is None else Route(found.name, found.manifest.receives[code.text].strategy)

    def _places(self, code: str, usual: str) -> ByMunicipality[ConnectedRegister]:
        found = self._by_type.get((code, usual))
        if found is None:
            # The usual one comes first, so that of common addresses its own counts.
            names = sorted(self._registers, key=lambda name: (name != usual, name))
            several = [self._registers[name] for name in names]
            found = self._by_type[code, usual] = ByMunicipality(
                (each, each) for each in several if each.by_municipality and code in each.manifest.receives
            )
        return found


def sources_of(
    registers: Mapping[str, ConnectedRegister],
    record_types: Callable[[str], Iterable[type[Any]]],
    held: Callable[[type[Any], ConnectedRegister], Register],
    permitted: Callable[[ConnectedRegister, ConnectedRegister | None], ByPurpose[Any]],
) -> dict[type[Any], Source]:
    """What answers each record type: of several registers the first by name, or each for its municipalities.

    One behind DAGR comes before the register that it is a copy of: who connects both wants it so.

    Args:
        record_types: those that a register reads.
        held: a register with a memory of what it said, or as it is.
        permitted: one behind DAGR with its permissions, and the register that it is a copy of, where that is connected.
    """
    copies = {
        name: permitted(each, registers.get(each.manifest.stands_in_for))
        for name, each in registers.items()
        if each.manifest.dagr is not None
    }
    found: dict[type[Any], list[ConnectedRegister]] = {}
    for name in sorted(registers):
        for record_type in record_types(name):
            found.setdefault(record_type, []).append(registers[name])
    sources: dict[type[Any], Source] = {}
    for record_type, several in found.items():
        copy = next((copies[each.name] for each in several if each.name in copies), None)
        municipal = [each for each in several if each.by_municipality]
        if copy is not None:
            sources[record_type] = copy
        elif municipal:
            sources[record_type] = ByMunicipality([(held(record_type, each), each) for each in municipal])
        else:
            sources[record_type] = held(record_type, several[0])
    return sources


@dataclass(frozen=True, slots=True)
class Places:
    """The code list of municipalities as settings are held beside it."""

    codes: frozenset[str]
    """Of all that there are or were."""
    successors: Mapping[str, AtvkCode]
    """Codes that are no more, each with the one that took over."""


def places_of(connection: StoreConnection, today: date) -> Places:
    """The code list as of a day."""
    return _places(terms_of(connection), today)


def shipped_places(today: date) -> Places:
    """The code list that ships with the gateway, as of a day: for whoever has no store."""
    return _places(shipped_terms(), today)


def _places(terms: Mapping[str, Term], today: date) -> Places:
    successors = Succession.on(today, terms).successors
    return Places(frozenset(terms), {code: AtvkCode(successor) for code, successor in successors.items()})


def problem_of(registers: Mapping[str, SetUp], settings: Mapping[str, Iterable[str]], known: Places) -> str | None:
    """The first of :func:`problems_of`; None where there is none."""
    return next(problems_of(registers, settings, known), None)


def problems_of(registers: Mapping[str, SetUp], settings: Mapping[str, Iterable[str]], known: Places) -> Iterator[str]:
    """What is wrong with the municipalities that settings name.

    Args:
        registers: all that are connected, by name.
        settings: codes that each register's settings name.
    """
    for name, named in sorted(settings.items()):
        unknown = sorted(set(named) - known.codes)
        if unknown:
            yield f"registers.{name}.municipalities: there is no municipality {', '.join(unknown)}"
        for code in sorted(set(named) & set(known.successors)):
            taken_over = known.successors[code].digits
            yield f"registers.{name}.municipalities: {code} is no more; {taken_over} took over, and its address counts"
        register = registers.get(name)
        if register is not None and set(named) and not register.by_municipality:
            yield f"registers.{name}.municipalities: the register is no municipal one"
    said: set[str] = set()
    for several in _alike(registers).values():
        for code, names in shared_places(several).items():
            wrong = f"registers: municipality {code} has an address in {' and in '.join(names)}; keep one"
            if wrong not in said:
                said.add(wrong)
                yield wrong


@dataclass(frozen=True, slots=True)
class Gap:
    """Municipalities whose system nobody speaks to.

    Attributes:
        registers: that hold the same for different municipalities, by name.
        without_address: nothing is set for them, or what is set is not connected.
        without_system: it is set that they have none.
    """

    registers: tuple[str, ...]
    without_address: tuple[str, ...]
    without_system: tuple[str, ...]


def gaps_of(registers: Mapping[str, SetUp], known: Places) -> Iterator[Gap]:
    """For each kind of municipal system that is connected somewhere, where it is not."""
    found: set[tuple[str, ...]] = set()
    today = [AtvkCode(code) for code in sorted(known.codes - set(known.successors))]
    for several in _alike(registers).values():
        municipal = [each for each in several if each.by_municipality]
        names = tuple(each.name for each in municipal)
        if not municipal or names in found:
            continue
        found.add(names)
        places = ByMunicipality((each, each) for each in municipal)
        nobodys = [code for code in today if places.of(code) is None]
        none_there = tuple(code.digits for code in nobodys if places.has_none(code))
        yield Gap(names, tuple(code.digits for code in nobodys if code.digits not in none_there), none_there)


def _alike(registers: Mapping[str, SetUp]) -> dict[str, list[SetUp]]:
    """Registers by what they read, and by what they receive."""
    found: dict[str, list[SetUp]] = {}
    for name in sorted(registers):
        manifest = registers[name].manifest
        for each in (*manifest.reads, *manifest.receives):
            found.setdefault(each, []).append(registers[name])
    return found
