"""The demo world in this process, with a clock that tests move and a population register that tests write."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from adapters.kit.errors import Unavailable
from adapters.kit.ports import CallContext
from gateway.demo.passes import to_identity
from gateway.demo.personas import load_personas
from gateway.demo.presence import DemoPresence
from gateway.demo.seed import seed
from gateway.desk.explaining import Explaining
from gateway.desk.federation import BUILTIN
from gateway.desk.people import StoredPeople
from gateway.desk.scope import House
from gateway.desk.session import Sessions
from gateway.identity.party import Party
from gateway.identity.resolver import PartyResolver
from gateway.operation import Operation
from gateway.plan.compile import Graph
from gateway.plan.document import Documents
from gateway.plan.execute import Executor
from gateway.store.store import Store
from policies.kit.policy_set import CHECKOUT, PolicySet
from schema.graph import build
from schema.partial_date import PartialDate
from schema.records.income_history import IncomeHistory, IncomeLine
from schema.records.natural_person import HouseholdLink, NaturalPerson
from schema.terms import (
    AtvkCode,
    Capacity,
    MaritalStatus,
    PersonCode,
    PersonStatus,
    RegistrationNumber,
    Sex,
)
from tests.plan.agreement import WIDE

BEGINNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""When the world is seeded."""
ANNA, JANIS, LIGA, TOMS = "39100000011", "39100000022", "39100000033", "39100000044"
DELAY = """
[[disclosure]]
id = "while-it-is-looked-into"
capacities = [{capacities}]
actions = [{actions}]
{length}
legal_basis = "Invented law, section 1"
reason = "To be told of it would warn whom it is about."
reason_lv = "Ziņa par to brīdinātu personu, par kuru tā ir."
"""


def person(code: str, born: PartialDate, **more: Any) -> NaturalPerson:
    """A record of the population register of somebody unmarried and alone, unless told otherwise."""
    known: dict[str, Any] = {
        "person_code": PersonCode(code),
        "former_person_codes": (),
        "restricted": False,
        "given_name": f"Name {code[-2:]}",
        "family_name": "Invented",
        "birth_date": born,
        "sex": Sex.UNKNOWN,
        "citizenship": "LVA",
        "legal_status": PersonStatus.ACTIVE,
        "marital_status": MaritalStatus.UNKNOWN,
        "declared_address": None,
        "declared_municipality": AtvkCode("0054000"),
        "household": (),
        "children": (),
    }
    return NaturalPerson(**known | more)


def living_with(*codes: str, relation: str = "child", restricted: Collection[str] = ()) -> tuple[HouseholdLink, ...]:
    """Household links to others."""
    return tuple(
        HouseholdLink(person_code=PersonCode(code), relation=relation, since=None, restricted=code in restricted)
        for code in codes
    )


def town() -> dict[str, NaturalPerson]:
    """Anna, Jānis and their two children, one of them a minor for some more years, one for long."""
    children = (PersonCode(LIGA), PersonCode(TOMS))
    return {
        ANNA: person(ANNA, PartialDate(1990, 5, 1), household=living_with(JANIS, LIGA, TOMS), children=children),
        JANIS: person(JANIS, PartialDate(1989, 2, 3), household=living_with(ANNA, LIGA, TOMS), children=children),
        LIGA: person(LIGA, PartialDate(2015, 6, 1), household=living_with(ANNA, JANIS, TOMS)),
        TOMS: person(TOMS, PartialDate(2022, 1, 9), household=living_with(ANNA, JANIS, LIGA)),
    }


class InMemory:
    """Registers of two record types; all others are not connected.

    Attributes:
        people: by code.
        asleep: everything but the population register gives no answer.
        calls: record types asked for, in order.
    """

    name = "in memory"
    route = "DIRECT"

    def __init__(self) -> None:
        self.people = town()
        self.asleep = False
        self.calls: list[str] = []

    async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        """See :class:`gateway.desk.records.ReadingRegister`."""
        self.calls.append(record_type.__name__)
        if record_type is NaturalPerson:
            return {key: self.people[key.digits] for key in keys if key.digits in self.people}
        if self.asleep:
            raise Unavailable(self.name, "asleep")
        line = IncomeLine(
            month="2026-10",
            gross=Decimal("900.00"),
            tax_withheld=None,
            payer_name="Payer",
            payer=RegistrationNumber("40003111100"),
            kind="salary",
        )
        return {key: IncomeHistory(lines=(line,)) for key in keys}


