"""Owners, municipalities, centres, third parties and mandates."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Optional, Union

import strawberry

from schema.graph.batches import where_known
from schema.graph.declare import Door, attribute, relation
from schema.graph.paging import PageInfo
from schema.ports import Request
from schema.terms import (
    AtvkCode,
    CentreSignificance,
    ClaimAction,
    ClaimTypeCode,
    ContractKind,
    GovernmentLevel,
    MandateStatus,
    MunicipalityKind,
    RegistrationNumber,
    ThirdPartyKind,
    ThirdPartyStatus,
)

if TYPE_CHECKING:
    from schema.graph.claim import ClaimType, Problem
    from schema.graph.legal_entity import LegalEntity
    from schema.graph.person import Person

_ClaimType = Annotated["ClaimType", strawberry.lazy("schema.graph.claim")]
_Problem = Annotated["Problem", strawberry.lazy("schema.graph.claim")]
_Person = Annotated["Person", strawberry.lazy("schema.graph.person")]
Applicant = Annotated[
    Union[  # noqa: UP007 - strawberry reads the union's members here, before the names exist
        Annotated["Person", strawberry.lazy("schema.graph.person")],
        Annotated["LegalEntity", strawberry.lazy("schema.graph.legal_entity")],
    ],
    strawberry.union(
        "Applicant", description="The one adult or legal entity that asks; co-subjects are not applicants."
    ),
]


async def claim_types_of(holders: Sequence[Any], request: Request) -> list[Any]:
    """The claim types of objects that carry their codes in ``claim_type_codes``."""
    codes = list(dict.fromkeys(code for holder in holders for code in holder.claim_type_codes))
    found = dict(zip(codes, request.claim_types.claim_types(codes), strict=True))
    return [[found[code] for code in holder.claim_type_codes if found[code] is not None] for holder in holders]


async def claim_types_by_code(codes: Sequence[ClaimTypeCode], request: Request) -> list[Any]:
    """Claim types by code."""
    return list(request.claim_types.claim_types(list(codes)))


async def municipality_of(holders: Sequence[Any], request: Request) -> list[Any]:
    """The municipality of objects that carry its code, or None, in ``municipality_code``."""
    return await municipalities([holder.municipality_code for holder in holders], request)


async def municipalities(codes: Sequence[Any], request: Request) -> list[Any]:
    """Municipalities by code; None stays None."""

    async def look_up(known: list[AtvkCode], _: list[int]) -> Sequence[Any]:
        return await request.reference.municipalities(known)

    return await where_known(codes, look_up)


async def municipality_of_today(code: AtvkCode, request: Request) -> AtvkCode:
    """The code that stands for a municipality now: its own, or that of the one that it was merged into."""
    [place] = await request.reference.municipalities([code])
    while place is not None and place.successor_code is not None and place.valid_to is not None:
        if place.valid_to >= request.today():
            break
        code = place.successor_code
        [place] = await request.reference.municipalities([code])
    return code


async def _owned_claim_types(owners: Sequence["ServiceOwner"], request: Request) -> list[Any]:
    every = request.claim_types.all_claim_types()
    return [[each for each in every if owner.id == each.owner_id or owner.kind == each.owner_id] for owner in owners]


async def _centres(places: Sequence["Municipality"], request: Request) -> list[Any]:
    every = await request.reference.all_centres()
    return [[centre for centre in every if centre.municipality_code == place.atvk] for place in places]


async def _third_parties(places: Sequence["Municipality"], request: Request) -> list[Any]:
    every = await request.reference.all_third_parties()
    return [[each for each in every if place.atvk in each.atvks] for place in places]


async def _successors(places: Sequence["Municipality"], request: Request) -> list[Any]:
    return await municipalities([place.successor_code for place in places], request)


async def _served(parties: Sequence["ThirdParty"], request: Request) -> list[Any]:
    every = await request.reference.all_municipalities(None)
    return [[place for place in every if place.atvk in party.atvks] for party in parties]


async def _grantors(mandates: Sequence["Mandate"], request: Request) -> list[Any]:
    return [mandate.grantor_party for mandate in mandates]


async def _holders(mandates: Sequence["Mandate"], request: Request) -> list[Any]:
    return [mandate.holder_party for mandate in mandates]


@strawberry.interface(description="A body that acts: an owner, a centre or a third party.")
class Organisation:
    id: strawberry.ID = attribute("Plain text, unique over all types.")
    name: str = attribute("Name in Latvian.")
    registration_number: RegistrationNumber | None = attribute("Registration number.")


@strawberry.interface(description="An object that `node` finds by its id.")
class Node:
    id: strawberry.ID = attribute("Plain text, unique over all types.")


@strawberry.type(description="A public-law body that decides claims and receives them.")
class ServiceOwner(Organisation):
    level: GovernmentLevel = attribute("Of the state or of a municipality.")
    kind: strawberry.Private[str]
    claim_types = relation(_owned_claim_types, list[_ClaimType], "What can be asked of this owner.")


@strawberry.type(description="A municipality of the dated code list (ATVK).")
class Municipality:
    atvk: AtvkCode = attribute("Code, 7 digits.")
    name: str = attribute("Name in Latvian.")
    kind: MunicipalityKind = attribute("State city or county.")
    valid_from: date = attribute("First day of the code.")
    valid_to: date | None = attribute("Last day of the code; null while it is in use.")
    successor_code: strawberry.Private[AtvkCode | None]
    successor = relation(_successors, Optional["Municipality"], "The municipality that it was merged into.")
    centres = relation(
        _centres,
        list[Annotated["CustomerServiceCentre", strawberry.lazy("schema.graph.organisations")]],
        "Customer service centres in the municipality; those of one that has ended are its successor's.",
    )
    third_parties = relation(
        _third_parties,
        list[Annotated["ThirdParty", strawberry.lazy("schema.graph.organisations")]],
        "Third parties that may work here.",
    )


@strawberry.type(description="State and Municipal Unified Customer Service Centre (VPVKAC).")
class CustomerServiceCentre(Organisation):
    municipality_code: strawberry.Private[AtvkCode]
    claim_type_codes: strawberry.Private[tuple[ClaimTypeCode, ...]]
    municipality = relation(
        municipality_of, Municipality, "Where it is today: where a municipality has ended, its successor."
    )
    significance: CentreSignificance = attribute("County, regional or national significance.")
    opened_on: date | None = attribute("Day of opening.")
    clients_per_year: int | None = attribute("Clients served in the last full year.")
    claim_types = relation(claim_types_of, list[_ClaimType], "The centre's basket of services.")


@strawberry.type(description="The contract under which a third party co-delivers services.")
class DelegationContract:
    number: str = attribute("Number of the contract.")
    kind: ContractKind = attribute("Delegation or participation contract.")
    valid_from: date = attribute("First day.")
    valid_to: date = attribute("Last day, which counts.")
    requests_per_day: int | None = attribute(
        "Requests for claims a day; null where the contract sets none. Only for the organisation and MINISTRY_IT."
    )
    used_today: int | None = attribute("Requests made today. Only for the organisation and MINISTRY_IT.")


@strawberry.federation.type(
    keys=["id"],
    description="An organisation that co-delivers services: an NGO, a community, a professional, a company.",
)
class ThirdParty(Organisation, Node):
    kind: ThirdPartyKind = attribute("What kind of organisation it is.")
    status: ThirdPartyStatus = attribute("Whether it may act at all.")
    contract: DelegationContract = attribute("Its contract.")
    atvks: strawberry.Private[frozenset[AtvkCode]]
    claim_type_codes: strawberry.Private[tuple[ClaimTypeCode, ...]]
    municipalities = relation(_served, list[Municipality], "Where it may work.")
    claim_types = relation(claim_types_of, list[_ClaimType], "What it may work on.")


@strawberry.type(
    description=(
        "A mandate (pilnvara): somebody authorises somebody for claim types, for a time. To the grantor of a person's "
        "mandate the holder shows only `personCode`, as typed: granting must not become a look-up of people."
    )
)
class Mandate(Node):
    grantor_party: strawberry.Private[Any]
    holder_party: strawberry.Private[Any]
    claim_type_codes: strawberry.Private[tuple[ClaimTypeCode, ...]]
    grantor = relation(_grantors, Applicant | None, "Who gave it.", opens=Door.MANDATE)
    holder = relation(
        _holders,
        Annotated[
            Union[_Person, ThirdParty],  # noqa: UP007 - as above
            strawberry.union("MandateHolder", description="A person or a third party."),
        ]
        | None,
        "Who may use it.",
        opens=Door.MANDATE,
    )
    claim_types = relation(claim_types_of, list[_ClaimType], "For which claim types.")
    actions: list[ClaimAction] = attribute("For which actions.")
    valid_from: date = attribute("First day.")
    valid_to: date = attribute("Last day, which counts.")
    status: MandateStatus = attribute("Whether it is in force.")


@strawberry.type(description="A customer service centre in a page.")
class CentreEdge:
    cursor: str = attribute("Where in the list this is.")
    node: CustomerServiceCentre = attribute("The centre.")


@strawberry.type(description="A page of customer service centres.")
class CentreConnection:
    edges: list[CentreEdge] = attribute("The page.")
    page_info: PageInfo = attribute("Where the page lies in the list.")
    total_count: int = attribute("Length of the list.")


@strawberry.type(description="A third party in a page.")
class ThirdPartyEdge:
    cursor: str = attribute("Where in the list this is.")
    node: ThirdParty = attribute("The third party.")


@strawberry.type(description="A page of third parties.")
class ThirdPartyConnection:
    edges: list[ThirdPartyEdge] = attribute("The page.")
    page_info: PageInfo = attribute("Where the page lies in the list.")
    total_count: int = attribute("Length of the list.")


@strawberry.type(description="What became of `registerThirdParty`.")
class RegisterThirdPartyPayload:
    third_party: ThirdParty | None = attribute("The third party; null where there are problems.")
    problems: list[_Problem] = attribute("Why not; empty where it was done.")


@strawberry.type(description="What became of `suspendThirdParty`.")
class SuspendThirdPartyPayload:
    third_party: ThirdParty | None = attribute("The third party; null where there are problems.")
    problems: list[_Problem] = attribute("Why not; empty where it was done.")


@strawberry.type(description="What became of `grantMandate`.")
class GrantMandatePayload:
    mandate: Mandate | None = attribute("The mandate; null where there are problems.")
    problems: list[_Problem] = attribute("Why not; empty where it was done.")


@strawberry.type(description="What became of `revokeMandate`.")
class RevokeMandatePayload:
    mandate: Mandate | None = attribute("The mandate; null where there are problems.")
    problems: list[_Problem] = attribute("Why not; empty where it was done.")
