"""How the graph is declared: plain attributes, and relations.

A **relation** is a batch function ``(parents, request, *arguments) -> results``: it is called once per level of an
operation, with every parent at once, and answers one result a parent, in order. A result that is a
:class:`schema.ports.FieldError` becomes the error of that one field. Strawberry sees only the arguments and the result
type; the plan calls the batch function, which sets no time-out of its own: the operation has one.
"""

import inspect
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import strawberry

from schema.graph.batches import each

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
    reads: tuple[type[Any], ...] = ()
    """Record types that the batch function may read from registers; empty: the own store answers."""
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
    reads: tuple[type[Any], ...] = (),
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
        metadata={"relation": Relation(batch, reads, opens, withheld, discloses)},
    )


def attribute(description: str, **options: Any) -> Any:
    """Declare a field that is an attribute of its parent."""
    return strawberry.field(description=description, **options)


def projection(
    source: Batch,
    project: Callable[[Any], Any],
    result: Any,
    description: str,
    *,
    reads: tuple[type[Any], ...],
) -> Any:
    """Declare a field that is one part of what a source gives for each parent.

    Args:
        source: a batch function without arguments.
        project: from one answer of it to the field's value.
        result, description, reads: as for :func:`relation`.
    """

    async def batch(parents: Sequence[Any], request: Any) -> Sequence[Any]:
        return each(await source(parents, request), project)

    declared = relation(batch, result, description, reads=reads)
    kept: Relation = declared.metadata["relation"]
    declared.metadata = {"relation": replace(kept, source=source, project=project)}
    return declared
