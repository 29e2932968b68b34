"""The ways to ask for one thing: each gives an operation, and where in its answer each claim is found."""

from __future__ import annotations

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
    """``it: claim(id: …)``; every field below has another name, too."""
    return _of_id(claim, f"it: claim(id: $id) {{ {_plain(wanted)} }}", "it")


def by_fragment(claim: str, wanted: Coordinates) -> Asked:
    """Named fragments on every level."""
    below = _below(wanted)
    spreads = " ".join(f"...Of{name}" for name in below)
    parts = (
        f"fragment OfClaim on Claim {{ {_OWN} applicant {{ ...OfApplicant }} }}",
        f"fragment OfApplicant on Applicant {{ __typename {spreads} }}",
        *(f"fragment Of{name} on {name} {{ {text} }}" for name, text in below.items()),
    )
    return _of_id(claim, "claim(id: $id) { ...OfClaim }", "claim", "\n".join(parts))


def by_inline_fragment(claim: str, wanted: Coordinates) -> Asked:
    """Inline fragments, with and without a type, one in another."""
    below = " ".join(
        f"... on {name} {{ ... {{ ... on {name} {{ {text} }} }} }}" for name, text in _below(wanted).items()
    )
    text = (
        f"... on Claim {{ ... {{ {_OWN} }} ... on Node {{ ... on Claim {{ applicant {{ __typename {below} }} }} }} }}"
    )
    return _of_id(claim, f"claim(id: $id) {{ {text} }}", "claim")


def by_variable(claim: str, wanted: Coordinates) -> Asked:
    """Months by variables; months that are left out by a variable that is."""
    variables: dict[str, Any] = {}
    for each in wanted.values():
        for of in each:
            if of.months is not None:
                variables[f"m_{of.months}"] = None if of.months == "null" else int(of.months)
    below = _below(wanted, lambda of: selected(of, f"$m_{of.months or 'absent'}"))
    asked = " ".join(f"... on {name} {{ {text} }}" for name, text in below.items())
    names = [*sorted(variables), *(["m_absent"] if "$m_absent" in asked else [])]
    declared = " ".join(["$id: ID!", *(f"${name}: Int" for name in names)])
    query = f"query({declared}) {{ claim(id: $id) {{ {_OWN} applicant {{ __typename {asked} }} }} }}"
    return Asked(query, {claim: ("claim",)}, {"id": claim, **variables})


def by_directive(claim: str, wanted: Coordinates) -> Asked:
    """Included and not skipped; beside it, not included, what nobody reads."""
    below = " ".join(
        f"... on {name} @include(if: $yes) {{ {text} }} ... on {name} @skip(if: $yes) {{ never: __typename }}"
        for name, text in _below(wanted).items()
    )
    nor = "... on Person { nor: accessLog @include(if: $no) { pageInfo { hasNextPage } } }"
    text = f"... @include(if: $yes) {{ {_OWN} }} applicant @skip(if: $no) {{ __typename {nor} {below} }}"
    query = f"query($id: ID!, $yes: Boolean!, $no: Boolean!) {{ claim(id: $id) {{ {text} }} }}"
    return Asked(query, {claim: ("claim",)}, {"id": claim, "yes": True, "no": False})


def by_node(claim: str, wanted: Coordinates) -> Asked:
    """``node(id:)``."""
    return _of_id(claim, f"node(id: $id) {{ ... on Claim {{ {_plain(wanted)} }} }}", "node")


def by_entities(claim: str, wanted: Coordinates) -> Asked:
    """``_entities``, as a federation router asks."""
    query = f"query($of: [_Any!]!) {{ _entities(representations: $of) {{ ... on Claim {{ {_plain(wanted)} }} }} }}"
    return Asked(query, {claim: ("_entities", 0)}, {"of": [{"__typename": "Claim", "id": claim}]})


