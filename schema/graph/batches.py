"""Steps that batch functions share: answers stay aligned with parents, absent stays None, errors stay errors."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from schema.ports import FieldError, Request

if TYPE_CHECKING:
    from schema.graph.person import Person

Key = TypeVar("Key", bound=Hashable)


def each(answers: Sequence[Any], project: Callable[[Any], Any]) -> list[Any]:
    """Project every answer but None and errors."""
    return [answer if answer is None or isinstance(answer, FieldError) else project(answer) for answer in answers]


async def where_known(
    keys: Sequence[Key | FieldError | None], look_up: Callable[[list[Key], list[int]], Awaitable[Sequence[Any]]]
) -> list[Any]:
    """Look up the keys that are keys; None and errors among them are the answers themselves.

    Args:
        keys: one for each parent.
        look_up: takes the keys and their places, answers one result a key.
    """
    answers: list[Any] = list(keys)
    places = [place for place, key in enumerate(keys) if key is not None and not isinstance(key, FieldError)]
    if places:
        known: list[Any] = [keys[place] for place in places]
        for place, answer in zip(places, await look_up(known, places), strict=True):
            answers[place] = answer
    return answers


async def read(people: Sequence["Person"], request: Request, record: type[Any]) -> Sequence[Any]:
    """One record of a type for each person, for the purpose that each is seen under."""
    return await request.records.read(record, [each.code for each in people], [each.purpose for each in people])
