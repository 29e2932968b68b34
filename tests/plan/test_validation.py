"""One walk for all rules tells what graphql-core's walk tells, in the same order."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, Lexer, Source, TokenKind, build_schema, parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.plan.document import Documents, RequestRefused
from gateway.plan.validation import MOST_ERRORS, RULES, by_rules
from gateway.settings import LimitsSettings
from schema.text import latvian_of

SCHEMA = build_schema(
    """
    directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD
    directive @seen(by: [String!]!, at: Int) on QUERY | FIELD | VARIABLE_DEFINITION | FRAGMENT_DEFINITION
    directive @many(of: Int) repeatable on FIELD
    type Query { pet(named: String!, how: How): Pet! pets(of: Int = 3, kinds: [Kind!]): [Pet!] any: Any name: String }
    type Subscription { fed(who: ID): Pet, slept: Pet }
    input How { by: String!, order: [Int] = [1], inner: How, kind: Kind }
    input One @oneOf { a: Int, b: String }
    enum Kind { CAT DOG }
    interface Pet { name: String friend(at: Int, one: One): Pet }
    type Cat implements Pet { name: String friend(at: Int, one: One): Pet lives: Int! }
    type Dog implements Pet { name: String friend(at: Int, one: One): Pet barks: Boolean }
    type Stone { weight: Float }
    union Any = Cat | Dog | Stone
    """
)

_OF_EACH_RULE = """
query A { name } type Extra { a: Int }
subscription { fed { name } slept { name } }
query A { name } query A { name }
{ name } query B { name }
query C($a: Pet) { pet(named: $a) { name } }
query C($a: Unknown) { any { ... on Nobody { name } } }
{ any { ... on Kind { name } } ...f } fragment f on String { name }
{ pet(named: "x") name { first } pets }
{ nothing pet(named: "x") { lives } any { name } }
{ ...f ...f } fragment f on Query { name } fragment f on Query { name }
{ ...missing } fragment unused on Query { name }
{ any { ... on Cat { ... on Dog { name } } ...s } } fragment s on Stone { ... on Pet { name } }
{ ...f } fragment f on Query { ...g } fragment g on Query { ...h } fragment h on Query { ...f }
query D($a: String!, $a: Int) { pet(named: $a) { name } }
query D($unused: Int) { pet(named: $b) { name } ...f } fragment f on Query { pets(of: $c) { name } }
query E @skip(if: true) { name @unknown @skip(if: true) @skip(if: false) @many @many @seen(by: "a", by: "b", of: 1) }
query F { ... @defer(label: "a") { name } pets @stream(label: "a") { name } name @stream }
query F($l: String) { ... @defer(label: $l) { name } pet(named: "x") { name @stream(label: $l) } }
subscription G { ... @defer { fed { name } } }
mutation G { ... @defer { feed(who: 1) { name } } }
{ pet(named: "x", named: "y", unknown: 1) { name(at: 1) friend(at: 1, at: 2) { name } } }
{ pet(named: 3, how: {by: null, order: ["a"], other: 1, by: "b"}) { friend(one: {a: 1, b: "x"}) { name } } }
{ pets(of: "x", kinds: [CAT, COW, 1, null]) { friend(one: {}) { name } } }
{ pet { friend(at: 1.5) { name } } name @seen @many(of: FISH) }
query H($n: Int, $s: String = 3, $k: [Kind], $o: One) { pet(named: $n, how: {by: $s}) { friend(one: {a: $n}) { name } } pets(kinds: $k) { name } }
{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }
"""
_DOCUMENTS = tuple(each for each in _OF_EACH_RULE.strip().splitlines())
_FURTHER = (
    "name",
    "pet",
    "lives",
    "Cat",
    "Kind",
    "CAT",
    "$ a",
    "@ skip",
    "@ seen ( at : 1 )",
    "f",
    "1",
    '"x"',
    "null",
    "[ 1 ]",
    "... f",
    "x : name",
)

_FIXED = frozenset({*"{}()[]:=$@!", "...", "on", "query", "fragment", "subscription", "mutation", "type"})
"""Without these in their places there is seldom a document."""


def told(errors: list[GraphQLError]) -> list[tuple[str, Any]]:
    return [(each.message, each.locations) for each in errors]


def as_told_by_graphql_core(document: DocumentNode) -> list[tuple[str, Any]]:
    return told(validate(SCHEMA, document, RULES, max_errors=MOST_ERRORS, hide_suggestions=True))


def _words(text: str) -> list[str]:
    """A document's tokens as they are written."""
    lexer = Lexer(Source(text))
    found = []
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        found.append(text[token.start : token.end])
    return found


