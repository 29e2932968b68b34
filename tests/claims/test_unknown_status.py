"""A status that an owner's contract does not have: people hear of it, and what else the owner tells goes on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.kit.ports import StatusChange
from gateway.claims.misfits import misfits
from gateway.claims.owner_answers import REPEATED, Source, apply_changes
from gateway.examination import examine
from gateway.store.store import Store
from gateway.store.tables.owner_changes import ChangeOutcome
from schema.terms import ClaimStatus
from tests.answers import clean
from tests.claims.test_doubt import gateway as in_folder
from tests.claims.test_misfits import SOURCE, tell
from tests.claims.test_polling import change, delivered, status_of
from tests.claims.world import later
from tests.running_gateway import RunningGateway, command

CODE = "391000-00011"
_WITHIN_SECONDS = 30.0


def unknown(number: int, word: str, reference: str = "CASE-1", **more: Any) -> StatusChange:
    known = change(number, ClaimStatus.GRANTED, reference, **more)
    return StatusChange(known.change_id, reference, None, known.changed_at, known.note, known.claim_id, word)


def _settings_file(folder: Path, store_url: str) -> Path:
    file = folder / "settings.toml"
    file.write_text(f'store_url = "{store_url}"\ndata = "{folder}"\n')
    return file


def test_what_stands_beside_an_unknown_status_is_applied_and_the_word_waits_for_people(store: Store) -> None:
    claim_id, other = delivered(store), delivered(store, "CASE-2")
    told = (unknown(1, f"NODOTS {CODE}"), change(2, ClaimStatus.GRANTED, "CASE-2"))
    assert tell(store, *told) == {ChangeOutcome.ILLEGAL: 1, ChangeOutcome.APPLIED: 1}
    assert (status_of(store, claim_id), status_of(store, other)) == (ClaimStatus.DELIVERED, ClaimStatus.GRANTED)
    [listed] = store.read_sync(misfits)
    assert (listed.claim, listed.told, listed.word) == (claim_id, None, "NODOTS ***")
    assert listed.why == "the owner's contract does not have this status"
    assert tell(store, *told) == {REPEATED: 2}


@pytest.mark.parametrize("by", [SOURCE, Source(register="social", claim_types=frozenset({"housing-benefit"}))])
def test_a_word_that_is_understood_when_it_is_told_again_counts_whichever_way_it_comes(
    store: Store, by: Source
) -> None:
    claim_id = delivered(store)
    tell(store, unknown(1, "NODOTS"))
    understood = [change(1, ClaimStatus.IN_REVIEW)]
    tally = store.write_sync(lambda c: apply_changes(c, later(2), by, understood))
    assert (tally, status_of(store, claim_id)) == ({ChangeOutcome.APPLIED: 1}, ClaimStatus.IN_REVIEW)
    assert tell(store, change(1, ClaimStatus.IN_REVIEW)) == {REPEATED: 1}


def test_an_unknown_status_of_a_case_that_has_no_claim_yet_waits_for_it(store: Store) -> None:
    assert tell(store, unknown(1, "NODOTS")) == {ChangeOutcome.UNKNOWN: 1}
    assert store.read_sync(misfits) == []
    claim_id = delivered(store)
    assert tell(store, unknown(1, "NODOTS")) == {ChangeOutcome.ILLEGAL: 1}
    assert [(each.claim, each.word) for each in store.read_sync(misfits)] == [(claim_id, "NODOTS")]


def test_the_command_and_the_doctor_tell_people_and_it_is_settled_as_others_are(store: Store, tmp_path: Path) -> None:
    delivered(store)
    tell(store, unknown(1, "NODOTS\x1b[2J"))
    store_url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    found = {one.check: one for one in examine(_settings_file(tmp_path, store_url))}["answers of owners"]
    assert (found.holds, "1 have a status" in found.finding, "claims answers" in (found.remedy or "")) == (
        False,
        True,
        True,
    )
    [listed] = json.loads(in_folder(tmp_path, "answers", "--json").stdout)
    assert (listed["told"], listed["word"]) == (None, "NODOTS\x1b[2J")
    assert '"NODOTS [2J"' in in_folder(tmp_path, "answers").stdout
    done = in_folder(tmp_path, "settle", listed["answer"], "--looked-into", "--reason", "It means: passed on.")
    assert done.returncode == 0, done.stderr
    assert store.read_sync(misfits) == []
    found = {one.check: one for one in examine(_settings_file(tmp_path, store_url))}["answers of owners"]
    assert found.holds, found


# ------------------------------------------------------------ at the wire


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """One to itself: what is told of claims stays told."""
    with RunningGateway(tmp_path_factory.mktemp("words") / "data") as running:
        yield running


@pytest.mark.parametrize(
    ("register", "first", "second", "persona"),
    [("social_assistance", "demo-1", "demo-2", "peteris"), ("social_insurance", "demo-5", "demo-13", "nora")],
)
def test_an_owner_that_uses_a_new_word_holds_up_no_other_claim(
    gateway: RunningGateway, register: str, first: str, second: str, persona: str
) -> None:
    """Of a REST and of a SOAP owner: the word and the other claim's status are one batch, or two."""
    cases = {each["claimId"]: each["reference"] for each in gateway.control()[register]["cases"]}
    for told in (
        {"reference": cases[first], "word": "NODOTS", "note": f"Par {CODE}"},
        {"reference": cases[second], "status": "PAPI", "note": "Lūdzu, līgumu."},
    ):
        body = {"register": register, **told}
        httpx.post(f"{gateway.registers_url}/_control", json=body, trust_env=False).raise_for_status()
    query, end = f'{{ claim(id: "{second}") {{ status }} }}', time.monotonic() + _WITHIN_SECONDS
    while (said := clean(gateway.post(query, persona=persona)[1])["claim"]["status"]) != "INFORMATION_REQUESTED":
        assert time.monotonic() < end, said
        time.sleep(0.2)
    listed = json.loads(command("claims", "answers", "--json", "--data", str(gateway.data)).stdout)
    assert [(each["claim"], each["word"]) for each in listed if each["claim"] == first] == [(first, "NODOTS")]
    assert "polling.failed" not in gateway.printed()
