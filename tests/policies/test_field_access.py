"""Every field of the public graph has an access class, by name; what has none is dark."""

from __future__ import annotations

import pytest
from graphql import GraphQLObjectType, IntValueNode, build_schema, get_named_type, is_composite_type

from policies.kit.errors import PolicyError
from policies.kit.field_access import AccessClass
from policies.kit.policy_set import PolicySet
from schema.graph import sdl
from tests.policies.conftest import Edit


@pytest.fixture(scope="module")
def graph() -> dict[str, GraphQLObjectType]:
    schema = build_schema(sdl(), assume_valid=True)
    return {
        name: each
        for name, each in schema.type_map.items()
        if isinstance(each, GraphQLObjectType) and not name.startswith("__")
    }


@pytest.mark.parametrize(
    ("coordinate", "access"),
    [
        ("Query.claim", AccessClass.OPEN),
        ("Query.me", AccessClass.PARTY),
        ("Query.accessRecords", AccessClass.AUDITOR),
        ("Query._service", AccessClass.INTROSPECTION),
        ("Mutation.suspendThirdParty", AccessClass.PARTY),
        ("Claim.status", AccessClass.CLAIM_STATUS),
        ("Claim.applicant", AccessClass.CLAIM),
        ("Claim.answers", AccessClass.ANSWERS),
        ("Person.income", AccessClass.EVIDENCE),
        ("Income.gross", AccessClass.EVIDENCE),
        ("Person.accessLog", AccessClass.SELF),
        ("Person.claims", AccessClass.SELF),
        ("LegalEntity.name", AccessClass.LEGAL_ENTITY),
        ("LegalEntity.properties", AccessClass.EVIDENCE),
        ("DelegationContract.usedToday", AccessClass.OWN_ORGANISATION),
        ("RegisterHealth.lastError", AccessClass.MINISTRY_IT),
        ("AccessEntry.subjectHash", AccessClass.AUDITOR),
        ("Person.shoeSize", None),
        ("Person", None),
        ("Person.*", None),
        ("", None),
    ],
)
def test_a_field_has_the_class_that_is_written_or_is_dark(
    policies: PolicySet, coordinate: str, access: AccessClass | None
) -> None:
    assert policies.fields.of(coordinate) is access


def test_every_field_that_the_graph_shows_has_a_class(policies: PolicySet, graph: dict[str, GraphQLObjectType]) -> None:
    shown = {f"{name}.{field}" for name, each in graph.items() for field in each.fields}
    assert sorted(coordinate for coordinate in shown if policies.fields.of(coordinate) is None) == []


def test_where_paths_lead_is_what_the_graph_says(policies: PolicySet, graph: dict[str, GraphQLObjectType]) -> None:
    said = policies.fields.leads_to
    for coordinate, access in policies.fields.classes.items():
        type_name, _, field = coordinate.partition(".")
        if access is not AccessClass.EVIDENCE or type_name not in graph or field not in graph[type_name].fields:
            continue
        named = get_named_type(graph[type_name].fields[field].type)
        assert said.get(coordinate) == (named.name if is_composite_type(named) else None), coordinate


def test_defaults_of_arguments_are_those_of_the_graph(policies: PolicySet, graph: dict[str, GraphQLObjectType]) -> None:
    for name, default in policies.fields.default_arguments.items():
        type_name, field, argument = name.split(".")
        node = graph[type_name].fields[field].args[argument].ast_node
        assert node is not None
        assert isinstance(node.default_value, IntValueNode)
        assert int(node.default_value.value) == default


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('income = "evidence"', '"*" = "evidence"', "named one by one"),
        ('income = "evidence"', 'income = "everybody"', "everybody"),
        ("[access.Person]", '[access."Per*"]', "is no name of a type"),
        ('income = "evidence"', "", "has no access class"),
        ('income = "evidence"', 'income = "evidence"\nincome = "open"', "not TOML"),
    ],
)
def test_patterns_and_unknown_classes_are_refused_with_their_place(edit: Edit, old: str, new: str, reason: str) -> None:
    with pytest.raises(PolicyError, match=reason) as refused:
        PolicySet.load(edit("common/fields.toml", old, new))
    assert refused.value.file.name == "fields.toml"
    assert refused.value.line > 1
