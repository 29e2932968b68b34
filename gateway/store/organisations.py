"""Reference data of the own store: municipalities, owners, centres, third parties and their contracts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, Table, insert, select, update

from gateway.store.tables.organisations import (
    centre_baskets,
    centres,
    contracts,
    municipalities,
    quota_usage,
    service_owners,
    third_parties,
    third_party_claim_types,
    third_party_events,
    third_party_municipalities,
)
from schema.terms import (
    AtvkCode,
    CentreSignificance,
    ClaimTypeCode,
    ContractKind,
    GovernmentLevel,
    MunicipalityKind,
    RegistrationNumber,
    ThirdPartyKind,
    ThirdPartyStatus,
)


@dataclass(frozen=True, slots=True)
class Municipality:
    """One entry of the dated code list; ``valid_to`` is its last day."""

    atvk: AtvkCode
    name: str
    kind: MunicipalityKind
    valid_from: date
    valid_to: date | None
    successor: AtvkCode | None


@dataclass(frozen=True, slots=True)
class Owner:
    """A public body that decides claims; without a municipality where it is national or stands for every one's."""

    id: str
    name: str
    registration_number: RegistrationNumber | None
    level: GovernmentLevel
    municipality: AtvkCode | None


@dataclass(frozen=True, slots=True)
class Centre:
    """A customer service centre and its basket."""

    id: str
    name: str
    registration_number: RegistrationNumber | None
    municipality: AtvkCode
    significance: CentreSignificance
    opened_on: date | None
    clients_per_year: int | None
    claim_types: frozenset[ClaimTypeCode]


@dataclass(frozen=True, slots=True)
class Contract:
    """A delegation or participation contract; first and last day count."""

    number: str
    kind: ContractKind
    valid_from: date
    valid_to: date
    requests_per_day: int | None

    def in_force(self, day: date) -> bool:
        """On that day in Rīga."""
        return self.valid_from <= day <= self.valid_to


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """An organisation that may co-deliver services, with what its contract covers."""

    id: str
    name: str
    registration_number: RegistrationNumber
    kind: ThirdPartyKind
    status: ThirdPartyStatus
    contract: Contract
    claim_types: frozenset[ClaimTypeCode]
    municipalities: tuple[AtvkCode, ...]

    def covers(self, claim_type: ClaimTypeCode, municipality: AtvkCode | None) -> bool:
        """The contract names the claim type and, where there is one, the municipality."""
        return claim_type in self.claim_types and (municipality is None or municipality in self.municipalities)


def all_municipalities(connection: Connection, at: date | None = None) -> list[Municipality]:
    """The code list in the order of its codes; those in force on one day where a day is given."""
    query = select(municipalities).order_by(municipalities.c.atvk)
    found = [_municipality(row) for row in connection.execute(query)]
    if at is None:
        return found
    return [m for m in found if m.valid_from <= at and (m.valid_to is None or at <= m.valid_to)]


def municipalities_by_code(connection: Connection, codes: Iterable[AtvkCode]) -> dict[AtvkCode, Municipality]:
    """Entries of the code list, ended ones too; an unknown code is not in the answer."""
    wanted = [code.digits for code in codes]
    rows = connection.execute(select(municipalities).where(municipalities.c.atvk.in_(wanted)))
    return {m.atvk: m for m in map(_municipality, rows)}


def owners(connection: Connection, ids: Iterable[str] | None = None) -> dict[str, Owner]:
    """Owners by id, all where no ids are given."""
    return {
        row.id: Owner(row.id, row.name, _number(row.registration_number), row.level, _atvk(row.municipality))
        for row in _rows(connection, service_owners, service_owners.c.id, ids)
    }


def owner_id(generic: str, level: GovernmentLevel, municipality: AtvkCode | None) -> str | None:
    """Id of the body that decides a claim: ``vsaa``, or ``social-0054000``; None where a municipality is wanting."""
    if level is GovernmentLevel.NATIONAL:
        return generic
    return None if municipality is None else f"{generic}-{municipality.digits}"


def centres_by_id(connection: Connection, ids: Iterable[str] | None = None) -> dict[str, Centre]:
    """Centres by id, all where no ids are given."""
    found = _rows(connection, centres, centres.c.id, ids)
    baskets = _sets(connection, centre_baskets.c.centre, centre_baskets.c.claim_type, ids)
    return {
        row.id: Centre(
            row.id,
            row.name,
            _number(row.registration_number),
            AtvkCode(row.municipality),
            row.significance,
            row.opened_on,
            row.clients_per_year,
            frozenset(ClaimTypeCode(code) for code in baskets.get(row.id, ())),
        )
        for row in found
    }


