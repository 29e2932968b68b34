"""Who looked: access records as people see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from schema.graph.batches import where_known
from schema.graph.claim import Claim, ClaimType
from schema.graph.declare import attribute, relation
from schema.graph.paging import PageInfo
from schema.ports import FieldError, Request
from schema.terms import AccessOutcome, Capacity, ClaimAction, ClaimTypeCode, ErrorCode, SubjectRole
from schema.text import Text
from schema.wording import NO_SUCH_OBJECT


async def _claims(entries: Sequence["AccessEntry"], request: Request) -> list[Any]:
    async def look_up(known: list[str], _: list[int]) -> Sequence[Any]:
        return await request.claims.claims(known)

    return await where_known([entry.claim_key for entry in entries], look_up)


async def _claim_types(entries: Sequence["AccessEntry"], request: Request) -> list[Any]:
    async def look_up(known: list[ClaimTypeCode], _: list[int]) -> Sequence[Any]:
        return request.claim_types.claim_types(known)

    return await where_known([entry.claim_type_code for entry in entries], look_up)


async def _mutations(entries: Sequence["AccessEntry"], request: Request) -> list[str | None]:
    done = [[each.partition(".")[2] for each in entry.fields if each.startswith("Mutation.")] for entry in entries]
    return [mutations[0] if mutations else None for mutations in done]


@strawberry.type(description="One access to, or attempt on, a person's data. Written before the data is released.")
class AccessEntry:
    at: datetime = attribute("When.")
    who: str = attribute("Organisation or capacity that asked, in words a citizen understands.")
    capacity: Capacity = attribute("In which capacity.")
    action: ClaimAction = attribute(
        "What was done on the claim. About mandates and third parties, which are no claims: ASSIGN; `mutation` says "
        "what."
    )
    claim_key: strawberry.Private[str | FieldError | None]
    claim_type_code: strawberry.Private[ClaimTypeCode | None]
    claim = relation(_claims, Claim | None, "The claim; null where the person read their own data through `me`.")
    claim_type = relation(_claim_types, ClaimType | None, "The claim's type.")
    mutation = relation(
        _mutations, str | None, "What was changed, or tried, by its name: `grantMandate`; null where data was read."
    )
    fields: list[str] = attribute("Schema coordinates asked for.")
    outcome: AccessOutcome = attribute("PERMITTED, DENIED or, where registers failed, FAILED.")
    legal_basis: str | None = attribute("The law that it rests on.")
    paths: list[str] = attribute("Like `fields`, as paths.")
    subject_role: SubjectRole = attribute("Whose data it was, seen from the person who reads this log.")
    disclosed_at: datetime = attribute(
        "When the entry became visible to the subject: `at`, or later where the law delays it; until then it is "
        "neither listed nor counted."
    )
    policy_version: str = attribute("Version of the policies that decided.")
    claim_id: strawberry.ID | None = attribute("For auditors; FORBIDDEN to others.")
    subject_hash: strawberry.ID | None = attribute("For auditors; FORBIDDEN to others.")
    rules: list[str] | None = attribute("Ids of the deciding rules. For auditors; FORBIDDEN to others.")


@strawberry.type(description="An access record in a page.")
class AccessEntryEdge:
    cursor: str = attribute("Where in the list this is.")
    node: AccessEntry = attribute("The access record.")


@strawberry.type(description="A page of access records, newest first.")
class AccessEntryConnection:
    edges: list[AccessEntryEdge] = attribute("The page.")
    page_info: PageInfo = attribute("Where the page lies in the list.")


_WHO_READS_CLAIMS = Text(
    "Check the id; a claim opens to its applicant, to its owner, and to those whom they let to it.",
    "Pārbaudiet identifikatoru; iesniegums ir pieejams iesniedzējam, lēmējam un tiem, ko viņi piesaista.",
)


def no_door() -> FieldError:
    """What a claim answers that the viewer may not read, whether or not it exists."""
    return FieldError(ErrorCode.FORBIDDEN, NO_SUCH_OBJECT, rule="no-door", remedy=_WHO_READS_CLAIMS)
