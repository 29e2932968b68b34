"""What can be watched."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from schema.graph.claim import Claim
from schema.graph.declare import relation
from schema.ports import Request


async def _claim_changed(
    _: Sequence[Any],
    request: Request,
    id: Annotated[strawberry.ID, strawberry.argument(description="Id of the claim.")],
) -> Sequence[Any]:
    return await request.claims.claims([id])


@strawberry.type(
    description="What can be watched, over server-sent events: POST with `Accept: text/event-stream`. Everything that "
    "is sent is decided and recorded as a request of its own."
)
class Subscription:
    claim_changed = relation(
        _claim_changed,
        Claim,
        "The claim as it is now, and again after each change of it. Ends when the claim may not be seen any more; one "
        "that may not be seen answers as one that does not exist.",
    )
