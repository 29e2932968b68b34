"""Copies of what registers say: kept up by their notices, good for 24 hours, and then good for nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.kit.clock import Clock
from adapters.kit.errors import Unavailable
from adapters.kit.manifest import AnnouncesEntry
from adapters.kit.ports import CallContext, Notices, ProtectionNotice, RepresentationNotice
from gateway.desk.facts import Moment, represents_alone
from gateway.desk.introductions import take_in
from gateway.identity.party import Party
from gateway.notices import EVERY, Copies
from gateway.store import copies
from gateway.store.store import Store
from gateway.store.subjects import (
    entity_subject,
    find_person,
    find_unasked,
    person_subject,
    record_codes,
    restricted_of,
    set_representation,
)
from schema.notices import NoticeKind
from schema.partial_date import PartialDate
from schema.terms import AssuranceLevel, Capacity, PersonCode, RegistrationNumber
from tests.answers import errors_by_path
from tests.audit.in_process import person
from tests.desk.conftest import World
from tests.desk.test_next_request import EVIDENCE

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANNA, EXCHANGED, STRANGER = PersonCode("39100000011"), PersonCode("32900000011"), PersonCode("39100099999")
ENTITY = RegistrationNumber("40003000019")
DAY, SECOND = timedelta(hours=24), timedelta(seconds=1)


@dataclass
class Register:
    """Announces what it is given, some at a time."""

    kind: NoticeKind
    name: str = "register"
    told: list[Any] = field(default_factory=list)
    at_once: int = 2
    down: bool = False
    asked: list[str | None] = field(default_factory=list)

    @property
    def manifest(self) -> Any:
        return SimpleNamespace(announces=AnnouncesEntry(kind=self.kind, operation="Izmainas"))

    async def notices(self, since: str | None, context: CallContext) -> Notices:
        """Everything behind the token."""
        self.asked.append(since)
        if self.down:
            raise Unavailable(self.name, "down")
        begin = int(since or 0)
        some: Sequence[Any] = self.told[begin : begin + self.at_once]
        end = begin + len(some)
        return Notices(some, str(end), more=end < len(self.told))


class Time:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOON
        self.clock = Clock(now=lambda: self.now, monotonic=lambda: 0.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    yield opened
    opened.close()


def _protected(store: Store, code: PersonCode) -> bool:
    def read(connection: Any) -> bool:
        subject = find_person(connection, code)
        return subject is not None and subject in restricted_of(connection, [subject])

    return store.read_sync(read)


def test_notices_are_copied_batch_by_batch_and_asked_for_where_they_ended(store: Store) -> None:
    told = [ProtectionNotice(ANNA, True), ProtectionNotice(STRANGER, False), ProtectionNotice(ANNA, False)]
    register, at = Register(NoticeKind.PROTECTION, told=[*told, ProtectionNotice(STRANGER, True)]), Time()
    kept = Copies(store, {"register": register}, at.clock)
    assert kept.complete_until == {}
    asyncio.run(kept.run_once())
    assert register.asked == [None, "2"]
    assert kept.complete_until == {NoticeKind.PROTECTION: NOON}
    assert (_protected(store, ANNA), _protected(store, STRANGER)) == (False, True)
    asyncio.run(kept.run_once())
    assert len(register.asked) == 2, "not before it is due"
    at.now += EVERY
    register.told.append(ProtectionNotice(ANNA, True))
    asyncio.run(kept.run_once())
    assert register.asked[2:] == ["4"]
    assert _protected(store, ANNA)


def test_of_two_gateways_on_one_store_one_asks_and_both_know(store: Store) -> None:
    register, at = Register(NoticeKind.PROTECTION), Time()
    one, other = (Copies(store, {"register": register}, at.clock) for _ in range(2))

    async def both() -> None:
        await asyncio.gather(one.run_once(), other.run_once())
        await asyncio.gather(one.run_once(), other.run_once())

    asyncio.run(both())
    assert len(register.asked) == 1
    assert one.complete_until == other.complete_until == {NoticeKind.PROTECTION: NOON}


def test_a_register_that_is_down_is_asked_again_later_and_later_and_its_copies_age(store: Store) -> None:
    register, at = Register(NoticeKind.PROTECTION), Time()
    kept = Copies(store, {"register": register}, at.clock)
    asyncio.run(kept.run_once())
    register.down = True
    pauses, last = [], at.now
    for _ in range(3_600):
        at.now += SECOND
        before = len(register.asked)
        asyncio.run(kept.run_once())
        if len(register.asked) > before:
            pauses.append((at.now - last).seconds)
            last = at.now
        if len(pauses) == 6:
            break
    assert pauses == [30, 30, 60, 120, 240, 300]
    assert kept.complete_until == {NoticeKind.PROTECTION: NOON}
    register.down = False
    at.now += timedelta(minutes=5)
    asyncio.run(kept.run_once())
    assert kept.complete_until == {NoticeKind.PROTECTION: at.now}


def test_what_a_clock_wrote_that_was_ahead_stops_no_notices_and_counts_for_nothing(store: Store) -> None:
    register, at = Register(NoticeKind.PROTECTION), Time()
    kept = Copies(store, {"register": register}, at.clock)
    at.now = NOON + 30 * DAY
    asyncio.run(kept.run_once())
    at.now, register.down = NOON, True
    register.told.append(ProtectionNotice(ANNA, True))
    asyncio.run(kept.run_once())
    assert kept.complete_until == {}, "nobody knows until when they are complete"
    at.now, register.down = NOON + EVERY, False
    asyncio.run(kept.run_once())
    assert kept.complete_until == {NoticeKind.PROTECTION: at.now}
    assert _protected(store, ANNA)


def test_notices_without_an_end_are_given_up(store: Store) -> None:
    class Endless(Register):
        async def notices(self, since: str | None, context: CallContext) -> Notices:
            self.asked.append(since)
            return Notices([], "same", more=True)

    register = Endless(NoticeKind.PROTECTION)
    kept = Copies(store, {"register": register}, Time().clock)
    asyncio.run(kept.run_once())
    assert len(register.asked) == 2
    assert kept.complete_until == {}


def test_two_registers_that_announce_the_same_are_refused_at_the_start(store: Store) -> None:
    one, other = Register(NoticeKind.PROTECTION, "one"), Register(NoticeKind.PROTECTION, "other")
    with pytest.raises(ValueError, match="one and other both announce PROTECTION"):
        Copies(store, {"one": one, "other": other}, Time().clock)


@pytest.mark.parametrize(("age", "known"), [(DAY, True), (DAY + SECOND, False)])
def test_protection_is_known_for_24_hours_and_not_a_second_longer(age: timedelta, known: bool) -> None:
    moment = Moment.of(NOON, date(2026, 11, 23), {NoticeKind.PROTECTION: NOON - age})
    assert moment.protection_known is known
    assert not Moment.of(NOON, date(2026, 11, 23), {}).protection_known


@pytest.mark.parametrize(
    ("copied", "told", "may"),
    [(DAY, None, True), (DAY + SECOND, None, False), (9 * DAY, DAY, True), (9 * DAY, DAY + SECOND, False)],
)
def test_a_right_to_represent_counts_for_24_hours_since_the_register_told_of_it_or_of_no_change(
    store: Store, copied: timedelta, told: timedelta | None, may: bool
) -> None:
    def write(connection: Any) -> tuple[str, str]:
        person, entity = person_subject(connection, ANNA, NOON), entity_subject(connection, ENTITY, NOON)
        set_representation(connection, person, entity, True, NOON - copied)
        return person, entity

    person, entity = store.write_sync(write)
    party = Party(Capacity.LEGAL_REPRESENTATIVE, person, ANNA, "Anna", AssuranceLevel.HIGH, acting_for=entity)
    dates = {} if told is None else {NoticeKind.REPRESENTATION: NOON - told}
    moment = Moment.of(NOON, date(2026, 11, 23), dates)
    assert store.read_sync(lambda c: represents_alone(c, party, moment)) is may


def test_who_may_represent_only_together_with_others_is_told_by_a_notice_too(store: Store) -> None:
    register, at = Register(NoticeKind.REPRESENTATION), Time()
    kept = Copies(store, {"register": register}, at.clock)
    person = store.write_sync(lambda c: person_subject(c, ANNA, NOON))
    for alone in (True, False):
        register.told.append(RepresentationNotice(ANNA, ENTITY, alone))
        at.now += EVERY
        asyncio.run(kept.run_once())
        entity = store.write_sync(lambda c: entity_subject(c, ENTITY, NOON))
        party = Party(Capacity.LEGAL_REPRESENTATIVE, person, ANNA, "Anna", AssuranceLevel.HIGH, acting_for=entity)
        moment = Moment.of(at.now, date(2026, 11, 23), kept.complete_until)
        assert store.read_sync(lambda c, p=party, m=moment: represents_alone(c, p, m)) is alone  # type: ignore[misc]  # lambda defaults


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_right_to_represent_that_ends_under_a_code_nobody_has_met_ends_for_who_exchanged_it(
    store: Store, at_once: int
) -> None:
    told = [RepresentationNotice(ANNA, ENTITY, True), RepresentationNotice(EXCHANGED, ENTITY, False)]
    register, at = Register(NoticeKind.REPRESENTATION, told=told[:at_once], at_once=at_once), Time()
    kept = Copies(store, {"register": register}, at.clock)
    asyncio.run(kept.run_once())
    anna = store.write_sync(lambda c: record_codes(c, ANNA, [], NOON))
    if at_once == 1:
        register.told = told
        at.now += EVERY
        asyncio.run(kept.run_once())
        assert store.read_sync(lambda c: find_unasked(c, ANNA, at.now)) == (anna, True)
    assert store.write_sync(lambda c: record_codes(c, EXCHANGED, [ANNA], at.now)) == anna
    entity = store.write_sync(lambda c: entity_subject(c, ENTITY, NOON))
    party = Party(Capacity.LEGAL_REPRESENTATIVE, anna, ANNA, "Anna", AssuranceLevel.HIGH, acting_for=entity)
    moment = Moment.of(at.now, date(2026, 11, 23), kept.complete_until)
    assert not store.read_sync(lambda c: represents_alone(c, party, moment))


def test_who_never_could_represent_anybody_alone_is_not_kept(store: Store) -> None:
    register = Register(NoticeKind.REPRESENTATION, told=[RepresentationNotice(STRANGER, ENTITY, False)])
    store.write_sync(lambda c: entity_subject(c, ENTITY, NOON))
    asyncio.run(Copies(store, {"register": register}, Time().clock).run_once())
    assert store.read_sync(lambda c: find_person(c, STRANGER)) is None


@pytest.mark.parametrize(("since", "protected"), [(-SECOND, True), (SECOND, False)])
def test_what_may_be_older_than_a_protection_does_not_lift_it(store: Store, since: timedelta, protected: bool) -> None:
    register = Register(NoticeKind.PROTECTION, told=[ProtectionNotice(ANNA, True)])
    asyncio.run(Copies(store, {"register": register}, Time().clock).run_once())
    record, later, as_of = person(ANNA.digits, PartialDate(1991)), NOON + 2 * SECOND, NOON + since
    store.write_sync(lambda c: take_in(c, [record], later, as_of.timestamp()))
    assert _protected(store, ANNA) is protected


# ---------------------------------------------------------------- over HTTP


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def _background(world: World) -> int:
    return int(world.running.control()["natural_persons"]["background"]["poll"])


def test_a_copy_that_is_too_old_withholds_until_the_register_answers_again(world: World) -> None:
    address = "claim.applicant.declaredAddress"
    asked = f'{{ claim(id: "demo-1") {{ {EVIDENCE} }} }}'
    _until(lambda: _background(world) > 0)  # Nobody asked for anything yet.
    assert "AizsardzibasIzmainas" not in world.running.control()["natural_persons"]["calls"]
    assert "errors" not in world.raw("ngo-support", asked)

    world.running.fault("natural_persons", "refuse", operation="AizsardzibasIzmainas")
    stale = copies.COUNTS + timedelta(seconds=1)
    then = int((datetime.now(UTC) - stale).timestamp() * 1_000_000)
    world.store("UPDATE register_copies SET complete_until = ?, asked_next = 0 WHERE kind = 'PROTECTION'", then)
    _until(lambda: errors_by_path(world.raw("ngo-support", asked)) == {address: "PROTECTED"})
    on_record = world.raw("anna", asked)
    assert "errors" not in on_record, "one's own data is never withheld"
    assert world.act("officer-valmiera", "assignClaim", "claim { id }", '{id: "demo-2", thirdParty: "tp-support"}') == (
        None,
        ["FORBIDDEN"],
    )

    world.running.fault("natural_persons", None)
    world.store("UPDATE register_copies SET asked_next = 0 WHERE kind = 'PROTECTION'")
    _until(lambda: "errors" not in world.raw("ngo-support", asked))


def test_a_protection_that_is_told_while_a_request_waits_for_an_older_answer_stays(world: World) -> None:
    """The notice of it comes once; and addresses of real estate are withheld by the own copy alone."""
    (peteris,) = world.store("SELECT subject FROM person_codes WHERE code = '39100000055'")[0]
    world.running.fault("natural_persons", None, latency_ms=1_500)
    before = world.running.control()["natural_persons"]["calls"].get("PersonasDati", 0)
    asking = Thread(target=lambda: world.raw("peteris", "{ me { givenName } }"))
    asking.start()
    _until(lambda: world.running.control()["natural_persons"]["calls"].get("PersonasDati", 0) > before)
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    world.store("INSERT OR REPLACE INTO restrictions VALUES (?, 1, ?)", peteris, now)
    asking.join()
    world.running.fault("natural_persons", None)
    assert world.store("SELECT restricted FROM restrictions WHERE subject = ?", peteris) == [(1,)]
