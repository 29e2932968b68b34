"""The demo world's matrix, cell by cell over HTTP: what each persona reads of each claim, down to every evidence path."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from policies.kit.policy_set import PolicySet
from schema.graph import build
from schema.terms import ApplicantKind, Capacity, EvidenceScope
from tests.answers import errors_by_path
from tests.policies.demo_world import Cell, cells
from tests.running_gateway import RunningGateway

ENTITY_CLAIMS = ("demo-8", "demo-15")


@cache
def policies() -> PolicySet:
    return PolicySet.load()


def selection(path: str, root: str) -> str:
    """``household.person.income(months<=3)`` -> the same as GraphQL."""
    schema = build()._schema
    names = path.split(".")
    texts = []
    type_name = root
    for name in names:
        field, _, bound = name.partition("(")
        declared = schema.type_map[type_name]
        assert isinstance(declared, GraphQLObjectType)
        named = get_named_type(declared.fields[field].type)
        type_name = named.name
        texts.append(field + ("(" + bound.replace("<=", ": ") if bound else ""))
    text = texts[-1] + ("" if is_leaf_type(schema.type_map[type_name]) else " { __typename }")
    for outer in reversed(texts[:-1]):
        text = f"{outer} {{ {text} }}"
    return text


def operation(cell: Cell) -> tuple[str, list[tuple[str, EvidenceScope]]]:
    kind = ApplicantKind.LEGAL_ENTITY if cell.claim in ENTITY_CLAIMS else ApplicantKind.PERSON
    root = "LegalEntity" if kind is ApplicantKind.LEGAL_ENTITY else "Person"
    module = policies().claim_types[cell.facts.claim_type]
    wanted = [(each.path, each.open_to) for each in module.evidence if each.applicant is kind]
    fields = " ".join(f"p{place}: {selection(path, root)}" for place, (path, _) in enumerate(wanted))
    query = f'{{ claim(id: "{cell.claim}") {{ id status createdAt applicant {{ __typename ... on {root} {{ {fields} }} }} }} }}'
    return query, wanted


def expected(cell: Cell, scope: EvidenceScope) -> bool:
    if cell.facts.capacity is Capacity.OWNER_OFFICER:
        return "E" in cell.letters
    if "E" in cell.letters:
        return scope is not EvidenceScope.OWNER_ONLY
    return "e" in cell.letters and scope is EvidenceScope.THIRD_PARTIES


PERSONAS = sorted({cell.persona for cell in cells()} - {"ngo-quota"})
"""ngo-quota is out of requests before the matrix is through: see ``test_quota.py``."""


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_persona_reads_of_every_claim_what_the_matrix_says(gateway: RunningGateway, persona: str) -> None:
    for cell in cells():
        if cell.persona != persona:
            continue
        query, wanted = operation(cell)
        _, body = gateway.post(query, persona=persona)
        errors = errors_by_path(body)
        claim: dict[str, Any] | None = body["data"]["claim"]
        if not {"R", "s"} & set(cell.letters):
            assert (claim, errors) == (None, {"claim": "FORBIDDEN"}), cell
            continue
        assert claim is not None, cell
        assert claim["status"] == cell.facts.status, cell
        if "R" not in cell.letters:
            assert (claim["createdAt"], claim["applicant"]) == (None, None), cell
            continue
        assert claim["createdAt"], cell
        for place, (path, scope) in enumerate(wanted):
            prefix = re.compile(rf"claim\.applicant\.p{place}(\.|$)")
            refused = any(prefix.match(at) and code == "FORBIDDEN" for at, code in errors.items())
            assert refused is not expected(cell, scope), f"{cell}: {path}: {errors}"
