"""A parent sees who looked at a minor's data; everybody and everything else is answered as an empty log is, or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from schema.cursors import cursor_of
from schema.terms import AssuranceLevel
from tests.answers import clean, errors_by_path
from tests.audit.families import FAMILIES, NOT_SHOWN, QUIET, TOLD, Family, citizen, tokens, write_world
from tests.desk.conftest import World
from tests.running_gateway import RunningGateway

NODE = """at who capacity action outcome fields paths subjectRole disclosedAt legalBasis policyVersion mutation
    claimType { code }"""
PAGE = "{ edges { cursor node { %s } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }" % NODE
CHILD = "child { givenName familyName birthDate }"
LOGS = "{ me { childrenLogs { %s } } }"
ALL = LOGS % f"accessLog(first: 100) {PAGE}"
OFFICERS = "query($id: ID!) { claim(id: $id) { applicant { ... on Person { children { givenName birthDate } } } } }"
AT = "me.childrenLogs"


class Families(World):
    """The families beside the demo world."""

    def __init__(self, running: RunningGateway, http: httpx.Client) -> None:
        super().__init__(running)
        self.http = http
        self._empty: dict[str, bytes] = {}
        self._tokens: dict[str, str] = {}

    def by(self, family: Family, query: str, member: str = "asks", **variables: Any) -> Any:
        """What somebody of a family is answered."""
        token = citizen(self.running.data, family.code(member))
        return self.running.post(query, variables, token=token)[1]

    def raw_by(self, family: Family, query: str) -> bytes:
        """The same, as its bytes without where it comes from."""
        token = citizen(self.running.data, family.code("asks"))
        headers = {"Authorization": f"Bearer {token}"}
        body = self.http.post(self.running.graphql_url, json={"query": query}, headers=headers).content
        return body.partition(b',"extensions":{"provenance"')[0]

    def empty(self, query: str) -> bytes:
        """What is answered where nothing happened."""
        if query not in self._empty:
            self._empty[query] = self.raw_by(QUIET, query)
        return self._empty[query]

    def raw(self, persona: str, query: str, **variables: Any) -> Any:
        """As for every world, by a token that this process makes."""
        if persona not in self._tokens:
            self._tokens |= tokens(self.running.data, [persona])
        return self.running.post(query, variables, token=self._tokens[persona])[1]

    def ask(self, persona: str, query: str, **variables: Any) -> dict[str, Any]:
        """Data of an answer without errors."""
        return clean(self.raw(persona, query, **variables))

    def nodes(self, family: Family, query: str = ALL) -> list[dict[str, Any]]:
        """The entries of the one child's log."""
        (log,) = clean(self.by(family, query))["me"]["childrenLogs"]
        return [edge["node"] for edge in log["accessLog"]["edges"]]

    def own(self, family: Family, member: str) -> list[dict[str, Any]]:
        """The entries of somebody's own log."""
        log = clean(self.by(family, f"{{ me {{ accessLog(first: 100) {PAGE} }} }}", member))["me"]["accessLog"]
        return [edge["node"] for edge in log["edges"]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Families]:
    # What registers said is held: a parent's view must not go by it.
    cache = {"GATEWAY_CACHE__ENABLED": "true"}
    folder = write_world(tmp_path_factory.mktemp("families"))
    data = tmp_path_factory.mktemp("guardians") / "data"
    with (
        RunningGateway(data, "--world", str(folder), settings=cache) as running,
        httpx.Client(timeout=30, trust_env=False) as http,
    ):
        world = Families(running, http)
        for each in FAMILIES:
            if each.claims:
                world.ask("officer-vsaa", OFFICERS, id=each.claim)
                clean(world.by(each, "{ me { children { givenName } } }", "other"))
        yield world


def test_it_shows_what_was_done_under_the_other_parents_claim_and_by_the_other_parent(world: Families) -> None:
    other, officer = world.nodes(TOLD)
    assert (officer["capacity"], officer["outcome"], officer["subjectRole"]) == (
        "OWNER_OFFICER",
        "PERMITTED",
        "CO_SUBJECT",
    )
    assert officer["claimType"] == {"code": "childcare-benefit"}
    assert officer["paths"] == ["children", "children.birthDate", "children.givenName"]
    assert officer["at"] == officer["disclosedAt"]
    assert (other["who"], other["paths"]) == ("Another person", ["children", "children.givenName"])
    (log,) = clean(world.by(TOLD, LOGS % CHILD))["me"]["childrenLogs"]
    assert log == {"child": {"givenName": "Vārds", "familyName": "Uzvārds", "birthDate": "2016-02-03"}}


def test_no_entry_leads_to_the_claim_and_rules_are_the_auditors(world: Families) -> None:
    asked = LOGS % "accessLog(first: 1, after: %s) { edges { node { claim { id } claimId rules } } }"
    newest = clean(world.by(TOLD, ALL))["me"]["childrenLogs"][0]["accessLog"]["edges"][0]["cursor"]
    answer = world.by(TOLD, asked % json.dumps(newest))
    at = f"{AT}.0.accessLog.edges.0.node"
    assert errors_by_path(answer) == dict.fromkeys((f"{at}.claim", f"{at}.claimId", f"{at}.rules"), "FORBIDDEN")
    assert {each["extensions"]["rule"] for each in answer["errors"] if each["path"][-1] == "claim"} == {"no-door"}


