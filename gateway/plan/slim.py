"""A parsed document without what only its parser and validation need, in two fifths of the memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from graphql import DirectiveNode, DocumentNode, FieldNode, Location, NameNode, Node, ValueNode, VariableDefinitionNode

_LOCATED = (FieldNode, DirectiveNode, VariableDefinitionNode, ValueNode)
"""Nodes that an error of a run can point at."""
NAMES = frozenset({"name", "alias"})
"""Members of a node that are names."""


class Place(Location):
    """Where a node begins, without the tokens."""

    __slots__ = ("column", "line")

    def __init__(self, where: Location) -> None:
        # Not the tokens, which the class below wants: they know all others.
        self.start = self.end = where.start
        self.source = where.source
        self.line, self.column = where.start_token.line, where.start_token.column


def slim(document: DocumentNode) -> int:
    """Drop the tokens and most locations, and keep each name once.

    The document must have been handed to nobody who keeps it: its nodes count as never changing.

    Returns:
        How many nodes it has, names apart.
    """
    token = None if document.loc is None else document.loc.start_token
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following
    count = 0
    names: dict[str, NameNode] = {}
    for node in _nodes(document):
        count += 1
        where = node.loc if isinstance(node, _LOCATED) else None
        object.__setattr__(node, "loc", None if where is None else Place(where))
        kind: Any = type(node)
        for member in _named(kind):
            name = getattr(node, member)
            if name is not None:
                name = names.setdefault(name.value, name)
                object.__setattr__(node, member, name)
    for name in names.values():
        object.__setattr__(name, "loc", None)
    return count


def _nodes(document: DocumentNode) -> Iterator[Node]:
    """All but names; what is inside a node was looked up before it is given."""
    pending: list[Node] = [document]
    while pending:
        node = pending.pop()
        kind: Any = type(node)
        for member in _members(kind):
            held = getattr(node, member)
            if type(held) is tuple:
                pending.extend([each for each in held if isinstance(each, Node)])
            elif isinstance(held, Node):
                pending.append(held)
        yield node


@cache
def _members(kind: type[Any]) -> tuple[str, ...]:
    # By name, since a look at `vars` of a node would give it a dictionary that it does not have otherwise.
    return tuple(each.name for each in fields(kind) if each.name not in {"loc", *NAMES})


@cache
def _named(kind: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind) if each.name in NAMES)
