"""Every field coordinate below ``Claim.applicant``, walked from the committed SDL."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from graphql import GraphQLObjectType, GraphQLSchema, build_schema, get_named_type, is_leaf_type

from tests.oracle.table import Coordinate

_SDL = Path(__file__).resolve().parents[2] / "schema" / "schema.graphql"
_MONTHS = (None, "null", "1", "3", "4", "12", "13")
_REFERENCE = frozenset(
    ("Municipality", "ServiceOwner", "Mandate", "AccessEntryConnection", "ClaimConnection", "PageInfo")
)
"""What is not a register's own data is entered one field deep."""
_BEHIND_ANOTHER = frozenset(("givenName", "personCode"))
"""Of a person behind another person these are enough: no claim type's paths go there."""
_LEAVES_BEHIND_ANOTHER = 2
"""Of an object of another person: all below it is opened, or refused, as one."""


@cache
def coordinates(root: str) -> tuple[Coordinate, ...]:
    """All coordinates of ``Person`` or ``LegalEntity``, income with each count of months around its bounds."""
    found: list[Coordinate] = []
    for path in _walk(_schema(), root, (), people=0):
        if "income" not in path:
            found.append(Coordinate(path))
        elif path[-1] == "gross":
            found += [Coordinate(path, months) for months in _MONTHS]
        else:
            found += [Coordinate(path, months) for months in (None, "12")]
    return tuple(found)


def selected(of: Coordinate, months: str | None = None) -> str:
    """The coordinate as GraphQL, e.g. ``household { person { income(months: 4) { gross } } }``.

    Args:
        months: written instead of the coordinate's own, e.g. a variable.
    """
    argument = of.months if months is None else months
    steps = [name + (f"(months: {argument})" if name == "income" and argument else "") for name in of.path]
    text = steps[-1]
    for step in reversed(steps[:-1]):
        text = f"{step} {{ {text} }}"
    return text


@cache
def _schema() -> GraphQLSchema:
    return build_schema(_SDL.read_text(encoding="utf-8"), assume_valid=True)


def _walk(schema: GraphQLSchema, type_name: str, path: tuple[str, ...], people: int) -> list[tuple[str, ...]]:
    declared = schema.type_map[type_name]
    if not isinstance(declared, GraphQLObjectType):
        return [(*path, "__typename")]
    found: list[tuple[str, ...]] = []
    for name, field in declared.fields.items():
        named = get_named_type(field.type)
        if people == 2 and type_name == "Person" and name not in _BEHIND_ANOTHER:
            continue
        if is_leaf_type(named):
            found.append((*path, name))
        elif (type_name in _REFERENCE and named.name != "PageInfo") or (named.name == "Person" and people == 2):
            continue
        else:
            below = _walk(schema, named.name, (*path, name), people + (named.name == "Person"))
            one_for_all = (
                people == 1 and type_name == "Person" and named.name not in ("Person", "HouseholdMember", "TaxBook")
            )
            found += below[:_LEAVES_BEHIND_ANOTHER] if one_for_all else below
    return found
