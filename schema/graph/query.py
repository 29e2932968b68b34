"""Where a query begins."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import strawberry

from schema.graph.claim import Claim, ClaimConnection, ClaimType
from schema.graph.declare import Door, relation
from schema.graph.explanation import Explanation, explained
from schema.graph.inputs import AccessRecordFilter, CentreFilter, ClaimFilter, ClaimTypeFilter, ThirdPartyFilter
from schema.graph.legal_entity import LegalEntity
from schema.graph.organisations import (
    CentreConnection,
    CentreEdge,
    Municipality,
    Node,
    ServiceOwner,
    ThirdParty,
    ThirdPartyConnection,
    ThirdPartyEdge,
    municipality_of_today,
)
from schema.graph.paging import checked_first, page
from schema.graph.person import Person
from schema.graph.registers import Register
from schema.graph.transparency import AccessEntryConnection
from schema.graph.viewer import Viewer
from schema.ports import FieldError, Request
from schema.terms import AtvkCode, ClaimTypeCode, ErrorCode, GovernmentLevel, RegistrationNumber
from schema.text import Text
from schema.wording import GIVE_ONE_WITHIN

CODE_LIST_BEGINS = Text("The code list of municipalities begins on {day}.", "Pašvaldību klasifikators sākas ar {day}.")
NO_NEGATIVE_NUMBER = Text("`{argument}` is a number from 0.", "`{argument}` ir skaitlis, sākot no 0.")
_FROM_THAT_DAY = Text("Ask for that day or a later one.", "Jautājiet par šo vai vēlāku dienu.")

_First = Annotated[int | None, strawberry.argument(description="How many, at most 1,000.")]
_After = Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")]


async def _viewer(_: Sequence[Any], request: Request) -> list[Any]:
    return [request.viewer]


async def _me(_: Sequence[Any], request: Request) -> list[Any]:
    return [request.me]


async def _claim(
    _: Sequence[Any],
    request: Request,
    id: Annotated[strawberry.ID, strawberry.argument(description="Id of the claim.")],
) -> Sequence[Any]:
    return await request.claims.claims([id])


async def _claims(
    _: Sequence[Any],
    request: Request,
    filter: Annotated[ClaimFilter | None, strawberry.argument(description="Which of them.")] = None,
    first: _First = 20,
    after: _After = None,
) -> list[Any]:
    return [await request.claims.page(filter, first, after, None)]


async def _claim_type(
    _: Sequence[Any],
    request: Request,
    code: Annotated[ClaimTypeCode, strawberry.argument(description="Code of the claim type.")],
) -> Sequence[Any]:
    return request.claim_types.claim_types([code])


async def _claim_types(
    _: Sequence[Any],
    request: Request,
    filter: Annotated[ClaimTypeFilter | None, strawberry.argument(description="Which of them.")] = None,
) -> list[Any]:
    wanted = filter or ClaimTypeFilter()
    owner = None
    if wanted.owner is not None:
        [owner] = await request.reference.owners([wanted.owner])
        if owner is None:
            return [[]]

    def matches(each: ClaimType) -> bool:
        return (
            (wanted.level is None or each.level is wanted.level)
            and (owner is None or each.owner_id in (owner.id, owner.kind))
            and (wanted.applicant is None or wanted.applicant in each.applicants)
            and (wanted.channel is None or wanted.channel in each.channels)
        )

    return [[each for each in request.claim_types.all_claim_types() if matches(each)]]


async def _service_owners(
    _: Sequence[Any],
    request: Request,
    level: Annotated[GovernmentLevel | None, strawberry.argument(description="Of this level.")] = None,
) -> list[Any]:
    return [[each for each in await request.reference.all_owners() if level is None or each.level is level]]


async def _municipality(
    _: Sequence[Any],
    request: Request,
    atvk: Annotated[AtvkCode, strawberry.argument(description="Code of the municipality.")],
) -> Sequence[Any]:
    return await request.reference.municipalities([atvk])


async def _municipalities(
    _: Sequence[Any],
    request: Request,
    at: Annotated[date | None, strawberry.argument(description="As of this day; today where it is left out.")] = None,
) -> list[Any]:
    found = await request.reference.all_municipalities(at or request.today())
    if not found:
        # An empty list would say that there was none.
        begin = min(each.valid_from for each in await request.reference.all_municipalities(None))
        raise FieldError(ErrorCode.VARIABLES, CODE_LIST_BEGINS.filled(day=begin.isoformat()), remedy=_FROM_THAT_DAY)
    return [found]


async def _centres(
    _: Sequence[Any],
    request: Request,
    filter: Annotated[CentreFilter | None, strawberry.argument(description="Which of them.")] = None,
    first: _First = 20,
    after: _After = None,
) -> list[Any]:
    wanted = filter or CentreFilter()
    if wanted.min_clients_per_year is not None and wanted.min_clients_per_year < 0:
        raise FieldError(
            ErrorCode.VARIABLES, NO_NEGATIVE_NUMBER.filled(argument="minClientsPerYear"), remedy=GIVE_ONE_WITHIN
        )
    place = None if wanted.municipality is None else await municipality_of_today(wanted.municipality, request)

    def matches(each: Any) -> bool:
        return (
            (place is None or each.municipality_code == place)
            and (wanted.significance is None or each.significance is wanted.significance)
            and (wanted.min_clients_per_year is None or (each.clients_per_year or 0) >= wanted.min_clients_per_year)
            and (wanted.opened_before is None or (each.opened_on is not None and each.opened_on < wanted.opened_before))
            and (wanted.claim_type is None or wanted.claim_type in each.claim_type_codes)
        )

    found = [each for each in await request.reference.all_centres() if matches(each)]
    edges, info = page("customerServiceCentres", found, lambda each: str(each.id), checked_first(first, 20), after)
    return [
        CentreConnection(edges=[CentreEdge(cursor=c, node=n) for c, n in edges], page_info=info, total_count=len(found))
    ]


async def _third_party(
    _: Sequence[Any],
    request: Request,
    id: Annotated[strawberry.ID, strawberry.argument(description="Id of the third party.")],
) -> Sequence[Any]:
    return await request.reference.third_parties([id])


async def _third_parties(
    _: Sequence[Any],
    request: Request,
    filter: Annotated[ThirdPartyFilter | None, strawberry.argument(description="Which of them.")] = None,
    first: _First = 20,
    after: _After = None,
) -> list[Any]:
    wanted = filter or ThirdPartyFilter()

    def matches(each: ThirdParty) -> bool:
        return (
            (wanted.kind is None or each.kind is wanted.kind)
            and (wanted.municipality is None or wanted.municipality in each.atvks)
            and (wanted.claim_type is None or wanted.claim_type in each.claim_type_codes)
            and (wanted.status is None or each.status is wanted.status)
        )

    found = [each for each in await request.reference.all_third_parties() if matches(each)]
    edges, info = page("thirdParties", found, lambda each: str(each.id), checked_first(first, 20), after)
    return [
        ThirdPartyConnection(
            edges=[ThirdPartyEdge(cursor=c, node=n) for c, n in edges], page_info=info, total_count=len(found)
        )
    ]


async def _legal_entity(
    _: Sequence[Any],
    request: Request,
    registration_number: Annotated[RegistrationNumber, strawberry.argument(description="Number of the legal entity.")],
) -> list[Any]:
    return [request.records.legal_entity(registration_number, None)]


async def _registers(_: Sequence[Any], request: Request) -> list[Any]:
    return [request.registers.all_registers()]


async def _access_records(
    _: Sequence[Any],
    request: Request,
    filter: Annotated[AccessRecordFilter | None, strawberry.argument(description="Which of them.")] = None,
    first: _First = 50,
    after: _After = None,
) -> list[Any]:
    return [await request.claims.access_records(filter, first, after)]


async def _node(
    _: Sequence[Any],
    request: Request,
    id: Annotated[strawberry.ID, strawberry.argument(description="Id of the object.")],
) -> list[Any]:
    return [await request.node(id)]


@strawberry.type(description="Where reading begins. Register data of a person is reached through `me` or a claim.")
class Query:
    viewer = relation(_viewer, Viewer, "Who is asking, in which capacity, and what they may do.")
    me = relation(
        _me,
        Person | None,
        "The citizen of the token; null with FORBIDDEN for every token that is not a citizen's.",
        opens=Door.ME,
    )
    claim = relation(_claim, Claim | None, "One claim. One that may not be seen answers as one that does not exist.")
    claims = relation(
        _claims,
        ClaimConnection,
        "Claims that the viewer may see, newest first; what may not be seen is neither listed nor counted.",
    )
    claim_type = relation(_claim_type, ClaimType | None, "One claim type.")
    claim_types = relation(_claim_types, list[ClaimType], "All claim types.")
    service_owners = relation(_service_owners, list[ServiceOwner], "All owners.")
    municipality = relation(_municipality, Municipality | None, "One municipality, also one that has ended.")
    municipalities = relation(_municipalities, list[Municipality], "The municipalities of a day.")
    customer_service_centres = relation(_centres, CentreConnection, "Customer service centres.")
    third_party = relation(_third_party, ThirdParty | None, "One third party.")
    third_parties = relation(_third_parties, ThirdPartyConnection, "Third parties.")
    legal_entity = relation(_legal_entity, LegalEntity | None, "Open business data; needs no claim.")
    explain = relation(
        explained,
        Explanation,
        "What running this operation would do: decisions and register calls; calls no register.",
    )
    registers = relation(
        _registers, list[Register], "The registers behind the gateway: contract, health, freshness. For ministry IT."
    )
    access_records = relation(
        _access_records,
        AccessEntryConnection | None,
        "For auditors: access records with subjects hashed. A named subject needs a case reference, and the search is "
        "itself recorded.",
    )
    node = relation(_node, Node | None, "Any object by its id: a claim, a third party, a mandate.", opens=Door.NODE)
