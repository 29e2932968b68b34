"""Somebody comes with a code that the gateway has not asked about: it learns whose it is before it decides anything."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.running_gateway import ROOT, environment
from tests.two_codes.conftest import ANSWERS, POPULATION, PREPARE, Asked, Person, strangers, tomorrow

COUNT = "{ claims { totalCount } }"
CLAIMS = "{ me { personCode } claims(first: 9) { edges { node { id } } } }"
HELD = "{ me { mandatesHeld { id } } }"
LOG = "{ me { accessLog(first: 50) { edges { node { who outcome paths mutation } } } } }"
GRANT = "mutation($input: GrantMandateInput!) { grantMandate(input: $input) { mandate { id } problems { code } } }"
READ = ["formerPersonCodes", "personCode", "restricted"]


@pytest.fixture(scope="module")
def people() -> Iterator[Person]:
    """Each has not been met by any other test."""
    return iter(strangers()[3:])


def questions(asked: Asked) -> int:
    """How often the population register was asked about people."""
    calls: dict[str, int] = asked.gateway.control()[POPULATION]["calls"]
    return calls.get("PersonasDati", 0) + calls.get("PersonuDati", 0)


@contextmanager
def silent(asked: Asked) -> Iterator[None]:
    """The population register answers nobody."""
    asked.gateway.fault(POPULATION, "http_500_html")
    try:
        yield
    finally:
        asked.gateway.fault(POPULATION, None)


def ids(answer: dict[str, Any]) -> set[str]:
    return {each["node"]["id"] for each in answer["claims"]["edges"]}


def introductions(asked: Asked, persona: str) -> list[dict[str, Any]]:
    """Entries of one's own log that say that one's codes were asked for, newest first."""
    edges = asked.ask(persona, LOG)["me"]["accessLog"]["edges"]
    return [each["node"] for each in edges if each["node"]["paths"] == READ]


def giver() -> Person:
    """Who gives mandates here, and holds one."""
    return strangers()[-4]


def grant(asked: Asked, persona: str, holder: str, *actions: str) -> str:
    given = {"holder": {"personCode": holder}, "claimTypes": ["housing-benefit"], "actions": list(actions)}
    done = asked.do(persona, GRANT, input={**given, "validTo": tomorrow()})
    assert done["problems"] == []
    made: str = done["mandate"]["id"]
    return made


@pytest.mark.parametrize("known", ["now", "then"])
def test_the_first_request_shows_what_was_given_to_the_other_code(
    asked: Asked, people: Iterator[Person], known: str
) -> None:
    person = next(people)
    typed, comes = (person.now, person.personas[1]) if known == "now" else (person.then, person.personas[0])
    mandate = grant(asked, giver().personas[0], typed, "READ")
    before = questions(asked)
    assert asked.ask(comes, HELD)["me"]["mandatesHeld"] == [{"id": mandate}]
    assert questions(asked) == before + 1
    for persona in person.personas:
        assert asked.ask(persona, HELD)["me"]["mandatesHeld"] == [{"id": mandate}]
    assert questions(asked) == before + 1, "once it is known whose the codes are, nobody is asked"


def test_the_citizen_reads_that_their_codes_were_asked_for(asked: Asked, people: Iterator[Person]) -> None:
    person = next(people)
    asked.ask(person.personas[1], COUNT)
    entry = {"who": "The person themselves", "outcome": "PERMITTED", "paths": READ, "mutation": None}
    for persona in person.personas:
        assert introductions(asked, persona) == [entry]


@pytest.mark.parametrize("typed", ["now", "then"])
def test_a_claim_that_a_clerk_prepares_for_a_code_nobody_has_met_is_the_persons_by_either(
    asked: Asked, people: Iterator[Person], typed: str
) -> None:
    person = next(people)
    present = person.personas[0 if typed == "now" else 1]
    before = questions(asked)
    wanted = {"applicant": {"personCode": getattr(person, typed)}, "municipality": "0054000", "answers": ANSWERS}
    presence = {"method": "EID_TAP", "reference": f"demo-present-{present}"}
    done = asked.do("clerk-valmiera", PREPARE, input={**wanted, "type": "housing-benefit", "presence": presence})
    assert done["problems"] == []
    assert questions(asked) == before + 1
    for persona in person.personas:
        assert ids(asked.ask(persona, CLAIMS)) == {done["claim"]["id"]}
    entries = introductions(asked, person.personas[0])
    assert [(each["outcome"], each["paths"]) for each in entries] == [("PERMITTED", READ)]
    assert entries[0]["who"] not in ("The person themselves", "You")


def test_a_clerk_who_may_not_prepare_learns_nothing_of_a_code(asked: Asked, people: Iterator[Person]) -> None:
    person = next(people)
    wanted = {"type": "housing-benefit", "applicant": {"personCode": person.then}, "municipality": "0054000"}
    before = questions(asked)
    for presence in ({}, {"presence": {"method": "EID_TAP", "reference": "demo-present-anna"}}):
        done = asked.do("clerk-valmiera", PREPARE, input={**wanted, "answers": ANSWERS, **presence})
        assert done["claim"] is None
    assert questions(asked) == before


def test_a_silent_register_refuses_nobody_and_is_asked_again_next_time(asked: Asked, people: Iterator[Person]) -> None:
    person = next(people)
    now, then = person.personas
    with silent(asked):
        claim = asked.draft(now, person.now)
    before = questions(asked)
    assert ids(asked.ask(then, CLAIMS)) == {claim}
    assert questions(asked) > before
    outcomes = [each["outcome"] for each in introductions(asked, then)]
    assert sorted(set(outcomes)) == ["FAILED", "PERMITTED"], "what was not given is not said to have been read"
    assert outcomes.count("PERMITTED") == 1


def test_a_slow_register_is_waited_for_a_little_and_heard_all_the_same(asked: Asked, people: Iterator[Person]) -> None:
    person = next(people)
    mandate = grant(asked, giver().personas[0], person.then, "READ")
    asked.gateway.fault(POPULATION, None, latency_ms=4_000)
    try:
        # As somebody new: nothing is refused for it.
        assert asked.ask(person.personas[0], HELD)["me"]["mandatesHeld"] == []
    finally:
        asked.gateway.fault(POPULATION, None)
    before, end = questions(asked), time.monotonic() + 20
    while asked.ask(person.personas[0], HELD)["me"]["mandatesHeld"] != [{"id": mandate}]:
        assert time.monotonic() < end
    assert questions(asked) - before <= 1, "who comes while it is asked does not ask again"


def test_of_many_requests_at_once_one_asks(asked: Asked, people: Iterator[Person]) -> None:
    person = next(people)
    mandate = grant(asked, giver().personas[0], person.now, "READ")
    before = questions(asked)
    token = asked.token(person.personas[1])
    asked.gateway.fault(POPULATION, None, latency_ms=300)
    try:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: asked.gateway.post(HELD, token=token)[1]["data"], range(8)))
    finally:
        asked.gateway.fault(POPULATION, None)
    assert answers == [{"me": {"mandatesHeld": [{"id": mandate}]}}] * 8
    assert questions(asked) == before + 1
    assert len(introductions(asked, person.personas[0])) == 1


def test_a_code_that_the_register_does_not_know_is_asked_about_once(asked: Asked, people: Iterator[Person]) -> None:
    person = next(people)
    unknown = asked.between.unknown[POPULATION]
    unknown |= {person.now, person.then}
    try:
        before = questions(asked)
        for _ in range(3):
            assert asked.ask(person.personas[0], COUNT) == {"claims": {"totalCount": 0}}
        assert questions(asked) == before + 1
    finally:
        unknown -= {person.now, person.then}


def test_a_record_that_breaks_the_contract_is_not_asked_for_with_every_request(
    asked: Asked, people: Iterator[Person]
) -> None:
    persona = next(people).personas[0]
    asked.gateway.fault(POPULATION, "garbage")
    try:
        asked.ask(persona, COUNT)
        before = questions(asked)
        for _ in range(3):
            assert asked.ask(persona, COUNT) == {"claims": {"totalCount": 0}}
        assert questions(asked) == before
    finally:
        asked.gateway.fault(POPULATION, None)


@pytest.mark.parametrize(
    "query",
    [
        "{ claimTypes { code } municipalities { atvk } }",
        '{ explain(operation: "{ me { givenName claims { totalCount } } claims { totalCount } }") { allowed } }',
        "{ nothing }",
    ],
)
def test_what_is_about_nobody_and_what_is_explained_asks_nothing(
    asked: Asked, people: Iterator[Person], query: str
) -> None:
    person = next(people)
    before = asked.gateway.calls()
    asked.gateway.post(query, token=asked.token(person.personas[1]))
    assert asked.gateway.calls() == before


def test_to_whom_no_door_opens_nothing_is_asked(asked: Asked) -> None:
    before = asked.gateway.calls()
    body = asked.body("stranger-not-sure", "{ me { givenName } claims { totalCount } }")
    assert [each["extensions"]["code"] for each in body["errors"]][:1] == ["FORBIDDEN"]
    assert asked.gateway.calls() == before


def test_an_officer_does_not_find_their_own_claim_with_a_code_nobody_has_met(asked: Asked) -> None:
    asked.assert_kept_from_its_applicant(strangers()[-2], "officer-stranger")


def test_a_mandate_holds_for_who_names_its_grantor_by_a_code_nobody_has_met(asked: Asked) -> None:
    person = strangers()[-3]
    with silent(asked):
        grant(asked, person.personas[0], giver().then, "PREPARE", "READ")
    before = questions(asked)
    claim = asked.draft("stranger-for-stranger", person.then)
    assert questions(asked) == before + 1
    assert ids(asked.ask(person.personas[0], CLAIMS)) == {claim}
    assert "The holder of a mandate" in {each["who"] for each in introductions(asked, person.personas[0])}


def test_the_portal_shows_who_comes_for_the_first_time_the_log_of_their_other_code(
    asked: Asked, people: Iterator[Person]
) -> None:
    person = next(people)
    with silent(asked):
        asked.draft(person.personas[0], person.now)
    before = questions(asked)
    uses = [
        asked.portal.get("findUsage", {"userCode": about}, X_Road_UserId=f"LV{user}")
        for user, about in ((person.then, person.then), (person.now, person.then), (person.then, person.now))
    ]
    assert [each.status_code for each in uses] == [200] * 3, uses[0].text
    told = [each.json()["usages"] for each in uses]
    assert told[0]
    assert told == [told[0]] * 3
    assert questions(asked) == before + 1


def test_the_log_proves_itself_and_is_decided_again_with_all_that_was_asked(asked: Asked) -> None:
    # The first checkpoint may not be signed yet; nothing else is found.
    told = json.loads(gateway(asked, "audit", "verify", "--json").stdout)
    assert {each["what"] for each in told["findings"]} <= {"checkpoint"}
    replayed = gateway(asked, "policy", "replay", "--policies", "policies")
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr


def gateway(asked: Asked, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway", *command],
        cwd=ROOT,
        env=environment({"GATEWAY_DATA": str(asked.gateway.data)}),
        capture_output=True,
        text=True,
        timeout=120,
    )
