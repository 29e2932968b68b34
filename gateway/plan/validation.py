"""graphql-core's validation, which leaves nothing behind that only a garbage collector ends.

Every rule of it knows its own methods, and so itself; through them all that it remembers of a document waits for a
collection, a hundred objects for each field. Here each rule forgets everything when it has done its work.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    specified_rules,
    validate,
)

from gateway.plan.merging import conflicts

MOST_ERRORS = 20
_RULES = tuple(rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule)
"""All but the one that takes the square of a document's length."""


def validated(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """What is wrong with a document; its messages suggest no names. What cannot be merged is told where nothing else
    is wrong."""
    made: list[Any] = []
    rules: Any = [partial(_rule, made, rule) for rule in _RULES]
    errors = validate(schema, document, rules, max_errors=MOST_ERRORS, hide_suggestions=True)
    for each in made:
        each.__dict__.clear()
    return errors or conflicts(schema, document)[:MOST_ERRORS]


def _rule(made: list[Any], rule: Any, context: ValidationContext) -> Any:
    visitor = rule(context)
    made.append(visitor)
    if len(made) == 1:
        made.append(context)
    return visitor
