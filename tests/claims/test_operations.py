"""What can be done with a claim, and what changes nothing."""

from __future__ import annotations

import asyncio
from itertools import product

import pytest
from sqlalchemy import Connection, func, select, update

from gateway.audit.record import AccessRecord, AccessSubject
from gateway.claims import operations
from gateway.claims.idempotency import earlier, hashed
from gateway.claims.operations import Submission, answer, assign, submit, withdraw
from gateway.claims.outbox import Route, deliveries_of
from gateway.claims.outcome import Outcome
from gateway.claims.presence import PresenceEvidence
from gateway.claims.snapshot import answers_of, events_of
from gateway.claims.states import NEXT, IllegalTransition, check, may_become
from gateway.store.store import Store
from gateway.store.tables.access import access_records
from gateway.store.tables.claims import claims, idempotency_keys, presences
from gateway.store.tables.delivery import MessageKind, MessageState, outbox
from schema.terms import (
    AccessOutcome,
    Capacity,
    ClaimAction,
    ClaimStatus,
    DeliveryStrategy,
    Phase,
    PresenceMethod,
    ProblemCode,
    SubjectRole,
)
from tests.claims.world import (
    ANNA,
    ANSWERS,
    FORM,
    NOW,
    ROUTE,
    anna,
    draft_of_anna,
    later,
    reload,
    submit_draft,
    submitted,
)


def messages(connection: Connection) -> list[tuple[MessageKind, MessageState]]:
    rows = connection.execute(select(outbox.c.kind, outbox.c.state).order_by(outbox.c.sequence))
    return [(kind, state) for kind, state in rows]


def codes(outcome: Outcome) -> list[ProblemCode]:
    assert (outcome.claim is None) is bool(outcome.problems)
    return [problem.code for problem in outcome.problems]


def set_status(connection: Connection, claim_id: str, status: ClaimStatus) -> None:
    connection.execute(update(claims).where(claims.c.id == claim_id).values(status=status))


async def test_a_new_draft_is_the_applicants_and_keeps_its_answers(store: Store) -> None:
    claim = await store.write(draft_of_anna)
    assert (claim.status, claim.applicant_code, claim.assigned_to) == (ClaimStatus.DRAFT, ANNA, ())
    assert (claim.created_at, claim.submitted_at, claim.presence) == (NOW, None, None)
    assert await store.read(lambda c: answers_of(c, [claim.id])) == {claim.id: ANSWERS}
    events = await store.read(lambda c: events_of(c, [claim.id, "nothing"]))
    assert [e.status for e in events[claim.id]] == [ClaimStatus.DRAFT]
    assert events["nothing"] == []


async def test_a_draft_with_wrong_answers_is_not_opened(store: Store) -> None:
    def job(c: Connection) -> Outcome:
        claim = draft_of_anna(c)
        return answer(c, NOW, anna(c), claim, {"tenure": "LOAN"}, FORM)

    assert codes(await store.write(job)) == [ProblemCode.ANSWERS_INVALID]


async def test_drafts_of_one_applicant_are_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MOST_DRAFTS", 2)
    for _ in range(2):
        await store.write(draft_of_anna)
    with pytest.raises(AssertionError):
        await store.write(draft_of_anna)
    assert await store.read(lambda c: c.execute(select(func.count()).select_from(claims)).scalar()) == 2


async def test_answers_of_a_draft_are_replaced(store: Store) -> None:
    claim = await store.write(draft_of_anna)
    outcome = await store.write(lambda c: answer(c, NOW, anna(c), claim, {"tenure": "OWN"}, FORM))
    assert outcome.claim is not None
    assert outcome.claim.answers_version == 2
    assert not outcome.sends
    assert await store.read(lambda c: answers_of(c, [claim.id])) == {claim.id: {"tenure": "OWN"}}


async def test_answers_that_the_owner_asked_for_are_added_and_sent(store: Store) -> None:
    def job(c: Connection) -> Outcome:
        claim_id = submitted(c)
        set_status(c, claim_id, ClaimStatus.INFORMATION_REQUESTED)
        return answer(c, later(1), anna(c), reload(c, claim_id), {"tenure": "OWN"}, FORM)

    outcome = await store.write(job)
    assert outcome.claim is not None
    claim_id = outcome.claim.id
    assert outcome.sends
    assert await store.read(lambda c: answers_of(c, [claim_id])) == {claim_id: ANSWERS | {"tenure": "OWN"}}
    assert [kind for kind, _ in await store.read(messages)] == [MessageKind.SUBMISSION, MessageKind.ANSWERS]


