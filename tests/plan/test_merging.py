"""What cannot be merged is found as graphql-core finds it, in the time of the document's length."""

from __future__ import annotations

import gc
import time
from typing import Any

import pytest
from graphql import OverlappingFieldsCanBeMergedRule, build_schema, parse, specified_rules, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.plan.merging import conflicts
from gateway.plan.validation import validated

SCHEMA = build_schema(
    """
    type Query { pet: Pet! pets(of: Int, how: How): [Pet!] any: Any cat: Cat dog: Dog name: String }
    input How { by: String, order: [Int] }
    interface Pet { name: String friend: Pet owner(at: Int): Pet }
    type Cat implements Pet { name: String friend: Pet owner(at: Int): Pet lives: Int! mother: Cat kind: String fur: [Int] }
    type Dog implements Pet { name: String friend: Pet owner(at: Int): Pet lives: Int mother: Dog kind: [String] fur: [Int!] }
    union Any = Cat | Dog
    """
)
_LEAVES = {
    "Query": ("name", "__typename"),
    "Pet": ("name", "__typename"),
    "Cat": ("name", "lives", "kind", "fur", "__typename"),
    "Dog": ("name", "lives", "kind", "fur", "__typename"),
    "Any": ("__typename",),
}
_LINKS = {
    "Query": {"pet": "Pet", "pets": "Pet", "any": "Any", "cat": "Cat", "dog": "Dog"},
    "Pet": {"friend": "Pet", "owner": "Pet"},
    "Cat": {"friend": "Pet", "owner": "Pet", "mother": "Cat"},
    "Dog": {"friend": "Pet", "owner": "Pet", "mother": "Dog"},
    "Any": {},
}
_ARGUMENTS = {
    "pets": ("", "(of: 1)", "(of: 2)", "(of: $v)", '(how: {by: "a", order: [1]})', '(how: {order: [1], by: """a"""})'),
    "owner": ("", "(at: 1)", "(at: $v)"),
}
_CONDITIONS = {"Query": ("Query",), **dict.fromkeys(("Pet", "Any"), ("Pet", "Cat", "Dog", "Any"))}
_FRAGMENTS = {"onPet": "Pet", "onCat": "Cat", "onDog": "Dog"}


@st.composite
def _selections(draw: st.DrawFn, kind: str, depth: int, spreads: tuple[str, ...] = ()) -> str:
    made = []
    for _ in range(draw(st.integers(1, 4))):
        what = draw(st.integers(0, 9))
        alias = draw(st.sampled_from(("", "", "", "a: ", "b: ")))
        if what < 4 or not depth:
            made.append(alias + draw(st.sampled_from(_LEAVES[kind])))
        elif what < 7 and _LINKS[kind]:
            name = draw(st.sampled_from(sorted(_LINKS[kind])))
            arguments = draw(st.sampled_from(_ARGUMENTS.get(name, ("",))))
            inner = draw(_selections(_LINKS[kind][name], depth - 1, spreads))
            made.append(f"{alias}{name}{arguments} {inner}")
        elif what == 7 and kind != "Query" and spreads:
            made.append(f"...{draw(st.sampled_from(spreads))}")
        else:
            condition = draw(st.sampled_from(_CONDITIONS.get(kind, (kind, "Pet"))))
            on = "" if condition == kind and what == 8 else f" on {condition}"
            made.append(f"...{on} {draw(_selections(condition, depth - 1, spreads))}")
    return f"{{ {' '.join(made)} }}"


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Valid but for what cannot be merged, and for fragments that are of no use where they stand; each is spread."""
    fragments: dict[str, str] = {}
    for name, kind in _FRAGMENTS.items():
        body = draw(_selections(kind, 2, tuple(fragments)))
        fragments[name] = f"fragment {name} on {kind} {body}"
    operation = draw(_selections("Query", 4, tuple(fragments)))
    others = [f"query {name}($v: Int) {{ pet {{ ...{name} }} }}" for name in fragments]
    return " ".join([f"query Main($v: Int) {operation}", *others, *fragments.values()])


_NOT_OF_USE = {"NoUnusedVariablesRule", "PossibleFragmentSpreadsRule"}
_OTHERS: Any = [
    rule
    for rule in specified_rules
    if rule is not OverlappingFieldsCanBeMergedRule and rule.__name__ not in _NOT_OF_USE
]


@settings(max_examples=150, deadline=None)
@given(documents())
def test_a_document_is_refused_where_graphql_core_compares_each_two_fields_and_refuses_it(text: str) -> None:
    document = parse(text)
    assert validate(SCHEMA, document, _OTHERS) == [], "what is tested is what is valid otherwise"
    expected = validate(SCHEMA, document, [OverlappingFieldsCanBeMergedRule])
    assert bool(conflicts(SCHEMA, document)) is bool(expected), text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{ a: name a: __typename }", "Fields 'a' conflict because 'name' and '__typename' are different fields."),
        ("{ pets(of: 1) { name } pets { name } }", "Fields 'pets' conflict because they have differing arguments."),
        ("{ pet { ... on Cat { lives } ... on Dog { lives } } }", "they return conflicting types 'Int!' and 'Int'."),
        ("{ pet { a: name } pet { friend { name } a: friend { name } } }", "'name' and 'friend' are different fields."),
    ],
)
def test_what_cannot_be_merged_is_told_with_both_places(text: str, said: str) -> None:
    [error] = validated(SCHEMA, parse(text))
    assert said in error.message
    assert len(error.locations or ()) == 2


@pytest.mark.parametrize(
    "text",
    [
        "{ pet { ... on Cat { a: name } ... on Dog { a: name } } }",
        "{ pet { ... on Cat { a: friend { name } } ... on Dog { a: mother { name } } } }",
        "{ pet { ... on Cat { a: friend { x: name } } ... on Dog { a: mother { x: __typename } } } }",
        '{ pets(how: {by: "a", order: [1]}) { name } pets(how: {order: [1], by: "a"}) { __typename } }',
    ],
)
def test_what_never_meets_or_says_the_same_is_merged(text: str) -> None:
    assert validated(SCHEMA, parse(text)) == []


_ONE_SET = "{ pet { %s } }"
_FRAGMENTS_IN_EACH_OTHER = " ".join(
    f"fragment f{n} on Pet {{ friend {{ ...f{n + 1} }} a: owner {{ ...f{n + 1} }} b: friend {{ ...f{n + 1} }} }}"
    for n in range(30)
)


@pytest.mark.parametrize(
    "text",
    [
        _ONE_SET % ("friend { name } " * 400),
        _ONE_SET % ("... on Cat { a: name } ... on Dog { a: kind } " * 200),
        f"{{ pet {{ ...f0 }} }} {_FRAGMENTS_IN_EACH_OTHER} fragment f30 on Pet {{ name }}",
        "".join(f"query q{n} {{ pet {{ ...f0 }} }} " for n in range(50))
        + f"{_FRAGMENTS_IN_EACH_OTHER} fragment f30 on Pet {{ name }}",
    ],
)
def test_however_often_a_field_or_a_fragment_stands_there_it_takes_no_longer_than_to_parse_it(text: str) -> None:
    gc.disable()
    try:
        began = time.thread_time()
        document = parse(text)
        parsed = time.thread_time()
        conflicts(SCHEMA, document)
        looked = time.thread_time() - parsed
    finally:
        gc.enable()
    assert looked < 3 * (parsed - began), "to compare each two takes a hundred times as long"
