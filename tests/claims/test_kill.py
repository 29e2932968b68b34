"""The short run: two kills. The long one is ``python -m tests.claims.kill --kills 200``."""

from __future__ import annotations

from pathlib import Path

from tests.claims.kill.__main__ import table
from tests.claims.kill.clients import KINDS, Accepted
from tests.claims.kill.run import run
from tests.claims.kill.verdict import AtOwner, Counted, count, sends_by_claim

CLAIM = f"claim-{'0' * 24}"


def test_a_gateway_killed_while_claims_come_in_loses_doubles_and_alters_none(tmp_path: Path) -> None:
    outcome = run(tmp_path, kills=2, seed=7, clients_of_a_kind=1, pause=0.1, longest_life=1.0)
    assert outcome.holds, table(outcome)
    assert all(each.acknowledged for each in outcome.counted), table(outcome)
    assert max(outcome.ready_processor_seconds) < 5.0, table(outcome)


def judged(
    status: str | None,
    cases: int,
    *,
    sends: int = 1,
    token: str = "x-1",
    listed: bool = False,
    withdrawals: int | None = None,
) -> Counted:
    """One claim of MANUAL that was acknowledged, as it would be found; with ``withdrawals`` it was withdrawn."""
    kind = KINDS[2]
    answers = {"purpose": "x-1"}
    found = {} if status is None else {CLAIM: {"status": status, "answers": answers}}
    sent = sends_by_claim([f"<a>{CLAIM} {token}</a>".encode()] * sends)
    at_owner = AtOwner([(CLAIM, "KAD-1")] * cases, ["KAD-1"] * (withdrawals or 0))
    owners = {each.register: at_owner if each is kind else AtOwner([]) for each in KINDS}
    accepted = {CLAIM: Accepted(kind, answers, "x-1", withdrawals is not None)}
    return count(accepted, found, owners, sent, {CLAIM} if listed else set())[2]


def test_the_verdict_sees_what_must_not_be() -> None:
    assert judged("DELIVERED", 1).holds
    assert judged("OUTCOME_UNKNOWN", 1, listed=True).holds
    assert judged("WITHDRAWN", 0, withdrawals=0).holds
    assert judged("WITHDRAWN", 1, withdrawals=1).holds
    assert judged("WITHDRAWN", 1, withdrawals=0, listed=True).holds
    assert judged(None, 0).lost
    assert judged("DRAFT", 0).lost
    assert judged("DELIVERED", 0).lost
    assert judged("DELIVERED", 2).doubled
    assert judged("DELIVERED", 1, token="y-1").altered
    assert judged("DELIVERED", 1, sends=2).resent
    assert judged("OUTCOME_UNKNOWN", 1).unlisted
    assert judged("DELIVERED", 1, listed=True).unlisted
    assert judged("SUBMITTED", 1).unfinished
    assert judged("DRAFT", 1).invented
    assert judged("WITHDRAWN", 1, withdrawals=0).not_withdrawn
    assert judged("WITHDRAWN", 1, withdrawals=2).not_withdrawn
    assert judged("DELIVERED", 1, withdrawals=1).not_withdrawn
