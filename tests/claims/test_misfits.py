"""What an owner tells that cannot be so changes nothing, waits for people in words, and is settled with who and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from gateway.claims.misfits import NothingToLookInto, look_into, misfits
from gateway.claims.notes import as_read
from gateway.claims.owner_answers import REPEATED, Source, apply_changes
from gateway.claims.snapshot import events_of
from gateway.store.store import Store
from gateway.store.tables.claims import claims
from gateway.store.tables.owner_changes import ChangeOutcome, owner_changes
from schema.terms import ClaimStatus
from schema.text import Text
from tests.claims.test_doubt import gateway
from tests.claims.test_polling import change, delivered, history, status_of
from tests.claims.world import later, submitted

S = ClaimStatus
SOURCE = Source(owner="social-0054000")
CODE = "391000-00011"


def tell(store: Store, *told: object) -> dict[str, int]:
    return dict(store.write_sync(lambda c: apply_changes(c, later(1), SOURCE, told)))  # type: ignore[arg-type]


def withdrawn(store: Store, reference: str = "CASE-1") -> str:
    claim_id = delivered(store, reference)
    store.write_sync(
        lambda c: c.execute(update(claims).where(claims.c.id == claim_id).values(status=S.WITHDRAWN)) and None
    )
    return claim_id


def test_a_grant_of_a_withdrawn_claim_is_listed_in_words_and_keeps_what_the_owner_wrote(store: Store) -> None:
    claim_id = withdrawn(store)
    assert tell(store, change(1, S.GRANTED, note=f"Granted to {CODE}.")) == {ChangeOutcome.ILLEGAL: 1}
    [listed] = store.read_sync(misfits)
    assert (listed.claim, listed.status, listed.told, listed.told_reference) == (
        claim_id,
        S.WITHDRAWN,
        S.GRANTED,
        "CASE-1",
    )
    assert listed.why == "a claim that is WITHDRAWN cannot become GRANTED"
    assert (listed.has_words, listed.words) == (True, None)
    [worded] = store.read_sync(lambda c: misfits(c, words=True))
    assert worded.words == "Granted to ***."


def test_what_waited_for_its_claim_and_does_not_fit_it_keeps_its_words_too(store: Store) -> None:
    tell(store, change(1, S.GRANTED, note="Yes."))
    assert store.read_sync(misfits) == []
    withdrawn(store)
    assert tell(store, change(1, S.GRANTED, note="Yes.")) == {ChangeOutcome.ILLEGAL: 1}
    assert [each.words for each in store.read_sync(lambda c: misfits(c, words=True))] == ["Yes."]


@pytest.mark.parametrize("has_number", [True, False])
def test_an_answer_with_the_id_of_one_claim_and_the_case_number_of_another_changes_neither(
    store: Store, has_number: bool
) -> None:
    other = delivered(store, "CASE-2")
    claim_id = delivered(store, "CASE-1") if has_number else store.write_sync(submitted)
    before = status_of(store, claim_id)
    assert tell(store, change(1, S.GRANTED, "CASE-2", claim_id=claim_id)) == {ChangeOutcome.ILLEGAL: 1}
    assert (status_of(store, claim_id), status_of(store, other)) == (before, S.DELIVERED)
    [listed] = store.read_sync(misfits)
    why = "the claim has another case number" if has_number else "the case number is another claim's"
    assert (listed.claim, listed.why) == (claim_id, why)
    assert tell(store, change(1, S.GRANTED, "CASE-2", claim_id=claim_id)) == {REPEATED: 1}


def test_a_case_number_that_is_no_ones_may_be_a_personal_code_and_is_not_shown(store: Store) -> None:
    claim_id = delivered(store)
    tell(store, change(1, S.GRANTED, CODE, claim_id=claim_id))
    assert [each.told_reference for each in store.read_sync(misfits)] == ["***"]


def test_looking_into_an_answer_is_an_event_with_who_and_why_and_forgets_the_owners_words(store: Store) -> None:
    claim_id = withdrawn(store)
    tell(store, change(1, S.GRANTED, note="Yes."))
    before = len(history(store, claim_id))
    assert store.write_sync(lambda c: look_into(c, later(9), claim_id, "Service desk", "A slip there.")) == claim_id
    events = store.read_sync(lambda c: events_of(c, [claim_id]))[claim_id]
    last = events[-1]
    assert (len(events), last.at, last.by, last.status) == (before + 1, later(9), "Service desk", S.WITHDRAWN)
    note = as_read(last.note or "")
    assert isinstance(note, Text)
    assert (note.endswith(" A slip there."), note.lv.endswith(" A slip there.")) == (True, True)
    kept = store.read_sync(lambda c: c.execute(select(owner_changes.c.outcome, owner_changes.c.note)).one())
    assert tuple(kept) == (ChangeOutcome.LOOKED_INTO, None)
    assert store.read_sync(misfits) == []
    assert tell(store, change(1, S.GRANTED, note="Yes.")) == {REPEATED: 1}
    with pytest.raises(NothingToLookInto):
        store.write_sync(lambda c: look_into(c, later(9), claim_id, "Service desk", "Again."))


def test_of_several_answers_one_is_named_so_that_none_is_looked_into_unseen(store: Store) -> None:
    claim_id = withdrawn(store)
    tell(store, change(1, S.GRANTED), change(2, S.REFUSED))
    answers = [each.answer for each in store.read_sync(misfits)]
    with pytest.raises(NothingToLookInto) as refused:
        store.write_sync(lambda c: look_into(c, later(9), claim_id, "Service desk", "Both."))
    assert refused.value.answers == answers
    store.write_sync(lambda c: look_into(c, later(9), answers[0], "Service desk", "The first."))
    assert [each.answer for each in store.read_sync(misfits)] == answers[1:]


def test_the_commands_list_and_settle_answers_and_show_no_code(store: Store, tmp_path: Path) -> None:
    claim_id = withdrawn(store)
    tell(store, change(1, S.GRANTED, note=f"For {CODE}\x1b[2J\nat once."))
    doubtful = gateway(tmp_path, "doubtful")
    assert "Answers of owners that do not fit their claims: 1" in doubtful.stderr
    assert json.loads(gateway(tmp_path, "doubtful", "--json").stdout) == []
    [listed] = json.loads(gateway(tmp_path, "answers", "--json").stdout)
    assert (listed["claim"], listed["told"], listed["words"]) == (claim_id, "GRANTED", None)
    shown = gateway(tmp_path, "answers", "--words").stdout
    assert "a claim that is WITHDRAWN cannot become GRANTED  For *** [2J at once." in shown
    without = gateway(tmp_path, "settle", listed["answer"], "--looked-into", "--reason", " ")
    assert (without.returncode, "--reason" in without.stderr) == (2, True)
    assert gateway(tmp_path, "settle", claim_id, "--looked-into", "--send-again").returncode == 2
    settling = ("settle", listed["answer"], "--looked-into", "--by", "Service desk", "--reason", "A slip there.")
    done = gateway(tmp_path, *settling)
    assert (done.returncode, done.stdout) == (0, f"settled: {claim_id}\n")
    again = gateway(tmp_path, *settling)
    assert (again.returncode, "gateway claims answers" in again.stderr) == (1, True)
    assert gateway(tmp_path, "answers", "--json").stdout == "[]\n"
