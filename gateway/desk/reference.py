"""Reference and open data: claim types, owners, municipalities, centres, third parties, registers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

import strawberry
from sqlalchemy import Connection

from gateway.desk.scope import Scope
from gateway.municipal import places_of
from gateway.store import organisations as stored
from gateway.store.subjects import numbers_of
from policies.kit.claim_type import ClaimTypeModule
from schema.graph import claim as graph
from schema.graph.organisations import CustomerServiceCentre, DelegationContract, Municipality, ServiceOwner, ThirdParty
from schema.graph.registers import Register, RegisterHealth
from schema.ports import FieldError
from schema.terms import AtvkCode, Capacity, ClaimTypeCode, ErrorCode, RegistrationNumber
from schema.text import Text

Shown = TypeVar("Shown")


class ClaimTypeDesk:
    """The ClaimTypes port: the policy modules as the graph shows them."""

    def __init__(self, scope: Scope) -> None:
        self._modules = scope.policies.claim_types

    def claim_types(self, codes: Sequence[ClaimTypeCode]) -> list[graph.ClaimType | None]:
        """Claim types by code; None for one that does not exist."""
        return [None if (module := self._modules.get(code)) is None else _claim_type(module) for code in codes]

    def all_claim_types(self) -> list[graph.ClaimType]:
        """All claim types by code."""
        return [_claim_type(self._modules[code]) for code in sorted(self._modules)]

    def form(self, code: ClaimTypeCode) -> Any:
        """JSON Schema of the answers."""
        return dict(self._modules[code].form)

    def evidence(self, code: ClaimTypeCode) -> list[graph.EvidenceRequirement]:
        """What the decision needs."""
        return [
            graph.EvidenceRequirement(
                field=each.coordinate,
                path=each.path,
                applicant=each.applicant,
                open_to=each.open_to,
                reason=each.reason,
                register_name=each.register,
            )
            for each in self._modules[code].evidence
        ]


def _claim_type(module: ClaimTypeModule) -> graph.ClaimType:
    return graph.ClaimType(
        code=module.code,
        title_lv=module.title_lv,
        title_en=module.title_en,
        owner_id=module.owner,
        level=module.level,
        legal_basis=module.legal_basis,
        applicants=list(module.applicants),
        channels=list(module.channels),
        open_to_third_parties=module.open_to_third_parties,
        mandates=module.mandates,
        policy_version=module.policy_version,
    )


class ReferenceDesk:
    """The Reference port: what everybody with a token may read of the own store."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def _read(self, read: Callable[[Connection], Shown]) -> Shown:
        return await self._scope.house.store.read(read)

    async def owners(self, ids: Sequence[str]) -> list[ServiceOwner | None]:
        """Owners by id."""
        found = await self._read(lambda c: stored.owners(c, ids))
        return [None if (owner := found.get(each)) is None else _owner(owner) for each in ids]

    async def all_owners(self) -> list[ServiceOwner]:
        """National owners and the municipal departments in general; each municipality's own is found by its id."""
        found = await self._read(stored.owners)
        return [_owner(each) for each in found.values() if each.municipality is None]

    async def municipalities(self, codes: Sequence[AtvkCode]) -> list[Municipality | None]:
        """Municipalities by code, ended ones too."""
        found = await self._read(lambda c: stored.municipalities_by_code(c, codes))
        return [None if (place := found.get(each)) is None else _municipality(place) for each in codes]

    async def all_municipalities(self, at: date | None) -> list[Municipality]:
        """The code list, of one day where a day is given."""
        return [_municipality(each) for each in await self._read(lambda c: stored.all_municipalities(c, at))]

    async def centres(self, ids: Sequence[str]) -> list[CustomerServiceCentre | None]:
        """Centres by id."""
        found = await self._centres(ids)
        return [found.get(each) for each in ids]

    async def all_centres(self) -> list[CustomerServiceCentre]:
        """All centres by id."""
        return list((await self._centres(None)).values())

    async def _centres(self, ids: Iterable[str] | None) -> Mapping[str, CustomerServiceCentre]:
        today = self._scope.moment.today

        def read(connection: Connection) -> dict[str, CustomerServiceCentre]:
            successors = places_of(connection, today).successors
            return {id_: _centre(each, successors) for id_, each in stored.centres_by_id(connection, ids).items()}

        return await self._read(read)

    async def third_parties(self, ids: Sequence[str]) -> list[ThirdParty | None]:
        """Third parties by id."""
        found = await self._third_parties(ids)
        return [found.get(each) for each in ids]

    async def all_third_parties(self) -> list[ThirdParty]:
        """All third parties by id."""
        return list((await self._third_parties(None)).values())

    async def _third_parties(self, ids: Iterable[str] | None) -> Mapping[str, ThirdParty]:
        party, today = self._scope.party, self._scope.moment.today

        def read(connection: Connection) -> dict[str, tuple[stored.ThirdParty, int]]:
            found = stored.third_parties_by_id(connection, ids)
            return {each.id: (each, stored.used_on(connection, each.id, today)) for each in found.values()}

        found = await self._read(read)
        sees_all = party.capacity is Capacity.MINISTRY_IT
        return {
            each.id: _third_party(each, used if sees_all or each.id == party.organisation else None)
            for each, used in found.values()
        }

    async def registration_numbers(self, subjects: Sequence[str]) -> Mapping[str, RegistrationNumber]:
        """Numbers of legal entities by subject id."""
        return await self._read(lambda c: numbers_of(c, subjects))


