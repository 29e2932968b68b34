"""Who may represent a legal entity alone reads who looked at its data; nobody else does, and by no other way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.identity.claims import Identity
from gateway.identity.issuer import DevelopmentIssuer
from schema.terms import AssuranceLevel, Capacity, PersonCode, RegistrationNumber
from tests.answers import errors_by_path
from tests.desk.conftest import World
from tests.running_gateway import RunningGateway

DIRECTOR, ENTITY = "39100000099", "40103000102"
NODE = "at who capacity action outcome fields paths subjectRole claimType { code }"
PAGE = "{ edges { cursor node { %s } } pageInfo { hasNextPage hasPreviousPage endCursor } }"
ASKED = PAGE % NODE
ACTING = "{ viewer { actingFor { __typename ... on LegalEntity { %s } } } }"
AT_LOG = "viewer.actingFor.accessLog"
_OF_ENTITY = f"entity = (SELECT subject FROM registration_numbers WHERE number = '{ENTITY}')"


@pytest.fixture(scope="module")
def world(gateway: RunningGateway) -> World:
    """The gateway that all share: what is changed here is put back."""
    return World(gateway)


def page(world: World, arguments: str = "(first: 200)", persona: str = "director") -> Any:
    asked = ACTING % f"accessLog{arguments} {ASKED}"
    return world.ask(persona, asked)["viewer"]["actingFor"]["accessLog"]


def nodes(world: World) -> list[dict[str, Any]]:
    return [each["node"] for each in page(world)["edges"]]


def by(world: World, assurance: AssuranceLevel) -> str:
    """The director's token, signed in so surely."""
    identity = Identity(
        capacity=Capacity.LEGAL_REPRESENTATIVE,
        person_code=PersonCode.parse(DIRECTOR),
        display_name="Director",
        assurance=assurance,
        entity=RegistrationNumber.parse(ENTITY),
    )
    return DevelopmentIssuer.open(world.running.data, production=False).token(identity, now=time.time())


@contextmanager
def copied(world: World, change: str) -> Iterator[None]:
    """The copy of the enterprise register changed for a while."""
    (kept,) = world.store(f"SELECT alone, copied_at FROM representations WHERE {_OF_ENTITY}")
    world.store(f"UPDATE representations SET {change} WHERE {_OF_ENTITY}")
    try:
        yield
    finally:
        world.store(f"UPDATE representations SET alone = ?, copied_at = ? WHERE {_OF_ENTITY}", *kept)


def test_it_shows_the_officer_the_third_party_and_who_asked_in_vain_each_in_words(world: World) -> None:
    world.ask("officer-finance", '{ claim(id: "demo-15") { ownerReference } }')
    world.raw("accountant", '{ claim(id: "demo-8") { channel } }')
    world.raw("anna", '{ claim(id: "demo-8") { channel } }')
    anna, accountant, officer = nodes(world)[:3]
    assert (anna["who"], anna["outcome"]) == ("Another person", "DENIED")
    assert (accountant["capacity"], accountant["claimType"]) == ("THIRD_PARTY_WORKER", {"code": "cadastre-extract"})
    assert (officer["who"], officer["outcome"]) == ("Valmieras novada pašvaldības finanšu pārvalde", "PERMITTED")
    assert {each["subjectRole"] for each in (anna, accountant, officer)} == {"APPLICANT"}
    asked = ACTING % "accessLog(first: 50) { edges { node { claim { id } } } }"
    claims = world.ask("director", asked)["viewer"]["actingFor"]["accessLog"]["edges"]
    assert {"node": {"claim": {"id": "demo-15"}}} in claims
    latvian = world.running.post(ACTING % f"accessLog(first: 50) {ASKED}", persona="director", language="lv")[1]
    said = [each["node"]["who"] for each in latvian["data"]["viewer"]["actingFor"]["accessLog"]["edges"]]
    assert {"Juridiskās personas pārstāvis", "Cita persona"} <= set(said)


def test_reading_it_is_on_record_and_reading_open_data_is_not(world: World) -> None:
    page(world)
    first, second = nodes(world)[:2]
    assert first["paths"][0] == "accessLog"
    assert first["fields"][0] == "LegalEntity.accessLog"
    assert (first["capacity"], first["outcome"], first["subjectRole"]) == ("LEGAL_REPRESENTATIVE", "PERMITTED", "SELF")
    world.ask("director", ACTING % "name registrationNumber")
    world.ask("director", ACTING % f"name accessLog(first: 1) {ASKED}")
    third, *_ = nodes(world)
    assert not [path for path in third["paths"] if not path.startswith("accessLog")]
    assert second["at"] < first["at"] < third["at"]


