"""Everything that the registers say of the residents: asked over each one's own protocol, by the gateway's adapters."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.kit.catalog import discover
from adapters.kit.connected import ConnectedRegister
from adapters.kit.errors import RegisterError
from adapters.kit.http1_wire import Http1Wire
from adapters.kit.municipal import ByMunicipality
from adapters.kit.ports import CallContext, ProtectionNotice
from adapters.kit.wire import Wire, WireReply, WireRequest
from adapters.sandbox.server import Server, config, create_app, listen, utc_today
from adapters.sandbox.world.build import build_world
from adapters.sandbox.world.model import World
from gateway.app import connect
from gateway.demo.run import connected
from gateway.settings import Settings
from schema.records.employment import EmploymentRecord
from schema.records.enterprise_roles import EnterpriseRoles
from schema.records.income_history import IncomeHistory
from schema.records.legal_entity import EntityOfficers, LegalEntityRecord
from schema.records.natural_person import NaturalPerson
from schema.records.real_estate import RealEstate
from schema.records.registered_address import RegisteredAddress
from schema.records.social_assistance import SocialAssistance
from schema.records.social_insurance import SocialInsurance, StateBenefits
from schema.records.tax_book import TaxBookRecord
from schema.records.vehicle_fleet import VehicleFleet
from schema.terms import AddressCode, AtvkCode, PersonCode, RegistrationNumber, Resident

OF_PEOPLE = (
    *(NaturalPerson, IncomeHistory, TaxBookRecord, SocialInsurance, StateBenefits, EmploymentRecord),
    *(EnterpriseRoles, RealEstate, VehicleFleet),
)
"""Record types that are read by personal code."""
_OPEN_DATA = {"enterprises": "enterprises_open_data", "addresses": "addresses_open_data"}
_TIMEOUT_SECONDS = 60.0


@dataclass(slots=True)
class Told:
    """What the registers told.

    Attributes:
        codes: everybody's current code, in the world's order.
        people: record type -> code -> record; a former code stands beside the current one.
        assistance: municipality and person -> what that municipality's system has.
        open_data: what the open data of the same registers say, by record type.
        protected: whom the population register's notices name.
        calls: by register.
        targets: paths and queries that were asked.
        failed: registers that gave no usable answer, with how often.
    """

    codes: list[PersonCode]
    people: dict[type[Any], dict[PersonCode, Any]] = field(default_factory=dict)
    assistance: dict[Resident, SocialAssistance] = field(default_factory=dict)
    entities: dict[RegistrationNumber, LegalEntityRecord] = field(default_factory=dict)
    officers: dict[RegistrationNumber, EntityOfficers] = field(default_factory=dict)
    real_estate: dict[RegistrationNumber, RealEstate] = field(default_factory=dict)
    addresses: dict[AddressCode, RegisteredAddress] = field(default_factory=dict)
    open_data: dict[type[Any], dict[Any, Any]] = field(default_factory=dict)
    protected: set[PersonCode] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    targets: set[str] = field(default_factory=set)
    failed: Counter[str] = field(default_factory=Counter)

    def of(self, record_type: type[Any]) -> dict[PersonCode, Any]:
        """One record type, of everybody who has one, by current code."""
        found = self.people[record_type]
        return {code: found[code] for code in self.codes if code in found}

    @property
    def natural(self) -> dict[PersonCode, NaturalPerson]:
        """The population register's records."""
        return self.of(NaturalPerson)


class _Noting:
    """A wire that notes whom it asks, and where."""

    def __init__(self, wire: Wire, told: Told) -> None:
        self._wire = wire
        self._told = told

    async def request(self, request: WireRequest) -> WireReply:
        self._told.calls[request.register] += 1
        self._told.targets.add(request.url)
        return await self._wire.request(request)


def read_everything(residents: int) -> Told:
    """Play the registers with so many people, and ask them all about everybody."""
    return asyncio.run(_read(residents))


async def _read(residents: int) -> Told:
    app, world = create_app((), None, residents=residents), build_world((), utc_today(), total=residents)
    with listen("127.0.0.1", 0) as listening:
        server = Server(config(app))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            return await _Reading(world, listening.getsockname()[1]).read()
        finally:
            server.stop()
            await serving
            app.control.close()


