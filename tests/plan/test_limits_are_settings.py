"""Each limit of an operation is a setting, and has a code of its own."""

from __future__ import annotations

from tests.answers import clean, codes
from tests.conftest import StartsGateway

SETTINGS = {"tokens": 40, "depth": 4, "aliases": 2, "root_fields": 3, "directives": 1, "selections": 9, "cost": 61}


def _types(count: int) -> str:
    return "{ claims(first: 1, filter: {types: [" + '"housing-benefit" ' * count + "]}) { totalCount } }"


def _spreads(count: int) -> str:
    return "{ viewer { " + "...F " * count + "} } fragment F on Viewer { capacity capacity capacity capacity }"


AT_AND_OVER = {
    "tokens": (_types(21), _types(22)),
    "depth": ("{ claims { edges { node { id } } } }", "{ claims { edges { node { type { code } } } } }"),
    "aliases": ("{ viewer { a: capacity b: capacity } }", "{ viewer { a: capacity b: capacity c: capacity } }"),
    "root_fields": (
        "{ __typename viewer { capacity } registers { id } }",
        "{ __typename viewer { capacity } registers { id } claimTypes { code } }",
    ),
    "directives": (
        "{ viewer { capacity @skip(if: false) } }",
        "{ viewer { capacity @skip(if: false) @include(if: true) } }",
    ),
    "selections": (_spreads(2), _spreads(3)),
    "cost": (
        "{ claims(first: 20) { edges { node { id } } } }",
        "query($n: Int = 21) { claims(first: $n) { edges { node { id } } } }",
    ),
}


def test_what_is_at_the_set_limit_is_answered_and_what_is_over_it_has_the_limits_code(
    fresh_gateway: StartsGateway,
) -> None:
    gateway = fresh_gateway(**{f"GATEWAY_LIMITS__{name.upper()}": str(most) for name, most in SETTINGS.items()})
    assert AT_AND_OVER.keys() == SETTINGS.keys()
    for name, (at, over) in AT_AND_OVER.items():
        assert clean(gateway.post(at)[1])
        status, body = gateway.post(over)
        assert (status, codes(body)) == (200, {f"LIMIT_{name.upper()}"})
        assert "data" not in body
