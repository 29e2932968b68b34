"""A world of one's own: who stands to a claim in ways that nobody of the demo world does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.answers import clean, codes, errors_by_path
from tests.running_gateway import RunningGateway

PERSON = '{ claim(id: "%s") { applicant { ... on Person { %s } } } }'
ANSWER = """mutation($presence: PresenceInput) { answerClaim(input: {id: "my-3", answers: {tenure: "OWN"}, presence: $presence}) {
    problems { code } } }"""
WITHDRAW = 'mutation { withdrawClaim(input: {id: "%s"}) { claim { status } problems { code } } }'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    data = tmp_path_factory.mktemp("world") / "data"
    with RunningGateway(data, "--world", str(Path(__file__).parent / "world")) as running:
        yield running


def ask(world: RunningGateway, persona: str, query: str, **variables: Any) -> dict[str, Any]:
    status, body = world.post(query, variables or None, persona=persona)
    assert status == 200, body
    return body


def listed(world: RunningGateway, persona: str) -> set[str]:
    found = clean(ask(world, persona, "{ claims(first: 100) { totalCount edges { node { id } } } }"))["claims"]
    ids = {edge["node"]["id"] for edge in found["edges"]}
    assert found["totalCount"] == len(found["edges"]) == len(ids)
    return ids


def hidden(world: RunningGateway, persona: str, claim: str) -> bool:
    query = '{ claim(id: "%s") { id status applicant { __typename } } }'
    body = ask(world, persona, query % claim)
    return body["data"] == {"claim": None} and body == ask(world, persona, query % "no-such-claim")


def test_an_officer_does_not_find_a_claim_of_their_own(world: RunningGateway) -> None:
    assert hidden(world, "rasma-officer", "my-2")
    assert {"my-2", "my-4"} <= listed(world, "officer-valmiera")
    assert not {"my-2", "my-4"} & listed(world, "rasma-officer")
    assert "demo-1" in listed(world, "rasma-officer")


def test_a_draft_that_was_withdrawn_never_becomes_the_owners(world: RunningGateway) -> None:
    assert clean(ask(world, "rasma", WITHDRAW % "my-9"))["withdrawClaim"]["claim"] == {"status": "WITHDRAWN"}
    assert hidden(world, "officer-valmiera", "my-9")
    assert "my-9" not in listed(world, "officer-valmiera")


def test_a_household_is_withheld_where_only_a_member_is_protected(world: RunningGateway) -> None:
    asked = "givenName declaredAddress { fullText } household { relation person { givenName } }"
    for persona in ("neighbour", "friend"):
        body = ask(world, persona, PERSON % ("my-1", asked))
        assert errors_by_path(body) == {"claim.applicant.household": "PROTECTED"}
        assert body["data"]["claim"]["applicant"]["declaredAddress"]
    for persona, claim in (("rasma", "my-1"), ("officer-valmiera", "my-2")):
        applicant = clean(ask(world, persona, PERSON % (claim, asked)))["claim"]["applicant"]
        assert [member["person"]["givenName"] for member in applicant["household"]] == ["Signe"]


def test_a_protected_applicant_is_withheld_from_all_but_self_and_the_deciding_officer(world: RunningGateway) -> None:
    asked = "declaredAddress { fullText } household { relation }"
    body = ask(world, "neighbour", PERSON % ("my-8", asked))
    assert body["data"]["claim"]["applicant"] == {"declaredAddress": None, "household": None}
    assert codes(body) == {"PROTECTED"}
    for persona in ("signe", "officer-valmiera"):
        assert clean(ask(world, persona, PERSON % ("my-8", asked)))["claim"]["applicant"]["household"]


def test_evidence_closes_for_the_holder_with_the_claim_and_the_rest_stays(world: RunningGateway) -> None:
    body = ask(
        world, "friend", '{ claim(id: "my-4") { status createdAt answers applicant { ... on Person { givenName } } } }'
    )
    assert body["data"]["claim"]["status"] == "GRANTED"
    assert body["data"]["claim"]["createdAt"]
    assert errors_by_path(body) == {"claim.answers": "FORBIDDEN", "claim.applicant.givenName": "FORBIDDEN"}


def test_a_mandate_counts_on_its_first_and_last_day_and_not_before(world: RunningGateway) -> None:
    assert "my-1" in listed(world, "friend")
    assert listed(world, "friend-later") == set()
    body = ask(world, "friend-later", "{ viewer { mandates { id } actingFor { ... on Person { givenName } } } }")
    assert body["data"]["viewer"] == {"mandates": [], "actingFor": None}


def test_a_mandate_does_not_cover_what_is_never_done_by_mandate(world: RunningGateway) -> None:
    assert hidden(world, "friend", "my-5")
    assert not hidden(world, "rasma", "my-5")


def test_a_mandate_opens_the_actions_that_it_names_an_assignment_the_others(world: RunningGateway) -> None:
    query = '{ claim(id: "%s") { answers applicant { ... on Person { givenName } } } }'
    assigned = clean(ask(world, "neighbour", query % "my-6"))["claim"]
    assert assigned["applicant"] == {"givenName": "Rasma"}
    by_mandate = ask(world, "neighbour", query % "my-7")
    assert by_mandate["data"]["claim"]["answers"]
    assert errors_by_path(by_mandate) == {"claim.applicant.givenName": "FORBIDDEN"}


def test_a_suspended_organisation_uses_no_mandate(world: RunningGateway) -> None:
    query = '{ viewer { mandates { id } } node(id: "%s") { id } }'
    body = ask(world, "paused", query % "m-paused")
    assert body["data"] == {"viewer": {"mandates": []}, "node": None}
    assert body == ask(world, "paused", query % "no-such-id")
    assert listed(world, "paused") == set()


def test_who_may_not_represent_alone_or_is_not_surely_signed_in_sees_no_claim(world: RunningGateway) -> None:
    for persona in ("joint", "low-rep"):
        assert listed(world, persona) == set()
        assert hidden(world, persona, "demo-8")


def test_presence_is_the_clerks_own(world: RunningGateway) -> None:
    assert hidden(world, "clerk-x", "my-3")
    presence = {"method": "EID_TAP", "reference": "demo-present-rasma"}
    assert clean(ask(world, "clerk2", ANSWER, presence=presence))["answerClaim"]["problems"] == []
    name = PERSON % ("my-3", "givenName")
    assert clean(ask(world, "clerk2", name))["claim"]["applicant"] == {"givenName": "Rasma"}
    assert errors_by_path(ask(world, "clerk-valmiera", name)) == {"claim.applicant.givenName": "FORBIDDEN"}
    assert clean(ask(world, "clerk-valmiera", ANSWER))["answerClaim"]["problems"] == [{"code": "PRESENCE_REQUIRED"}]


def test_third_parties_are_taken_off_closed_claims_too(world: RunningGateway) -> None:
    off = """mutation($id: ID!, $off: Boolean!) { assignClaim(input: {id: $id, thirdParty: "tp-neighbours", assigned: $off}) {
        claim { assignedTo { id } } problems { code } } }"""
    assert clean(ask(world, "rasma", WITHDRAW % "my-10"))["withdrawClaim"]["problems"] == []
    assert clean(ask(world, "neighbour", '{ claim(id: "my-10") { status } }'))["claim"] == {"status": "WITHDRAWN"}
    again = clean(ask(world, "rasma", off, id="my-10", off=True))["assignClaim"]
    assert again == {"claim": None, "problems": [{"code": "WRONG_STATUS"}]}
    taken = clean(ask(world, "rasma", off, id="my-10", off=False))["assignClaim"]
    assert taken == {"claim": {"assignedTo": []}, "problems": []}
    assert hidden(world, "neighbour", "my-10")


def test_the_owner_takes_a_third_party_off_a_protected_persons_claim_and_puts_none_on(world: RunningGateway) -> None:
    on = 'mutation { assignClaim(input: {id: "my-11", thirdParty: "tp-support"}) { problems { code } } }'
    off = 'mutation { assignClaim(input: {id: "my-11", thirdParty: "tp-neighbours", assigned: false}) { problems { code } } }'
    assert clean(ask(world, "officer-valmiera", on))["assignClaim"]["problems"] == [{"code": "FORBIDDEN"}]
    assert clean(ask(world, "officer-valmiera", off))["assignClaim"]["problems"] == []
    assert hidden(world, "neighbour", "my-11")
