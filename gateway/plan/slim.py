"""A parsed document without what only its parser and validation need, in three fifths of the memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from graphql import DirectiveNode, DocumentNode, FieldNode, NameNode, Node, ValueNode, VariableDefinitionNode

_LOCATED = (FieldNode, DirectiveNode, VariableDefinitionNode, ValueNode)
"""Nodes that an error of a run can point at."""


def slim(document: DocumentNode) -> int:
    """Drop the chain of tokens and most locations, and keep each name once.

    The document must have been handed to nobody who keeps it: its nodes count as never changing.

    Returns:
        How many nodes it has.
    """
    token = None if document.loc is None else document.loc.start_token
    while token is not None:
        following = token.next
        token.prev = token.next = token.value = None
        token = following
    count = 0
    names: dict[str, str] = {}
    for node in _nodes(document):
        count += 1
        if isinstance(node, _LOCATED):
            if node.loc is not None:
                node.loc.end_token = node.loc.start_token
        else:
            object.__setattr__(node, "loc", None)
        if isinstance(node, NameNode):
            object.__setattr__(node, "value", names.setdefault(node.value, node.value))
    return count


def take_apart(document: DocumentNode) -> None:
    """Let no node of a refused document know another.

    Validation that is given up half-way remembers where it was, in circles that only a collection ends.
    """
    for node in _nodes(document):
        kind: Any = type(node)
        for name in _members(kind):
            object.__setattr__(node, name, None)


def _nodes(document: DocumentNode) -> Iterator[Node]:
    """All of them; what is inside a node was looked up before it is given."""
    pending: list[Node] = [document]
    while pending:
        node = pending.pop()
        kind: Any = type(node)
        for name in _members(kind):
            value = getattr(node, name)
            if isinstance(value, Node):
                pending.append(value)
            elif type(value) is tuple:
                pending.extend([each for each in value if isinstance(each, Node)])
        yield node


@cache
def _members(kind: type[Any]) -> tuple[str, ...]:
    # By name, since a look at `vars` of a node would give it a dictionary that it does not have otherwise.
    return tuple(each.name for each in fields(kind) if each.name != "loc")
