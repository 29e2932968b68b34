"""Prepared coercion says what graphql-core and strawberry say, or says nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLInputType, OperationDefinitionNode, is_input_type, parse
from graphql.execution.values import get_argument_values, get_variable_values
from graphql.pyutils import Undefined
from graphql.utilities import coerce_input_value
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strawberry.types.arguments import convert_argument

from gateway.plan.arguments import arguments_of
from gateway.plan.compile import Graph, plan_of
from gateway.plan.document import Documents, RequestError, RequestRefused
from gateway.plan.inputs import Unusual, VariableReader, coercer
from gateway.settings import LimitsSettings
from schema.graph import build
from schema.ports import FieldError
from schema.terms import ErrorCode
from tests.plan import toy

REAL = Graph(build())
LEAVES = (
    *(None, True, False, 0, 1, -1, 2**31, 2**31 - 1, 1.0, 1.5, "", "text", "RED", "r", "1.50", "0054000"),
    *("2026-11-23", "2026-11-23T09:00:00Z", "housing-benefit", "IN_REVIEW", "39100000011"),
)
NAMES = (
    *("tag", "least", "inner", "words", "rows", "any", "number", "word"),
    *("types", "statuses", "municipality", "submittedFrom", "submittedTo", "method", "reference", "other"),
)
VALUES = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


def _arguments(graph: Graph) -> list[tuple[GraphQLInputType, Any]]:
    """Every type of an argument, as GraphQL and as strawberry have it."""
    found: dict[str, tuple[GraphQLInputType, Any]] = {}
    for type_ in graph.schema.type_map.values():
        for field in getattr(type_, "fields", {}).values():
            declared = graph.field_of(field)
            for argument in () if declared is None else declared.arguments:
                definition = field.args[graph.converters.name_of(argument)]
                assert is_input_type(definition.type)
                found[str(definition.type)] = (definition.type, argument.type)
    return list(found.values())


CASES = [(graph, *each) for graph in (REAL, toy.GRAPH) for each in _arguments(graph)]


@settings(max_examples=1500, deadline=None)
@given(case=st.sampled_from(CASES), value=VALUES)
def test_a_value_is_coerced_and_converted_as_by_graphql_core_and_strawberry(
    case: tuple[Graph, GraphQLInputType, Any], value: Any
) -> None:
    graph, type_, declared = case
    try:
        coerced = coercer(type_)(value)
    except Unusual:
        return
    assert coerced == coerce_input_value(value, type_)
    assert coerced is not Undefined
    convert = graph.converters.of(declared)
    converter = graph.declared.schema_converter
    theirs = convert_argument(coerced, declared, converter.scalar_registry, converter.config)
    assert (coerced if convert is None else convert(coerced)) == theirs


def test_most_values_that_can_be_coerced_are_coerced_without_graphql_core() -> None:
    for graph, name, usual in (
        (REAL, "ClaimFilter", {"types": ["housing-benefit"], "statuses": ["IN_REVIEW"], "municipality": "0054000"}),
        (toy.GRAPH, "Filter", {"tag": "RED", "least": 2, "inner": {"rows": [[1, None], None]}}),
    ):
        type_: Any = graph.schema.type_map[name]
        assert coercer(type_)(usual) == coerce_input_value(usual, type_)


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"first": "two"}, ErrorCode.VARIABLES),
        ({"first": 2**31}, ErrorCode.VARIABLES),
        ({"first": 2, "filter": {"nothing": 1}}, ErrorCode.VARIABLES),
        ({"first": 2, "filter": {"types": ["No Such Form"]}}, ErrorCode.VARIABLES),
        ({}, ErrorCode.VARIABLES),
    ],
)
def test_what_cannot_be_coerced_is_refused_and_the_variable_is_named(variables: Any, code: ErrorCode) -> None:
    document = Documents(REAL.schema, LimitsSettings()).get(
        "query ($first: Int!, $filter: ClaimFilter) { claims(first: $first, filter: $filter) { totalCount } }"
    )
    with pytest.raises(RequestRefused) as refused:
        REAL.variables(document, document.operation(None), variables)
    (error,) = refused.value.errors
    assert error.code is code
    assert "$first" in error.message or "$filter" in error.message
    assert "No Such Form" not in error.message


def test_one_value_stands_for_a_list_of_one_and_a_missing_variable_for_its_default() -> None:
    document = Documents(toy.GRAPH.schema, LimitsSettings()).get(
        "query ($tags: [Tag], $n: Int = 7) { human { echo(tags: $tags, number: $n) } }"
    )
    variables = toy.GRAPH.variables(document, document.operation(None), {"tags": "RED"})
    assert variables.coerced == {"tags": [toy.Tag.RED], "n": 7}


PLAIN = "query ($id: ID!, $name: String, $flag: Boolean!, $least: Int, $filter: ClaimFilter) { __typename }"
SIMPLE = st.none() | st.booleans() | st.text(max_size=3) | st.integers() | st.floats(allow_nan=False) | st.just([])


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(("id", "name", "flag", "least", "filter", "further")), SIMPLE))
@example({"id": "x", "name": None, "flag": True, "least": 3, "filter": {"types": ["housing-benefit"]}})
def test_variables_are_coerced_as_graphql_core_does_and_refused_where_it_refuses(sent: dict[str, Any]) -> None:
    [operation] = parse(PLAIN).definitions
    assert isinstance(operation, OperationDefinitionNode)
    theirs = get_variable_values(REAL.schema, operation.variable_definitions or (), sent)
    if isinstance(theirs, list):
        with pytest.raises(RequestRefused):
            VariableReader(REAL.schema, operation).read(sent)
    else:
        ours = VariableReader(REAL.schema, operation).read(sent)
        assert ours.coerced == ours.values.coerced == theirs.coerced
        sources, expected = ours.values.sources, theirs.sources
        # A signature knows its type, and of one that may not be null there is another each time.
        assert {name: (each.value, str(each.signature)) for name, each in sources.items()} == {
            name: (each.value, str(each.signature)) for name, each in expected.items()
        }


LEFT_OUT = """query ($tags: [Tag], $tag: Tag, $number: Int, $never: Int = 3, $text: String) { human {
  a: echo(tags: $tags, number: $number, text: $text) b: echo(number: $never, tags: [$tag]) c: echo
  d: circle(first: $number) { number } e: circle(first: $never) { number } } }"""


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(("tags", "tag", "number", "never", "text")), st.none()))
def test_arguments_are_those_of_graphql_core_whichever_variables_are_left_out_or_null(sent: dict[str, Any]) -> None:
    document = Documents(toy.GRAPH.schema, LimitsSettings()).get(LEFT_OUT)
    operation = document.operation(None)
    variables = toy.GRAPH.variables(document, operation, sent)
    for each in plan_of(toy.GRAPH, document, operation, variables).root.walk():
        try:
            theirs = get_argument_values(each.definition, each.nodes[0], variables.values)
        except GraphQLError:
            with pytest.raises(FieldError):
                arguments_of(each, variables)
        else:
            assert arguments_of(each, variables) == theirs


OPERATION = """query ($filter: ClaimFilter, $person: ApplicantInput, $many: [DelegationContractInput!], $on: Date!) {
  __typename }"""
PLACES = {
    *("types", "statuses", "municipality", "submittedFrom", "submittedTo", "personCode", "registrationNumber"),
    *("number", "kind", "validFrom", "validTo", "requestsPerDay"),
}
CANARY = "39100000011"
NAMED = st.dictionaries(st.sampled_from((*sorted(PLACES), CANARY)), VALUES | st.just(CANARY), max_size=3)


@settings(max_examples=300, deadline=None)
@given(values=st.fixed_dictionaries({}, optional=dict.fromkeys(("filter", "person", "many", "on"), NAMED | VALUES)))
def test_a_wrong_variable_is_told_by_names_of_the_schema_and_never_by_what_was_sent(values: dict[str, Any]) -> None:
    [operation] = parse(OPERATION).definitions
    assert isinstance(operation, OperationDefinitionNode)
    try:
        VariableReader(REAL.schema, operation).read(values)
        errors: Sequence[RequestError] = ()
    except RequestRefused as refused:
        errors = refused.errors
    assert len(errors) <= 11
    for error in errors:
        said = re.fullmatch(
            r"(?:A variable|The variable \$(\w+)) is not a value of the type that the document gives it"
            r"(?:\.|: look at `([\w.]+)`\.)",
            str(error.message),
        )
        assert said is not None
        assert said[1] in (None, "filter", "person", "many", "on")
        assert {part for part in (said[2] or "").split(".") if part and not part.isdecimal()} <= PLACES


@pytest.mark.parametrize(
    ("input_", "place"),
    [
        ({"holder": {}}, "holder"),
        ({"holder": {"personCode": None}}, "holder.personCode"),
        ({"holder": {"personCode": CANARY, "thirdParty": "x"}}, "holder"),
        ([{"holder": {"thirdParty": "x"}}, {"holder": {}}], "1.holder"),
    ],
)
def test_whoever_gives_none_or_two_of_a_one_of_is_told_where_and_what_to_do(input_: Any, place: str) -> None:
    [operation] = parse("query ($on: Date, $many: [GrantMandateInput!]) { __typename }").definitions
    assert isinstance(operation, OperationDefinitionNode)
    whole = {"claimTypes": [], "actions": [], "validTo": "2027-01-01"}
    many = [whole | each for each in input_] if isinstance(input_, list) else whole | input_
    with pytest.raises(RequestRefused) as refused:
        VariableReader(REAL.schema, operation).read({"on": None, "many": many})
    [error] = refused.value.errors
    assert str(error.message).endswith(
        f"$many is not a value of the type that the document gives it: look at `{place}`."
    )
    assert error.locations == ((1, 19),)
    assert error.remedy == "Give exactly one of the type's fields, with a value."


def test_each_wrong_part_of_a_variable_is_told_and_a_list_of_them_to_the_tenth() -> None:
    [operation] = parse(OPERATION).definitions
    assert isinstance(operation, OperationDefinitionNode)
    reader = VariableReader(REAL.schema, operation)
    wrong = {"types": ["housing-benefit", "No Such"], "municipality": "54000", CANARY: 1}
    with pytest.raises(RequestRefused) as refused:
        reader.read({"filter": wrong, "on": "2020-02-30"})
    told = [str(error.message).rpartition(" look at ")[2] for error in refused.value.errors]
    assert told[:2] == ["`types.1`.", "`municipality`."]
    assert told[2:] == [
        "The variable $filter is not a value of the type that the document gives it.",
        "The variable $on is not a value of the type that the document gives it.",
    ]
    with pytest.raises(RequestRefused) as many:
        reader.read({"many": [{"number": 1}] * 1000, "on": "2020-02-29"})
    assert len(many.value.errors) == 11
    assert all(error.remedy for error in many.value.errors)