PAGINGS = (
    *("", "(first: 0)", "(first: 1)", "(first: -1)", "(first: 1001)"),
    *(f'(first: 3, after: "{cursor_of("accessLog", "9999999999999999.0")}")', '(after: "nothing")'),
    f'(after: "{cursor_of("accessLog", "1.0")}")',
)


@pytest.mark.parametrize("family", NOT_SHOWN, ids=lambda each: each.name)
def test_what_is_not_shown_is_answered_as_an_empty_log_byte_for_byte(world: Families, family: Family) -> None:
    for arguments in PAGINGS:
        query = LOGS % f"accessLog{arguments} {PAGE}"
        assert world.raw_by(family, query) == world.empty(query)


@pytest.mark.parametrize("family", [each for each in NOT_SHOWN if each.born == QUIET.born], ids=lambda each: each.name)
def test_the_child_is_answered_alike_too_and_asking_twice_tells_no_more(world: Families, family: Family) -> None:
    query = LOGS % f"{CHILD} accessLog {PAGE}"
    for _ in range(2):
        assert world.raw_by(family, query) == world.empty(query)
    assert b"Uzv" in world.raw_by(family, query)


def test_the_reading_is_in_the_childs_own_log_whether_or_not_it_was_shown(world: Families) -> None:
    for family in FAMILIES:
        world.by(family, ALL)
        newest = world.own(family, "child")[0]
        assert (newest["who"], newest["outcome"], newest["subjectRole"]) == ("A parent", "PERMITTED", "CO_SUBJECT")
        assert {"Person.childrenLogs", "ChildLog.accessLog"} <= set(newest["fields"])
        own = world.own(family, "asks")[0]
        assert (own["subjectRole"], own["fields"][0]) == ("SELF", "Person.childrenLogs")
    latvian = world.running.post(
        f"{{ me {{ accessLog(first: 1) {PAGE} }} }}",
        token=citizen(world.running.data, TOLD.code("child")),
        language="lv",
    )[1]
    assert latvian["data"]["me"]["accessLog"]["edges"][0]["node"]["who"] in ("Viens no vecākiem", "Jūs")


def test_the_other_parent_is_shown_that_this_one_read_it(world: Families) -> None:
    world.by(TOLD, ALL)
    (log,) = clean(world.by(TOLD, ALL, "other"))["me"]["childrenLogs"]
    newest = log["accessLog"]["edges"][0]["node"]
    assert (newest["who"], newest["fields"][0]) == ("A parent", "Person.childrenLogs")


def test_as_many_rows_are_written_and_as_many_calls_made_whatever_is_shown(world: Families) -> None:
    counted = {}
    for family in FAMILIES:
        world.running.clear_control()
        ((before,),) = world.store("SELECT count(*) FROM access_records")
        world.by(family, LOGS % f"{CHILD} accessLog {PAGE}")
        ((after,),) = world.store("SELECT count(*) FROM access_records")
        calls = world.running.control()["natural_persons"]["calls"]
        counted[family.name] = (after - before, json.dumps(calls, sort_keys=True))
    assert set(counted.values()) == {(2, counted["quiet"][1])}
    # The parent and the child, though both are held.
    assert '"PersonasDati": 2' in counted["quiet"][1]


def test_a_register_that_is_down_is_an_error_and_what_is_held_does_not_stand_in_for_it(world: Families) -> None:
    asked = f"{{ me {{ givenName claims {{ totalCount }} childrenLogs {{ {CHILD} accessLog {PAGE} }} }} }}"
    clean(world.by(TOLD, asked))
    world.running.fault("natural_persons", "reset")
    try:
        answer = world.by(TOLD, asked)
    finally:
        world.running.fault("natural_persons", None)
    assert errors_by_path(answer) == {AT: "REGISTER_UNAVAILABLE"}
    assert answer["data"] == {"me": {"givenName": "Vārds", "claims": {"totalCount": 0}, "childrenLogs": None}}
    (error,) = answer["errors"]
    assert error["extensions"]["register"] == "natural_persons"
    failed = world.own(TOLD, "asks")[0]
    assert failed["outcome"] == "FAILED"
    assert "Person.childrenLogs" in failed["fields"]


def test_a_child_that_the_register_cannot_give_now_is_an_error_there_and_nowhere_else(world: Families) -> None:
    world.running.fault("natural_persons", "garbage", count=1)
    answer = world.by(TOLD, ALL)
    world.running.fault("natural_persons", None)
    assert set(errors_by_path(answer).values()) == {"REGISTER_CONTRACT_BROKEN"}
    assert answer["data"]["me"] == {"childrenLogs": None}


REFUSED_BEFORE = ["clerk-valmiera", "officer-valmiera", "ngo-families", "ilze", "director", "auditor", "ministry-it"]


