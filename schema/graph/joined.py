"""Fields of people that are made of record types alone (:mod:`schema.joined`)."""

from collections.abc import Callable, Hashable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, get_args, get_origin

import strawberry

from schema.graph.batches import each
from schema.graph.declare import attribute, relation
from schema.joined import Joined, RecordsBroken, attributes, is_optional, joined, parts_of, type_name
from schema.ports import Request

T = TypeVar("T")


def with_joined(read: Callable[..., Any]) -> Callable[[type[T]], type[T]]:
    """Add a field for each record type that joins a person.

    Args:
        read: a batch function of people, with the record type as its last argument.
    """

    def added(person: type[T]) -> type[T]:
        for one in joined():
            if hasattr(person, one.field):
                raise RecordsBroken(one.record.__module__, f"joins Person as {one.field}, which it has already")
            setattr(person, one.field, _field(one, read))
        return person

    return added


def _field(one: Joined, read: Callable[..., Any]) -> Any:
    async def batch(people: Sequence[Any], request: Request) -> list[Any]:
        found = await read(people, request, one.record)
        if one.items is None:
            return list(found)
        items = attrgetter(one.items)
        return each(found, lambda record: list(items(record)))

    batch.__module__ = __name__
    shown: Any = graph_type(one.shown)  # type: ignore[arg-type]  # a class is hashable
    result: Any = shown | None if one.items is None else list[shown] | None
    return relation(batch, result, one.description, reads={one.record: None})


@cache
def graph_type(record: Hashable) -> Any:
    """The graph's type of a record class."""
    assert isinstance(record, type)
    made: dict[str, Any] = {"__module__": __name__, "__annotations__": {}}
    for shown in attributes(record):
        made["__annotations__"][shown.name] = _hint(shown.type)
        made[shown.name] = attribute(shown.description)
    described = (record.__doc__ or "").strip().partition("\n")[0].partition(" Key:")[0]
    return strawberry.type(type(type_name(record), (), made), description=described or None)


def _hint(hint: Any) -> Any:
    if is_optional(hint):
        inner = next(each for each in get_args(hint) if each is not type(None))
        return _hint(inner) | None
    if get_origin(hint) is tuple:
        item: Any = _hint(get_args(hint)[0])
        return list[item]
    return graph_type(hint) if list(parts_of(hint)) else hint
