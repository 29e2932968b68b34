"""An owner that numbers its cases by personal codes has its claim, and nobody else is shown the code."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from adapters.kit.errors import Rejected, Unavailable
from adapters.kit.ports import Receipt
from gateway.claims.case_numbers import HIDDEN, UNSAYABLE, names_a_person, shown
from gateway.claims.doubt import Arrived, settle, underway
from gateway.claims.misfits import misfits
from gateway.claims.operations import withdraw
from gateway.claims.outbox import Route, deliveries_of
from gateway.claims.snapshot import events_of
from gateway.store.store import Store
from gateway.store.tables.delivery import MessageState, outbox
from schema.terms import ClaimStatus
from tests.claims.delivering import MakeWorker, claim_of, submit_to
from tests.claims.owners import MANUAL, SAFE, Following, Time
from tests.claims.test_doubt import gateway as in_folder
from tests.claims.test_misfits import tell
from tests.claims.test_polling import change, delivered
from tests.claims.world import ANNA, NOW, anna, later, reload, submitted
from tests.invariants.leak.spellings import Search, hyphenated, spellings

CODE, STRANGER = ANNA.digits, "39100000066"
SPELLINGS = {name: spelling.decode("latin-1") for name, spelling in spellings(CODE).items()}
USUAL = (
    *("VAL-2026-000123", "GID-2026-000001", "KAD-2026-001000", "NIN-2026-1", "0054000/2026/12", "SOC.2026.11.27-0001"),
    *("A" * 40, "lieta Nr. 1-15/123", "2026-11-27T10:00:00Z", str(uuid.UUID(int=2**127 + 3**70))),
)


@pytest.mark.parametrize("name", SPELLINGS)
def test_no_spelling_of_an_applicants_code_is_shown_as_a_case_number(name: str) -> None:
    for around in ("{}", "LIETA-{}", "2026/{}/1"):
        assert names_a_person(around.format(SPELLINGS[name]), {CODE}), around


def test_of_a_hash_that_happens_to_have_digits_like_a_codes_nothing_is_shown() -> None:
    hashed = hashlib.sha256(CODE.encode()).hexdigest()
    for at in (0, 8, 16, 40):
        with_digits = hashed[:at] + "12345678901" + hashed[at + 11 :]
        assert shown(f"LIETA-{with_digits}", {CODE}) == HIDDEN, at


def test_what_can_be_read_as_digits_is_not_shown_whosever_code_it_is() -> None:
    readable = {
        name: spelling.decode("latin-1")
        for name, spelling in spellings(STRANGER).items()
        if not any(word in name for word in ("reversed", " of LV", "md5", "sha", "blake", "1 bytes in", "2 bytes in"))
    }
    assert len(readable) > 15
    assert [name for name, written in readable.items() if not names_a_person(written, ())] == []


@pytest.mark.parametrize("reference", USUAL)
def test_usual_case_numbers_are_shown_as_they_are(reference: str) -> None:
    assert shown(reference, {CODE, STRANGER}) == reference


@pytest.mark.parametrize("name", ["plain", "hyphenated", "sha256 of plain, hex", "base64 of plain, 0 bytes in"])
async def test_a_claim_whose_case_has_a_code_as_its_number_is_delivered_followed_and_withdrawn(
    store: Store, worker: MakeWorker, tmp_path: Path, time: Time, name: str
) -> None:
    number = SPELLINGS[name]
    named: list[str | None] = []

    class Noting(Following):
        async def follow(self, kind: str, reference: str | None, *more: Any) -> Receipt:
            named.append(reference)
            return Receipt(reference or "")

    claim_id, owner = await submit_to(store, SAFE), Noting(Receipt(number))
    delivering = worker(social_assistance=owner)
    await delivering.run_once()
    claim = await claim_of(store, claim_id)
    assert (claim.status, claim.owner_reference) == (ClaimStatus.DELIVERED, HIDDEN)
    tell(store, change(1, ClaimStatus.IN_REVIEW, number))
    assert (await claim_of(store, claim_id)).status is ClaimStatus.IN_REVIEW
    await store.write(lambda c: withdraw(c, time.now(), anna(c), reload(c, claim_id), None))
    await delivering.run_once()
    assert named == [number], "the owner knows its case by it"
    tell(store, change(2, ClaimStatus.GRANTED, number))
    printed = [
        in_folder(tmp_path, *words).stdout for words in (("list", "--json"), ("answers", "--json"), ("answers",))
    ]
    assert [len(json.loads(each)) for each in printed[:2]] == [1, 1]
    assert all(HIDDEN in each for each in printed)
    assert Search([CODE]).find("".join(printed).encode()) == []


def test_what_people_type_as_a_case_number_is_not_shown_either(store: Store) -> None:
    claim_id = store.write_sync(lambda c: submitted(c, "vzd", MANUAL))
    store.write_sync(lambda c: c.execute(update(outbox).values(state=MessageState.DOUBTFUL, in_doubt=True)) and None)
    store.write_sync(lambda c: settle(c, NOW, claim_id, Arrived(hyphenated(CODE)), "Service desk", None))
    assert [each.owner_reference for each in store.read_sync(lambda c: underway(c, (), None, 9))] == [HIDDEN]


def test_the_number_that_an_answer_names_is_held_against_its_claims_people(store: Store) -> None:
    claim_id = delivered(store)
    for at, name in enumerate(("md5 of LV-, hex", "reversed", "sha512 of hyphenated, base64")):
        tell(store, change(at, ClaimStatus.GRANTED, SPELLINGS[name], claim_id=claim_id))
    assert {each.told_reference for each in store.read_sync(misfits)} <= {HIDDEN}
    assert len(store.read_sync(misfits)) == 3


_LONG_AGO = update(outbox).values(next_attempt_at=NOW, last_attempt_at=later(-60))
"""The owner has said its last word."""


@pytest.mark.parametrize("name", ["URL-encoded hyphen", "base64 of plain, 2 bytes in", "sha1 of plain, hex"])
@pytest.mark.parametrize("route", [SAFE, MANUAL])
async def test_an_error_that_quotes_what_the_adapter_was_given_is_kept_without_it(
    store: Store, worker: MakeWorker, tmp_path: Path, route: Route, name: str
) -> None:
    """Found by the search for codes: an adapter's words held the case number."""
    claim_id = await submit_to(store, route)
    for error in (Unavailable, Rejected):
        owner = Following(error("r", f"no case {SPELLINGS[name]}"))
        await worker(**{route.register: owner}).run_once()
        state = (await store.read(lambda c: deliveries_of(c, [claim_id])))[claim_id]
        assert (state.last_error, getattr(state.last_error, "lv", "")) == (UNSAYABLE, UNSAYABLE.lv)
        if route is MANUAL:
            break
        await store.write(lambda c: c.execute(_LONG_AGO) and None)
    printed = in_folder(tmp_path, "list").stdout
    notes = "".join(each.note or "" for each in (await store.read(lambda c: events_of(c, [claim_id])))[claim_id])
    assert Search([CODE]).find((printed + notes).encode()) == []


async def test_a_number_that_another_claim_of_the_owner_has_is_told_to_operators(
    store: Store, worker: MakeWorker, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the owner tells by it counts for neither, and nobody would know why."""
    first, second = await submit_to(store, SAFE), await submit_to(store, SAFE)
    others = await submit_to(store, SAFE, owner="vid")
    delivering = worker(social_assistance=Following(Receipt("SOC-1"), Receipt("SOC-2"), Receipt("SOC-2")))
    await delivering.run_once()
    assert "owner.case_number_of_two_claims" not in capsys.readouterr().out
    third = await submit_to(store, SAFE)
    await worker(social_assistance=Following(Receipt("SOC-1"))).run_once()
    numbers = [(await claim_of(store, each)).owner_reference for each in (first, second, others, third)]
    assert numbers == ["SOC-1", "SOC-2", "SOC-2", "SOC-1"]
    [line] = [each for each in capsys.readouterr().out.splitlines() if "owner.case_number_of_two_claims" in each]
    assert third in line
    assert first in line
