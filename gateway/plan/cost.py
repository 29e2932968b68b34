"""What an operation may come to at most, in fields answered: checked before it runs, once for the same page sizes."""

from __future__ import annotations

from gateway.plan.arguments import arguments_of, prepared_of
from gateway.plan.compile import FieldPlan, ObjectPlan, Plan
from gateway.plan.document import RequestError, RequestRefused
from gateway.plan.inputs import Variables
from schema.ports import FieldError
from schema.terms import ErrorCode
from schema.text import Text

A_LIST = 10
"""Assumed length of a list that has no page size: a household, incomes, benefits."""
REMEMBERED = 64
_GIVEN = "representations"
"""Argument of federation's ``_entities``: what is asked for, one by one."""


def check_cost(plan: Plan, variables: Variables, most: int) -> None:
    """Refuse an operation that could come to too much.

    A field counts once for each object that it can be asked of: a page counts as long as its ``first``, entities as
    many as are given, any other list as :data:`A_LIST`.

    Args:
        most: fields that are allowed.

    Raises:
        RequestRefused: LIMIT_COST.
    """
    pages = plan.pages
    if pages is None:
        pages = plan.pages = tuple(each for each in plan.root.walk() if _is_sized(each) and _varies(each))
    sizes = tuple([_page_size(each, variables) for each in pages]) if pages else ()
    cost = plan.costs.get(sizes)
    if cost is None:
        if len(plan.costs) >= REMEMBERED:
            plan.costs.clear()
        cost = plan.costs[sizes] = _cost(plan.root, 1, variables)
    if cost > most:
        raise RequestRefused(
            RequestError(
                ErrorCode.LIMIT_COST,
                Text(
                    "The operation could come to {found} fields; at most {most} are allowed.",
                    "Darbība varētu aptvert {found} laukus; atļauts ne vairāk kā {most}.",
                ).filled(found=cost, most=most),
                remedy=Text(
                    "Ask for smaller pages, or for less of each object.",
                    "Prasiet mazākas lappuses vai mazāk no katra objekta.",
                ),
            )
        )


def _is_sized(plan: FieldPlan) -> bool:
    """Whether its arguments say how many there are."""
    return not plan.definition.args.keys().isdisjoint(("first", _GIVEN))


def _varies(plan: FieldPlan) -> bool:
    """Whether its arguments may be others in the next request."""
    prepared = prepared_of(plan)
    return not prepared.simple or bool(prepared.variable)


def _page_size(plan: FieldPlan, variables: Variables) -> int:
    try:
        arguments = arguments_of(plan, variables)
    except (FieldError, RequestRefused):
        return 0
    if _GIVEN in arguments:
        return len(arguments[_GIVEN])
    first = arguments.get("first")
    if first is None:
        default = plan.definition.args["first"].default_value
        first = default if isinstance(default, int) else A_LIST
    return max(first, 0)


def _cost(below: ObjectPlan, objects: int, variables: Variables) -> int:
    total = 0
    for each in below.fields:
        total += objects
        inside = objects
        if _is_sized(each):
            inside *= max(_page_size(each, variables), 1)
        elif each.is_list and not below.type_name.endswith("Connection"):
            inside *= A_LIST
        # An object is of one type: of several possible ones the dearest counts.
        total += max((_cost(inner, inside, variables) for inner in each.objects.values()), default=0)
    return total
