"""What happened with a minor's data, to a parent."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from schema.graph.declare import relation
from schema.graph.transparency import AccessEntryConnection
from schema.ports import Purpose, Request
from schema.terms import PersonCode

if TYPE_CHECKING:
    from schema.graph.person import Person

_Person = Annotated["Person", strawberry.lazy("schema.graph.person")]


async def logs_of_children(people: Sequence[Any], request: Request) -> Sequence[Any]:
    """For each person the logs of their children."""
    return await request.guardians.children(people)


async def _children(logs: Sequence["ChildLog"], request: Request) -> list[Any]:
    return [request.records.person(log.code, log.purpose) for log in logs]


async def _entries(
    logs: Sequence["ChildLog"],
    request: Request,
    first: Annotated[int | None, strawberry.argument(description="How many, at most 1,000.")] = 50,
    after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
) -> Sequence[Any]:
    return await request.guardians.entries(logs, first, after)


@strawberry.type(description="Who looked at the data of a person's child.")
class ChildLog:
    code: strawberry.Private[PersonCode]
    purpose: strawberry.Private[Purpose]
    records: strawberry.Private[tuple[Any, Any]]
    """What the population register says of parent and child: a record, nothing, or why there is no answer."""
    child = relation(_children, _Person, "The child: names and birth date are open.")
    access_log = relation(
        _entries,
        AccessEntryConnection | None,
        "Who else looked at the child's data or tried to, newest first, as far as it is not in the person's own "
        "`accessLog` already: what the person did, and what was done on the person's own claims, is there. Empty where "
        "nobody did, and just as empty for a child who is of age, who is not declared at the person's address, or of "
        "whom it may not be shown.",
    )
