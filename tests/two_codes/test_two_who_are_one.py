"""The gateway met a person under two codes, and learns from the population register that it is one person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenarios.test_claim_changed import stream
from tests.two_codes.conftest import POPULATION, Asked, Person, strangers, tomorrow

CLAIMS = "{ me { personCode formerPersonCodes } claims(first: 50) { totalCount edges { node { id status } } } }"
LEARN = "{ me { givenName } }"
LOG = "{ me { accessLog(first: 100) { edges { node { who paths mutation claim { id } } } } } }"
GRANT = "mutation($input: GrantMandateInput!) { grantMandate(input: $input) { mandate { id } problems { code } } }"
REVOKE = "mutation($id: ID!) { revokeMandate(input: {id: $id}) { mandate { status } problems { code } } }"
PENSION = {"type": "old-age-pension", "municipality": None}


@pytest.fixture(scope="module", params=["the present one", "a former one"])
def person(request: pytest.FixtureRequest) -> Person:
    """Somebody new, and with which code the gateway met them first."""
    return strangers()[0 if request.param == "the present one" else 1]


@pytest.fixture(scope="module")
def lived(asked: Asked, person: Person) -> Iterator[dict[str, Any]]:
    """What two strangers did, one after the other, until the population register knew of them and one of them read
    their own data."""
    unknown = asked.between.unknown[POPULATION]
    unknown |= {person.now, person.then}
    try:
        yield _lived(asked, person)
    finally:
        unknown -= {person.now, person.then}


def _lived(asked: Asked, person: Person) -> dict[str, Any]:
    first, second = person.personas if person is strangers()[0] else person.personas[::-1]
    codes = dict(zip(person.personas, (person.now, person.then), strict=True))
    by_first, by_second = asked.draft(first, codes[first]), asked.draft(second, codes[second])
    keys = {by_first: "key of the first", by_second: "key of the second"}
    for persona, (claim, key) in zip((first, second), keys.items(), strict=True):
        assert asked.submitted(persona, claim, key)["problems"] == []
    found = [asked.ask(persona, "{ claims { totalCount } }")["claims"]["totalCount"] for persona in (first, second)]
    assert found == [1, 1]
    mandates = {}
    for persona in (first, second):
        given = {"holder": {"personCode": "39100000088"}, "claimTypes": ["housing-benefit"], "actions": ["READ"]}
        mandates[persona] = asked.do(persona, GRANT, input={**given, "validTo": tomorrow()})["mandate"]["id"]
    with stream(asked.gateway, by_second, second, token=asked.token(second)) as watched:
        watched.next()
        asked.between.unknown[POPULATION] -= {person.now, person.then}
        assert asked.ask(second, LEARN)["me"]["givenName"]
        asked.do(
            first,
            "mutation($id: ID!) { withdrawClaim(input: {id: $id}) { claim { id } problems { code } } }",
            id=by_second,
        )
        told = watched.status()
    later = asked.draft(first, codes[first])
    return {
        "first": first,
        "second": second,
        "claims": {by_first, by_second, later},
        "later": later,
        "keys": keys,
        "mandates": mandates,
        "told": told,
    }


def test_claims_are_the_one_persons(asked: Asked, person: Person, lived: dict[str, Any]) -> None:
    answers = [asked.ask(persona, CLAIMS) for persona in person.personas]
    assert answers[0] == answers[1]
    assert answers[0]["me"] == {"personCode": person.now, "formerPersonCodes": [person.then]}
    assert {each["node"]["id"] for each in answers[0]["claims"]["edges"]} == lived["claims"]


def test_who_watched_goes_on_watching(lived: dict[str, Any]) -> None:
    assert lived["told"] == "WITHDRAWN"


def test_a_key_that_one_of_them_used_is_used(asked: Asked, lived: dict[str, Any]) -> None:
    """Under which of the two the gateway goes on is chance where it met both at once; keys of both hold."""
    for persona in (lived["first"], lived["second"]):
        told = [asked.submitted(persona, claim, key) for claim, key in lived["keys"].items()]
        assert told == [{"claim": {"id": claim}, "problems": []} for claim in lived["keys"]]
        for key in lived["keys"].values():
            assert asked.submitted(persona, lived["later"], key)["problems"] == ["IDEMPOTENCY_KEY_REUSED"]


def test_the_log_has_what_was_done_under_both(asked: Asked, person: Person, lived: dict[str, Any]) -> None:
    logs = [asked.ask(persona, LOG)["me"]["accessLog"]["edges"] for persona in person.personas]
    assert logs[1][-len(logs[0]) :] == logs[0]
    entries = [each["node"] for each in logs[1]]
    prepared = {each["claim"]["id"] for each in entries if each["mutation"] == "prepareClaim"}
    assert prepared == lived["claims"]
    assert {each["who"] for each in entries} == {"The person themselves"}
    assert sum(each["mutation"] == "grantMandate" for each in entries) == 2


def test_mandates_are_the_one_persons(asked: Asked, person: Person, lived: dict[str, Any]) -> None:
    given = "{ me { mandatesGiven { id } } }"
    for persona in person.personas:
        told = asked.ask(persona, given)["me"]["mandatesGiven"]
        assert {each["id"] for each in told} == set(lived["mandates"].values())
    for persona, mandate in lived["mandates"].items():
        other = next(each for each in person.personas if each != persona)
        assert asked.do(other, REVOKE, id=mandate) == {"mandate": {"status": "REVOKED"}, "problems": []}
