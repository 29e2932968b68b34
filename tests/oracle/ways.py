"""The ways to ask for one thing: each gives an operation, and where in its answer each claim is found."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.oracle.coordinates import selected
from tests.oracle.table import Coordinate

CLAIM_FIELDS = {
    "id": "id",
    "type": "type { code }",
    "status": "status",
    "channel": "channel",
    "presence": "presence { method }",
    "createdAt": "createdAt",
    "submittedAt": "submittedAt",
    "ownerReference": "ownerReference",
    "municipality": "municipality { atvk }",
    "centre": "centre { id }",
    "answers": "answers",
    "delivery": "delivery { attempts }",
    "assignedTo": "assignedTo { id }",
    "history": "history { status }",
}
"""Every field of a claim but ``applicant``, by name."""
_OWN = " ".join(f"q_{name}: {text}" for name, text in CLAIM_FIELDS.items())

Coordinates = Mapping[str, Sequence[Coordinate]]
"""What is asked below ``applicant``, by the applicant's type."""


@dataclass(frozen=True)
class Asked:
    """One operation."""

    query: str
    places: Mapping[str, tuple[str | int, ...]]
    """Where each claim's answer is, by claim id."""
    variables: Mapping[str, Any] = field(default_factory=dict)


def alias(place: int, type_name: str) -> str:
    """The name under which a coordinate is asked."""
    return f"{'p' if type_name == 'Person' else 'e'}{place}"


def _below(wanted: Coordinates, write: Callable[[Coordinate], str] = selected) -> dict[str, str]:
    """The selection on each type of applicant."""
    return {
        type_name: " ".join(f"{alias(place, type_name)}: {write(of)}" for place, of in enumerate(each))
        for type_name, each in wanted.items()
        if each
    }


def _plain(wanted: Coordinates) -> str:
    below = " ".join(f"... on {name} {{ {text} }}" for name, text in _below(wanted).items())
    return f"{_OWN} applicant {{ __typename {below} }}"


def by_alias(claim: str, wanted: Coordinates) -> Asked:
    """``it: claim(id: "…")``."""
    return Asked(f"{{ it: claim(id: {json.dumps(claim)}) {{ {_plain(wanted)} }} }}", {claim: ("it",)})


def by_fragment(claim: str, wanted: Coordinates) -> Asked:
    """Named fragments on every level."""
    below = _below(wanted)
    spreads = " ".join(f"...Of{name}" for name in below)
    parts = [
        f"query {{ claim(id: {json.dumps(claim)}) {{ ...OfClaim }} }}",
        f"fragment OfClaim on Claim {{ {_OWN} applicant {{ ...OfApplicant }} }}",
        f"fragment OfApplicant on Applicant {{ __typename {spreads} }}",
        *(f"fragment Of{name} on {name} {{ {text} }}" for name, text in below.items()),
    ]
    return Asked("\n".join(parts), {claim: ("claim",)})


def by_inline_fragment(claim: str, wanted: Coordinates) -> Asked:
    """Inline fragments, with and without a type, one in another."""
    below = " ".join(
        f"... on {name} {{ ... {{ ... on {name} {{ {text} }} }} }}" for name, text in _below(wanted).items()
    )
    text = (
        f"... on Claim {{ ... {{ {_OWN} }} ... on Node {{ ... on Claim {{ applicant {{ __typename {below} }} }} }} }}"
    )
    return Asked(f"{{ claim(id: {json.dumps(claim)}) {{ {text} }} }}", {claim: ("claim",)})


def by_variable(claim: str, wanted: Coordinates) -> Asked:
    """Id and months by variables; months that are left out by a variable that is."""
    variables: dict[str, Any] = {"id": claim}
    for each in wanted.values():
        for of in each:
            if of.months is not None:
                variables[f"m_{of.months}"] = None if of.months == "null" else int(of.months)
    declared = " ".join(f"${name}: Int" for name in sorted({*variables, "m_absent"} - {"id"}))
    below = _below(wanted, lambda of: selected(of, f"$m_{of.months or 'absent'}"))
    asked = " ".join(f"... on {name} {{ {text} }}" for name, text in below.items())
    used = declared if "$m_absent" in asked else declared.replace("$m_absent: Int", "")
    query = f"query($id: ID! {used}) {{ claim(id: $id) {{ {_OWN} applicant {{ __typename {asked} }} }} }}"
    return Asked(query, {claim: ("claim",)}, variables)


