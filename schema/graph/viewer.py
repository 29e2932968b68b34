"""Who is asking."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from schema.graph.declare import Door, attribute, relation
from schema.graph.organisations import Applicant, Mandate, Organisation, claim_types_by_code
from schema.ports import Request
from schema.terms import AssuranceLevel, Capacity, ClaimAction, ClaimTypeCode
from schema.text import Text

if TYPE_CHECKING:
    from schema.graph.claim import ClaimType


async def _organisations(viewers: Sequence["Viewer"], request: Request) -> list[Any]:
    return [await request.own_organisation() for _ in viewers]


async def _acting_for(viewers: Sequence["Viewer"], request: Request) -> list[Any]:
    return [await request.acting_for() for _ in viewers]


async def _mandates(viewers: Sequence["Viewer"], request: Request) -> list[Any]:
    return [await request.claims.usable_mandates() for _ in viewers]


async def _permissions(
    viewers: Sequence["Viewer"],
    request: Request,
    claim_type: Annotated[ClaimTypeCode | None, strawberry.argument(description="This claim type alone.")] = None,
) -> list[Any]:
    return [await request.permissions(claim_type) for _ in viewers]


async def _permitted_types(rows: Sequence["Permission"], request: Request) -> list[Any]:
    return await claim_types_by_code([row.claim_type_code for row in rows], request)


async def _conditions(
    rows: Sequence["Permission"],
    request: Request,
    language: Annotated[
        str | None,
        strawberry.argument(description="lv, or any other for en; the language of the answer where none is given."),
    ] = None,
) -> list[Any]:
    if language is None:
        return [[Text(en, lv) for en, lv in zip(row.said.en, row.said.lv, strict=True)] for row in rows]
    return [list(row.said.lv if language == "lv" else row.said.en) for row in rows]


@strawberry.type(
    description=(
        "What the policies allow for one claim type and action, once its conditions hold. It allows nothing by itself: "
        "what is asked for is decided when it is asked for."
    )
)
class Permission:
    claim_type_code: strawberry.Private[ClaimTypeCode]
    said: strawberry.Private[Any]
    claim_type = relation(
        _permitted_types,
        Annotated["ClaimType", strawberry.lazy("schema.graph.claim")],
        "For claims of this type.",
    )
    action: ClaimAction = attribute("What may be done.")
    evidence: list[str] = attribute('Schema coordinates ("Person.declaredAddress") that the action opens.')
    evidence_paths: list[str] = attribute("Like `evidence`, as paths.")
    rules: list[str] = attribute("Rule identifiers that allow it.")
    conditions = relation(
        _conditions,
        list[str],
        "What still has to hold when it is used (a mandate, an assignment, presence), in words; all of it.",
    )


@strawberry.type(description="Who is asking, in which capacity.")
class Viewer:
    capacity: Capacity = attribute("Capacity of the token.")
    display_name: str | None = attribute("Name in the token.")
    organisation = relation(_organisations, Organisation | None, "The organisation that the token names.")
    assurance: AssuranceLevel | None = attribute("How surely the person is that person.")
    acting_for = relation(
        _acting_for,
        Applicant | None,
        "The grantor of a mandate holder's token (names and numbers only), the legal entity of a representative's, "
        "with its `accessLog`.",
        opens=Door.MANDATE,
    )
    mandates = relation(_mandates, list[Mandate] | None, "The mandates that this token may use.")
    permissions = relation(
        _permissions,
        list[Permission],
        "One row for each (claim type, action) that the policies allow now, and under which conditions.",
    )
