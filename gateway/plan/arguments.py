"""Arguments of a field: what a plan knows of them is worked out once, and a request fills in its variables."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLNonNull, VariableNode, get_named_type
from graphql.execution.values import get_argument_values
from graphql.language.visitor import Visitor, visit

from gateway.plan.inputs import Coerce, Variables
from schema.ports import FieldError
from schema.terms import ErrorCode
from schema.wording import GIVE_IT_A_VALUE, UNUSABLE_ARGUMENT

if TYPE_CHECKING:
    from gateway.plan.compile import FieldPlan, Graph, Plan


@dataclass(frozen=True, slots=True)
class Prepared:
    """The arguments of one field of a plan.

    Attributes:
        fixed: values that no variable changes, by GraphQL name.
        variable: name in the graph, name of the variable, whether null is a value, and what stands where the variable
            was left out (None: nothing may), of each argument that a variable gives.
        simple: nothing else is to be known; else graphql-core works it out for every request.
    """

    fixed: dict[str, Any]
    variable: tuple[tuple[str, str, bool, dict[str, Any] | None], ...]
    simple: bool


def arguments_of(plan: FieldPlan, variables: Variables) -> dict[str, Any]:
    """Coerced argument values of a field by GraphQL name; defaults are filled in.

    Raises:
        FieldError: VARIABLES, where null was given for a variable that has a default, and the field may not have null.
    """
    prepared = plan.arguments or prepared_of(plan)
    if prepared.simple:
        values = prepared.fixed.copy()
        coerced = variables.coerced
        for name, variable, nullable, left_out in prepared.variable:
            value = coerced.get(variable)
            if value is not None or (nullable and variable in coerced):
                values[name] = value
            elif left_out is not None and variable not in coerced:
                values.update(left_out)
            else:
                break
        else:
            return values
    try:
        return get_argument_values(plan.definition, plan.nodes[0], variables.values, hide_suggestions=True)
    except GraphQLError:
        raise unusable(plan.coordinate) from None


def unusable(coordinate: str) -> FieldError:
    """An argument of a field cannot be read; which, and why, may be personal."""
    return FieldError(ErrorCode.VARIABLES, UNUSABLE_ARGUMENT.filled(coordinate=coordinate), remedy=GIVE_IT_A_VALUE)


def prepared_of(plan: FieldPlan) -> Prepared:
    """What is known of the arguments of a field before any request comes."""
    if plan.arguments is None:
        plan.arguments = _prepare(plan)
    return plan.arguments


def _prepare(plan: FieldPlan) -> Prepared:
    definitions = plan.definition.args
    given: dict[str, Any] = {each.name.value: each.value for each in plan.nodes[0].arguments or ()}
    by_variable = {name: value.name.value for name, value in given.items() if isinstance(value, VariableNode)}
    others = {name: each for name, each in definitions.items() if name not in by_variable}
    if any(_mentions_variable(value) for name, value in given.items() if name not in by_variable):
        return Prepared({}, (), simple=False)
    fixed = _without_variables(plan, others)
    if fixed is None:
        return Prepared({}, (), simple=False)
    variable = tuple(
        (
            definitions[name].out_name or name,
            variable,
            not isinstance(definitions[name].type, GraphQLNonNull),
            _without_variables(plan, {name: definitions[name]}),
        )
        for name, variable in by_variable.items()
    )
    return Prepared(fixed, variable, simple=True)


def _without_variables(plan: FieldPlan, definitions: dict[str, Any]) -> dict[str, Any] | None:
    """What graphql-core gives some arguments of a field where no variable has a value; None: it refuses."""
    some: Any = SimpleNamespace(args=definitions)
    try:
        return get_argument_values(some, plan.nodes[0], None, hide_suggestions=True)
    except GraphQLError:
        return None


class _Mentions(Visitor):
    found = False

    def enter_variable(self, *_: Any) -> None:
        self.found = True


def _mentions_variable(value: Any) -> bool:
    mentions = _Mentions()
    visit(value, mentions)
    return mentions.found


def converted(graph: Graph, plan: FieldPlan, values: dict[str, Any]) -> dict[str, Any]:
    """Coerced argument values, by GraphQL name, as the batch function takes them."""
    taken = plan.taken
    if taken is None:
        taken = plan.taken = tuple(
            (graph.converters.name_of(each), str(each.python_name), graph.converters.of(each.type))
            for each in plan.declared
        )
    if not taken:
        return values
    return {
        name: values[key] if convert is None else convert(values[key]) for key, name, convert in taken if key in values
    }


Taken = tuple[tuple[str, str, Coerce | None], ...]
"""Of each argument its name in the graph, its name as a parameter, and what makes the parameter's value of it."""


def asked_values(plan: Plan, variables: Variables) -> tuple[Any, ...]:
    """Values of the numbers that variables give to arguments: of all variables, these alone can bear on a decision."""
    if plan.bounded is None:
        plan.bounded = tuple(each for each in plan.root.walk() if _has_number_by_variable(each))
    if not plan.bounded:
        return ()
    return tuple(
        [
            value if isinstance(value, int) else None
            for each in plan.bounded
            for value in arguments_of(each, variables).values()
        ]
    )


def _has_number_by_variable(plan: FieldPlan) -> bool:
    return any(
        isinstance(argument.value, VariableNode)
        and get_named_type(plan.definition.args[argument.name.value].type).name == "Int"
        for argument in plan.nodes[0].arguments or ()
    )
