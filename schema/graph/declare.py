"""How the graph is declared: plain attributes, and relations.

A **relation** is a batch function ``(parents, request, *arguments) -> results``: it is called once per level of an
operation, with every parent at once, and answers one result a parent, in order. A result that is a
:class:`schema.ports.FieldError` becomes the error of that one field. Strawberry sees only the arguments and the result
type; the plan calls the batch function, which sets no time-out of its own: the operation has one.
"""

import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from operator import attrgetter
from typing import Any

import strawberry

from schema.graph.batches import each

Reads = Mapping[type[Any], frozenset[str] | None]
Batch = Callable[..., Coroutine[Any, Any, Sequence[Any]]]


class Door(StrEnum):
    """Through what a field leads to personal data."""

    ME = "me"
    CLAIM = "claim"
    MANDATE = "mandate"
    NODE = "node"
    """Whichever the object is: a claim's own door, or open data."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What the plan needs to know of a field that is more than an attribute."""

    batch: Batch
    reads: Reads = field(default_factory=dict)
    """Record types that the batch function may read from registers, each with the attributes that it looks at; None:
    all of them. Of several, the first may tell by what keys the others are read. Empty: the own store answers."""
    opens: Door | None = None
    """The door that every object behind this field is."""
    withheld: bool = False
    """Of a protected person this is withheld: where protection applies, null and empty are answered as PROTECTED."""
    discloses: Callable[[Any], Any] | None = None
    """From one result to the code of the person (a co-subject) whose data it discloses."""
    source: Batch | None = None
    """What several fields of one object are projected from: called once for all of them that are asked together."""
    project: Callable[[Any], Any] | None = None
    """From what the source gave to this field's value; absent and errors stay what they are."""


def relation(
    batch: Batch,
    result: Any,
    description: str,
    *,
    reads: Reads | None = None,
    opens: Door | None = None,
    withheld: bool = False,
    discloses: Callable[[Any], Any] | None = None,
) -> Any:
    """Declare a field by its batch function.

    Args:
        batch: its first two parameters are the parents and the :class:`schema.ports.Request`; the others are the
            field's arguments, annotated as strawberry wants them.
        result: the type of one result.
        description: of the field, in the public graph.
        reads, opens, withheld, discloses: see :class:`Relation`.
    """
    arguments = [
        parameter.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
        for parameter in list(inspect.signature(batch).parameters.values())[2:]
    ]

    def declared(root: Any) -> Any:
        raise AssertionError("relations are called by the plan, with all parents at once")

    root = inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Any)
    declared.__module__ = getattr(batch, "__module__", __name__)
    declared.__signature__ = inspect.Signature([root, *arguments], return_annotation=result)  # type: ignore[attr-defined]
    declared.__annotations__ = {argument.name: argument.annotation for argument in arguments} | {"return": result}
    return strawberry.field(
        resolver=declared,
        description=description,
        metadata={"relation": Relation(batch, reads or {}, opens, withheld, discloses)},
    )


def attribute(description: str, **options: Any) -> Any:
    """Declare a field that is an attribute of its parent."""
    return strawberry.field(description=description, **options)


def projection(
    source: Batch,
    record: type[Any],
    name: str,
    result: Any,
    description: str,
    made: Callable[[Any], Any] | None = None,
) -> Any:
    """Declare a field that is one attribute of the record that a source reads for each parent.

    Args:
        source: a batch function without arguments.
        record: the record's type.
        name: of the attribute.
        result, description: as for :func:`relation`.
        made: from the attribute's value to the field's, where that is another.
    """
    attribute_of = attrgetter(name)
    project = attribute_of if made is None else lambda found: made(attribute_of(found))

    async def batch(parents: Sequence[Any], request: Any) -> Sequence[Any]:
        return each(await source(parents, request), project)

    declared = relation(batch, result, description, reads={record: frozenset({name})})
    kept: Relation = declared.metadata["relation"]
    declared.metadata = {"relation": replace(kept, source=source, project=project)}
    return declared
