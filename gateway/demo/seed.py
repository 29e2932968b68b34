"""The demo world into the store. A second start adds what is new, refreshes dated copies and keeps everything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Column, Connection, insert, select

from gateway.claims.days import day_in_riga
from gateway.demo.personas import Persona, keep_personas, load_personas, to_personas
from gateway.demo.seed_claims import ClaimTypes, seed_claim
from gateway.demo.world_files import (
    BUILT_IN,
    MandateEntry,
    ResidentEntry,
    SeedError,
    ThirdPartyEntry,
    WorldFiles,
    day_of,
    read_world,
)
from gateway.store.copies import complete
from gateway.store.organisations import all_municipalities
from gateway.store.reference import seed_reference
from gateway.store.reference.organisations import CentreEntry, put_centre, put_owner_number
from gateway.store.store import Store
from gateway.store.subjects import (
    ask_later,
    entity_subject,
    person_subject,
    record_codes,
    set_representation,
    set_restricted,
)
from gateway.store.tables.claims import mandate_actions, mandate_claim_types, mandates
from gateway.store.tables.organisations import (
    centres,
    contracts,
    municipalities,
    third_parties,
    third_party_claim_types,
    third_party_municipalities,
)
from schema.notices import NoticeKind
from schema.terms import Capacity, ClaimAction, ClaimTypeCode, MandateStatus, PersonCode, RegistrationNumber

__all__ = ["Persona", "SeedError", "load_personas", "seed"]


def seed(store: Store, data: Path, world: Path | None, now: datetime, modules: ClaimTypes) -> None:
    """Put the demo world, and one folder that adds to it, into the store: all of it or nothing.

    Args:
        store: the gateway's store.
        data: data folder; keeps a copy of the added world's personas.
        world: folder with files of the same names, or None.
        now: aware UTC; relative days count from its day in Rīga.
        modules: of claim types that files of a world may name, by code.

    Raises:
        SeedError: a file is not what it should be.
        StoreUnavailable: nothing was kept.
    """
    worlds = [read_world(folder) for folder in (BUILT_IN, *(() if world is None else (world,)))]

    def job(connection: Connection) -> None:
        seed_reference(connection)
        for files in worlds:
            _seed_world(connection, files, modules, now)
        for code in _whose_codes_are_known(worlds):
            ask_later(connection, code, None)
        copied_now(connection, now)

    store.write_sync(job)
    if world is not None:
        keep_personas(data, world)


def _whose_codes_are_known(worlds: Sequence[WorldFiles]) -> set[PersonCode]:
    """People of whom a world says which codes they have; everybody whom the built-in one names."""
    known = {PersonCode.parse(resident.code) for files in worlds for resident in files.residents}
    built_in = worlds[0]
    for persona in to_personas(built_in.folder, built_in.personas).values():
        known |= {persona.person_code, *(() if persona.grantor_code is None else (persona.grantor_code,))}
    return known


def copied_now(connection: Connection, now: datetime) -> None:
    """The demo world is what registers say: its copies are as old as the seeding."""
    for kind in NoticeKind:
        complete(connection, kind, now, now)


def _seed_world(connection: Connection, files: WorldFiles, modules: ClaimTypes, now: datetime) -> None:
    today = day_in_riga(now)
    for resident in files.residents:
        with _at(files.folder / "residents.toml", "resident"):
            _resident(connection, resident, now)
    for persona in to_personas(files.folder, files.personas).values():
        _people_of(connection, persona, now)
    with _at(files.folder / "organisations.toml", "owner_numbers"):
        for owner, number in files.owner_numbers.items():
            put_owner_number(connection, owner, number)
    for centre in files.centres:
        with _at(files.folder / "organisations.toml", f"centre {centre.id}"):
            _centre(connection, centre, modules)
    for third_party in files.third_parties:
        with _at(files.folder / "third_parties.toml", f"third_party {third_party.id}"):
            _third_party(connection, third_party, modules, today, now)
    for mandate in files.mandates:
        with _at(files.folder / "mandates.toml", f"mandate {mandate.id}"):
            _mandate(connection, mandate, modules, today, now)
    for claim in files.claims:
        with _at(files.folder / "claims.toml", f"claim {claim.id}"):
            seed_claim(connection, claim, modules, today, now)


def _resident(connection: Connection, entry: ResidentEntry, now: datetime) -> None:
    if entry.restricted is None and not entry.former_codes:
        return
    former = [PersonCode.parse(code) for code in entry.former_codes]
    subject = record_codes(connection, PersonCode.parse(entry.code), former, now)
    if entry.restricted is not None:
        set_restricted(connection, subject, entry.restricted, now)


def _people_of(connection: Connection, persona: Persona, now: datetime) -> None:
    subject = person_subject(connection, persona.person_code, now)
    if persona.grantor_code is not None:
        person_subject(connection, persona.grantor_code, now)
    if persona.capacity is Capacity.LEGAL_REPRESENTATIVE and persona.entity_number is not None:
        entity = entity_subject(connection, persona.entity_number, now)
        set_representation(connection, subject, entity, persona.represents_alone, now)


def _centre(connection: Connection, entry: CentreEntry, modules: ClaimTypes) -> None:
    if _present(connection, centres.c.id, entry.id):
        return
    _known(connection, municipalities.c.atvk, entry.municipality, "municipality")
    _claim_types(entry.claim_types, modules)
    put_centre(connection, entry)


def _third_party(
    connection: Connection, entry: ThirdPartyEntry, modules: ClaimTypes, today: date, now: datetime
) -> None:
    if _present(connection, third_parties.c.id, entry.id):
        return
    number = RegistrationNumber.parse(entry.registration_number).digits
    if _present(connection, third_parties.c.registration_number, number):
        raise ValueError("another third party has this registration_number")
    connection.execute(
        insert(third_parties),
        {
            "id": entry.id,
            "name": entry.name,
            "registration_number": number,
            "kind": entry.kind,
            "status": entry.status,
            "changed_at": now,
        },
    )
    connection.execute(
        insert(contracts),
        {
            "third_party": entry.id,
            "number": entry.contract.number,
            "kind": entry.contract.kind,
            "valid_from": day_of(entry.contract.valid_from, today),
            "valid_to": day_of(entry.contract.valid_to, today),
            "requests_per_day": entry.contract.requests_per_day,
        },
    )
    for code in _claim_types(entry.claim_types, modules):
        connection.execute(insert(third_party_claim_types), {"third_party": entry.id, "claim_type": code})
    current = [m.atvk.digits for m in all_municipalities(connection, today)]
    for atvk in current if entry.municipalities == "all" else entry.municipalities:
        if atvk not in current:
            raise ValueError("municipalities names a code that is not in force")
        connection.execute(insert(third_party_municipalities), {"third_party": entry.id, "municipality": atvk})


def _mandate(connection: Connection, entry: MandateEntry, modules: ClaimTypes, today: date, now: datetime) -> None:
    if _present(connection, mandates.c.id, entry.id):
        return
    if (entry.holder is None) is (entry.third_party is None):
        raise ValueError("give either holder or third_party")
    if {ClaimAction.ASSIGN, ClaimAction.DECIDE} & set(entry.actions):
        raise ValueError("a mandate carries neither ASSIGN nor DECIDE")
    if entry.third_party is not None:
        _known(connection, third_parties.c.id, entry.third_party, "third party")
    grantor = person_subject(connection, PersonCode.parse(entry.grantor), now)
    holder = None if entry.holder is None else PersonCode.parse(entry.holder)
    connection.execute(
        insert(mandates),
        {
            "id": entry.id,
            "grantor": grantor,
            "holder_subject": None if holder is None else person_subject(connection, holder, now),
            "holder_code": None if holder is None else holder.digits,
            "holder_third_party": entry.third_party,
            "valid_from": day_of(entry.valid_from, today),
            "valid_to": day_of(entry.valid_to, today),
            "status": MandateStatus(entry.status),
            "revoked_at": now if entry.status == "REVOKED" else None,
            "created_at": now,
            "created_by": grantor,
        },
    )
    for code in _claim_types(entry.claim_types, modules):
        connection.execute(insert(mandate_claim_types), {"mandate": entry.id, "claim_type": code})
    for action in dict.fromkeys(entry.actions):
        connection.execute(insert(mandate_actions), {"mandate": entry.id, "action": action})


def _claim_types(codes: Iterable[str], modules: ClaimTypes) -> list[str]:
    found = list(dict.fromkeys(codes))
    for code in found:
        if ClaimTypeCode.parse(code) not in modules:
            raise ValueError(f"claim_types: there is no claim type {code}")
    return found


def _present(connection: Connection, key: Column[str], value: str) -> bool:
    return connection.execute(select(key).where(key == value)).first() is not None


def _known(connection: Connection, key: Column[str], value: str, what: str) -> None:
    if not _present(connection, key, value):
        raise ValueError(f"there is no {what} {value}")


@contextmanager
def _at(file: Path, entry: str) -> Iterator[None]:
    """Name file and entry in whatever is wrong in it."""
    try:
        yield
    except (ValueError, LookupError) as error:
        raise SeedError(f"{file}: {entry}: {error}") from None
