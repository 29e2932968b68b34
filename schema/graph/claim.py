"""Claims and claim types."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from schema.graph.batches import where_known
from schema.graph.declare import attribute, relation
from schema.graph.organisations import (
    Applicant,
    CustomerServiceCentre,
    Municipality,
    Node,
    ServiceOwner,
    ThirdParty,
    municipality_of,
)
from schema.graph.paging import PageInfo
from schema.graph.registers import Register
from schema.graph.scalars import JSON
from schema.ports import Request
from schema.terms import (
    ApplicantKind,
    AtvkCode,
    Channel,
    ClaimStatus,
    ClaimTypeCode,
    DeliveryStrategy,
    EvidenceScope,
    GovernmentLevel,
    PresenceMethod,
)


async def _titles(
    types: Sequence["ClaimType"],
    request: Request,
    language: Annotated[str | None, strawberry.argument(description="lv or en; any other gives lv.")] = "lv",
) -> list[Any]:
    return [each.title_en if language == "en" else each.title_lv for each in types]


async def _owners(types: Sequence["ClaimType"], request: Request) -> Sequence[Any]:
    return await request.reference.owners([each.owner_id for each in types])


async def _forms(types: Sequence["ClaimType"], request: Request) -> list[Any]:
    return [request.claim_types.form(each.code) for each in types]


async def _evidence(types: Sequence["ClaimType"], request: Request) -> list[Any]:
    return [request.claim_types.evidence(each.code) for each in types]


async def _evidence_registers(requirements: Sequence["EvidenceRequirement"], request: Request) -> list[Any]:
    return [
        None if each.register_name is None else request.registers.register(each.register_name) for each in requirements
    ]


async def _types(claims: Sequence["Claim"], request: Request) -> Sequence[Any]:
    return request.claim_types.claim_types([claim.type_code for claim in claims])


async def _applicants(claims: Sequence["Claim"], request: Request) -> Sequence[Any]:
    return await request.claims.applicants(claims)


async def _answers(claims: Sequence["Claim"], request: Request) -> Sequence[Any]:
    return await request.claims.answers(claims)


async def _centres(claims: Sequence["Claim"], request: Request) -> list[Any]:
    async def look_up(known: list[str], _: list[int]) -> Sequence[Any]:
        return await request.reference.centres(known)

    return await where_known([claim.centre_id for claim in claims], look_up)


async def _deliveries(claims: Sequence["Claim"], request: Request) -> Sequence[Any]:
    return await request.claims.deliveries(claims)


async def _histories(claims: Sequence["Claim"], request: Request) -> Sequence[Any]:
    return await request.claims.histories(claims)


async def _assignees(claims: Sequence["Claim"], request: Request) -> Sequence[Any]:
    return await request.claims.assignees(claims)


@strawberry.type(description="One piece of register data that the decision needs.")
class EvidenceRequirement:
    field: str = attribute("Schema coordinate, e.g. Person.income.")
    path: str = attribute(
        "Path from the applicant, with bounds of arguments: income(months<=3), household.person.income(months<=3)."
    )
    applicant: ApplicantKind = attribute("The kind of applicant that the path begins at.")
    open_to: EvidenceScope = attribute("Whom it is open to.")
    reason: str = attribute("Why the decision needs it.")
    register_name: strawberry.Private[str | None]
    register = relation(_evidence_registers, Register | None, "The register that answers; null: not connected yet.")


@strawberry.type(description="A service of a public-law body that can be asked for (CPSV-AP: Public Service).")
class ClaimType:
    code: ClaimTypeCode = attribute("Code.")
    title_lv: strawberry.Private[str]
    title_en: strawberry.Private[str]
    owner_id: strawberry.Private[str]
    title = relation(_titles, str, "Title.")
    owner = relation(_owners, ServiceOwner, "Who decides it.")
    level: GovernmentLevel = attribute("Of the state or of municipalities.")
    legal_basis: str = attribute("The law that it rests on.")
    applicants: list[ApplicantKind] = attribute("Who may ask.")
    channels: list[Channel] = attribute("How it may be asked for.")
    form = relation(_forms, JSON, "JSON Schema (2020-12) of the answers.")
    evidence = relation(
        _evidence,
        list[EvidenceRequirement],
        "What the decision needs from registers: schema coordinates, each with its reason.",
    )
    open_to_third_parties: bool = attribute("May third parties work on it.")
    mandates: bool = attribute("False: a mandate does not cover it online.")
    policy_version: str = attribute("Version of the policy module: a digest; every access record carries it.")


@strawberry.type(description="How it was known that the citizen was present. The reference is never shown.")
class Presence:
    method: PresenceMethod = attribute("How.")
    recorded_at: datetime = attribute("When it was recorded.")
    valid_until: datetime = attribute("Until when it counts.")


@strawberry.type(description="A step in the life of a claim.")
class ClaimEvent:
    at: datetime = attribute("When.")
    status: ClaimStatus = attribute("The status that the claim came into.")
    by: str | None = attribute("Who did it, in words.")
    note: str | None = attribute("Why, in words.")


@strawberry.type(description="How the claim gets to its owner.")
class Delivery:
    attempts: int = attribute("Attempts so far.")
    last_attempt_at: datetime | None = attribute("Last attempt.")
    next_attempt_at: datetime | None = attribute("Next attempt; null when none is due.")
    last_error: str | None = attribute("What went wrong last, in words.")
    strategy: DeliveryStrategy = attribute("How a resend is made safe with this owner.")


@strawberry.federation.type(keys=["id"], description="A request of a citizen or a legal person to a public-law body.")
class Claim(Node):
    type_code: strawberry.Private[ClaimTypeCode]
    municipality_code: strawberry.Private[AtvkCode | None]
    centre_id: strawberry.Private[str | None]
    snapshot: strawberry.Private[Any]
    """The claim as the own store holds it; the gateway's business."""
    type = relation(_types, ClaimType, "What is asked for.")
    status: ClaimStatus = attribute("Where it is in its life.")
    applicant = relation(_applicants, Applicant | None, "Who asks.")
    municipality = relation(municipality_of, Municipality | None, "The municipality that decides it.")
    channel: Channel | None = attribute("How it came in.")
    centre = relation(
        _centres,
        CustomerServiceCentre | None,
        "The centre where it was made; null when it was not made at a centre.",
    )
    presence: Presence | None = attribute("The last presence recorded on this claim. Its reference is never shown.")
    answers = relation(_answers, JSON | None, "Answers to the form.")
    created_at: datetime | None = attribute("When the draft was opened.")
    submitted_at: datetime | None = attribute("When it was submitted.")
    owner_reference: str | None = attribute(
        "The owner's own case number, once it has answered; asterisks where it may be somebody's personal code."
    )
    delivery = relation(_deliveries, Delivery | None, "How it gets to its owner; null while it is a draft.")
    assigned_to = relation(_assignees, list[ThirdParty] | None, "Third parties let to this claim.")
    history = relation(_histories, list[ClaimEvent] | None, "Its life so far, oldest first.")