@st.composite
def odd_documents(draw: st.DrawFn) -> str:
    """One or two of the documents above, with some names and values lost, doubled, swapped or put in."""
    words = _words(" ".join(draw(st.lists(st.sampled_from(_DOCUMENTS), min_size=1, max_size=2))))
    for _ in range(draw(st.integers(0, 5))):
        soft = [place for place, word in enumerate(words) if word not in _FIXED]
        if not soft:
            break
        place, other = draw(st.sampled_from(soft)), draw(st.sampled_from(soft))
        match draw(st.integers(0, 4)):
            case 0:
                del words[place]
            case 1:
                words.insert(other, words[place])
            case 2:
                words[place], words[other] = words[other], words[place]
            case _:
                words[place] = draw(st.sampled_from(_FURTHER))
    return " ".join(words)


@pytest.mark.parametrize("text", _DOCUMENTS)
def test_the_same_is_told_of_what_each_rule_refuses(text: str) -> None:
    document = parse(text)
    expected = as_told_by_graphql_core(document)
    assert expected
    assert told(by_rules(SCHEMA, document)) == expected


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_refuses_one_of_the_documents(rule: Any) -> None:
    assert any(validate(SCHEMA, parse(text), [rule]) for text in _DOCUMENTS)


@settings(max_examples=400, deadline=None)
@given(odd_documents())
def test_the_same_is_told_of_any_document(text: str) -> None:
    try:
        document = parse(text)
    except GraphQLError:
        return
    assert told(by_rules(SCHEMA, document)) == as_told_by_graphql_core(document), text


def test_what_is_wrong_all_over_is_given_up_alike() -> None:
    document = parse(f"{{ {' '.join(f'nothing{number}' for number in range(MOST_ERRORS + 5))} }}")
    expected = as_told_by_graphql_core(document)
    assert len(expected) == MOST_ERRORS + 1
    assert told(by_rules(SCHEMA, document)) == expected


def test_no_rule_asks_about_a_name_by_itself() -> None:
    """Names are left out of the walk."""
    for rule in RULES:
        assert not {"enter_name", "leave_name", "leave"} & {*dir(rule)}, rule


def test_deep_nesting_through_fragments_is_read() -> None:
    levels = 150
    below = "... { " * levels + "%s" + " }" * levels
    text = f"{{ ...f }} fragment f on Query {{ {below % '...g'} }} fragment g on Query {{ {below % 'name'} }}"
    assert by_rules(SCHEMA, parse(text)) == []


@pytest.mark.parametrize(
    ("text", "message", "latvian"),
    [
        ("{ pet(named: $b) { name } }", "Variable '$b' is not defined.", "Mainīgais '$b' nav definēts."),
        (
            "query ($n: Int) { pet(named: $n) { name } }",
            "Variable '$n' of type 'Int' used in position expecting type 'String!'.",
            "Mainīgais '$n' ir ar tipu 'Int', bet šajā vietā vajag tipu 'String!'.",
        ),
        (
            '{ pet(named: "x", how: {by: "Anna", age: 29123456}) { name } }',
            "Expected value of type 'How' not to include unknown field 'age'.",
            "Tipam 'How' nav lauka 'age'.",
        ),
        (
            '{ pet(named: "x", how: {order: [29123456]}) { name } }',
            "Expected value of type 'How' to include required field 'by'.",
            "Tipa 'How' vērtībā trūkst obligātā lauka 'by'.",
        ),
    ],
)
def test_names_are_told_and_what_was_typed_as_a_value_is_not(text: str, message: str, latvian: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        Documents(SCHEMA, LimitsSettings()).get(text)
    assert [(each.message, latvian_of(each.message)) for each in refused.value.errors] == [(message, latvian)]
