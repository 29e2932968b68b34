"""How the graph is declared: plain attributes, and relations.

A **relation** is a batch function ``(parents, request, *arguments) -> results``: it is called once per level of an
operation, with every parent at once, and answers one result a parent, in order. A result that is a
:class:`schema.ports.FieldError` becomes the error of that one field. Strawberry sees only the arguments and the result
type; the plan calls the batch function.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import strawberry

Batch = Callable[..., Awaitable[Sequence[Any]]]


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
