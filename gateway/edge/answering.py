"""What the edge asks of the rest of the gateway, and what it is answered."""

from __future__ import annotations

from typing import Protocol

from gateway.identity.party import Party
from gateway.operation import Executed, Operation


class Execute(Protocol):
    """What runs an operation."""

    async def __call__(self, operation: Operation, party: Party, request_id: str, deadline: float) -> Executed:
        """Run it. ``deadline``: ``time.monotonic()`` at which the answer is worth nothing any more."""
        ...


class Watching(Protocol):
    """A subscription that is ready to be answered, as often as wanted."""

    @property
    def claim(self) -> str:
        """Id of the claim, as the caller gave it."""
        ...

    async def answer(self, party: Party, request_id: str, deadline: float) -> Executed:
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

    async def __call__(self, operation: Operation, party: Party) -> Watching | Executed | None:
        """Compile it. A :class:`Executed`: it is refused as a whole. None: it is no subscription."""
        ...
