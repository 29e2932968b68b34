"""What callers send."""

from datetime import date, datetime
from typing import Any

import strawberry

from schema.graph.scalars import JSON
from schema.terms import (
    AccessOutcome,
    ApplicantKind,
    AtvkCode,
    Capacity,
    CentreSignificance,
    Channel,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
    ContractKind,
    DecisionOutcome,
    GovernmentLevel,
    PersonCode,
    PresenceMethod,
    RegistrationNumber,
    ThirdPartyKind,
    ThirdPartyStatus,
)


def given(description: str, *, required: bool = False) -> Any:
    """Declare an input field; one that is not required is None when it is left out."""
    if required:
        return strawberry.field(description=description)
    return strawberry.field(description=description, default=None)


@strawberry.input(description="Which claims; every condition that is given must hold.")
class ClaimFilter:
    types: list[ClaimTypeCode] | None = given("Of one of these types.")
    statuses: list[ClaimStatus] | None = given("In one of these statuses.")
    municipality: AtvkCode | None = given("Of this municipality.")
    submitted_from: datetime | None = given("Submitted at or after.")
    submitted_to: datetime | None = given("Submitted at or before.")


@strawberry.input(description="Which claim types; every condition that is given must hold.")
class ClaimTypeFilter:
    level: GovernmentLevel | None = given("Of this level.")
    owner: strawberry.ID | None = given("Of this owner.")
    applicant: ApplicantKind | None = given("Open to this kind of applicant.")
    channel: Channel | None = given("Open through this channel.")


@strawberry.input(description="Which access records; every condition that is given must hold.")
class AccessRecordFilter:
    claim: strawberry.ID | None = given("Of this claim.")
    organisation: strawberry.ID | None = given("Asked for by this organisation.")
    capacity: Capacity | None = given("Asked for in this capacity.")
    outcome: AccessOutcome | None = given("With this outcome.")
    from_: datetime | None = strawberry.field(name="from", description="At or after.", default=None)
    to: datetime | None = given("At or before.")
    subject: PersonCode | None = given("About this person; needs a case reference.")
    case_reference: str | None = given("Reference of the case; it is recorded with the search.")


@strawberry.input(description="How the ministry selects centres for a pilot; every condition that is given must hold.")
class CentreFilter:
    municipality: AtvkCode | None = given("In this municipality, or in the successor of one that has ended.")
    significance: CentreSignificance | None = given("Of this significance.")
    min_clients_per_year: int | None = given("With at least so many clients in the last full year.")
    opened_before: date | None = given("Opened before this day.")
    claim_type: ClaimTypeCode | None = given("With this claim type in the basket.")


@strawberry.input(description="Which third parties; every condition that is given must hold.")
class ThirdPartyFilter:
    kind: ThirdPartyKind | None = given("Of this kind.")
    municipality: AtvkCode | None = given("That may work in this municipality.")
    claim_type: ClaimTypeCode | None = given("That may work on this claim type.")
    status: ThirdPartyStatus | None = given("In this status.")


@strawberry.input(description="Who asks: a person or a legal entity.", one_of=True)
class ApplicantInput:
    person_code: strawberry.Maybe[PersonCode] = given("A person, by code.")
    registration_number: strawberry.Maybe[RegistrationNumber] = given("A legal entity, by number.")


@strawberry.input(description="How it is known that the citizen asked for this: at a centre, the citizen is present.")
class PresenceInput:
    method: PresenceMethod = given("How.", required=True)
    reference: str = given("What the identity service gave, or the paper's number. Never shown.", required=True)


@strawberry.input(description="A draft to be opened.")
class PrepareClaimInput:
    type: ClaimTypeCode = given("Claim type.", required=True)
    applicant: ApplicantInput = given("Who asks.", required=True)
    municipality: AtvkCode | None = given("For municipal claim types: whose.")
    presence: PresenceInput | None = given("At a centre: how it is known that the citizen is present.")
    answers: JSON | None = given("First answers to the form; an object.")


@strawberry.input(description="New answers of a draft.")
class AnswerClaimInput:
    id: strawberry.ID = given("The claim.", required=True)
    answers: JSON = given("All answers to the form; an object.", required=True)
    presence: PresenceInput | None = given("At a centre: how it is known that the citizen is present.")


@strawberry.input(description="A draft to be submitted.")
class SubmitClaimInput:
    id: strawberry.ID = given("The claim.", required=True)
    idempotency_key: str = given("Any text that is new for each submission, 1 to 200 characters.", required=True)
    presence: PresenceInput | None = given("At a centre: how it is known that the citizen is present.")


@strawberry.input(description="A claim to be withdrawn.")
class WithdrawClaimInput:
    id: strawberry.ID = given("The claim.", required=True)
    reason: str | None = given("Why, for the owner; at most 1,000 characters.")


@strawberry.input(description="A third party to be let, or taken off.")
class AssignClaimInput:
    id: strawberry.ID = given("The claim.", required=True)
    third_party: strawberry.ID = given("The third party.", required=True)
    assigned: bool = strawberry.field(description="True: let it; false: take it off.", default=True)


@strawberry.input(description="The owner's decision on a claim.")
class DecideClaimInput:
    id: strawberry.ID = given("The claim.", required=True)
    outcome: DecisionOutcome = given("Granted, refused, or more information is needed.", required=True)
    reason: str = given("Why, for the applicant; 1 to 1,000 characters.", required=True)


@strawberry.input(description="Who is authorised: a person or a third party.", one_of=True)
class MandateHolderInput:
    person_code: strawberry.Maybe[PersonCode] = given("A person, by code. Nothing tells whether anybody has it.")
    third_party: strawberry.Maybe[strawberry.ID] = given("A third party, by id.")


@strawberry.input(description="A mandate to be given.")
class GrantMandateInput:
    holder: MandateHolderInput = given("Who may use it.", required=True)
    claim_types: list[ClaimTypeCode] = given("For which claim types; at least one.", required=True)
    actions: list[ClaimAction] = given("For which actions; at least one, never ASSIGN or DECIDE.", required=True)
    valid_from: date | None = given("First day; today where it is left out.")
    valid_to: date = given("Last day, which counts.", required=True)


@strawberry.input(description="A mandate to be taken back.")
class RevokeMandateInput:
    id: strawberry.ID = given("The mandate.", required=True)


@strawberry.input(description="A contract with a third party.")
class DelegationContractInput:
    number: str = given("Number of the contract; 1 to 100 characters.", required=True)
    kind: ContractKind = given("Delegation or participation contract.", required=True)
    valid_from: date = given("First day.", required=True)
    valid_to: date = given("Last day, which counts; not over yet.", required=True)
    requests_per_day: int | None = given("Requests for claims a day, at least 1; as many as wanted where left out.")


@strawberry.input(description="An organisation to be registered as a third party.")
class RegisterThirdPartyInput:
    name: str = given("Name in Latvian; 1 to 300 characters.", required=True)
    registration_number: RegistrationNumber = given("Registration number; one third party has it.", required=True)
    kind: ThirdPartyKind = given("What kind of organisation it is.", required=True)
    contract: DelegationContractInput = given("Its contract.", required=True)
    municipalities: list[AtvkCode] = given("Where it may work on municipal claim types.", required=True)
    claim_types: list[ClaimTypeCode] = given("What it may work on; at least one.", required=True)


@strawberry.input(description="A third party to be suspended.")
class SuspendThirdPartyInput:
    id: strawberry.ID = given("The third party.", required=True)
    reason: str = given("Why; 1 to 1,000 characters.", required=True)
