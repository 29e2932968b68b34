"""Which claims may come into whose list, in which order, and what a mandate is worth today."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace as struct_replace
from sqlalchemy import Connection, insert, update

from gateway.claims import lists
from gateway.claims import mandates as given
from gateway.claims.lists import Part, Selection
from gateway.claims.mandates import (
    allowed_between,
    load_mandates,
    mandates_between,
    mandates_given,
    mandates_held,
    mandates_of_third_party,
)
from gateway.claims.operations import assign
from gateway.claims.snapshot import ClaimSnapshot
from gateway.desk.mandates import MandateDesk
from gateway.store.organisations import count_request, used_on
from gateway.store.prepared import driver
from gateway.store.store import Store
from gateway.store.subjects import person_subject
from gateway.store.tables.claims import claims, mandate_actions, mandate_claim_types, mandates
from schema.terms import AtvkCode, ClaimAction, ClaimStatus, ClaimTypeCode, MandateStatus, PersonCode
from tests.claims.world import HOUSING, NOW, TODAY, VALMIERA, anna, draft_of_anna, later, reload, submitted

GMI = ClaimTypeCode("guaranteed-minimum-income")
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def mandate(
    c: Connection,
    id_: str,
    first: date = TODAY,
    last: date = TODAY,
    status: MandateStatus = MandateStatus.ACTIVE,
    third_party: str | None = "tp-support",
    claim_type: ClaimTypeCode = HOUSING,
) -> None:
    """A mandate of Anna's: to the third party, or to Ilze where none is named."""
    grantor = anna(c).subject
    ilze = PersonCode("39100000088")
    row = {
        "id": id_,
        "grantor": grantor,
        "holder_subject": None if third_party else person_subject(c, ilze, NOW),
        "holder_code": None if third_party else ilze.digits,
        "holder_third_party": third_party,
        "valid_from": first,
        "valid_to": last,
        "status": status,
        "created_at": NOW,
        "created_by": grantor,
    }
    c.execute(insert(mandates), row)
    c.execute(insert(mandate_claim_types), {"mandate": id_, "claim_type": claim_type.text})
    c.execute(insert(mandate_actions), {"mandate": id_, "action": ClaimAction.READ})


def test_an_applicants_claims_are_newest_first(store: Store) -> None:
    ids = [store.write_sync(lambda c, n=n: draft_of_anna(c, now=later(n))).id for n in range(3)]  # type: ignore[misc]  # lambda default
    party = store.write_sync(anna)
    found = store.read_sync(lambda c: lists.of_applicant(c, party.subject, Selection()))
    assert [claim.id for claim in found] == ids[::-1]
    assert store.read_sync(lambda c: lists.of_applicant(c, "s-nobody", Selection())) == []


def test_an_owner_lists_no_drafts(store: Store) -> None:
    store.write_sync(draft_of_anna)
    claim_id = store.write_sync(submitted)
    found = store.read_sync(lambda c: lists.of_owner(c, "social-0054000", Selection()))
    assert [claim.id for claim in found] == [claim_id]
    assert store.read_sync(lambda c: lists.of_owner(c, "vid", Selection())) == []


@pytest.mark.parametrize(
    ("selection", "listed"),
    [
        (Selection(types=[HOUSING]), True),
        (Selection(types=[GMI]), False),
        (Selection(types=[]), False),
        (Selection(statuses=[ClaimStatus.SUBMITTED, ClaimStatus.DRAFT]), True),
        (Selection(statuses=[ClaimStatus.GRANTED]), False),
        (Selection(municipality=VALMIERA), True),
        (Selection(municipality=AtvkCode("0001000")), False),
        (Selection(submitted_from=NOW, submitted_to=NOW), True),
        (Selection(submitted_from=later(1)), False),
        (Selection(submitted_to=later(-1)), False),
    ],
)
def test_a_filter_selects(store: Store, selection: Selection, listed: bool) -> None:
    store.write_sync(submitted)
    party = store.write_sync(anna)
    assert bool(store.read_sync(lambda c: lists.of_applicant(c, party.subject, selection))) is listed


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(types=[HOUSING], statuses=[ClaimStatus.SUBMITTED], municipality=VALMIERA),
        Selection(types=[HOUSING, GMI], statuses=[ClaimStatus.SUBMITTED, ClaimStatus.DRAFT]),
        Selection(types=[GMI], municipality=AtvkCode("0001000")),
    ],
)
def test_a_brief_list_says_the_same_and_fails_where_somebody_looks_at_what_is_left_out(
    store: Store, selection: Selection
) -> None:
    for each in (submitted, draft_of_anna, submitted):
        store.write_sync(each)
    subject = store.write_sync(anna).subject
    whole = store.read_sync(lambda c: lists.of_applicant(c, subject, selection))
    brief = store.read_sync(lambda c: lists.of_applicant(c, subject, replace(selection, brief=True)))
    left_out = ("centre", "answers_version", "owner_reference", "presence", "assigned_to")
    assert [struct_replace(each, **dict.fromkeys(left_out)) for each in brief] == [
        struct_replace(each, **dict.fromkeys(left_out)) for each in whole
    ]
    for each in brief:
        for name in left_out:
            with pytest.raises(LookupError):
                bool(getattr(each, name))