@pytest.mark.parametrize("persona", [*REFUSED_BEFORE, "anna-low"])
def test_no_other_capacity_and_no_weak_sign_in_has_it(world: Families, persona: str) -> None:
    world.running.clear_control()
    answer = world.raw(persona, ALL)
    assert answer["data"] == {"me": None}
    assert errors_by_path(answer) == {"me": "FORBIDDEN"}
    assert world.running.calls() == 0


def test_a_weak_sign_in_of_a_parent_has_it_not(world: Families) -> None:
    token = citizen(world.running.data, TOLD.code("asks"), AssuranceLevel.LOW)
    (error,) = world.running.post(ALL, token=token)[1]["errors"]
    assert error["extensions"]["rule"] == "assurance-too-low"


@pytest.mark.parametrize(
    ("persona", "query", "at"),
    [
        ("officer-vsaa", '{ claim(id: "of-told") { applicant { ... on Person { %s } } } }', "claim.applicant"),
        ("ngo-families", '{ claim(id: "demo-5") { applicant { ... on Person { %s } } } }', "claim.applicant"),
        ("anna", '{ claim(id: "demo-5") { applicant { ... on Person { %s } } } }', "claim.applicant"),
        ("ilze", "{ viewer { actingFor { ... on Person { %s } } } }", "viewer.actingFor"),
        ("anna", "{ me { household { person { %s } } } }", "me.household.0.person"),
        ("anna", "{ me { children { %s } } }", "me.children.0"),
        ("anna", "{ me { childrenLogs { child { %s } } } }", "me.childrenLogs.0.child"),
    ],
)
def test_no_other_way_leads_to_it(world: Families, persona: str, query: str, at: str) -> None:
    world.running.clear_control()
    answer = world.raw(persona, query % "logs: childrenLogs { accessLog { edges { cursor } } }")
    assert "FORBIDDEN" in set(errors_by_path(answer).values())
    assert "cursor" not in json.dumps(answer["data"])
    assert any(f"{at}.logs".startswith(path) for path in errors_by_path(answer)), errors_by_path(answer)
    assert world.running.calls() == 0


@pytest.mark.parametrize("asked", ["accessLog { edges { cursor } }", "personCode", "children { givenName }", "sex"])
def test_of_the_child_no_more_is_open_than_of_any_other_person(world: Families, asked: str) -> None:
    answer = world.by(TOLD, LOGS % f"child {{ {asked} }}")
    assert set(errors_by_path(answer).values()) == {"FORBIDDEN"}


def test_explain_says_in_both_languages_what_the_logs_would_say_and_the_same_of_what_is_not_shown(
    world: Families,
) -> None:
    explain = """query($of: String!) { explain(operation: $of) { allowed accessLogEntries
        decisions { path coordinate allowed rules } registerCalls { operation calls keys } } }"""
    of = LOGS % f"{CHILD} accessLog(first: 2) {{ edges {{ node {{ who }} }} }}"
    told = clean(world.by(TOLD, explain, of=of))["explain"]
    assert told["allowed"]
    assert told["accessLogEntries"] == [
        "You read your own children's access logs (of each: given name, family name, birth date and access log).",
        "In the log of each other person: A parent read your given name, family name, birth date and access log.",
    ]
    assert {
        "path": "me.childrenLogs.accessLog",
        "coordinate": "ChildLog.accessLog",
        "allowed": True,
        "rules": ["parent-reads-minors-log"],
    } in told["decisions"]
    assert [each["operation"] for each in told["registerCalls"]] == ["PersonasDati", "PersonuDati"]
    for family in NOT_SHOWN:
        assert clean(world.by(family, explain, of=of))["explain"] == told
    token = citizen(world.running.data, TOLD.code("asks"))
    latvian = world.running.post(explain, {"of": of}, token=token, language="lv")[1]
    assert latvian["data"]["explain"]["accessLogEntries"] == [
        "Jūs skatījāties savu bērnu piekļuves žurnālus (par katru bērnu: vārdu, uzvārdu, dzimšanas datumu un piekļuves "
        "žurnālu).",
        "Katras citas personas žurnālā: Viens no vecākiem skatījās Jūsu vārdu, uzvārdu, dzimšanas datumu un piekļuves "
        "žurnālu.",
    ]
    refused = world.ask("clerk-valmiera", explain, of=of)["explain"]
    assert not refused["allowed"]


def test_what_becomes_protected_is_left_out_from_the_next_request_on(world: Families) -> None:
    before = world.nodes(TOLD)
    where = f"subject = (SELECT subject FROM person_codes WHERE code = '{TOLD.code('other')}')"
    known = world.store(f"SELECT restricted FROM restrictions WHERE {where}")
    subject = world.store(f"SELECT subject FROM person_codes WHERE code = '{TOLD.code('other')}'")[0][0]
    if known:
        world.store(f"UPDATE restrictions SET restricted = 1 WHERE {where}")
    else:
        world.store("INSERT INTO restrictions (subject, restricted, copied_at) VALUES (?, 1, 0)", subject)
    try:
        assert world.nodes(TOLD) == []
    finally:
        world.store(f"UPDATE restrictions SET restricted = 0 WHERE {where}")
    assert world.nodes(TOLD) == before
