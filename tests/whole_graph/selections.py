"""Selections that ask for everything below a field, written from the SDL."""

from __future__ import annotations

from functools import cache

from graphql import (
    GraphQLCompositeType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

from tests.schema.test_sdl import printed

_ARGUMENTS = {"Person.income": "(months: 12)"}
"""Wider than the default, where the default shows less."""


def schema() -> GraphQLSchema:
    """The public graph."""
    return printed()


@cache
def everything(type_name: str) -> str:
    """All fields of a type, with each type below it opened once, where it is nearest, and its leaves elsewhere.

    Opened once, a document grows with the graph and not with the ways through it.
    """
    opened: set[str] = set()
    tree: dict[tuple[str, ...], GraphQLCompositeType] = {(): _composite(type_name)}
    # Breadth first decides where each type is opened; the text is then written from what was decided.
    order: list[tuple[str, ...]] = [()]
    whole: set[tuple[str, ...]] = set()
    for path in order:
        for member in _members(tree[path]):
            here = (*path, member.name)
            if member.name in opened:
                continue
            opened.add(member.name)
            whole.add(here)
            for name, field in member.fields.items():
                named = get_named_type(field.type)
                if not is_leaf_type(named):
                    below = (*here, name)
                    tree[below] = named
                    order.append(below)
    return _written(tree, whole, ())


def _written(
    tree: dict[tuple[str, ...], GraphQLCompositeType], whole: set[tuple[str, ...]], path: tuple[str, ...]
) -> str:
    parts = ["__typename"]
    for member in _members(tree[path]):
        here = (*path, member.name)
        fields = []
        for name, field in member.fields.items():
            asked = f"{name}{_ARGUMENTS.get(f'{member.name}.{name}', '')}"
            if is_leaf_type(get_named_type(field.type)):
                fields.append(asked)
            elif here in whole:
                fields.append(f"{asked} {{ {_written(tree, whole, (*here, name))} }}")
        if not fields:
            continue
        parts.append(f"... on {member.name} {{ {' '.join(fields)} }}")
    return " ".join(parts)


def _members(kind: GraphQLCompositeType) -> list[GraphQLObjectType]:
    if isinstance(kind, GraphQLObjectType):
        return [kind]
    assert isinstance(kind, GraphQLInterfaceType | GraphQLUnionType)
    return list(schema().get_possible_types(kind))


def _composite(type_name: str) -> GraphQLCompositeType:
    kind = schema().type_map[type_name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
    return kind