def _owner(owner: stored.Owner) -> ServiceOwner:
    generic = owner.id if owner.municipality is None else owner.id.removesuffix(f"-{owner.municipality.digits}")
    return ServiceOwner(
        id=strawberry.ID(owner.id),
        name=owner.name,
        registration_number=owner.registration_number,
        level=owner.level,
        kind=generic,
    )


def _municipality(place: stored.Municipality) -> Municipality:
    return Municipality(
        atvk=place.atvk,
        name=place.name,
        kind=place.kind,
        valid_from=place.valid_from,
        valid_to=place.valid_to,
        successor_code=place.successor,
    )


def _centre(centre: stored.Centre, successors: Mapping[str, AtvkCode]) -> CustomerServiceCentre:
    return CustomerServiceCentre(
        id=strawberry.ID(centre.id),
        name=centre.name,
        registration_number=centre.registration_number,
        municipality_code=successors.get(centre.municipality.digits, centre.municipality),
        claim_type_codes=tuple(sorted(centre.claim_types)),
        significance=centre.significance,
        opened_on=centre.opened_on,
        clients_per_year=centre.clients_per_year,
    )


def _third_party(party: stored.ThirdParty, used: int | None) -> ThirdParty:
    hidden: Any = FieldError(
        ErrorCode.FORBIDDEN,
        Text(
            "The use of a contract is open to its organisation and to MINISTRY_IT.",
            "Līguma izlietojums ir pieejams pašai organizācijai un MINISTRY_IT.",
        ),
        rule="own-organisation",
        remedy=Text("Ask with a token of that organisation.", "Jautājiet ar šīs organizācijas talonu."),
    )
    contract = party.contract
    return ThirdParty(
        id=strawberry.ID(party.id),
        name=party.name,
        registration_number=party.registration_number,
        kind=party.kind,
        status=party.status,
        contract=DelegationContract(
            number=contract.number,
            kind=contract.kind,
            valid_from=contract.valid_from,
            valid_to=contract.valid_to,
            requests_per_day=hidden if used is None else contract.requests_per_day,
            used_today=hidden if used is None else used,
        ),
        atvks=frozenset(party.municipalities),
        claim_type_codes=tuple(sorted(party.claim_types)),
    )


class RegisterDesk:
    """The Registers port."""

    def __init__(self, scope: Scope) -> None:
        self._registers = scope.house.registers

    def all_registers(self) -> list[Register]:
        """All connected registers by name."""
        return [_register(self._registers[name]) for name in sorted(self._registers)]

    def register(self, name: str) -> Register | None:
        """One register, or what is asked in its place; None where neither is connected."""
        instead = (each for each in self._registers.values() if each.manifest.stands_in_for == name)
        found = next(instead, self._registers.get(name))
        return None if found is None else _register(found)


_FIELDS: Mapping[str, tuple[str, ...]] = {
    "NaturalPerson": (
        "Person.personCode",
        "Person.formerPersonCodes",
        "Person.restricted",
        "Person.givenName",
        "Person.familyName",
        "Person.birthDate",
        "Person.sex",
        "Person.citizenship",
        "Person.legalStatus",
        "Person.maritalStatus",
        "Person.declaredAddress",
        "Person.household",
        "Person.children",
    ),
    "RegisteredAddress": ("Person.declaredAddress", "LegalEntity.address", "Property.address"),
    "IncomeHistory": ("Person.income",),
    "TaxBookRecord": ("Person.taxBook",),
    "SocialAssistance": ("Person.benefits", "Person.socialStatuses"),
    "StateBenefits": ("Person.benefits",),
    "SocialInsurance": ("Person.insurance",),
    "RealEstate": ("Person.properties", "LegalEntity.properties"),
    "VatRegistrationRecord": ("LegalEntity.vat",),
    "LegalEntityRecord": (
        "LegalEntity.name",
        "LegalEntity.legalForm",
        "LegalEntity.status",
        "LegalEntity.registeredOn",
        "LegalEntity.address",
    ),
    "EntityOfficers": ("LegalEntity.officers",),
    "EnterpriseRoles": ("Person.enterprises",),
    "VehicleFleet": ("Person.vehicles",),
    "EmploymentRecord": ("Person.employmentStatus",),
}


def _register(connected: Any) -> Register:
    manifest = connected.manifest
    health = connected.health()
    fresh = [each.fresh_for for each in manifest.reads.values()]
    return Register(
        id=strawberry.ID(manifest.name),
        title=manifest.title.lv,
        owner=manifest.owner,
        kind=manifest.kind,
        level=manifest.level,
        tier=manifest.tier,
        health=RegisterHealth(
            state=health.state,
            since=health.since,
            last_error=health.last_error,
            p95_milliseconds=health.p95_ms,
            circuit=health.circuit,
        ),
        fresh_for=_duration(min(fresh)) if fresh and min(fresh) else None,
        fields=[field for name in manifest.reads for field in _FIELDS.get(name, ())],
    )


def _duration(length: timedelta) -> str:
    """ISO 8601, in seconds."""
    return f"PT{int(length.total_seconds())}S"
