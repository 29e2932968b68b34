"""Invariant 1: no root field gives register data about a person except ``me`` and a claim."""

from __future__ import annotations

from graphql import GraphQLObjectType, get_named_type

from schema.graph import build
from tests.answers import clean, errors_by_path
from tests.running_gateway import RunningGateway

ANNA = "39100000011"


def test_no_root_field_leads_to_a_person_but_me_claims_and_what_a_viewer_acts_for() -> None:
    schema = build()._schema
    assert schema.query_type is not None
    doors = {"Claim", "Mandate", "AccessEntry"}
    for name, field in schema.query_type.fields.items():
        if name in ("me", "claim", "claims", "node", "_entities"):
            continue
        reached: set[str] = set()
        pending = [get_named_type(field.type)]
        while pending:
            named = pending.pop()
            if named.name in reached or named.name in doors:
                continue
            reached.add(named.name)
            if isinstance(named, GraphQLObjectType):
                pending += [
                    get_named_type(inner.type)
                    for key, inner in named.fields.items()
                    if (named.name, key) != ("Viewer", "actingFor")
                ]
        assert "Person" not in reached, name


def test_arguments_of_root_fields_take_no_personal_code() -> None:
    schema = build()._schema
    assert schema.query_type is not None
    for name, field in schema.query_type.fields.items():
        for argument in field.args.values():
            assert get_named_type(argument.type).name != "PersonCode", name


def test_neither_node_nor_entities_knows_people(gateway: RunningGateway) -> None:
    _, body = gateway.post('{ node(id: "%s") { id } }' % ANNA, persona="officer-valmiera")
    assert errors_by_path(body) == {"node": "FORBIDDEN"}
    query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Claim { id } } }"
    _, body = gateway.post(query, {"r": [{"__typename": "Person", "personCode": ANNA}]}, persona="officer-valmiera")
    assert body["data"] == {"_entities": [None]}


def test_me_is_the_tokens_person_and_no_other_capacitys(gateway: RunningGateway) -> None:
    _, body = gateway.post("{ me { givenName } }", persona="anna")
    assert clean(body) == {"me": {"givenName": "Anna"}}
    for persona in ("ilze", "director", "clerk-valmiera", "ngo-support", "officer-valmiera", "ministry-it", "auditor"):
        _, body = gateway.post("{ me { givenName } }", persona=persona)
        assert body["data"] == {"me": None}
        assert errors_by_path(body) == {"me": "FORBIDDEN"}