def third_parties_by_id(connection: Connection, ids: Iterable[str] | None = None) -> dict[str, ThirdParty]:
    """Third parties by id, all where no ids are given; an unknown id is not in the answer."""
    wanted = None if ids is None else list(ids)
    found = _rows(connection, third_parties, third_parties.c.id, wanted)
    agreed = {row.third_party: row for row in _rows(connection, contracts, contracts.c.third_party, wanted)}
    types = _sets(connection, third_party_claim_types.c.third_party, third_party_claim_types.c.claim_type, wanted)
    places = _sets(
        connection, third_party_municipalities.c.third_party, third_party_municipalities.c.municipality, wanted
    )
    return {
        row.id: ThirdParty(
            row.id,
            row.name,
            RegistrationNumber(row.registration_number),
            row.kind,
            row.status,
            _contract(agreed[row.id]),
            frozenset(ClaimTypeCode(code) for code in types.get(row.id, ())),
            tuple(AtvkCode(code) for code in places.get(row.id, ())),
        )
        for row in found
    }


def third_party_with(connection: Connection, number: RegistrationNumber) -> ThirdParty | None:
    """The third party that has a registration number."""
    id_: str | None = connection.execute(
        select(third_parties.c.id).where(third_parties.c.registration_number == number.digits)
    ).scalar()
    return None if id_ is None else third_parties_by_id(connection, [id_])[id_]


def add_third_party(connection: Connection, now: datetime, by_party: str, new: ThirdParty) -> None:
    """Register an organisation with its contract, and who did it. Its registration number must not be taken."""
    row = {"id": new.id, "name": new.name, "registration_number": new.registration_number.digits}
    connection.execute(insert(third_parties), {**row, "kind": new.kind, "status": new.status, "changed_at": now})
    contract = {"number": new.contract.number, "kind": new.contract.kind, "valid_from": new.contract.valid_from}
    connection.execute(
        insert(contracts),
        {
            "third_party": new.id,
            **contract,
            "valid_to": new.contract.valid_to,
            "requests_per_day": new.contract.requests_per_day,
        },
    )
    for code in sorted(new.claim_types):
        connection.execute(insert(third_party_claim_types), {"third_party": new.id, "claim_type": code.text})
    for place in new.municipalities:
        connection.execute(insert(third_party_municipalities), {"third_party": new.id, "municipality": place.digits})
    _add_event(connection, now, by_party, new.id, new.status, None)


def change_third_party(
    connection: Connection, now: datetime, by_party: str, third_party: str, status: ThirdPartyStatus, reason: str
) -> None:
    """Give an organisation another status, and keep who did it and why."""
    values = {"status": status, "changed_at": now}
    connection.execute(update(third_parties).where(third_parties.c.id == third_party).values(**values))
    _add_event(connection, now, by_party, third_party, status, reason)


def _add_event(
    connection: Connection, now: datetime, by_party: str, third_party: str, status: ThirdPartyStatus, reason: str | None
) -> None:
    row = {"third_party": third_party, "at": now, "status": status, "by_party": by_party, "reason": reason}
    connection.execute(insert(third_party_events), row)


def count_request(connection: Connection, third_party: str, day: date, most: int | None) -> bool:
    """Count one request of a third party on a day in Rīga; False, and nothing counted, where the day's are used up."""
    used = used_on(connection, third_party, day)
    if most is not None and used >= most:
        return False
    key = (quota_usage.c.third_party == third_party, quota_usage.c.day == day)
    if connection.execute(update(quota_usage).where(*key).values(used=quota_usage.c.used + 1)).rowcount == 0:
        connection.execute(insert(quota_usage), {"third_party": third_party, "day": day, "used": 1})
    return True


def used_on(connection: Connection, third_party: str, day: date) -> int:
    """Requests counted for a third party on a day in Rīga."""
    used: int | None = connection.execute(
        select(quota_usage.c.used).where(quota_usage.c.third_party == third_party, quota_usage.c.day == day)
    ).scalar()
    return used or 0


def _rows(connection: Connection, table: Table, key: Column[str], ids: Iterable[str] | None) -> list[Row[Any]]:
    query = select(table).order_by(key)
    if ids is not None:
        query = query.where(key.in_(list(ids)))
    return list(connection.execute(query))


def _sets(
    connection: Connection, key: Column[str], value: Column[str], ids: Iterable[str] | None
) -> dict[str, list[str]]:
    query = select(key, value).order_by(key, value)
    if ids is not None:
        query = query.where(key.in_(list(ids)))
    found: dict[str, list[str]] = {}
    for owner, item in connection.execute(query):
        found.setdefault(owner, []).append(item)
    return found


def _municipality(row: Row[Any]) -> Municipality:
    return Municipality(AtvkCode(row.atvk), row.name, row.kind, row.valid_from, row.valid_to, _atvk(row.successor))


def _contract(row: Row[Any]) -> Contract:
    return Contract(row.number, row.kind, row.valid_from, row.valid_to, row.requests_per_day)


def _number(text: str | None) -> RegistrationNumber | None:
    return None if text is None else RegistrationNumber(text)


def _atvk(text: str | None) -> AtvkCode | None:
    return None if text is None else AtvkCode(text)
