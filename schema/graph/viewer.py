"""Who is asking."""

from collections.abc import Sequence
from typing import Any

import strawberry

from schema.graph.declare import Door, attribute, relation
from schema.graph.organisations import Applicant, Mandate, Organisation
from schema.ports import Request
from schema.terms import AssuranceLevel, Capacity


async def _organisations(viewers: Sequence["Viewer"], request: Request) -> list[Any]:
    return [await request.own_organisation() for _ in viewers]


async def _acting_for(viewers: Sequence["Viewer"], request: Request) -> list[Any]:
    return [await request.acting_for() for _ in viewers]


async def _mandates(viewers: Sequence["Viewer"], request: Request) -> list[Any]:
    return [await request.claims.usable_mandates() for _ in viewers]


@strawberry.type(description="Who is asking, in which capacity.")
class Viewer:
    capacity: Capacity = attribute("Capacity of the token.")
    display_name: str | None = attribute("Name in the token.")
    organisation = relation(_organisations, Organisation | None, "The organisation that the token names.")
    assurance: AssuranceLevel | None = attribute("How surely the person is that person.")
    acting_for = relation(
        _acting_for,
        Applicant | None,
        "The grantor of a mandate holder's token, the legal entity of a representative's (names and numbers only).",
        opens=Door.MANDATE,
    )
    mandates = relation(_mandates, list[Mandate] | None, "The mandates that this token may use.")