@cache
def _graph() -> tuple[Graph, Documents]:
    graph = Graph(build(), BUILTIN)
    return graph, Documents(graph.schema, WIDE, most_bytes=500_000)


class Town:
    """One world.

    Attributes:
        now: what the clock says; it goes on by a second with every request.
    """

    def __init__(self, store: Store, policies: PolicySet, folder: Path) -> None:
        self.store = store
        self.now = BEGINNING
        self.registers = InMemory()
        self._requests = 0
        graph, documents = _graph()
        self._personas = load_personas(folder)
        self._resolver = PartyResolver(StoredPeople(store, lambda: self.now))
        presence = DemoPresence({name: each.person_code for name, each in self._personas.items()})
        self.house = House(store, policies, presence, {}, lambda: self.now, lambda: None, {})
        sources: dict[type[Any], Any] = dict.fromkeys((NaturalPerson, IncomeHistory), self.registers)
        self.explaining = Explaining(graph, documents, self.house, {}, frozenset(), _accident)
        sessions = Sessions(self.house, sources, frozenset(), _accident, self.explaining)
        self.executor = Executor(graph, documents, sessions, frozenset())

    def party(self, persona: str) -> Party:
        """Who a persona of the demo world is."""
        return asyncio.run(self._resolver.resolve(to_identity(self._personas[persona])))

    def raw(self, asker: str | Party, query: str, **variables: Any) -> bytes:
        """An answer as its bytes; a second passes."""
        self.now += timedelta(seconds=1)
        party = self.party(asker) if isinstance(asker, str) else asker
        operation = Operation(query, variables)
        self._requests += 1
        request_id = f"request-{self._requests}"

        async def ask() -> bytes:
            return (await self.executor.execute(operation, party, request_id, time.monotonic() + 60)).body

        return asyncio.run(ask())

    def ask(self, asker: str | Party, query: str, **variables: Any) -> dict[str, Any]:
        """An answer."""
        answer: dict[str, Any] = json.loads(self.raw(asker, query, **variables))
        return answer

    def citizen(self, code: str) -> Party:
        """Somebody signed in for themselves, whether or not a persona is of them."""
        anna = self.party("anna")
        resolved = asyncio.run(StoredPeople(self.store, lambda: self.now).subject_of(PersonCode(code)))
        return Party(Capacity.CITIZEN, resolved, PersonCode(code), assurance=anna.assurance)


def _accident(request_id: str, where: str, failure: BaseException) -> None:
    raise AssertionError(f"{where} failed unexpectedly") from failure


def delaying(
    folder: Path,
    *,
    actions: str = '"READ_EVIDENCE"',
    capacities: str = '"OWNER_OFFICER"',
    length: str = "days = 90",
    claim_type: str = "housing-benefit",
) -> PolicySet:
    """The checkout's policies, but that a claim type delays what its owner's officers read.

    Args:
        folder: an empty one, where they are written.
        actions, capacities, length: of the row, as TOML.
    """
    shutil.copytree(CHECKOUT / "claims", folder / "claims")
    with (folder / f"claims/{claim_type}/claim_type.toml").open("a", encoding="utf-8") as file:
        file.write(DELAY.format(actions=actions, capacities=capacities, length=length))
    return PolicySet.load(folder)


@contextmanager
def open_town(folder: Path, policies: PolicySet, like: Path | None = None) -> Iterator[Town]:
    """A world whose store is in a folder.

    Args:
        like: a store that another one left, to begin with.
    """
    path = folder / "store.sqlite3"
    if like is not None:
        shutil.copy(like, path)
    store = Store.open(f"sqlite:///{path}")
    try:
        if like is None:
            seed(store, folder, None, BEGINNING, policies.claim_types)
        yield Town(store, policies, folder)
    finally:
        store.close()
