"""Generated operations, explained and then run: the same fields are refused, and no more calls are made than told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.answers import clean
from tests.conftest import StartsGateway
from tests.plan.explaining import explain
from tests.running_gateway import RunningGateway


def refused(explanation: dict[str, Any]) -> set[str]:
    return {each["path"] for each in explanation["decisions"] if not each["allowed"]}


def topmost(paths: set[str]) -> set[str]:
    """Those that are below no other: what an answer has an error for, wherever anything is there at all."""
    return {path for path in paths if not any(path.startswith(f"{above}.") for above in paths)}


def forbidden(body: dict[str, Any]) -> set[str]:
    return {
        ".".join(each for each in error["path"] if isinstance(each, str))
        for error in body.get("errors", ())
        if error["extensions"]["code"] == "FORBIDDEN"
    }


def stands(data: Any, path: str) -> bool:
    """Whether an answer has any object on which the field at a path stands."""
    found = [data]
    for key in path.split(".")[:-1]:
        found = [inner for each in found for inner in _items(each.get(key))]
    return bool(found)


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [inner for each in value for inner in _items(each)]
    return [] if value is None else [value]


_OF_OTHERS = (
    "givenName",
    "familyName birthDate",
    "sex",
    "income { gross }",
    "benefits { kind payer { name } }",
    "__typename",
)
_OF_PERSON = (
    *(
        "givenName",
        "f: familyName",
        "birthDate",
        "personCode",
        "restricted",
        "declaredAddress { fullText municipality { name } }",
    ),
    *("income { gross }", "i: income(months: 12) { month }", "taxBook { employerName dependants { givenName sex } }"),
    *(
        "benefits { kind amount }",
        "vehicles { plate }",
        "properties { kind address { fullText } }",
        "claims { totalCount }",
    ),
)


@st.composite
def selections_of_person(draw: st.DrawFn) -> str:
    chosen = draw(st.lists(st.sampled_from(_OF_PERSON), min_size=1, max_size=4, unique=True))
    for relation, before, after in (("household", "relation person {", "}"), ("children", "", "")):
        if draw(st.booleans()):
            of_others = draw(st.lists(st.sampled_from(_OF_OTHERS), min_size=1, max_size=3, unique=True))
            chosen.append(f"{relation} {{ {before} {' '.join(of_others)} {after} }}")
    return " ".join(chosen)


@st.composite
def operations(draw: st.DrawFn) -> str:
    person = draw(selections_of_person())
    of_claim = draw(
        st.lists(
            st.sampled_from(("id", "status", "createdAt", "type { code }", "answers", "history { by }")),
            unique=True,
            max_size=3,
        )
    )
    claim = f"{' '.join(of_claim)} applicant {{ __typename ... on Person {{ {person} }} ... on LegalEntity {{ name properties {{ kind }} }} }}"
    kind = draw(st.sampled_from(("claim", "claim", "two claims", "claims", "node", "me", "entities")))
    ids = draw(
        st.lists(st.sampled_from([*(f"demo-{number}" for number in range(1, 16)), "demo-99"]), min_size=2, max_size=2)
    )
    if kind == "claim":
        return f'{{ claim(id: "{ids[0]}") {{ {claim} }} viewer {{ organisation {{ name }} }} }}'
    if kind == "two claims":
        return f'{{ a: claim(id: "{ids[0]}") {{ {claim} }} b: claim(id: "{ids[1]}") {{ {claim} }} }}'
    if kind == "claims":
        return f"{{ claims(first: 10) {{ totalCount edges {{ node {{ {claim} }} }} }} }}"
    if kind == "node":
        return f'{{ node(id: "{ids[0]}") {{ id ... on Claim {{ {claim} }} ... on ThirdParty {{ name }} }} }}'
    if kind == "entities":
        keys = ", ".join(f'{{__typename: "Claim", id: "{each}"}}' for each in ids)
        return f"{{ _entities(representations: [{keys}]) {{ ... on Claim {{ {claim} }} }} }}"
    return f'{{ me {{ {person} }} thirdParty(id: "tp-support") {{ contract {{ number usedToday }} }} }}'


PERSONAS = (
    "anna",
    "peteris",
    "marta",
    "nora",
    "ilze",
    "director",
    "clerk-valmiera",
    "ngo-support",
    "ngo-families",
    "ngo-expired",
    "accountant",
    "officer-valmiera",
    "officer-riga",
    "auditor",
    "anna-low",
)
_MAY_BE_SLOW = ("natural_persons", "revenue", "social_assistance", "addresses", "cadastre")
"""Who answers first decides what is asked for together, and changes nothing of what was told."""


def _may_be_of_peteris(operation: str, persona: str) -> bool:
    """He exchanged his code: whom a register does not know by the one is asked for by the other, and no explanation may
    tell of that."""
    own = any(f'"{claim}"' in operation for claim in ("demo-2", "demo-3", "demo-12"))
    return own or "claims(" in operation or (persona == "peteris" and "me {" in operation)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operation=operations(), persona=st.sampled_from(PERSONAS), slow=st.sets(st.sampled_from(_MAY_BE_SLOW)))
def test_what_explain_says_is_what_running_does(
    gateway: RunningGateway, operation: str, persona: str, slow: set[str]
) -> None:
    gateway.clear_control()
    explanation = explain(gateway, operation, persona)
    assert gateway.calls() == 0
    for register in slow:
        gateway.fault(register, None, latency_ms=30)
    _, body = gateway.post(operation, persona=persona)
    made = {name: sum(register["calls"].values()) for name, register in gateway.control().items()}
    gateway.clear_control()
    said, happened = refused(explanation), forbidden(body)
    assert happened <= said
    assert {path for path in topmost(said) - happened if stands(body["data"], path)} == set()
    assert explanation["allowed"] is (said == set())
    assert explanation["problems"] == []
    told = dict.fromkeys(made, 0)
    for each in explanation["registerCalls"]:
        told[each["register"]["id"]] += each["calls"]
    most = 2 if _may_be_of_peteris(operation, persona) else 1
    assert {name: number for name, number in made.items() if number > told[name] * most} == {}


def test_no_explanation_meets_an_accident(gateway: RunningGateway) -> None:
    assert "graph.accident" not in (gateway.data / "gateway.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("slow", ["natural_persons", "revenue"])
def test_whoever_answers_first_no_more_calls_are_made_than_told(fresh_gateway: StartsGateway, slow: str) -> None:
    operation = "{ me { taxBook { dependants { givenName } } household { person { familyName } } } }"
    with fresh_gateway() as gateway:
        gateway.fault(slow, None, latency_ms=150)
        told = sum(each["calls"] for each in explain(gateway, operation, "anna")["registerCalls"])
        clean(gateway.post(operation, persona="anna")[1])
        assert gateway.calls() == told == 3
