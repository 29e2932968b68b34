"""The real graph behind the real doors: the demo world in a store of its own, and registers that invent their records.

What a register answers follows from the record type and the key alone: about one key in ten is not on record, one in ten
has a register that is down and one in twenty a register that breaks its contract.
"""

from __future__ import annotations

import asyncio
import time
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec

from adapters.kit.errors import Malformed, Unavailable
from adapters.kit.ports import CallContext
from gateway.demo.passes import to_identity
from gateway.demo.personas import load_personas
from gateway.demo.presence import DemoPresence
from gateway.demo.seed import seed
from gateway.desk.explaining import Explaining
from gateway.desk.federation import BUILTIN
from gateway.desk.people import StoredPeople
from gateway.desk.records import ReadingRegister
from gateway.desk.scope import House
from gateway.desk.session import Sessions
from gateway.identity.party import Party
from gateway.identity.resolver import PartyResolver
from gateway.plan.compile import Graph, Plan
from gateway.plan.document import Documents
from gateway.plan.inputs import Variables
from gateway.plan.reference import ReferenceRunner
from gateway.plan.run import Runner
from gateway.plan.tree import Answer
from gateway.store.store import Store
from policies.kit.policy_set import PolicySet
from schema.graph import build
from schema.partial_date import PartialDate
from schema.records.employment import EmploymentRecord
from schema.records.enterprise_roles import EnterpriseRoles
from schema.records.income_history import IncomeHistory
from schema.records.legal_entity import EntityOfficers, LegalEntityRecord
from schema.records.natural_person import NaturalPerson
from schema.records.real_estate import RealEstate
from schema.records.registered_address import RegisteredAddress
from schema.records.social_assistance import SocialAssistance
from schema.records.social_insurance import SocialInsurance
from schema.records.tax_book import TaxBookRecord
from schema.records.vat_registration import VatRegistrationRecord
from schema.terms import AddressCode, AtvkCode, PersonCode, RegistrationNumber
from tests.plan.agreement import WIDE, Tally, agree
from tests.plan.operations import Asked, Operations

# No register answers VehicleFleet: REGISTER_NOT_CONNECTED.
RECORD_TYPES = (
    EmploymentRecord,
    EntityOfficers,
    EnterpriseRoles,
    IncomeHistory,
    LegalEntityRecord,
    NaturalPerson,
    RealEstate,
    RegisteredAddress,
    SocialAssistance,
    SocialInsurance,
    TaxBookRecord,
    VatRegistrationRecord,
)
PEOPLE = ("39100000011", "39100000022", "39100000033", "39100000055", "39100000110")
PERSONAS = (
    *("anna", "peteris", "nora", "clerk-valmiera", "clerk-riga", "officer-valmiera", "officer-vid", "ngo-support"),
    *("ngo-suspended", "accountant", "ministry-it", "auditor", "policy-officer", "director"),
)
CLAIMS = tuple(f"demo-{number}" for number in range(1, 16))
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)


def _texts(*texts: str) -> tuple[tuple[str, str], ...]:
    return tuple((f'"{text}"', text) for text in texts)


# What one run writes, the next would read: the two are not run at one moment.
_LOGS = ("Person.accessLog", "ChildLog.accessLog", "LegalEntity.accessLog", "Query.accessRecords")
LEFT_OUT = frozenset({*_LOGS, "DelegationContract.usedToday"})
OPERATIONS = Operations(
    build()._schema,
    {
        "Date": _texts("2026-11-23", "2020-01-01"),
        "DateTime": _texts("2026-11-23T09:00:00Z", "2020-01-01T00:00:00+02:00"),
        "Money": _texts("1.50"),
        "Decimal": _texts("1.5"),
        "PersonCode": _texts(*PEOPLE),
        "RegistrationNumber": _texts("40103000102", "40008000102"),
        "AddressCode": _texts("100000001"),
        "AtvkCode": _texts("0054000", "0001000", "0000001"),
        "ClaimTypeCode": _texts("housing-benefit", "annual-income-declaration", "no-such-type"),
        "PartialDate": _texts("1970"),
    },
    LEFT_OUT,
    depth=7,
    arguments={
        "Query.claim.id": _texts(*CLAIMS, "nothing"),
        "Query.node.id": _texts(*CLAIMS, "tp-support", "mandate-1", "mandate-2", "nothing"),
        "Query.thirdParty.id": _texts("tp-support", "tp-suspended", "nothing"),
    },
    often={"Query": ("me", "claim", "node", "claims", "viewer"), "Claim": ("applicant",)},
    queries_only=True,
)