class _Reading:
    """Only keys are taken from the world itself: whom there is to ask about."""

    def __init__(self, world: World, port: int) -> None:
        self._told = Told([PersonCode(code) for code in world.residents])
        self._numbers = [RegistrationNumber(number) for number in world.enterprises]
        self._municipalities = [AtvkCode(code) for code in world.municipalities]
        self._port = port

    async def read(self) -> Told:
        told = self._told
        async with Http1Wire() as wire:
            registers = self._connected(_Noting(wire, told))
            for record_type in OF_PEOPLE:
                told.people[record_type] = await self._ask(registers, record_type, told.codes)
            former = [code for one in told.natural.values() for code in one.former_person_codes]
            for record_type in OF_PEOPLE:
                told.people[record_type] |= await self._ask(registers, record_type, former)
            told.entities = await self._ask(registers, LegalEntityRecord, self._numbers)
            told.officers = await self._ask(registers, EntityOfficers, self._numbers)
            told.real_estate = await self._ask(registers, RealEstate, self._numbers)
            told.addresses = await self._ask(registers, RegisteredAddress, set(self._named_addresses()))
            await self._municipal_systems(registers)
            await self._notices(registers["natural_persons"])
            others = self._connected(_Noting(wire, told), without=_OPEN_DATA)
            for record_type, keys in (
                (LegalEntityRecord, self._numbers),
                (EntityOfficers, self._numbers),
                (RegisteredAddress, list(told.addresses)),
            ):
                told.open_data[record_type] = await self._ask(others, record_type, keys)
        return told

    def _connected(self, wire: Wire, without: Iterable[str] = ()) -> dict[str, ConnectedRegister]:
        catalog = discover()
        patient: Mapping[str, Any] = {
            name: {"timeout": _TIMEOUT_SECONDS, "enabled": name not in without} for name in catalog.installed
        }
        settings = connected(Settings(registers=dict(patient)), self._port)
        broken: list[Any] = []
        found = connect(catalog, settings, wire, broken.append)
        assert broken == []
        return found

    async def _ask(self, registers: Mapping[str, ConnectedRegister], record_type: type[Any], keys: Any) -> Any:
        name = record_type.__name__
        register = next(each for _, each in sorted(registers.items()) if name in each.manifest.reads)
        return self._usable(register, await register.read(record_type, keys, _context()))

    def _usable(self, register: ConnectedRegister, found: Mapping[Any, Any]) -> dict[Any, Any]:
        self._told.failed.update(register.name for each in found.values() if isinstance(each, RegisterError))
        return {key: each for key, each in found.items() if not isinstance(each, RegisterError)}

    def _named_addresses(self) -> Iterable[AddressCode]:
        told = self._told
        yield from (one.declared_address for one in told.natural.values() if one.declared_address is not None)
        yield from (one.address for one in told.entities.values() if one.address is not None)
        for owned in (*told.of(RealEstate).values(), *told.real_estate.values()):
            yield from (each.address for each in owned.properties if each.address is not None)

    async def _municipal_systems(self, registers: Mapping[str, ConnectedRegister]) -> None:
        """Each municipality's own system is asked about everybody, wherever they live."""
        name = SocialAssistance.__name__
        several = [each for _, each in sorted(registers.items()) if name in each.manifest.reads]
        systems = ByMunicipality((each, each) for each in several)
        for municipality in self._municipalities:
            register = systems.of(municipality)
            assert register is not None
            keys = [Resident(municipality, code) for code in self._told.codes]
            found = await register.read(SocialAssistance, keys, _context())
            self._told.assistance |= self._usable(register, found)

    async def _notices(self, register: ConnectedRegister) -> None:
        since: str | None = None
        while True:
            told = await register.notices(since, _context())
            for each in told.notices:
                assert isinstance(each, ProtectionNotice)
                (self._told.protected.add if each.restricted else self._told.protected.discard)(each.person)
            since = told.token
            if not told.more:
                return


def _context() -> CallContext:
    return CallContext("residents", "residents", "39100000011", "self", None, time.monotonic() + 600)