def by_directive(claim: str, wanted: Coordinates) -> Asked:
    """Included and not skipped; beside it, not included, what nobody reads."""
    below = " ".join(
        f"... on {name} @include(if: $yes) {{ {text} }} ... on {name} @skip(if: $yes) {{ never: __typename }}"
        for name, text in _below(wanted).items()
    )
    never = "... on Person { nor: accessLog @include(if: $no) { pageInfo { hasNextPage } } }"
    text = f"{_OWN} applicant @skip(if: $no) {{ __typename {never} {below} }}"
    query = f"query($yes: Boolean!, $no: Boolean!) {{ claim(id: {json.dumps(claim)}) {{ {text} }} }}"
    return Asked(query, {claim: ("claim",)}, {"yes": True, "no": False})


def by_node(claim: str, wanted: Coordinates) -> Asked:
    """``node(id:)``."""
    text = f"{{ node(id: {json.dumps(claim)}) {{ ... on Claim {{ {_plain(wanted)} }} }} }}"
    return Asked(text, {claim: ("node",)})


def by_entities(claim: str, wanted: Coordinates) -> Asked:
    """``_entities``, as a federation router asks."""
    query = f"query($of: [_Any!]!) {{ _entities(representations: $of) {{ ... on Claim {{ {_plain(wanted)} }} }} }}"
    return Asked(query, {claim: ("_entities", 0)}, {"of": [{"__typename": "Claim", "id": claim}]})


def by_filter(claims: Sequence[str], claim_type: str, status: str, wanted: Coordinates) -> Asked:
    """``claims(filter:)``: the ids are those that it lists, in order."""
    filters = f'{{types: ["{claim_type}"], statuses: [{status}]}}'
    query = f"{{ claims(filter: {filters}, first: 100) {{ totalCount edges {{ node {{ {_plain(wanted)} }} }} }} }}"
    return Asked(query, {claim: ("claims", "edges", place, "node") for place, claim in enumerate(claims)})


def by_batch(claims: Mapping[str, Coordinates]) -> Asked:
    """Many claims in one operation."""
    roots = [
        f"c{place}: claim(id: {json.dumps(claim)}) {{ {_plain(wanted)} }}"
        for place, (claim, wanted) in enumerate(claims.items())
    ]
    return Asked(f"{{ {' '.join(roots)} }}", {claim: (f"c{place}",) for place, claim in enumerate(claims)})


SINGLE: Mapping[str, Callable[[str, Coordinates], Asked]] = {
    "alias": by_alias,
    "fragment": by_fragment,
    "inline fragment": by_inline_fragment,
    "variable": by_variable,
    "directive": by_directive,
    "node": by_node,
    "_entities": by_entities,
}
"""Ways that ask for one claim."""
WAYS = (*SINGLE, "filter", "count", "batch", "explain", "mutation")

_LONG = "x" * 1_001
PROBES: Mapping[str, tuple[str, str]] = {
    "PREPARE": ("PREPARE", "answerClaim(input: {id: %s, answers: []})"),
    "SUBMIT": ("SUBMIT", 'submitClaim(input: {id: %s, idempotencyKey: ""})'),
    "WITHDRAW": ("WITHDRAW", f'withdrawClaim(input: {{id: %s, reason: "{_LONG}"}})'),
    "ASSIGN": ("ASSIGN", 'assignClaim(input: {id: %s, thirdParty: "nobody"})'),
    "ASSIGN off": ("ASSIGN", 'assignClaim(input: {id: %s, thirdParty: "nobody", assigned: false})'),
    "DECIDE": ("DECIDE", 'decideClaim(input: {id: %s, outcome: GRANTED, reason: " "})'),
}
"""Mutations that change nothing even where they are allowed: what they say then is in :data:`AFTER_PERMISSION`."""
AFTER_PERMISSION = {
    "PREPARE": {"ANSWERS_INVALID"},
    "SUBMIT": {"ANSWERS_INVALID"},
    "WITHDRAW": {"ANSWERS_INVALID"},
    "ASSIGN": {"THIRD_PARTY_NOT_ELIGIBLE"},
    "ASSIGN off": {""},
    "DECIDE": {"ANSWERS_INVALID", "DECIDED_IN_OWNER_SYSTEM"},
}


def probe(claim: str, names: Sequence[str]) -> Asked:
    """Mutations in one operation, one after the other; each under the name that its place gives, e.g. ``m0``."""
    id_ = json.dumps(claim)
    parts = (
        f"m{place}: {PROBES[name][1] % id_} {{ claim {{ id }} problems {{ code message field }} }}"
        for place, name in enumerate(names)
    )
    return Asked(f"mutation {{ {' '.join(parts)} }}", {claim: ()})