class InventedRegister:
    """Answers every record type; see the module."""

    name = "invented"
    route = "DIRECT"

    async def read(self, record_type: type[Any], keys: Sequence[Any], context: CallContext) -> Mapping[Any, Any]:
        """See :class:`gateway.desk.records.ReadingRegister`."""
        found: dict[Any, Any] = {}
        for key in keys:
            luck = _number(record_type.__name__, _text(key)) % 20
            if luck in (0, 1):
                found[key] = Unavailable("invented", "asleep", retry_after=7.0)
            elif luck == 2:
                found[key] = Malformed("invented", "confused")
            elif luck > 4:
                found[key] = _invent(record_type, f"{record_type.__name__} {_text(key)}", key)
        return found


def _text(key: Any) -> str:
    if isinstance(key, PersonCode | AddressCode | AtvkCode | RegistrationNumber):
        return key.digits
    return f"{key.municipality.digits} {key.person_code.digits}" if hasattr(key, "municipality") else str(key)


def _number(*words: str) -> int:
    return crc32(" ".join(words).encode())


def _invent(kind: Any, words: str, key: Any = None) -> Any:
    """A value of a type that follows from some words."""
    luck = _number(words)
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [each for each in typing.get_args(kind) if each is not type(None)]
        return None if luck % 5 == 0 else _invent(inner[0], words)
    if origin is tuple:
        inner = typing.get_args(kind)[0]
        return tuple(_invent(inner, f"{words} {place}") for place in range(luck % 4))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        values = {each.name: _invent(each.type, f"{words} {each.name}") for each in msgspec.structs.fields(kind)}
        if kind is NaturalPerson:
            values |= {"person_code": key, "former_person_codes": ()}
        return kind(**values)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return list(kind)[luck % len(kind)]
    made: dict[Any, Any] = {
        PersonCode: lambda: PersonCode(PEOPLE[luck % len(PEOPLE)]),
        RegistrationNumber: lambda: RegistrationNumber(("40103000102", "40003111100")[luck % 2]),
        AddressCode: lambda: AddressCode(f"10000000{luck % 7}"),
        AtvkCode: lambda: AtvkCode(("0054000", "0001000", "0000001")[luck % 3]),
        PartialDate: lambda: PartialDate(1950 + luck % 70, luck % 12 + 1, None),
        date: lambda: DAY - timedelta(days=luck % 9000),
        datetime: lambda: NOW,
        Decimal: lambda: Decimal(luck % 100_000) / 100,
        str: lambda: ("2026-10", "ACTIVE", "salary", "vsaa", 'Ē"<')[luck % 5],
        bool: lambda: luck % 4 == 0,
        int: lambda: luck % 3000,
    }
    return made[kind]()


class RealWorld:
    """Both runners over one store; made by :func:`open_world`."""

    def __init__(self, store: Store, parties: Mapping[str, Party], policies: PolicySet, data: Path) -> None:
        self.graph = Graph(build(), BUILTIN)
        self.documents = Documents(self.graph.schema, WIDE, most_bytes=500_000)
        self.parties = parties
        self.accidents: list[BaseException] = []
        presence = DemoPresence({name: each.person_code for name, each in load_personas(data).items()})
        house = House(store, policies, presence, {}, lambda: NOW, lambda: None, {})
        sources: dict[type[Any], ReadingRegister] = dict.fromkeys(RECORD_TYPES, InventedRegister())

        def report(request_id: str, where: str, failure: BaseException) -> None:
            self.accidents.append(failure)

        explaining = Explaining(self.graph, self.documents, house, {}, frozenset(), report)
        self._sessions = Sessions(house, sources, frozenset(), report, explaining)

    async def hold(self, asked: Asked, persona: str) -> Tally:
        """See :func:`tests.plan.agreement.agree`."""
        party = self.parties[persona]
        deadline = time.monotonic() + 60

        async def run(plan: Plan, variables: Variables, raw: dict[str, Any]) -> Answer:
            session = self._sessions.open(party, "request", plan, variables, raw, deadline, False)
            try:
                return await Runner(self.graph, plan, variables, session, session, deadline).run()
            finally:
                await session.close()

        async def refer(plan: Plan, variables: Variables, raw: dict[str, Any]) -> Answer:
            session = self._sessions.open(party, "request", plan, variables, raw, deadline, False)
            try:
                return await ReferenceRunner(self.graph, plan, session, session, deadline).run()
            finally:
                await session.close()

        return await agree(self.graph, self.documents, asked, run, refer)


@contextmanager
def open_world(folder: Path) -> Iterator[RealWorld]:
    """The demo world in a new store in ``folder``."""
    policies = PolicySet.load()
    store = Store.open(f"sqlite:///{folder / 'store.sqlite3'}")
    try:
        seed(store, folder, None, NOW, policies.claim_types)
        personas = load_personas(folder)
        resolver = PartyResolver(StoredPeople(store, lambda: NOW))

        async def resolve() -> dict[str, Party]:
            return {name: await resolver.resolve(to_identity(personas[name])) for name in PERSONAS}

        yield RealWorld(store, asyncio.run(resolve()), policies, folder)
    finally:
        store.close()
