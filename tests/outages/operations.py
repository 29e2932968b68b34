"""Operations that ask for everything that registers hold, written from the graph: a new field is in them by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_object_type

from gateway.desk.federation import BUILTIN
from gateway.plan.compile import Graph
from schema.graph import build

GRAPH = Graph(build(), BUILTIN)
_DEPTH = 4
"""From a person over the household and its members to their real estate's addresses."""

VOLATILE = frozenset({"VatRegistration.checkedAt"})
"""Differs from answer to answer."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of one persona."""

    persona: str
    query: str


@cache
def reads(coordinate: str) -> frozenset[str]:
    """Names of the record types that a field reads from registers."""
    type_name, _, name = coordinate.partition(".")
    kind = GRAPH.schema.type_map[type_name]
    assert is_object_type(kind)
    relation = GRAPH.relation_of(coordinate, kind.fields[name])
    return frozenset() if relation is None else frozenset(each.__name__ for each in relation.reads)


def operations() -> Mapping[str, Operation]:
    """By name. Between them they read every record type, of one person and of a household.

    ``the citizen's``: everything about self, one claim's evidence, open data of an enterprise, and the own store's.
    ``the officer's``: the means of a whole household.
    """
    person = everything("Person")
    evidence = everything("Person", 2)
    entity = everything("LegalEntity")
    return {
        "the citizen's": Operation(
            "anna",
            f"""{{ viewer {{ __typename capacity displayName }} me {{ {person} }}
                claim(id: "demo-7") {{ __typename id status applicant {{ ... on Person {{ {evidence} }} }} }}
                legalEntity(registrationNumber: "40103000102") {{ {entity} }}
                municipality(atvk: "0054000") {{ __typename name }} }}""",
        ),
        "the officer's": Operation(
            "officer-valmiera",
            f"""{{ claim(id: "demo-9") {{ __typename id status applicant {{ ... on Person {{ {person} }} }} }} }}""",
        ),
    }


def everything(type_name: str, depth: int = _DEPTH) -> str:
    """All fields of a type that hold a value, and those below which registers are read, so far down."""
    kind = GRAPH.schema.type_map[type_name]
    assert is_object_type(kind)
    parts = ["__typename"]
    for name, field in kind.fields.items():
        named = get_named_type(field.type)
        if is_leaf_type(named):
            parts.append(name)
        elif is_object_type(named) and depth > 0 and _reads_below(kind, name, depth):
            parts.append(f"{name} {{ {everything(named.name, depth - 1)} }}")
    return " ".join(parts)


def _reads_below(kind: GraphQLObjectType, name: str, depth: int) -> bool:
    if reads(f"{kind.name}.{name}"):
        return True
    below: Any = get_named_type(kind.fields[name].type)
    return (
        depth > 0 and below.name in _OF_REGISTERS and any(_reads_below(below, each, depth - 1) for each in below.fields)
    )


_OF_REGISTERS = frozenset({"Person", "HouseholdMember", "LegalEntity", "LegalEntityRole", "TaxBook", "Property"})
"""Types whose objects come from registers, though some of their fields read none themselves."""
