"""What nobody knows is listed for people, and settled by what they found out: once, with an event that says so."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from subprocess import CompletedProcess, run

import pytest

from adapters.kit.errors import Unavailable
from gateway.claims import notes
from gateway.claims.delivery import Worker
from gateway.claims.doubt import (
    Arrived,
    CaseNumberTaken,
    Finding,
    NeverArrived,
    NothingInDoubt,
    NotTaken,
    doubtful,
    settle,
    underway,
)
from gateway.claims.operations import withdraw
from gateway.claims.snapshot import events_of
from gateway.store.store import Store
from schema.terms import ClaimStatus
from schema.text import latvian_of
from tests.claims.owners import MANUAL, Following, Owner, Time
from tests.claims.world import anna, later, reload, submitted

ROOT = Path(__file__).parents[2]


async def in_doubt(store: Store, owner: Owner) -> tuple[str, Worker]:
    """Id of a claim of which nobody knows whether it arrived."""
    claim_id = await store.write(lambda c: submitted(c, "vzd", MANUAL))
    owner.script.insert(0, Unavailable("vzd", "connection lost"))
    time = Time()
    worker = Worker(store, {"vzd": owner}, time.clock())
    await worker.run_once()
    time.seconds = 20
    return claim_id, worker


def settled(store: Store, named: str, finding: Finding) -> str:
    return store.write_sync(lambda c: settle(c, later(9), named, finding, "Service desk", "By telephone."))


async def test_what_is_in_doubt_is_listed_and_what_is_not_is_not(store: Store) -> None:
    claim_id, _ = await in_doubt(store, Owner())
    other = store.write_sync(submitted)
    assert [(each.claim, each.last_error) for each in store.read_sync(doubtful)] == [(claim_id, "connection lost")]
    assert [each.claim for each in store.read_sync(lambda c: underway(c, (), None, 9))] == [other, claim_id]
    assert [each.claim for each in store.read_sync(lambda c: underway(c, (), "vzd", 9))] == [claim_id]


@pytest.mark.parametrize(
    ("finding", "status", "reference", "sent"),
    [
        (Arrived("KAD-7"), ClaimStatus.DELIVERED, "KAD-7", 1),
        (NeverArrived(), ClaimStatus.DELIVERED, "case-2", 2),
        (NotTaken("no such property"), ClaimStatus.REJECTED_BY_OWNER, None, 1),
    ],
)
async def test_a_finding_settles_the_claim_once_and_says_who_found_it(
    store: Store, finding: Finding, status: ClaimStatus, reference: str | None, sent: int
) -> None:
    owner = Owner()
    claim_id, worker = await in_doubt(store, owner)
    assert settled(store, claim_id, finding) == claim_id
    event = store.read_sync(lambda c: events_of(c, [claim_id]))[claim_id][-1]
    assert (event.at, event.by) == (later(9), "Service desk")
    assert (event.note or "").endswith("By telephone.")
    with pytest.raises(NothingInDoubt):
        settled(store, claim_id, finding)
    await worker.run_once()
    claim = store.read_sync(lambda c: reload(c, claim_id))
    assert (claim.status, len(owner.operations)) == (status, sent)
    if reference != "case-2":
        assert claim.owner_reference == reference


@pytest.mark.parametrize(
    ("finding", "operations"),
    [(Arrived("KAD-7"), ["deliver", "WITHDRAWAL"]), (NeverArrived(), ["deliver"]), (NotTaken("no"), ["deliver"])],
)
async def test_a_claim_withdrawn_while_in_doubt_stays_withdrawn_and_its_owner_hears_of_it_if_it_has_it(
    store: Store, finding: Finding, operations: list[str]
) -> None:
    owner = Following()
    claim_id, worker = await in_doubt(store, owner)
    store.write_sync(lambda c: withdraw(c, later(1), anna(c), reload(c, claim_id), None))
    await worker.run_once()
    assert owner.operations == ["deliver"]
    settled(store, claim_id, finding)
    note = store.read_sync(lambda c: events_of(c, [claim_id]))[claim_id][-1].note or ""
    assert "sent once more" not in note, "it is not"
    assert latvian_of(notes.as_read(note)) != note, "it has its Latvian"
    await worker.run_once()
    assert owner.operations == operations
    assert store.read_sync(lambda c: reload(c, claim_id)).status is ClaimStatus.WITHDRAWN


async def test_the_number_of_another_claim_is_given_only_where_the_owner_has_both_under_it(
    store: Store, tmp_path: Path
) -> None:
    """The owner's answers name cases by their number alone: they would count for neither claim."""
    first, _ = await in_doubt(store, Owner())
    settled(store, first, Arrived("KAD-7"))
    second, _ = await in_doubt(store, Owner())
    with pytest.raises(CaseNumberTaken) as taken:
        settled(store, second, Arrived("KAD-7"))
    assert taken.value.claim == first
    done = gateway(tmp_path, "settle", second, "--arrived", "KAD-7")
    assert (done.returncode, first in done.stderr, "--same-case" in done.stderr) == (1, True, True)
    assert store.read_sync(lambda c: reload(c, second)).status is ClaimStatus.OUTCOME_UNKNOWN
    assert gateway(tmp_path, "settle", second, "--arrived", "KAD-7", "--same-case").returncode == 0
    assert store.read_sync(lambda c: reload(c, second)).owner_reference == "KAD-7"


async def test_what_an_owner_calls_a_withdrawal_does_not_become_the_claims_case_number(store: Store) -> None:
    owner = Following()
    claim_id, worker = await in_doubt(store, owner)
    settled(store, claim_id, Arrived("KAD-7"))
    owner.follow_script = [Unavailable("vzd", "connection lost")]
    store.write_sync(lambda c: withdraw(c, later(10), anna(c), reload(c, claim_id), None))
    await worker.run_once()
    settled(store, claim_id, Arrived("INCOMING-LETTER-12"))
    assert store.read_sync(lambda c: reload(c, claim_id)).owner_reference == "KAD-7"


def gateway(folder: Path, *words: str) -> CompletedProcess[str]:
    return run(
        [sys.executable, "-m", "gateway", "claims", *words],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "GATEWAY_STORE_URL": f"sqlite:///{folder / 'store.sqlite'}"},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_the_commands_list_and_settle_from_beside_a_running_store(store: Store, tmp_path: Path) -> None:
    claim_id, _ = await in_doubt(store, Owner())
    [listed] = json.loads(gateway(tmp_path, "doubtful", "--json").stdout)
    assert (listed["claim"], listed["state"], listed["strategy"]) == (claim_id, "DOUBTFUL", "MANUAL")
    assert "39100000011" not in json.dumps(listed)
    assert gateway(tmp_path, "settle", claim_id).returncode == 2
    assert gateway(tmp_path, "settle", claim_id, "--arrived", "KAD-7", "--send-again").returncode == 2
    done = gateway(tmp_path, "settle", claim_id, "--arrived", "KAD-7", "--by", "Service desk")
    assert (done.returncode, done.stdout) == (0, f"settled: {claim_id}\n")
    assert gateway(tmp_path, "settle", claim_id, "--arrived", "KAD-7").returncode == 1
    assert gateway(tmp_path, "doubtful", "--json").stdout == "[]\n"
    shown = gateway(tmp_path, "list", "--status", "DELIVERED").stdout
    assert claim_id in shown
    assert store.read_sync(lambda c: reload(c, claim_id)).owner_reference == "KAD-7"
