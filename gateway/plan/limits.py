"""Limits of an operation, checked once per document, each with its own error code.

Every count is linear in the size of the document: a fragment is measured once, however often it is spread, and what its
spreads expand to is arithmetic over those measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gateway.settings import LimitsSettings
from schema.ports import FieldError
from schema.terms import ErrorCode
from schema.text import Text

ALIAS_CHARACTERS = 100
"""Of one alias, at most: it is written again for each object of an answer."""


@dataclass(slots=True)
class _Measure:
    """What one selection set comes to, fragments expanded."""

    depth: int = 0
    aliases: int = 0
    longest_alias: int = 0
    directives: int = 0
    selections: int = 0
    root_fields: int = 0


class _Gauge:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._measured: dict[str, _Measure] = {}
        self._open: set[str] = set()

    def of(self, selection_set: SelectionSetNode) -> _Measure:
        total = _Measure()
        for selection in selection_set.selections:
            total.directives += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                inner = self.of(selection.selection_set) if selection.selection_set else _Measure()
                total.depth = max(total.depth, 1 + inner.depth)
                total.aliases += inner.aliases + (selection.alias is not None)
                alias = 0 if selection.alias is None else len(selection.alias.value)
                total.longest_alias = max(total.longest_alias, inner.longest_alias, alias)
                total.selections += 1 + inner.selections
                total.root_fields += 1
                total.directives += inner.directives
                continue
            if isinstance(selection, InlineFragmentNode):
                inner = self.of(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                inner = self._of_fragment(selection.name.value)
            else:
                continue
            total.depth = max(total.depth, inner.depth)
            total.aliases += inner.aliases
            total.longest_alias = max(total.longest_alias, inner.longest_alias)
            total.selections += inner.selections
            total.root_fields += inner.root_fields
            total.directives += inner.directives
        return total

    def _of_fragment(self, name: str) -> _Measure:
        if name in self._measured:
            return self._measured[name]
        # Unknown and cyclic fragments are for validation to name; here they weigh nothing.
        if name in self._open or name not in self._fragments:
            return _Measure()
        self._open.add(name)
        measure = self.of(self._fragments[name].selection_set)
        self._open.discard(name)
        self._measured[name] = measure
        return measure


def check(document: DocumentNode, limits: LimitsSettings) -> int:
    """Check every operation of a parsed document.

    Returns:
        Fields of the largest of them, fragments expanded.

    Raises:
        FieldError: LIMIT_* for the first limit that an operation is over.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    gauge = _Gauge(fragments)
    largest = 0
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        measure = gauge.of(definition.selection_set)
        directives = measure.directives + len(definition.directives or ())
        for code, what, found, most, remedy in (
            (ErrorCode.LIMIT_DEPTH, _DEPTH, measure.depth, limits.depth, _LESS),
            (ErrorCode.LIMIT_ALIASES, _ALIASES, measure.aliases, limits.aliases, _LESS),
            (ErrorCode.LIMIT_ALIASES, _LONGEST_ALIAS, measure.longest_alias, ALIAS_CHARACTERS, _SHORTER),
            (ErrorCode.LIMIT_ROOT_FIELDS, _ROOT_FIELDS, measure.root_fields, limits.root_fields, _LESS),
            (ErrorCode.LIMIT_DIRECTIVES, _DIRECTIVES, directives, limits.directives, _LESS),
            (ErrorCode.LIMIT_SELECTIONS, _SELECTIONS, measure.selections, limits.selections, _LESS),
        ):
            if found > most:
                raise FieldError(
                    code,
                    _OVER.filled(what=what, found=_words(found), most=most),
                    remedy=remedy,
                )
        largest = max(largest, measure.selections)
    return largest


_OVER = Text(
    "The operation has {found} {what}; at most {most} are allowed.",
    "Darbībā {what} skaits ir {found}; atļauts ne vairāk kā {most}.",
)
_LESS = Text(
    "Ask for less at a time, or in several requests.", "Prasiet mazāk vienā reizē vai sadaliet vairākos pieprasījumos."
)
_SHORTER = Text("Give it a shorter alias.", "Lietojiet īsāku aizstājvārdu.")
_DEPTH = Text("levels of fields", "ligzdoto līmeņu")
_ALIASES = Text("aliases", "aizstājvārdu")
_LONGEST_ALIAS = Text("characters in one alias", "viena aizstājvārda rakstzīmju")
_ROOT_FIELDS = Text("root fields", "saknes lauku")
_DIRECTIVES = Text("directives", "direktīvu")
_SELECTIONS = Text("fields, fragments expanded", "lauku (kopā ar fragmentos esošajiem)")
_VERY_MANY = Text("over a million", "vairāk nekā miljons")


def _words(count: int) -> str:
    return str(count) if count < 1_000_000 else _VERY_MANY
