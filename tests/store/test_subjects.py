"""People are keyed by an internal id; their codes may change under it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select

from gateway.store.store import Store
from gateway.store.subjects import (
    PERSON,
    Codes,
    codes_of,
    entity_subject,
    find_entity,
    find_people,
    find_person,
    merged,
    person_subject,
    person_subjects,
    protection_of,
    record_codes,
    representation,
    restricted_of,
    set_representation,
    set_restricted,
)
from gateway.store.tables.columns import to_microseconds
from gateway.store.tables.people import merged_subjects, subjects
from schema.terms import PersonCode, RegistrationNumber
from tests.store.rows import NOW

NEW, OLD = PersonCode("39100000055"), PersonCode("39990000055")
PIEMERS = RegistrationNumber("40103000102")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield store
    store.close()


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(subjects)).scalar_one()


async def test_reading_never_creates(store: Store) -> None:
    assert await store.read(lambda c: find_person(c, NEW)) is None
    assert await store.read(lambda c: find_people(c, [NEW])) == {}
    assert await store.read(lambda c: find_entity(c, PIEMERS)) is None
    assert await store.read(count) == 0


async def test_many_callers_at_once_make_one_subject(store: Store) -> None:
    made = await asyncio.gather(*(store.write(lambda c: person_subject(c, NEW, NOW)) for _ in range(20)))
    assert len(set(made)) == 1
    assert await store.read(count) == 1
    assert NEW.digits not in made[0]


async def test_many_codes_lead_to_their_subjects_and_new_ones_are_made_at_once(store: Store) -> None:
    known = await store.write(lambda c: person_subject(c, OLD, NOW))
    codes = [OLD.digits, *(f"391000001{number:02}" for number in range(40))]
    made = await store.write(lambda c: person_subjects(c, codes, NOW))
    assert made[OLD.digits] == known
    assert len(set(made.values())) == 41
    assert await store.write(lambda c: person_subjects(c, reversed(codes), NOW)) == made
    assert await store.read(count) == 41
    people = {PersonCode(code): subject for code, subject in made.items()}
    assert await store.read(lambda c: find_people(c, people)) == people
    assert store.look_up(PERSON, code=codes[-1]) == [(made[codes[-1]], to_microseconds(NOW))]


async def test_protection_is_known_by_either_code(store: Store) -> None:
    subject = await store.write(lambda c: record_codes(c, NEW, [OLD], NOW))
    await store.write(lambda c: person_subjects(c, ["39100000077"], NOW))
    asked = [OLD, NEW, PersonCode("39100000077"), PersonCode("39100000088")]
    assert await store.read(lambda c: protection_of(c, asked)) == {}
    await store.write(lambda c: set_restricted(c, subject, True, NOW))
    assert await store.read(lambda c: protection_of(c, asked)) == {OLD: True, NEW: True}


async def test_an_exchanged_code_leads_to_the_same_person(store: Store) -> None:
    subject = await store.write(lambda c: person_subject(c, OLD, NOW))
    assert await store.write(lambda c: record_codes(c, NEW, [OLD], NOW)) == subject
    assert await store.read(lambda c: find_people(c, [OLD, NEW])) == {OLD: subject, NEW: subject}
    assert await store.read(lambda c: codes_of(c, [subject])) == {subject: Codes(NEW, (OLD,))}


async def test_two_subjects_that_turn_out_to_be_one_person_become_one(store: Store) -> None:
    first = await store.write(lambda c: person_subject(c, OLD, NOW))
    second = await store.write(lambda c: person_subject(c, NEW, NOW + timedelta(seconds=1)))
    entity = await store.write(lambda c: entity_subject(c, PIEMERS, NOW))
    await store.write(lambda c: set_restricted(c, second, True, NOW))
    await store.write(lambda c: set_representation(c, second, entity, True, NOW))
    assert await store.write(lambda c: record_codes(c, NEW, [OLD], NOW)) == first
    assert await store.read(lambda c: find_person(c, NEW)) == first
    assert await store.read(lambda c: restricted_of(c, [first, second])) == {first}
    assert await store.read(count) == 2


@pytest.mark.parametrize("merges", [0, 3, 40])
async def test_of_many_people_those_who_turned_out_to_be_others_are_told_however_many_such_there_are(
    store: Store, merges: int
) -> None:
    codes = [f"391{number:08}" for number in range(100)]

    def write(connection: Connection) -> list[str]:
        ids = list(person_subjects(connection, codes, NOW).values())
        for gone in range(merges):
            connection.execute(insert(merged_subjects), {"gone": ids[gone], "kept": ids[-1]})
        return ids

    ids = await store.write(write)
    expected = dict.fromkeys(ids[:merges], ids[-1])
    assert await store.read(lambda c: merged(c, ids)) == expected
    assert await store.read(lambda c: merged(c, ids[1:])) == {
        gone: kept for gone, kept in expected.items() if gone != ids[0]
    }
    assert await store.read(lambda c: merged(c, ids[:1])) == dict(list(expected.items())[:1])


async def test_recording_the_same_codes_again_changes_nothing(store: Store) -> None:
    subject = await store.write(lambda c: record_codes(c, NEW, [OLD], NOW))
    assert await store.write(lambda c: record_codes(c, NEW, [OLD], NOW)) == subject
    assert await store.read(lambda c: codes_of(c, [subject])) == {subject: Codes(NEW, (OLD,))}


async def test_a_copy_is_replaced_with_its_date(store: Store) -> None:
    person = await store.write(lambda c: person_subject(c, NEW, NOW))
    entity = await store.write(lambda c: entity_subject(c, PIEMERS, NOW))
    later = NOW + timedelta(hours=1)
    for alone, at in ((True, NOW), (False, later)):
        await store.write(lambda c, alone=alone, at=at: set_representation(c, person, entity, alone, at))  # type: ignore[misc]  # lambda defaults
    copy = await store.read(lambda c: representation(c, person, entity))
    assert copy is not None
    assert (copy.alone, copy.copied_at) == (False, later)
    assert await store.read(lambda c: representation(c, entity, person)) is None
    for restricted in (True, False):
        await store.write(lambda c, r=restricted: set_restricted(c, person, r, NOW))  # type: ignore[misc]  # lambda default
    assert await store.read(lambda c: restricted_of(c, [person])) == frozenset()


@pytest.mark.parametrize("said_last_of", ["the one met first", "the other"])
async def test_what_was_said_last_of_who_represents_whom_counts_for_both_codes(store: Store, said_last_of: str) -> None:
    first = await store.write(lambda c: person_subject(c, OLD, NOW))
    other = await store.write(lambda c: person_subject(c, NEW, NOW + timedelta(seconds=1)))
    entity = await store.write(lambda c: entity_subject(c, PIEMERS, NOW))
    for late, (subject, says) in enumerate(
        [(first, True), (other, False)][:: 1 if said_last_of == "the other" else -1]
    ):
        at = NOW + timedelta(minutes=late)
        await store.write(lambda c, s=subject, a=says, t=at: set_representation(c, s, entity, a, t))  # type: ignore[misc]  # lambda defaults
    assert await store.write(lambda c: record_codes(c, NEW, [OLD], NOW)) == first
    kept = await store.read(lambda c: representation(c, first, entity))
    assert kept is not None
    assert kept.alone is (said_last_of == "the one met first")
    assert kept.copied_at == NOW + timedelta(minutes=1)


async def test_whom_the_gateway_met_by_another_code_represents_whom_they_represented(store: Store) -> None:
    first = await store.write(lambda c: person_subject(c, OLD, NOW))
    other = await store.write(lambda c: person_subject(c, NEW, NOW + timedelta(seconds=1)))
    entity = await store.write(lambda c: entity_subject(c, PIEMERS, NOW))
    await store.write(lambda c: set_representation(c, other, entity, True, NOW))
    await store.write(lambda c: record_codes(c, NEW, [OLD], NOW))
    kept = await store.read(lambda c: representation(c, first, entity))
    assert kept is not None
    assert kept.alone
