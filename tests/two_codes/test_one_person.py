"""Whoever is signed in with a former code, or is named by one, is the person who has the present one."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.answers import errors_by_path
from tests.running_gateway import ROOT, environment
from tests.scenarios.test_claim_changed import stream
from tests.two_codes.conftest import ANSWERS, DITA, FIELDS, KNOWN, PETERIS, VALTS, Asked, Person, half_known, tomorrow

WHOLE = """{ me { personCode formerPersonCodes givenName familyName birthDate declaredAddress { fullText }
    household { relation person { givenName } } children { givenName birthDate } income(months: 12) { month gross }
    taxBook { employer dependants { givenName } } insurance { totalYears } benefits { kind } properties { cadastreNumber }
    vehicles { plate } enterprises { role entity { name } } socialStatuses { kind } mandatesGiven { id } mandatesHeld { id }
    claims(first: 100) { totalCount edges { node { id status } } } } }"""
LOG = "query($first: Int!) { me { accessLog(first: $first) { edges { node { at who capacity outcome paths mutation } } } } }"
GRANT = "mutation($input: GrantMandateInput!) { grantMandate(input: $input) { mandate { id } problems { code } } }"
REVOKE = "mutation($id: ID!) { revokeMandate(input: {id: $id}) { mandate { status } problems { code } } }"
WITHDRAW = "mutation($id: ID!) { withdrawClaim(input: {id: $id}) { claim { status } problems { code } } }"


@pytest.mark.parametrize("person", [PETERIS, DITA], ids=lambda each: each.name)
def test_either_code_opens_the_same(asked: Asked, person: Person) -> None:
    now, then = (asked.ask(persona, WHOLE) for persona in person.personas)
    assert now == then
    assert (now["me"]["personCode"], now["me"]["formerPersonCodes"]) == (person.now, [person.then])
    assert now["me"]["income"]
    assert now["me"]["vehicles"]
    assert now["me"]["properties"]


def test_a_claim_that_is_prepared_under_one_code_goes_on_under_the_other(asked: Asked) -> None:
    now, then = PETERIS.personas
    claims = [asked.draft(persona, code) for persona in (now, then) for code in (PETERIS.now, PETERIS.then)]
    for persona in (now, then):
        edges = asked.ask(persona, "{ claims(first: 100) { edges { node { id } } } }")["claims"]["edges"]
        assert {each["node"]["id"] for each in edges} >= set(claims)
    assert asked.submitted(then, claims[0], "either code")["problems"] == []
    assert asked.submitted(now, claims[0], "either code") == {"claim": {"id": claims[0]}, "problems": []}
    assert asked.submitted(now, claims[1], "either code")["problems"] == ["IDEMPOTENCY_KEY_REUSED"]
    for place, claim in enumerate(claims[1:]):
        assert asked.do((now, then)[place % 2], WITHDRAW, id=claim)["problems"] == []


def test_a_clerk_finds_the_person_by_either_code_and_either_card_proves_them(asked: Asked) -> None:
    opened = '{ claim(id: "%s") { applicant { ... on Person { givenName personCode income { gross } } } } }'
    for code in (DITA.now, DITA.then):
        for card in DITA.personas:
            presence = {"method": "EID_TAP", "reference": f"demo-present-{card}"}
            claim = asked.draft("clerk-valmiera", code, presence=presence)
            applicant = asked.ask("clerk-valmiera", opened % claim)["claim"]["applicant"]
            assert (applicant["givenName"], applicant["personCode"]) == ("Dita", DITA.now)
            assert applicant["income"]
            assert asked.do(DITA.personas[1], WITHDRAW, id=claim)["problems"] == []


@pytest.mark.parametrize("other", ["demo-present-anna", "demo-present-valts-then"])
def test_another_persons_card_proves_neither_code(asked: Asked, other: str) -> None:
    presence = {"method": "EID_TAP", "reference": other}
    for code in (DITA.now, DITA.then):
        wanted = {"type": "housing-benefit", "applicant": {"personCode": code}, "municipality": "0054000"}
        done = asked.do(
            "clerk-valmiera",
            "mutation($input: PrepareClaimInput!) { prepareClaim(input: $input) { claim { id } problems { code } } }",
            input={**wanted, "answers": ANSWERS, "presence": presence},
        )
        assert done == {"claim": None, "problems": ["PRESENCE_NOT_PROVEN"]}


@pytest.mark.parametrize("given_by", DITA.personas)
@pytest.mark.parametrize("given_to", [VALTS.now, VALTS.then])
def test_a_mandate_of_either_code_to_either_code_holds_under_all_of_them(
    asked: Asked, given_by: str, given_to: str
) -> None:
    holders = [f"valts-{holder}-for-dita-{grantor}" for holder in ("now", "then") for grantor in ("now", "then")]
    mandate = {"holder": {"personCode": given_to}, "claimTypes": ["housing-benefit"], "validTo": tomorrow()}
    actions = ["PREPARE", "READ", "READ_EVIDENCE", "WITHDRAW"]
    made = asked.do(given_by, GRANT, input={**mandate, "actions": actions})["mandate"]["id"]
    try:
        for place, holder in enumerate(holders):
            claim = asked.draft(holder, (DITA.now, DITA.then)[place % 2])
            name = '{ claim(id: "%s") { applicant { ... on Person { givenName } } } }' % claim
            assert asked.ask(holder, name)["claim"]["applicant"] == {"givenName": "Dita"}
            assert asked.do(holders[place - 1], WITHDRAW, id=claim)["problems"] == []
        for persona, field in [
            *((one, "mandatesGiven") for one in DITA.personas),
            *((one, "mandatesHeld") for one in VALTS.personas),
        ]:
            told = asked.ask(persona, "{ me { %s { id status holder { ... on Person { personCode } } } } }" % field)[
                "me"
            ][field]
            [found] = [each for each in told if each["id"] == made]
            # To the grantor as typed; to the holder, themselves.
            assert field == "mandatesHeld" or found["holder"] == {"personCode": given_to}
    finally:
        by_the_other = next(each for each in DITA.personas if each != given_by)
        assert asked.do(by_the_other, REVOKE, id=made) == {"mandate": {"status": "REVOKED"}, "problems": []}
    for holder in holders:
        assert asked.ask(holder, "{ viewer { mandates { id } } }")["viewer"]["mandates"] == []


def test_nobody_gives_a_mandate_to_their_own_other_code(asked: Asked) -> None:
    for persona, code in zip(DITA.personas, (DITA.then, DITA.now), strict=True):
        mandate = {"holder": {"personCode": code}, "claimTypes": ["housing-benefit"], "actions": ["READ"]}
        done = asked.do(persona, GRANT, input={**mandate, "validTo": tomorrow()})
        assert done == {"mandate": None, "problems": ["MANDATE_NOT_ALLOWED"]}


def test_an_officer_does_not_find_a_claim_that_they_made_under_their_other_code(asked: Asked) -> None:
    asked.assert_kept_from_its_applicant(DITA, "officer-dita")


def test_who_represents_a_legal_entity_does_so_under_a_former_code_too(asked: Asked) -> None:
    name = "{ viewer { actingFor { ... on LegalEntity { name } } } claims { totalCount } }"
    assert asked.ask("director-dita", name)["viewer"] == {"actingFor": {"name": 'SIA "Divkodes"'}}


def test_the_log_is_one_and_calls_both_the_person_themselves(asked: Asked) -> None:
    now, then = DITA.personas
    asked.ask(now, "{ me { birthDate } }")
    asked.ask(then, "{ me { familyName } }")
    by_then = asked.ask(then, LOG, first=2)["me"]["accessLog"]["edges"]
    by_now = asked.ask(now, LOG, first=3)["me"]["accessLog"]["edges"]
    assert by_now[1:] == by_then
    assert [each["node"]["paths"] for each in by_then] == [["familyName"], ["birthDate"]]
    assert {(each["node"]["who"], each["node"]["capacity"]) for each in by_now} == {
        ("The person themselves", "CITIZEN")
    }


def test_the_portal_reads_one_log_by_either_code_and_counts_one_person(asked: Asked) -> None:
    codes = (DITA.now, DITA.then)
    uses: list[Any] = []
    for user in codes:
        for about in codes:
            answer = asked.portal.get("findUsage", {"userCode": about}, X_Road_UserId=f"LV{user}")
            assert answer.status_code == 200, answer.text
            uses.append(answer.json()["usages"])
    assert uses[0]
    assert uses == [uses[0]] * len(uses)


def test_a_person_is_refused_as_often_by_two_codes_as_by_one(asked: Asked) -> None:
    statuses = []
    for place in range(12):
        user = (VALTS.now, VALTS.then)[place % 2]
        answer = asked.portal.get("findUsage", {"userCode": PETERIS.now}, X_Road_UserId=f"LV{user}")
        statuses.append(answer.status_code)
    assert statuses == [403] * 10 + [429] * 2
    # And one's own log is one's own, by whichever code it is asked for.
    answer = asked.portal.get("findUsage", {"userCode": VALTS.then}, X_Road_UserId=f"LV{VALTS.now}")
    assert answer.status_code == 200, answer.text


def test_who_watches_under_one_code_hears_what_is_done_under_the_other(asked: Asked) -> None:
    now, then = DITA.personas
    claim = asked.draft(now, DITA.now)
    with stream(asked.gateway, claim, then, token=asked.token(then)) as watched:
        assert watched.status() == "DRAFT"
        asked.do(now, WITHDRAW, id=claim)
        assert watched.status() == "WITHDRAWN"


def test_an_auditor_finds_the_person_by_either_code(asked: Asked) -> None:
    asked.ask(DITA.personas[1], "{ me { sex } }")
    search = """query($of: PersonCode!) { accessRecords(filter: {subject: $of, caseReference: "R-1"}, first: 5) {
        edges { node { at paths subjectHash } } } }"""
    now, then = (asked.ask("auditor", search, of=code)["accessRecords"]["edges"] for code in (DITA.now, DITA.then))
    assert ["sex"] in [each["node"]["paths"] for each in now]
    assert len({each["node"]["subjectHash"] for each in (*now, *then)}) == 1
    assert now == then or now == then[1:] + now[-1:]


def test_a_register_is_asked_once_for_a_person_whichever_code_they_come_with(asked: Asked) -> None:
    query = "{ me { vehicles { make model } income(months: 5) { gross } properties { share } } }"
    asked.ask(VALTS.personas[0], query)
    before = asked.gateway.calls()
    assert asked.ask(VALTS.personas[1], query) == asked.ask(VALTS.personas[0], query)
    assert asked.gateway.calls() == before


@pytest.mark.parametrize(("register", "field"), [(name, field) for name, fields in FIELDS.items() for field in fields])
@pytest.mark.parametrize("known", KNOWN)
def test_a_register_that_knows_one_code_only_answers_who_comes_with_the_other(
    asked: Asked, register: str, field: str, known: str
) -> None:
    personas = half_known()[register, known].personas
    answers = [asked.ask(persona, "{ me { it: %s } }" % field)["me"]["it"] for persona in personas]
    assert answers[0]
    assert answers[0] == answers[1]


def test_who_asked_to_be_forgotten_by_one_code_is_forgotten_by_both(asked: Asked) -> None:
    persona, other = VALTS.personas
    asked.ask(persona, "{ me { givenName } }")
    forget = [sys.executable, "-m", "gateway", "audit", "forget", VALTS.then, "--case", "F-1", "--yes"]
    done = subprocess.run(
        forget,
        cwd=ROOT,
        env=environment({"GATEWAY_DATA": str(asked.gateway.data)}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    # A person who was forgotten and comes again is a new one; the population register says again which codes are theirs.
    for one in (persona, other):
        edges = asked.ask(one, LOG, first=50)["me"]["accessLog"]["edges"]
        assert len(edges) <= 2, edges
    assert errors_by_path(asked.body(persona, "{ me { givenName } }")) == {}
