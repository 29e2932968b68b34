"""What the state and municipalities pay to people and grant them."""

from collections.abc import Sequence
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from schema.graph.batches import each, read, where_known
from schema.graph.declare import attribute, relation
from schema.graph.organisations import Municipality, ServiceOwner, municipalities
from schema.graph.scalars import Money
from schema.ports import FieldError, Request
from schema.records.natural_person import NaturalPerson
from schema.records.social_assistance import SocialAssistance
from schema.records.social_insurance import StateBenefits
from schema.terms import Resident

if TYPE_CHECKING:
    from schema.graph.person import Person


async def _social_assistance(people: Sequence["Person"], request: Request) -> list[Any]:
    """Ask the claim's municipality, or, without one, that of each person's declared address."""
    places: list[Any] = [person.purpose.municipality for person in people]
    unknown = [index for index, place in enumerate(places) if place is None]
    if unknown:
        asked = await read([people[index] for index in unknown], request, NaturalPerson)
        for index, place in zip(unknown, each(asked, attrgetter("declared_municipality")), strict=True):
            places[index] = place

    async def look_up(known: list[Any], indexes: list[int]) -> Sequence[Any]:
        residents = [Resident(place, people[index].code) for place, index in zip(known, indexes, strict=True)]
        return await request.records.read(SocialAssistance, residents, [people[index].purpose for index in indexes])

    return await where_known(places, look_up)


async def benefits_of(
    people: Sequence["Person"],
    request: Request,
    active_only: Annotated[bool | None, strawberry.argument(description="Leave out what has ended.")] = True,
) -> list[Any]:
    """Of the state and of the municipality. Half a list would say that the other pays nothing: one failure is all's."""

    def chosen(record: SocialAssistance | StateBenefits) -> list[Any]:
        return [each for each in record.benefits if active_only is False or each.status == "ACTIVE"]

    state, municipal = await request.both(read(people, request, StateBenefits), _social_assistance(people, request))
    return [_joined(*pair) for pair in zip(each(state, chosen), each(municipal, chosen), strict=True)]


def _joined(state: Any, municipal: Any) -> Any:
    for answer in (state, municipal):
        if isinstance(answer, FieldError):
            return answer
    return None if state is None and municipal is None else [*(municipal or ()), *(state or ())]


async def social_statuses_of(people: Sequence["Person"], request: Request) -> list[Any]:
    """Granted by the municipality that is asked for benefits too."""
    return each(await _social_assistance(people, request), lambda record: list(record.social_statuses))


async def _payers(benefits: Sequence[Any], request: Request) -> list[Any]:
    async def look_up(known: list[str], _: list[int]) -> Sequence[Any]:
        return await request.reference.owners(known)

    return await where_known([benefit.payer for benefit in benefits], look_up)


async def _status_municipalities(statuses: Sequence[Any], request: Request) -> list[Any]:
    return await municipalities([status.municipality for status in statuses], request)


@strawberry.type(description="A benefit granted to a person.")
class Benefit:
    kind: str = attribute("Kind of benefit.")
    amount: Money | None = attribute("Euro a month.")
    from_: date = attribute("First day.", name="from")
    to: date | None = attribute("Last day; null where none is set.")
    payer = relation(_payers, ServiceOwner | None, "Who pays it.")
    status: str = attribute("ACTIVE, SUSPENDED or ENDED.")


@strawberry.type(description="Municipal social status, e.g. a needy household, with its term.")
class SocialStatus:
    kind: str = attribute("needy or low-income.")
    from_: date = attribute("First day.", name="from")
    to: date | None = attribute("Last day; null where none is set.")
    municipality = relation(_status_municipalities, Municipality | None, "Who granted it.")
