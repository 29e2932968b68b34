"""Whether the fields of one response name can be merged (GraphQL specification, "Field Selection Merging").

graphql-core compares each two of them, which for a document of 2,000 tokens takes a second. Here all that may be
merged is looked at together, level by level: of one shape are all where each is of the first one's, and those of one
name with equal arguments are one kind, of which only others are compared. So it takes no longer than the document is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

Apart = tuple[GraphQLObjectType | None, ...]
"""Types of objects that a field is of, and those around it, each where others of its level are of another; None: of any
type. Two fields never meet in one answer where both have a type at some place, and not the same one."""


class _Field(NamedTuple):
    node: FieldNode
    parent: Any
    """Composite type, or None: of what describes the schema."""
    type: Any
    """None: of what describes the schema."""
    apart: Apart
    """Of what is around it."""


class _Held(NamedTuple):
    """A selection set of one field."""

    selections: SelectionSetNode
    parent: Any
    apart: Apart


def conflicts(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """What cannot be merged, one error for each response name at each place.

    Args:
        document: valid but for that.
    """
    merging = _Merging(schema, document)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            merging.look([_Held(definition.selection_set, schema.get_root_type(definition.operation), ())])
    return merging.errors


class _Merging:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.errors: list[GraphQLError] = []
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._done: set[frozenset[tuple[int, int, Apart]]] = set()
        """Levels that were looked at: several fields may spread the same fragments."""

    def look(self, sets: Iterable[_Held]) -> None:
        """Look at one level, whose selection sets are merged, and all below it."""
        spread: set[tuple[str, Apart]] = set()
        level = [field for held in sets for field in self._fields(held, spread)]
        key = frozenset((id(field.node), id(field.parent), field.apart) for field in level)
        if key in self._done:
            return
        self._done.add(key)
        groups: dict[str, list[_Field]] = {}
        for field in level:
            name = field.node.alias or field.node.name
            groups.setdefault(name.value, []).append(field)
        for response_name, group in groups.items():
            aparts = _aparts(group)
            found = _conflict(group, aparts)
            if found is not None:
                why, nodes = found
                self.errors.append(
                    GraphQLError(
                        f"Fields '{response_name}' conflict because {why}. Use different aliases on the fields to fetch"
                        " both if this was intentional.",
                        nodes,
                    )
                )
                continue
            inner = [
                _Held(field.node.selection_set, get_named_type(field.type), apart)
                for field, apart in zip(group, aparts, strict=True)
                if field.node.selection_set is not None
            ]
            if inner:
                self.look(inner)

    def _fields(self, held: _Held, spread: set[tuple[str, Apart]]) -> Iterator[_Field]:
        parent, apart = held.parent, held.apart
        for selection in held.selections.selections:
            if isinstance(selection, FieldNode):
                has_fields = isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
                definition = parent.fields.get(selection.name.value) if has_fields else None
                yield _Field(selection, parent, None if definition is None else definition.type, apart)
                continue
            if isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if (name, apart) in spread:
                    continue
                spread.add((name, apart))
                fragment: FragmentDefinitionNode | InlineFragmentNode = self._fragments[name]
            else:
                assert isinstance(selection, InlineFragmentNode)
                fragment = selection
            condition = fragment.type_condition
            inner = parent if condition is None else self._schema.get_type(condition.name.value)
            yield from self._fields(_Held(fragment.selection_set, inner, apart), spread)


def _aparts(group: Sequence[_Field]) -> list[Apart]:
    """Of what is below each field, without the places at which all are the same."""
    whole = [(*field.apart, field.parent if isinstance(field.parent, GraphQLObjectType) else None) for field in group]
    telling = [place for place, types in enumerate(zip(*whole, strict=True)) if len(set(types)) > 1]
    return [tuple([apart[place] for place in telling]) for apart in whole]


def _conflict(group: Sequence[_Field], aparts: Sequence[Apart]) -> tuple[str, list[FieldNode]] | None:
    if len(group) == 1:
        return None
    kinds: dict[Apart, tuple[Any, FieldNode]] = {}
    for field, apart in zip(group, aparts, strict=True):
        kind = (field.node.name.value, _arguments(field.node))
        known, other = kinds.setdefault(apart, (kind, field.node))
        if known != kind:
            return _why(known, kind), [other, field.node]
    if len({kind for kind, _ in kinds.values()}) > 1:
        among = list(kinds.items())
        for number, (apart, (kind, node)) in enumerate(among):
            for other_apart, (other_kind, other) in among[:number]:
                if kind != other_kind and _meet(apart, other_apart):
                    return _why(other_kind, kind), [other, node]
    typed = list({id(field.type): field for field in group if field.type is not None}.values())
    for field in typed[1:]:
        first = typed[0]
        if not _same_shape(first.type, field.type):
            why = f"they return conflicting types '{first.type}' and '{field.type}'"
            return why, [first.node, field.node]
    return None


def _why(one: tuple[str, Any], other: tuple[str, Any]) -> str:
    if one[0] == other[0]:
        return "they have differing arguments"
    return f"'{one[0]}' and '{other[0]}' are different fields"


def _meet(one: Apart, other: Apart) -> bool:
    return all(a is b or a is None or b is None for a, b in zip(one, other, strict=True))


def _same_shape(one: Any, other: Any) -> bool:
    for wrapping in (GraphQLList, GraphQLNonNull):
        if isinstance(one, wrapping) or isinstance(other, wrapping):
            return isinstance(one, wrapping) and isinstance(other, wrapping) and _same_shape(one.of_type, other.of_type)
    return one is other or not (is_leaf_type(one) or is_leaf_type(other))


def _arguments(node: FieldNode) -> frozenset[tuple[str, Any]]:
    return frozenset((argument.name.value, _value(argument.value)) for argument in node.arguments or ())


def _value(node: ValueNode) -> Any:
    """Equal for values that say the same."""
    if isinstance(node, VariableNode):
        return "variable", node.name.value
    if isinstance(node, ListValueNode):
        return "list", tuple(map(_value, node.values))
    if isinstance(node, ObjectValueNode):
        return "object", frozenset((field.name.value, _value(field.value)) for field in node.fields)
    return node.kind, getattr(node, "value", None)