def by_filter(claims: Sequence[str], claim_type: str, status: str, wanted: Coordinates) -> Asked:
    """``claims(filter:)``: the ids are those that it lists, in order."""
    query = f"""query($filter: ClaimFilter) {{ claims(filter: $filter, first: 100) {{
        totalCount edges {{ node {{ {_plain(wanted)} }} }} }} }}"""
    places = {claim: ("claims", "edges", place, "node") for place, claim in enumerate(claims)}
    return Asked(query, places, {"filter": {"types": [claim_type], "statuses": [status]}})


def by_batch(claims: Sequence[str], wanted: Coordinates) -> Asked:
    """Many claims in one operation."""
    places = {claim: (f"c{place}",) for place, claim in enumerate(claims)}
    declared = " ".join(f"$i{place}: ID!" for place in range(len(claims)))
    roots = " ".join(f"c{place}: claim(id: $i{place}) {{ ...All }}" for place in range(len(claims)))
    query = f"query({declared}) {{ {roots} }} fragment All on Claim {{ {_plain(wanted)} }}"
    return Asked(query, places, {f"i{place}": claim for place, claim in enumerate(claims)})


def of_many(way: str, claims: Sequence[str]) -> Asked:
    """Many claims by one of the :data:`SINGLE` ways, a few fields of each; the operation does not depend on which claims."""
    few = "givenName income(months: 13) { gross }"
    fields = f"id status answers applicant {{ __typename ... on Person {{ {few} }} }}"
    fragment, root = "", "claim"
    match way:
        case "fragment":
            fields, fragment = "...Few", f"fragment Few on Claim {{ {fields} }}"
        case "inline fragment":
            fields = f"... on Claim {{ ... {{ {fields} }} }}"
        case "variable":
            fields = fields.replace("13", "$months")
        case "directive":
            fields = f"... @include(if: $yes) {{ {fields} }}"
        case "node":
            fields, root = f"... on Claim {{ {fields} }}", "node"
        case "_entities":
            query = f"query($of: [_Any!]!) {{ _entities(representations: $of) {{ ... on Claim {{ {fields} }} }} }}"
            places: dict[str, tuple[str | int, ...]] = {each: ("_entities", n) for n, each in enumerate(claims)}
            return Asked(query, places, {"of": [{"__typename": "Claim", "id": each} for each in claims]})
    variables: dict[str, Any] = {f"i{n}": each for n, each in enumerate(claims)}
    declared = " ".join(f"${name}: ID!" for name in variables)
    for name, type_name, value in (("months", "Int", 13), ("yes", "Boolean!", True)):
        if f"${name}" in fields:
            declared, variables = f"{declared} ${name}: {type_name}", {**variables, name: value}
    roots = " ".join(f"c{n}: {root}(id: $i{n}) {{ {fields} }}" for n in range(len(claims)))
    return Asked(
        f"query({declared}) {{ {roots} }} {fragment}", {each: (f"c{n}",) for n, each in enumerate(claims)}, variables
    )


def _of_id(claim: str, root: str, name: str, fragments: str = "") -> Asked:
    # By a variable: the operation is compiled once, whatever the claim.
    return Asked(f"query($id: ID!) {{ {root} }} {fragments}".strip(), {claim: (name,)}, {"id": claim})


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


def probe(claims: Sequence[str], names: Sequence[str]) -> Asked:
    """Mutations in one operation, one after the other; that of the third claim by the second name is ``c2m1``."""
    parts = [
        f"c{n}m{m}: {PROBES[name][1] % f'$i{n}'} {{ claim {{ id }} problems {{ code message field }} }}"
        for n in range(len(claims))
        for m, name in enumerate(names)
    ]
    declared = " ".join(f"$i{n}: ID!" for n in range(len(claims)))
    variables = {f"i{n}": each for n, each in enumerate(claims)}
    return Asked(f"mutation({declared}) {{ {' '.join(parts)} }}", {}, variables)
