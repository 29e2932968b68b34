"""What can be done. A refusal is a problem of the payload, never an error."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from schema.graph import claim
from schema.graph.declare import relation
from schema.graph.inputs import (
    AnswerClaimInput,
    AssignClaimInput,
    PrepareClaimInput,
    SubmitClaimInput,
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