@pytest.mark.parametrize("statuses", [[ClaimStatus.SUBMITTED], [ClaimStatus.SUBMITTED, ClaimStatus.GRANTED], None])
def test_parts_of_a_list_one_after_another_are_the_list(store: Store, statuses: Sequence[ClaimStatus] | None) -> None:
    made = [store.write_sync(submitted) for _ in range(7)]

    def job(c: Connection) -> None:
        for number, claim_id in enumerate(made):
            c.execute(update(claims).where(claims.c.id == claim_id).values(created_at=later(number // 3)))
        c.execute(update(claims).where(claims.c.id == made[3]).values(status=ClaimStatus.IN_REVIEW))

    store.write_sync(job)
    selection = Selection(statuses=statuses)
    whole = store.read_sync(lambda c: lists.of_owner(c, "social-0054000", selection))
    assert len(whole) == (7 if statuses is None else 6)
    assert [claim.id for claim in whole] == [
        claim.id for claim in sorted(whole, key=lambda claim: (-claim.created_microseconds, claim.id))
    ]
    found: list[ClaimSnapshot] = []
    while True:
        after = (found[-1].created_microseconds, found[-1].id) if found else None
        part = Part(2, after)
        next_ones = store.read_sync(lambda c, part=part: lists.of_owner(c, "social-0054000", selection, part))  # type: ignore[misc]  # lambda default
        found += next_ones
        if len(next_ones) < 2:
            break
    assert found == whole


def test_an_owners_worklist_of_one_status_passes_over_all_that_is_not_of_it(store: Store) -> None:
    seen: list[str] = []

    def job(c: Connection) -> str:
        driver(c).set_trace_callback(seen.append)
        lists.of_owner(c, "social-0054000", Selection([HOUSING], [ClaimStatus.SUBMITTED]), Part(20, (1, "c-1")))
        driver(c).set_trace_callback(None)
        return str(c.exec_driver_sql("EXPLAIN QUERY PLAN " + seen[-1]).all())

    plan = store.read_sync(job)
    assert "USING INDEX ix_claims_owner_status_created (owner=? AND status=? AND created_at<?)" in plan
    assert "TEMP B-TREE" not in plan


def test_a_third_party_lists_what_is_assigned_or_mandated_and_closed_claims_last(store: Store) -> None:
    def job(c: Connection) -> list[str]:
        made = [draft_of_anna(c, now=later(n)) for n in range(4)]
        other_type = draft_of_anna(c, claim_type=GMI, now=later(9))
        for claim in (*made[:2], other_type):
            assign(c, NOW, anna(c), claim, "tp-support", True)
        closed = (made[1].id, other_type.id)
        c.execute(update(claims).where(claims.c.id.in_(closed)).values(status=ClaimStatus.GRANTED))
        return [claim.id for claim in (*made, other_type)]

    ids = store.write_sync(job)

    def listed(selection: Selection) -> list[str]:
        found = store.read_sync(lambda c: lists.of_third_party(c, "tp-support", TODAY, selection))
        return [claim.id for claim in found]

    assert listed(Selection()) == [ids[0], *sorted([ids[1], ids[4]])]
    store.write_sync(lambda c: mandate(c, "m-1"))
    assert listed(Selection()) == [ids[3], ids[2], ids[0], *sorted([ids[1], ids[4]])]
    # Of a closed claim only type and status may be read, so only they may be asked for.
    assert listed(Selection(municipality=VALMIERA)) == [ids[3], ids[2], ids[0]]
    assert listed(Selection(statuses=[ClaimStatus.GRANTED], types=[GMI])) == [ids[4]]
    store.write_sync(lambda c: assign(c, NOW, anna(c), reload(c, ids[4]), "tp-support", False))
    assert ids[4] not in listed(Selection())
    assert store.read_sync(lambda c: lists.of_third_party(c, "tp-other", TODAY, Selection())) == []


@pytest.mark.parametrize(
    ("first", "last", "status", "now"),
    [
        (TODAY, TODAY, MandateStatus.ACTIVE, MandateStatus.ACTIVE),
        (YESTERDAY, TOMORROW, MandateStatus.ACTIVE, MandateStatus.ACTIVE),
        (YESTERDAY, YESTERDAY, MandateStatus.ACTIVE, MandateStatus.EXPIRED),
        (TOMORROW, TOMORROW, MandateStatus.ACTIVE, MandateStatus.ACTIVE),
        (TODAY, TODAY, MandateStatus.REVOKED, MandateStatus.REVOKED),
        (TODAY, TODAY, MandateStatus.UNCONFIRMED, MandateStatus.UNCONFIRMED),
    ],
)
@pytest.mark.parametrize("third_party", ["tp-support", None])
def test_a_mandate_is_in_force_on_its_days_and_only_while_active(
    store: Store, first: date, last: date, status: MandateStatus, now: MandateStatus, third_party: str | None
) -> None:
    store.write_sync(lambda c: mandate(c, "m-1", first, last, status, third_party))
    store.write_sync(draft_of_anna)
    in_force = now is MandateStatus.ACTIVE and first <= TODAY
    found = store.read_sync(lambda c: load_mandates(c, ["m-1", "m-2"], TODAY))
    assert (found["m-1"].status, found["m-1"].in_force, len(found)) == (now, in_force, 1)
    grantor = store.write_sync(anna).subject
    holder = found["m-1"].holder_subject
    allowed = store.read_sync(lambda c: allowed_between(c, [grantor, "s-x"], holder, third_party, TODAY))
    assert bool(allowed) is in_force
    assert not store.read_sync(lambda c: allowed_between(c, [grantor], "s-x", None, TODAY))
    assert [m.id for m in store.read_sync(lambda c: mandates_given(c, grantor, TODAY))] == ["m-1"]
    if third_party is None:
        assert holder is not None
        assert [m.id for m in store.read_sync(lambda c: mandates_held(c, holder, TODAY))] == ["m-1"]
        assert bool(store.read_sync(lambda c: mandates_between(c, grantor, holder, TODAY))) is in_force
    else:
        assert bool(store.read_sync(lambda c: mandates_of_third_party(c, "tp-support", TODAY))) is in_force
        assert bool(store.read_sync(lambda c: lists.of_third_party(c, "tp-support", TODAY, Selection()))) is in_force


def test_what_mandates_allow_together_is_told_once_however_many_there_are(store: Store) -> None:
    def write(connection: Connection) -> str:
        for number in range(300):
            mandate(connection, f"m-{number}", claim_type=HOUSING if number % 2 else GMI)
        connection.execute(update(mandate_actions).where(mandate_actions.c.mandate == "m-1").values(action="SUBMIT"))
        return anna(connection).subject

    grantor = store.write_sync(write)
    read = frozenset({ClaimAction.READ})
    assert store.read_sync(lambda c: allowed_between(c, [grantor], None, "tp-support", TODAY)) == {
        (grantor, HOUSING): read | {ClaimAction.SUBMIT},
        (grantor, GMI): read,
    }


@pytest.mark.parametrize(("many", "aside"), [(given.FEW, False), (given.FEW + 1, True)])
async def test_nobody_else_waits_for_somebodys_many_mandates(
    store: Store, monkeypatch: pytest.MonkeyPatch, many: int, aside: bool
) -> None:
    def write(connection: Connection) -> str:
        for number in range(many):
            mandate(connection, f"m-{number}")
        return anna(connection).subject

    grantor = store.write_sync(write)
    read_by: list[threading.Thread] = []

    def spied(connection: Connection, subject: str, today: date) -> list[given.Mandate]:
        read_by.append(threading.current_thread())
        return mandates_given(connection, subject, today)

    async def as_they_are(self: Any, found: list[given.Mandate]) -> list[given.Mandate]:
        return found

    monkeypatch.setattr(given, "mandates_given", spied)
    monkeypatch.setattr(MandateDesk, "_shown_mandates", as_they_are)
    scope: Any = SimpleNamespace(
        house=SimpleNamespace(store=store), party=SimpleNamespace(key="anna"), moment=SimpleNamespace(today=TODAY)
    )
    assert len(await MandateDesk(scope, scope).mandates_given(grantor)) == many
    assert [each is not threading.main_thread() for each in read_by] == [aside]


def test_requests_are_counted_by_day_up_to_the_contracts_number(store: Store) -> None:
    counted = [store.write_sync(lambda c: count_request(c, "tp-support", TODAY, 3)) for _ in range(5)]
    assert counted == [True, True, True, False, False]
    assert store.read_sync(lambda c: used_on(c, "tp-support", TODAY)) == 3
    assert store.write_sync(lambda c: count_request(c, "tp-support", TOMORROW, 3))
    assert store.write_sync(lambda c: count_request(c, "tp-support", TODAY, None))