def test_pages_follow_each_other_and_a_foreign_cursor_is_refused(world: World) -> None:
    whole = page(world)["edges"]
    first = page(world, "(first: 2)")
    assert (len(first["edges"]), first["pageInfo"]["hasNextPage"]) == (2, True)
    after = page(world, f'(first: 1, after: "{whole[0]["cursor"]}")')
    assert after["edges"] == [whole[1]]
    assert after["pageInfo"]["hasPreviousPage"]
    refused = world.raw("director", ACTING % f'accessLog(after: "nothing") {ASKED}')
    assert errors_by_path(refused) == {AT_LOG: "VARIABLES"}


def test_rules_are_the_auditors_here_too(world: World) -> None:
    answer = world.raw("director", ACTING % f"accessLog(first: 1) {PAGE % 'rules'}")
    assert errors_by_path(answer) == {f"{AT_LOG}.edges.0.node.rules": "FORBIDDEN"}


def test_who_may_not_represent_alone_is_refused_and_that_is_on_record(world: World) -> None:
    with copied(world, "alone = 0"):
        refused = world.raw("director", ACTING % f"registrationNumber accessLog {ASKED}")
    acting = refused["data"]["viewer"]["actingFor"]
    assert (acting["registrationNumber"], acting["accessLog"]) == (ENTITY, None)
    (error,) = refused["errors"]
    assert (error["extensions"]["code"], error["extensions"]["rule"]) == (
        "FORBIDDEN",
        "representative-without-sole-right",
    )
    assert error["extensions"]["remedy"]
    newest, *_ = nodes(world)
    assert (newest["outcome"], newest["fields"], newest["subjectRole"]) == ("DENIED", ["LegalEntity.accessLog"], "SELF")


@pytest.mark.parametrize("assurance", list(AssuranceLevel))
def test_a_sign_in_has_to_be_sure(world: World, assurance: AssuranceLevel) -> None:
    asked = ACTING % f"accessLog(first: 1) {ASKED}"
    answer = world.running.post(asked, token=by(world, assurance))[1]
    if assurance is AssuranceLevel.LOW:
        (error,) = answer["errors"]
        assert error["extensions"]["rule"] == "assurance-too-low"
        assert answer["data"]["viewer"]["actingFor"]["accessLog"] is None
    else:
        assert "errors" not in answer


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ('{ legalEntity(registrationNumber: "%s") { %%s } }' % ENTITY, "legalEntity"),
        (
            '{ _entities(representations: [{__typename: "LegalEntity", registrationNumber: "%s"}])'
            " { ... on LegalEntity { %%s } } }" % ENTITY,
            "_entities.0",
        ),
        ('{ claim(id: "demo-8") { applicant { ... on LegalEntity { %s } } } }', "claim.applicant"),
    ],
)
@pytest.mark.parametrize("persona", ["director", "accountant", "officer-vzd", "auditor", "anna"])
def test_no_other_way_leads_to_it(world: World, persona: str, query: str, at: str) -> None:
    answer = world.raw(persona, query % f"log: accessLog(first: 1) {ASKED}")
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], bool(error["extensions"]["remedy"])) == ("FORBIDDEN", True)
    assert error["extensions"]["rule"] in ("default-deny", "no-door")
    found = ".".join(str(each) for each in error["path"])
    assert found == f"{at}.log" or error["extensions"]["rule"] == "no-door"


def test_an_officer_of_the_entity_does_not_reach_it_through_their_own_roles(world: World) -> None:
    answer = world.raw("anna", "{ me { enterprises { entity { accessLog(first: 1) %s } } } }" % ASKED)
    explained = world.ask(
        "anna",
        "query($of: String!) { explain(operation: $of) { allowed decisions { coordinate allowed } } }",
        of="{ me { enterprises { entity { accessLog(first: 1) { pageInfo { hasNextPage } } } } } }",
    )["explain"]
    assert answer["errors"]
    assert {"coordinate": "LegalEntity.accessLog", "allowed": False} in explained["decisions"]


def test_explain_says_what_the_log_would_say(world: World) -> None:
    explain = "query($of: String!) { explain(operation: $of) { allowed accessLogEntries } }"
    of = ACTING % "name accessLog(first: 1) { pageInfo { hasNextPage } }"
    told = world.ask("director", explain, of=of)["explain"]
    assert told == {
        "allowed": True,
        "accessLogEntries": ["The legal entity's representative read the legal entity's access log."],
    }