@strawberry.type(description="A claim in a page.")
class ClaimEdge:
    cursor: str = attribute("Where in the list this is.")
    node: Claim = attribute("The claim.")


@strawberry.type(description="A page of claims.")
class ClaimConnection:
    edges: list[ClaimEdge] = attribute("The page.")
    page_info: PageInfo = attribute("Where the page lies in the list.")
    total_count: int = attribute("Length of the list, of what the viewer may see.")


@strawberry.type(description="What the caller can mend.")
class Problem:
    code: str = attribute("Stable code of the documented list.")
    message: str = attribute("What is wrong and what to do, in words.")
    field: str | None = attribute("JSON pointer into the input.")


@strawberry.type(description="What became of `prepareClaim`.")
class PrepareClaimPayload:
    claim: Claim | None = attribute("The draft; null where there are problems.")
    problems: list[Problem] = attribute("Why not; empty where it was done.")


@strawberry.type(description="What became of `answerClaim`.")
class AnswerClaimPayload:
    claim: Claim | None = attribute("The claim; null where there are problems.")
    problems: list[Problem] = attribute("Why not; empty where it was done.")


@strawberry.type(description="What became of `submitClaim`.")
class SubmitClaimPayload:
    claim: Claim | None = attribute("The claim; null where there are problems.")
    problems: list[Problem] = attribute("Why not; empty where it was done.")


@strawberry.type(description="What became of `withdrawClaim`.")
class WithdrawClaimPayload:
    claim: Claim | None = attribute("The claim; null where there are problems.")
    problems: list[Problem] = attribute("Why not; empty where it was done.")


@strawberry.type(description="What became of `assignClaim`.")
class AssignClaimPayload:
    claim: Claim | None = attribute("The claim; null where there are problems.")
    problems: list[Problem] = attribute("Why not; empty where it was done.")


@strawberry.type(description="What became of `decideClaim`.")
class DecideClaimPayload:
    claim: Claim | None = attribute("The claim; null where there are problems.")
    problems: list[Problem] = attribute("Why not; empty where it was done.")