async def test_submitting_makes_claim_message_and_access_record_together(store: Store) -> None:
    def job(c: Connection) -> Outcome:
        claim, party = draft_of_anna(c), anna(c)
        record = AccessRecord(
            at=NOW,
            request_id="r-1",
            capacity=Capacity.CITIZEN,
            organisation=None,
            by_subject=party.subject,
            who="The person themselves",
            claim=claim.id,
            claim_type=claim.type,
            action=ClaimAction.SUBMIT,
            outcome=AccessOutcome.PERMITTED,
            coordinates=(),
            paths=(),
            rules=("applicant-submits",),
            policy_version="v1",
            subjects=(AccessSubject(party.subject, SubjectRole.APPLICANT),),
        )
        return submit(c, NOW, party, claim, Submission("k", {"id": claim.id}, FORM, ROUTE, (record,)))

    before = store.commits
    outcome = await store.write(job)
    assert store.commits == before + 1
    assert outcome.sends
    assert outcome.claim is not None
    assert (outcome.claim.status, outcome.claim.submitted_at) == (ClaimStatus.SUBMITTED, NOW)
    assert await store.read(messages) == [(MessageKind.SUBMISSION, MessageState.WAITING)]
    assert await store.read(lambda c: c.execute(select(func.count()).select_from(access_records)).scalar()) == 1
    claim_id = outcome.claim.id
    state = (await store.read(lambda c: deliveries_of(c, [claim_id])))[claim_id]
    assert (state.attempts, state.strategy, state.next_attempt_at) == (0, DeliveryStrategy.IDEMPOTENCY_KEY, NOW)


async def test_an_unfinished_draft_is_not_submitted(store: Store) -> None:
    def job(c: Connection) -> Outcome:
        return submit_draft(c, draft_of_anna(c, answers={"tenure": "RENT"}))

    outcome = await store.write(job)
    assert [(p.code, p.field) for p in outcome.problems] == [(ProblemCode.ANSWERS_INVALID, "/answers/monthlyCosts")]
    assert await store.read(messages) == []


async def test_the_same_key_gives_the_same_claim_and_another_input_is_refused(store: Store) -> None:
    first = await store.write(draft_of_anna)
    other = await store.write(draft_of_anna)
    await store.write(lambda c: submit_draft(c, first, key="k-é\ud800"))
    again = await store.write(lambda c: submit_draft(c, first, key="k-é\ud800"))
    assert again.claim is not None
    assert again.claim.id == first.id
    assert not again.sends
    refused = await store.write(lambda c: submit_draft(c, other, key="k-é\ud800"))
    assert codes(refused) == [ProblemCode.IDEMPOTENCY_KEY_REUSED]
    assert len(await store.read(messages)) == 1


async def test_a_key_belongs_to_one_party_and_one_mutation(store: Store) -> None:
    claim = await store.write(draft_of_anna)
    await store.write(lambda c: submit_draft(c, claim, key="k"))
    party = await store.write(anna)
    body = {"id": claim.id}
    assert await store.read(lambda c: earlier(c, party, "submitClaim", "k", body)) is not None
    assert await store.read(lambda c: earlier(c, party, "withdrawClaim", "k", body)) is None


async def test_a_key_is_kept_with_its_party_so_that_no_hash_of_it_alone_is_in_the_store(store: Store) -> None:
    claim = await store.write(draft_of_anna)
    await store.write(lambda c: submit_draft(c, claim, key="39100000011"))
    (kept,) = await store.read(lambda c: c.execute(select(idempotency_keys)).all())
    assert hashed("39100000011") not in tuple(kept)


async def test_a_key_that_was_kept_as_a_hash_of_itself_still_counts(store: Store) -> None:
    claim = await store.write(draft_of_anna)
    await store.write(lambda c: submit_draft(c, claim, key="k"))
    await store.write(lambda c: c.execute(update(idempotency_keys).values(key_hash=hashed("k"))))
    again = await store.write(lambda c: submit_draft(c, claim, key="k"))
    assert (again.claim is not None, again.sends) == (True, False)


@pytest.mark.parametrize("same_key", [True, False])
async def test_sixteen_parallel_submissions_make_one_message(store: Store, same_key: bool) -> None:
    claim = await store.write(draft_of_anna)
    jobs = [
        store.write(lambda c, key="k" if same_key else f"k-{n}": submit_draft(c, claim, key))  # type: ignore[misc]  # lambda default
        for n in range(16)
    ]
    outcomes: list[Outcome] = await asyncio.gather(*jobs)
    assert await store.read(messages) == [(MessageKind.SUBMISSION, MessageState.WAITING)]
    accepted = [o.claim.id for o in outcomes if o.claim is not None]
    assert accepted == [claim.id] * (16 if same_key else 1)
    assert sum(o.sends for o in outcomes) == 1
    if not same_key:
        assert [codes(o) for o in outcomes if o.claim is None] == [[ProblemCode.WRONG_STATUS]] * 15


