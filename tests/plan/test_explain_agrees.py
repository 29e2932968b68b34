"""Where an explanation once told something else than running did: each that a stranger found."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.desk.scope import Scope
from gateway.desk.stand_ins import Calls, StandIn
from policies.kit.policy_set import PolicySet
from schema.ports import FieldError
from schema.records.social_assistance import SocialAssistance
from schema.terms import AtvkCode, ErrorCode, PersonCode, Resident
from tests.answers import clean
from tests.audit.in_process import CHECKOUT, open_town
from tests.conftest import StartsGateway
from tests.plan.explaining import explain
from tests.running_gateway import RunningGateway

ANNA = "39100000011"
_ABOUT_ANNA = f'accessRecords(filter: {{subject: "{ANNA}"'


def sentences(gateway: RunningGateway, operation: str, persona: str) -> list[str]:
    said: list[str] = explain(gateway, operation, persona)["accessLogEntries"]
    return said


@pytest.mark.parametrize(
    ("operation", "persona"),
    [
        ('mutation { withdrawClaim(input: {id: "demo-2"}) { problems { code } } }', "anna"),
        ('{ claim(id: "demo-1") { applicant { ... on Person { income { gross } } } } }', "ngo-support"),
    ],
)
def test_what_is_cut_off_at_the_deadline_is_no_explanation(tmp_path: Path, operation: str, persona: str) -> None:
    with open_town(tmp_path, PolicySet.load(CHECKOUT)) as town:
        scope = Scope.begin(town.house, town.party(persona), "request")
        with pytest.raises(FieldError) as caught:
            asyncio.run(town.explaining.explain(scope, time.monotonic() - 1, operation, None, None))
    assert caught.value.code is ErrorCode.DEADLINE_EXCEEDED
    assert caught.value.remedy is not None


@pytest.mark.parametrize(
    ("operation", "path", "rules"),
    [
        (f"{{ {_ABOUT_ANNA}}}) {{ edges {{ node {{ at }} }} }} }}", "accessRecords", ["case-reference-required"]),
        ("{ accessRecords(first: 1001) { edges { cursor } } }", "accessRecords", []),
        ('{ accessRecords(after: "x") { edges { cursor } } }', "accessRecords", []),
        ('{ accessRecords(filter: {caseReference: "%%"}) { edges { cursor } } }', "accessRecords", []),
        ("{ accessRecords { edges { node { claim { id } } } } }", "accessRecords.edges.node.claim", ["no-door"]),
    ],
)
def test_an_auditors_search_is_refused_as_running_refuses_it(
    gateway: RunningGateway, operation: str, path: str, rules: list[str]
) -> None:
    explanation = explain(gateway, operation, "auditor")
    assert not explanation["allowed"]
    [decision] = [each for each in explanation["decisions"] if each["path"] == path]
    assert (decision["allowed"], decision["rules"]) == (False, rules)
    assert explanation["accessLogEntries"] == []


def test_a_search_for_somebody_is_told_whether_or_not_there_is_such_a_person(gateway: RunningGateway) -> None:
    search = '{ accessRecords(filter: {subject: "%s", caseReference: "L-1/2026"}) { edges { node { at } } } }'
    for code in (ANNA, "39188888888"):
        assert sentences(gateway, search % code, "auditor") == [
            "If there is such a person, they read: An auditor looked for access records about you."
        ]


def test_each_person_of_a_list_may_be_of_another_municipality() -> None:
    entry = SimpleNamespace(batch_size=100, operation="mekletPersonas", operation_for_one="")
    manifest = SimpleNamespace(reads={SocialAssistance.__name__: entry})
    calls = Calls()
    register: Any = StandIn(
        SimpleNamespace(name="social_assistance", route="DIRECT", manifest=manifest), SocialAssistance, 0, calls
    )
    context: Any = None
    for municipality, most in (("0054000", 1), ("0000000", 3)):
        keys = [
            Resident(person=PersonCode(f"3910000001{number}"), municipality=AtvkCode(municipality))
            for number in range(3)
        ]
        asyncio.run(register.read(SocialAssistance, keys, context))
        assert calls.made.pop().calls == most
    keys = [
        Resident(person=PersonCode(f"39100000{number}"), municipality=AtvkCode("0000000")) for number in range(100, 900)
    ]
    asyncio.run(register.read(SocialAssistance, keys, context))
    assert calls.made.pop().calls == 8 + 42


def test_a_mandate_that_may_not_be_seen_is_explained_as_none(gateway: RunningGateway) -> None:
    revoke = 'mutation { revokeMandate(input: {id: "%s"}) { problems { code } } }'
    own, absent = (explain(gateway, revoke % each, "anna-low") for each in ("mandate-2", "nothing"))
    assert own == absent


def test_an_explained_attempt_on_somebody_is_in_their_log(gateway: RunningGateway) -> None:
    prepare = (
        'mutation { prepareClaim(input: {type: "housing-benefit", municipality: "0054000", %s}) { problems { code } } }'
    )
    newest = "{ me { accessLog(first: 1) { edges { node { at outcome paths } } } } }"
    before = clean(gateway.post(newest, {}, "anna")[1])
    explain(gateway, prepare % f'applicant: {{personCode: "{ANNA}"}}', "ngo-families")
    after = clean(gateway.post(newest, {}, "anna")[1])
    [edge] = after["me"]["accessLog"]["edges"]
    assert before != after
    assert (edge["node"]["outcome"], edge["node"]["paths"]) == ("DENIED", ["prepareClaim"])


def test_a_draft_of_no_claim_type_is_about_nobody(gateway: RunningGateway) -> None:
    prepare = f'mutation {{ prepareClaim(input: {{type: "no-such-type", applicant: {{personCode: "{ANNA}"}}}}) {{ problems {{ code }} }} }}'
    explanation = explain(gateway, prepare, "anna")
    assert explanation["accessLogEntries"] == []
    assert explanation["decisions"][0]["rules"] == ["no-claim-type"]


def test_a_refused_draft_of_ones_own_is_told_with_its_type(gateway: RunningGateway) -> None:
    prepare = f'mutation {{ prepareClaim(input: {{type: "housing-benefit", applicant: {{personCode: "{ANNA}"}}}}) {{ problems {{ code }} }} }}'
    assert sentences(gateway, prepare, "anna") == ["You tried to open your claim “Housing benefit”; this was refused."]


def test_a_grantor_reads_that_another_person_read(fresh_gateway: StartsGateway) -> None:
    gateway = fresh_gateway()
    code = clean(gateway.post("{ me { personCode } }", {}, "nora")[1])["me"]["personCode"]
    grant = 'mutation { grantMandate(input: {holder: {personCode: "%s"}, claimTypes: ["annual-income-declaration"], actions: [READ], validTo: "2027-01-01"}) { problems { code } } }'
    assert clean(gateway.post(grant % code, {}, "anna")[1])["grantMandate"]["problems"] == []
    said = sentences(gateway, "{ me { mandatesHeld { grantor { ... on Person { givenName } } } } }", "nora")
    assert "Another person read your given name under your mandate." in said


def test_many_mandates_are_explained_as_they_are_read(fresh_gateway: StartsGateway) -> None:
    """So many that they are read beside the event loop."""
    gateway = fresh_gateway()
    code = clean(gateway.post("{ me { personCode } }", {}, "nora")[1])["me"]["personCode"]
    grant = 'mutation { grantMandate(input: {holder: {personCode: "%s"}, claimTypes: ["annual-income-declaration"], actions: [READ], validTo: "2027-01-01"}) { mandate { id } problems { code } } }'
    given = clean(gateway.post(grant % code, {}, "anna")[1])["grantMandate"]
    assert given["problems"] == []
    with closing(sqlite3.connect(gateway.data / "gateway.sqlite3", timeout=10)) as store, store:
        store.row_factory = sqlite3.Row
        [first] = store.execute("SELECT * FROM mandates WHERE id = ?", [given["mandate"]["id"]]).fetchall()
        for number in range(250):
            copy = {**dict(first), "id": f"many-{number}"}
            names = ", ".join(copy)
            store.execute(f"INSERT INTO mandates ({names}) VALUES ({', '.join('?' * len(copy))})", [*copy.values()])
            types = "SELECT ?, claim_type FROM mandate_claim_types WHERE mandate = ?"
            store.execute(f"INSERT INTO mandate_claim_types {types}", [copy["id"], first["id"]])
    read = "{ me { mandatesHeld { id grantor { ... on Person { givenName } } } } }"
    held = clean(gateway.post(read, {}, "nora")[1])["me"]["mandatesHeld"]
    assert len(held) == 251
    assert "Another person read your given name under your mandate." in sentences(gateway, read, "nora")


def test_a_field_that_doors_refuse_here_and_its_arguments_there_is_refused_at_all(gateway: RunningGateway) -> None:
    asked = "{ me { claims { edges { node { applicant { ... on Person { income(months: 0) { gross } } } } } } } }"
    explanation = explain(gateway, asked, "anna")
    [decision] = [each for each in explanation["decisions"] if each["path"].endswith("applicant.income")]
    assert not decision["allowed"]
    assert not decision["reason"].startswith("At ")


def test_what_cannot_be_given_is_not_told_as_read(gateway: RunningGateway) -> None:
    assert sentences(gateway, "{ me { income(months: 37) { gross } } }", "anna") == [
        "You asked for your own income of 37 months; this could not be given."
    ]


def test_one_link_is_told_once(gateway: RunningGateway) -> None:
    said = sentences(gateway, "{ me { childrenLogs { __typename } } }", "anna")
    assert "In the log of each other person: A parent read your link to a parent." in said
