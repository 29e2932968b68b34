"""graphql-core's rules of validation, asked in one walk in which each is called only where it has something to say.

graphql-core's own walk asks thirty rules about each node, looks their methods up anew for each document, and leaves
circles behind that only a garbage collector ends: two thirds of what a new document costs. What is told, and in which
order, is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from graphql import (
    BREAK,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    TypeInfo,
    ValidationContext,
    specified_rules,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from graphql.pyutils import RefMap
from graphql.validation.validate import ValidationAbortedError
from graphql.validation.validation_context import VariableUsage, VariableUsageVisitor

from gateway.plan.merging import conflicts
from gateway.plan.slim import NAMES

MOST_ERRORS = 20
RULES = tuple(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule)
"""All but the one that takes the square of a document's length."""
_Methods = tuple[tuple[int, str], ...]
_Called = list[tuple[int, Callable[..., Any]]]


def validated(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """What is wrong with a document; its messages suggest no names. What cannot be merged is told where nothing else
    is wrong."""
    return by_rules(schema, document) or conflicts(schema, document)[:MOST_ERRORS]


def by_rules(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """What :data:`RULES` say of a document, at most :data:`MOST_ERRORS`, and that it was given up where that is so."""
    errors: list[GraphQLError] = []

    def told(error: GraphQLError) -> None:
        if len(errors) >= MOST_ERRORS:
            raise ValidationAbortedError("Too many validation errors, error limit reached. Validation aborted.")
        errors.append(error)

    types = TypeInfo(schema)
    context = _Context(schema, document, types, told, hide_suggestions=True)
    try:
        _Walk([rule(context) for rule in RULES], types).over(document)
    except ValidationAbortedError as error:
        # Where it was given up holds the document: the error goes on without.
        error.__context__ = None
        errors.append(error.with_traceback(None))
    except RecursionError:
        errors.append(ValidationAbortedError("Validation aborted."))
    return errors


class _Context(ValidationContext):
    """Remembers by node what graphql-core remembers by all that is in a node."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for memory in ("_fragment_spreads", "_variable_usages", "_recursive_variable_usages"):
            setattr(self, memory, RefMap())

    def get_variable_usages(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> list[VariableUsage]:
        found = self._variable_usages.get(node)
        if found is None:
            found = self._variable_usages[node] = self._used_in(node)
        return found

    def _used_in(self, node: Node) -> list[VariableUsage]:
        if node.loc is not None and "$" not in node.loc.source.body:
            return []
        fragment = node if isinstance(node, FragmentDefinitionNode) else None
        visitor = VariableUsageVisitor(self._type_info, fragment)
        _Walk([visitor], self._type_info).over(node)
        return visitor.usages


class _Walk:
    """One walk over a document, for several rules.

    Args:
        rules: what a rule says of a node it enters or leaves: nothing, or that it is not to be asked below it.
        types: told of each node first.
    """

    __slots__ = ("_ancestors", "_at", "_kind", "_resting", "_rules", "_types")

    def __init__(self, rules: Sequence[Any], types: TypeInfo) -> None:
        self._rules = rules
        self._types = types
        self._kind = tuple(type(rule) for rule in rules)
        self._at: dict[str, tuple[Any, _Called, _Called, Any, tuple[str, ...]]] = {}
        self._resting: set[int] = set()
        """Rules that are not asked for now."""
        self._ancestors: list[Any] = []

    def over(self, node: Node) -> None:
        """Ask about a node, and all below it. Raises: what a rule raises; RecursionError."""
        self._ask(node, None, None)

    def _ask(self, node: Node, key: int | str | None, parent: Any) -> None:
        known = self._at.get(node.kind)
        if known is None:
            known = self._at[node.kind] = self._asked_at(node.kind)
        types_enter, enter, leave, types_leave, members = known
        resting, ancestors = self._resting, self._ancestors
        below: list[int] | None = None
        if types_enter is not None:
            types_enter(node)
        for rule, method in enter:
            if rule not in resting and (said := method(node, key, parent, (), ancestors)) is not None:
                resting.add(rule)
                if said is not BREAK and said is not True:
                    below = [*(below or ()), rule]
        if parent is not None:
            ancestors.append(parent)
        for member in members:
            held = getattr(node, member, None)
            if type(held) is tuple:
                ancestors.append(node)
                for place, each in enumerate(held):
                    self._ask(each, place, held)
                ancestors.pop()
            elif held is not None:
                self._ask(held, member, node)
        if parent is not None:
            ancestors.pop()
        for rule, method in leave:
            if rule not in resting:
                said = method(node, key, parent, (), ancestors)
                if said is BREAK or said is True:
                    resting.add(rule)
        if below is not None:
            resting.difference_update(below)
        if types_leave is not None:
            types_leave()

    def _asked_at(self, kind: str) -> tuple[Any, _Called, _Called, Any, tuple[str, ...]]:
        enter, leave = _methods(self._kind, kind)
        return (
            getattr(self._types, f"enter_{kind}", None),
            [(rule, getattr(self._rules[rule], name)) for rule, name in enter],
            [(rule, getattr(self._rules[rule], name)) for rule, name in leave],
            getattr(self._types, f"leave_{kind}", None),
            _members(kind),
        )


@cache
def _methods(rules: tuple[type[Any], ...], kind: str) -> tuple[_Methods, _Methods]:
    """Which of the rules have a method for entering, and for leaving, a node of a kind, and its name."""

    def at(moment: str) -> _Methods:
        names = f"{moment}_{kind}", moment
        return tuple(
            (place, name)
            for place, rule in enumerate(rules)
            if (name := next((each for each in names if hasattr(rule, each)), None)) is not None
        )

    return at("enter"), at("leave")


@cache
def _members(kind: str) -> tuple[str, ...]:
    """Members of a node of a kind that are asked about; no rule asks about a name by itself."""
    return tuple(each for each in QUERY_DOCUMENT_KEYS.get(kind, ()) if each not in {"description", *NAMES})
