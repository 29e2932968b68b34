"""What the edge asks of the rest of the gateway, and what it is answered."""

from __future__ import annotations

from typing import Protocol

import msgspec

from gateway.edge.request import GraphQLRequest
from gateway.identity.party import Party


class GraphQLAnswer(msgspec.Struct, frozen=True):
    """What came of an operation."""

    status: int
    """HTTP status for ``application/graphql-response+json``."""
    body: bytes
    """JSON: ``data`` and ``errors``."""
    request_error: bool
    """The operation was not executed (syntax, validation, variables): there is no ``data``."""
    codes: tuple[str, ...] = ()
    """Error codes in the body, for the log."""
    nothing: bool = False
    """There is no data in it."""


class Execute(Protocol):
    """What runs an operation."""

    async def __call__(self, request: GraphQLRequest, party: Party, request_id: str, deadline: float) -> GraphQLAnswer:
        """Run it. ``deadline``: ``time.monotonic()`` at which the answer is worth nothing any more."""
        ...


class Watching(Protocol):
    """A subscription that is ready to be answered, as often as wanted."""

    @property
    def claim(self) -> str:
        """Id of the claim, as the caller gave it."""
        ...

    async def answer(self, party: Party, request_id: str, deadline: float) -> GraphQLAnswer:
        """The claim as it is now: decided, and recorded before it leaves."""
        ...

    async def may_see(self, party: Party) -> bool:
        """Whether the claim exists and the party may READ it now. Raises: StoreUnavailable."""
        ...

    async def revision(self) -> int:
        """Number of changes of the claim so far. Raises: StoreUnavailable."""
        ...


class Watch(Protocol):
    """What makes a subscription ready."""

    async def __call__(self, request: GraphQLRequest, party: Party) -> Watching | GraphQLAnswer | None:
        """Compile it. A :class:`GraphQLAnswer`: it is refused as a whole. None: it is no subscription."""
        ...