async def test_a_withdrawn_draft_sends_nothing(store: Store) -> None:
    claim = await store.write(draft_of_anna)
    outcome = await store.write(lambda c: withdraw(c, NOW, anna(c), claim, None))
    assert outcome.claim is not None
    assert outcome.claim.status is ClaimStatus.WITHDRAWN
    assert not outcome.sends
    assert await store.read(messages) == []


async def test_a_submission_that_never_left_is_cancelled_by_a_withdrawal(store: Store) -> None:
    claim_id = await store.write(submitted)
    outcome = await store.write(lambda c: withdraw(c, NOW, anna(c), reload(c, claim_id), "No longer needed \ud800"))
    assert not outcome.sends
    assert await store.read(messages) == [(MessageKind.SUBMISSION, MessageState.CANCELLED)]
    events = (await store.read(lambda c: events_of(c, [claim_id])))[claim_id]
    assert events[-1].note == "No longer needed ?"


@pytest.mark.parametrize("values", [{"state": MessageState.SENDING}, {"in_doubt": True}, {"state": MessageState.DONE}])
async def test_an_owner_that_may_have_the_claim_is_told_of_a_withdrawal(
    store: Store, values: dict[str, object]
) -> None:
    claim_id = await store.write(submitted)
    await store.write(lambda c: c.execute(update(outbox).values(**values)).close())
    outcome = await store.write(lambda c: withdraw(c, NOW, anna(c), reload(c, claim_id), None))
    assert outcome.sends
    assert (await store.read(messages))[-1] == (MessageKind.WITHDRAWAL, MessageState.WAITING)


@pytest.mark.parametrize("status", [s for s in ClaimStatus if s.phase is Phase.CLOSED])
async def test_nothing_changes_a_closed_claim(store: Store, status: ClaimStatus) -> None:
    def job(c: Connection) -> list[Outcome]:
        claim_id = submitted(c)
        set_status(c, claim_id, status)
        closed, party = reload(c, claim_id), anna(c)
        return [
            answer(c, NOW, party, closed, ANSWERS, FORM),
            submit(c, NOW, party, closed, Submission("other", {"id": claim_id}, FORM, ROUTE, ())),
            withdraw(c, NOW, party, closed, None),
        ]

    assert [codes(o) for o in await store.write(job)] == [[ProblemCode.WRONG_STATUS]] * 3


async def test_assigning_twice_is_assigning_once_and_so_is_taking_off(store: Store) -> None:
    claim = await store.write(draft_of_anna)
    seen = []
    for wanted in (True, True, False, False):
        outcome = await store.write(
            lambda c, wanted=wanted: assign(c, NOW, anna(c), reload(c, claim.id), "tp-support", wanted)  # type: ignore[misc]  # lambda default
        )
        assert outcome.claim is not None
        seen.append(outcome.claim.assigned_to)
    assert seen == [("tp-support",), ("tp-support",), (), ()]
    events = (await store.read(lambda c: events_of(c, [claim.id])))[claim.id]
    assert len(events) == 3


async def test_a_presence_reference_is_good_for_one_claim_and_kept_as_a_hash(store: Store) -> None:
    evidence = PresenceEvidence(PresenceMethod.EID_TAP, "ref-39100000011", checked=True)
    first = await store.write(draft_of_anna)
    second = await store.write(draft_of_anna)
    outcome = await store.write(lambda c: answer(c, NOW, anna(c), first, ANSWERS, FORM, evidence))
    assert outcome.claim is not None
    assert outcome.claim.presence is not None
    assert outcome.claim.presence.checked
    refused = await store.write(lambda c: answer(c, NOW, anna(c), second, {}, FORM, evidence))
    assert codes(refused) == [ProblemCode.PRESENCE_NOT_PROVEN]
    assert await store.read(lambda c: answers_of(c, [second.id])) == {second.id: ANSWERS}
    assert "39100000011" not in str(await store.read(lambda c: c.execute(select(presences)).all()))
    assert "39100000011" not in repr(evidence)


@pytest.mark.parametrize(("present", "wanted"), list(product(ClaimStatus, ClaimStatus)))
def test_only_listed_transitions_exist(present: ClaimStatus, wanted: ClaimStatus) -> None:
    if wanted in NEXT[present]:
        check(present, wanted)
        return
    assert not may_become(present, wanted)
    with pytest.raises(IllegalTransition):
        check(present, wanted)


def test_a_closed_claim_never_moves_and_every_status_is_reachable() -> None:
    assert all(not NEXT[status] for status in ClaimStatus if status.phase is Phase.CLOSED)
    assert set().union(*NEXT.values()) == set(ClaimStatus) - {ClaimStatus.DRAFT}


def test_a_route_is_where_a_submission_went() -> None:
    assert Route("vid", DeliveryStrategy.MANUAL) != ROUTE
