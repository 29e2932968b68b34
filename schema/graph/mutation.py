"""What can be done. A refusal is a problem of the payload, never an error."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from schema.graph import claim, organisations
from schema.graph.declare import relation
from schema.graph.inputs import (
    AnswerClaimInput,
    AssignClaimInput,
    DecideClaimInput,
    GrantMandateInput,
    PrepareClaimInput,
    RegisterThirdPartyInput,
    RevokeMandateInput,
    SubmitClaimInput,
    SuspendThirdPartyInput,
    WithdrawClaimInput,
)
from schema.ports import Request


async def _prepare(
    _: Sequence[Any],
    request: Request,
    input: Annotated[PrepareClaimInput, strawberry.argument(description="The draft.")],
) -> list[Any]:
    return [await request.claims.prepare(input)]


async def _answer(
    _: Sequence[Any],
    request: Request,
    input: Annotated[AnswerClaimInput, strawberry.argument(description="The answers.")],
) -> list[Any]:
    return [await request.claims.answer(input)]


async def _submit(
    _: Sequence[Any],
    request: Request,
    input: Annotated[SubmitClaimInput, strawberry.argument(description="The draft, and the key of the submission.")],
) -> list[Any]:
    return [await request.claims.submit(input)]


async def _withdraw(
    _: Sequence[Any],
    request: Request,
    input: Annotated[WithdrawClaimInput, strawberry.argument(description="The claim.")],
) -> list[Any]:
    return [await request.claims.withdraw(input)]


async def _assign(
    _: Sequence[Any],
    request: Request,
    input: Annotated[AssignClaimInput, strawberry.argument(description="The claim and the third party.")],
) -> list[Any]:
    return [await request.claims.assign(input)]


async def _decide(
    _: Sequence[Any],
    request: Request,
    input: Annotated[DecideClaimInput, strawberry.argument(description="The claim and the decision.")],
) -> list[Any]:
    return [await request.claims.decide(input)]


async def _grant_mandate(
    _: Sequence[Any],
    request: Request,
    input: Annotated[GrantMandateInput, strawberry.argument(description="The mandate.")],
) -> list[Any]:
    return [await request.claims.grant_mandate(input)]


async def _revoke_mandate(
    _: Sequence[Any],
    request: Request,
    input: Annotated[RevokeMandateInput, strawberry.argument(description="The mandate.")],
) -> list[Any]:
    return [await request.claims.revoke_mandate(input)]


async def _register_third_party(
    _: Sequence[Any],
    request: Request,
    input: Annotated[RegisterThirdPartyInput, strawberry.argument(description="The organisation and its contract.")],
) -> list[Any]:
    return [await request.claims.register_third_party(input)]


async def _suspend_third_party(
    _: Sequence[Any],
    request: Request,
    input: Annotated[SuspendThirdPartyInput, strawberry.argument(description="The third party.")],
) -> list[Any]:
    return [await request.claims.suspend_third_party(input)]


@strawberry.type(description="What can be done; every refusal is a problem in the payload and changes nothing.")
class Mutation:
    prepare_claim = relation(
        _prepare,
        claim.PrepareClaimPayload,
        "Open a draft: the purpose under which evidence may be read from then on.",
    )
    answer_claim = relation(_answer, claim.AnswerClaimPayload, "Replace the answers of a draft.")
    submit_claim = relation(
        _submit,
        claim.SubmitClaimPayload,
        "Accept the claim for delivery to its owner. Durable when it returns; the same idempotencyKey returns the same "
        "claim.",
    )
    withdraw_claim = relation(_withdraw, claim.WithdrawClaimPayload, "Take the claim back.")
    assign_claim = relation(_assign, claim.AssignClaimPayload, "Let a third party, or take it off, this one claim.")
    decide_claim = relation(
        _decide,
        claim.DecideClaimPayload,
        "The owner's officer records the outcome; no third party can ever hold this right.",
    )
    grant_mandate = relation(
        _grant_mandate,
        organisations.GrantMandatePayload,
        "A citizen (or a legal entity's representative) authorises somebody for claim types, for a time. No "
        "sub-delegation.",
    )
    revoke_mandate = relation(
        _revoke_mandate,
        organisations.RevokeMandatePayload,
        "Take a mandate back: what it opened is shut from the next request on.",
    )
    register_third_party = relation(
        _register_third_party,
        organisations.RegisterThirdPartyPayload,
        "The ministry registers a third party, its contract and what it may do.",
    )
    suspend_third_party = relation(
        _suspend_third_party,
        organisations.SuspendThirdPartyPayload,
        "The ministry stops a third party: every door of it is shut from the next request on.",
    )
