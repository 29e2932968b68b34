"""What shuts a door shuts it for the next request: of what is remembered and what is held nothing gets through."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.claims.days import day_in_riga
from gateway.clock import utc_now
from tests.answers import codes, errors_by_path
from tests.desk.conftest import World

EVIDENCE = "status channel applicant { ... on Person { givenName declaredAddress { fullText } } }"
DECIDE = "mutation($id: ID!, $outcome: DecisionOutcome!, $reason: String!) { decideClaim(input: {id: $id, outcome: $outcome, reason: $reason}) { claim { status history { status note } } problems { code field } } }"


def shut_but_for(world: World, persona: str, claim: str, status: str | None) -> None:
    """Nothing of the claim is open but its status, if that; and no register is asked."""
    calls = world.running.calls()
    body = world.raw(persona, f'{{ claim(id: "{claim}") {{ {EVIDENCE} }} }}')
    assert codes(body) == {"FORBIDDEN"}
    expected = None if status is None else {"status": status, "channel": None, "applicant": None}
    assert body["data"]["claim"] == expected
    assert world.running.calls() == calls


def test_the_end_of_a_contract_shuts_and_its_renewal_opens(world: World) -> None:
    assert world.reads("ngo-support", "demo-1", EVIDENCE)
    yesterday, today = day_in_riga(utc_now()) - timedelta(days=1), day_in_riga(utc_now())
    set_end = "UPDATE contracts SET valid_to = ? WHERE third_party = 'tp-support'"
    world.store(set_end, yesterday.isoformat())
    shut_but_for(world, "ngo-support", "demo-1", None)
    world.store(set_end, today.isoformat())
    assert world.reads("ngo-support", "demo-1", EVIDENCE)


def test_a_protected_flag_withholds_at_once(world: World) -> None:
    assert world.reads("ngo-support", "demo-1", EVIDENCE)
    (anna,) = world.store("SELECT subject FROM person_codes WHERE code = '39100000011'")[0]
    world.store("INSERT OR REPLACE INTO restrictions (subject, restricted, copied_at) VALUES (?, 1, 0)", anna)
    body = world.raw("ngo-support", f'{{ claim(id: "demo-1") {{ {EVIDENCE} }} }}')
    assert errors_by_path(body) == {"claim.applicant.declaredAddress": "PROTECTED"}
    world.store("DELETE FROM restrictions WHERE subject = ?", anna)


def test_taking_a_third_party_off_shuts_at_once(world: World) -> None:
    off = '{id: "demo-1", thirdParty: "tp-support", assigned: %s}'
    assert world.reads("ngo-support", "demo-1", EVIDENCE)
    assert world.act("anna", "assignClaim", "claim { id }", off % "false")[1] == []
    shut_but_for(world, "ngo-support", "demo-1", None)
    assert world.act("anna", "assignClaim", "claim { id }", off % "true")[1] == []
    assert world.reads("ngo-support", "demo-1", EVIDENCE)


def test_a_claim_that_is_decided_shows_a_third_party_its_status_alone(world: World) -> None:
    assert world.reads("ngo-support", "demo-1", EVIDENCE)
    decided = world.ask("officer-valmiera", DECIDE, id="demo-1", outcome="GRANTED", reason="Fulfils the conditions.")
    payload = decided["decideClaim"]
    assert payload["problems"] == []
    assert payload["claim"]["status"] == "GRANTED"
    assert payload["claim"]["history"][-1] == {"status": "GRANTED", "note": "Fulfils the conditions."}
    shut_but_for(world, "ngo-support", "demo-1", "GRANTED")
    assert not world.reads("officer-valmiera", "demo-1", "applicant { ... on Person { givenName } }")
    assert world.reads("officer-valmiera", "demo-1", "channel ownerReference")
    assert world.reads("anna", "demo-1", EVIDENCE)
    log = world.ask(
        "anna", "{ me { accessLog(first: 20) { edges { node { who action fields outcome claim { id } } } } } }"
    )
    done = [each["node"] for each in log["me"]["accessLog"]["edges"] if each["node"]["action"] == "DECIDE"]
    assert [(each["fields"], each["outcome"], each["claim"]["id"]) for each in done] == [
        (["Mutation.decideClaim"], "PERMITTED", "demo-1")
    ]


@pytest.mark.parametrize(
    ("persona", "claim", "code"),
    [
        ("officer-valmiera", "demo-7", "FORBIDDEN"),
        ("officer-valmiera", "demo-99", "FORBIDDEN"),
        ("officer-valmiera", "demo-4", "WRONG_STATUS"),
        ("officer-riga", "demo-2", "FORBIDDEN"),
        ("peteris", "demo-2", "FORBIDDEN"),
        ("ngo-families", "demo-5", "FORBIDDEN"),
        ("ministry-it", "demo-5", "FORBIDDEN"),
    ],
)
def test_who_may_not_decide_decides_nothing(world: World, persona: str, claim: str, code: str) -> None:
    before = world.store("SELECT status FROM claims WHERE id = ?", claim)
    given = {"id": claim, "outcome": "REFUSED", "reason": "No."}
    assert world.ask(persona, DECIDE, **given)["decideClaim"] == {
        "claim": None,
        "problems": [{"code": code, "field": None}],
    }
    assert world.store("SELECT status FROM claims WHERE id = ?", claim) == before


def test_an_owner_asks_for_more_as_often_as_it_needs(world: World) -> None:
    for question in ("Which flat?", "And since when?"):
        given = {"id": "demo-5", "outcome": "INFORMATION_REQUESTED", "reason": question}
        payload = world.ask("officer-vsaa", DECIDE, **given)["decideClaim"]
        assert payload["problems"] == []
        assert payload["claim"]["status"] == "INFORMATION_REQUESTED"
        assert payload["claim"]["history"][-1]["note"] == question
    refused = world.ask("officer-vsaa", DECIDE, id="demo-5", outcome="REFUSED", reason="x" * 1_001)["decideClaim"]
    assert refused["problems"] == [{"code": "ANSWERS_INVALID", "field": "/reason"}]
    blank = world.ask("officer-vsaa", DECIDE, id="demo-5", outcome="REFUSED", reason=" \n")["decideClaim"]
    assert blank["problems"] == [{"code": "ANSWERS_INVALID", "field": "/reason"}]


def test_an_owner_that_decides_in_its_own_system_is_referred_to(world: World) -> None:
    world.store("UPDATE claims SET status = 'SUBMITTED', submitted_at = created_at WHERE id = 'demo-14'")
    given = {"id": "demo-14", "outcome": "GRANTED", "reason": "Fulfils the conditions."}
    early = world.ask("officer-vid", DECIDE, **given)["decideClaim"]
    assert early["problems"] == [{"code": "WRONG_STATUS", "field": None}]
    world.store("UPDATE claims SET status = 'DELIVERED' WHERE id = 'demo-14'")
    answer = world.ask("officer-vid", DECIDE, **given)["decideClaim"]
    assert answer == {"claim": None, "problems": [{"code": "DECIDED_IN_OWNER_SYSTEM", "field": None}]}
    assert world.store("SELECT status FROM claims WHERE id = 'demo-14'") == [("DELIVERED",)]
